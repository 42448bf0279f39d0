//! Deletion retires exactly what it names, and never stands in a stack's way.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tests::{
    aws::{Function, Item},
    resource::{assert_failed, assert_success},
    world::{scenario, text},
};

const DAY: u64 = 24 * 60 * 60;

fn expiry_in_days(item: &Item) -> u64 {
    let expires_at = Duration::from_secs(item["ExpiresAt"].as_n().unwrap().parse().unwrap());
    let left = (UNIX_EPOCH + expires_at).duration_since(SystemTime::now()).unwrap();
    left.as_secs().div_ceil(DAY)
}

#[tokio::test]
async fn a_deleted_secret_is_unreadable_and_kept_for_thirty_days() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let deleted = secret.delete().await;
        assert_success(&deleted);
        for item in world.items().await {
            assert!(item.contains_key("RetiredAt"));
            assert_eq!(expiry_in_days(&item), 30);
        }
        for properties in
            [json!({"SecretId": secret.id()}), json!({"Env": "prod"}), json!({"Env": "prod", "Version": 1})]
        {
            let read = stack.getter("DbPassword").create(properties).await;
            assert_failed(&read, &["deleted"]);
            assert!(read.data.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_recovery_window_is_the_templates_choice() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut week = stack.generator("Week");
        assert_success(&week.create(json!({"Env": "week", "RecoveryWindowInDays": 7})).await);
        let mut gone = stack.generator("Gone");
        assert_success(&gone.create(json!({"Env": "gone", "RecoveryWindowInDays": 0})).await);
        assert_success(&week.delete().await);
        assert_success(&gone.delete().await);
        let items = world.items().await;
        // The last one's value is erased; that it was there is remembered while its Create may come once more.
        let (values, heads): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.contains_key("Ciphertext"));
        assert_eq!(values.iter().map(|item| expiry_in_days(item)).collect::<Vec<_>>(), [7]);
        let mut expiries: Vec<_> = heads.iter().map(|item| expiry_in_days(item)).collect();
        expiries.sort_unstable();
        assert_eq!(expiries, [1, 7]);
    })
    .await;
}

#[tokio::test]
async fn a_stack_of_the_same_name_can_be_created_at_once() {
    scenario(async |world| {
        let mut old = world.stack("shop").generator("DbSecret");
        assert_success(&old.create(json!({"Env": "prod"})).await);
        assert_success(&old.delete().await);
        let stack = world.stack("shop");
        let mut new = stack.generator("DbSecret");
        let created = new.create(json!({"Env": "prod"})).await;
        assert_success(&created);
        assert_eq!(&created["Version"], "2");

        // The old stack's Delete, delivered once more, late.
        assert_success(&old.redeliver().await);
        assert_success(&stack.getter("DbPassword").create(json!({"SecretId": new.id()})).await);
        assert_success(&stack.getter("Current").create(json!({"Env": "prod"})).await);
    })
    .await;
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_is_deleted_without_a_word() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let before = world.versions().await;
        for id in [
            "cfn-secrets/not-created",
            "secrets/shop/prod/default@1.00000000",
            "secrets/shop/prod/default@7.00000000",
            "secrets/shop/dev/default@1.00000000",
            "cfn-secrets/shop/prod/default@1.00000000",
        ] {
            assert_success(&secret.delete_id(id).await);
        }
        // Another stack's resource may not delete it either, though it knows the id.
        let id = secret.id().to_owned();
        assert_success(&world.stack("blog").generator("DbSecret").delete_id(&id).await);
        assert_success(&stack.generator("Other").delete_id(&id).await);
        assert_eq!(world.versions().await, before);
        // Heads have a note against what may still be on its way; of prod's the first version is current as before.
        let heads = world.items().await.into_iter().filter(|item| !item.contains_key("Ciphertext"));
        let told = |head: Item| {
            format!("{} {:?} {}", text(&head, "Env"), head["CurrentVersion"], head.contains_key("RetiredAt"))
        };
        let mut heads: Vec<_> = heads.map(told).collect();
        heads.sort_unstable();
        assert_eq!(heads, [r#"dev N("1") true"#, r#"prod N("1") false"#]);
    })
    .await;
}

#[tokio::test]
async fn an_id_that_cloudformation_made_up_stands_for_what_was_made_without_an_answer() {
    scenario(async |world| {
        for made_up in ["shop-DbSecret-1ABCDEFGHIJKL", "2026/11/23/[$LATEST]0123456789abcdef"] {
            let stack = world.stack("shop");
            let mut secret = stack.generator("DbSecret");
            assert_success(&secret.create(json!({"Env": "prod"})).await);
            // Of another resource, which made nothing, it takes nothing.
            let mut other = stack.generator("Other");
            assert_failed(&other.create(json!({"Env": "prod"})).await, &["OnConflict"]);
            assert_success(&other.delete_id(made_up).await);
            assert_success(&stack.getter("DbPassword").create(json!({"SecretId": secret.id()})).await);

            assert_success(&secret.delete_id(made_up).await);
            let read = stack.getter("DbPassword").create(json!({"SecretId": secret.id()})).await;
            assert_failed(&read, &["deleted"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_delete_changes_nothing() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        assert_success(&secret.delete().await);
        let before = world.items().await;
        assert_success(&secret.redeliver().await);
        assert_success(&secret.delete().await);
        assert_eq!(world.items().await, before);
    })
    .await;
}

#[tokio::test]
async fn properties_of_any_kind_do_not_stop_a_delete() {
    scenario(async |world| {
        for properties in [
            json!({"Env": "prod", "Unknown": "x"}),
            json!({"Env": {"nested": ["x"]}}),
            json!({"PasswordLength": "abc", "Engine": "no such engine", "OnConflict": "?"}),
            json!({"RecoveryWindowInDays": "soon"}),
            json!({}),
            json!(null),
            json!("text"),
        ] {
            let stack = world.stack("shop");
            let mut secret = stack.generator("DbSecret");
            assert_success(&secret.create(json!({"Env": "prod"})).await);
            let id = secret.id().to_owned();
            assert_success(&secret.delete_with(&id, properties.clone()).await);
            let read = stack.getter("DbPassword").create(json!({"SecretId": id})).await;
            assert_failed(&read, &["deleted"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_that_is_gone_does_not_stop_a_delete_and_a_right_that_is_missing_is_named() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        world.rig(Function::Generator).function.set_time_limit(Duration::from_secs(6));
        for right in ["dynamodb:Query", "dynamodb:UpdateItem"] {
            world.deny(Function::Generator, &[right]).await;
            assert_failed(&secret.delete().await, &[right, "--deletion-mode FORCE_DELETE_STACK"]);
        }
        world.deny(Function::Generator, &[]).await;
        world.account.delete_table().await;
        assert_success(&secret.delete().await);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_gone_does_not_stop_a_delete() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        world.account.disable_key().await;
        world.deny(Function::Generator, &["kms:Encrypt", "kms:GenerateDataKey"]).await;
        assert_success(&secret.delete().await);
        assert!(world.items().await.iter().all(|item| item.contains_key("ExpiresAt")));
    })
    .await;
}

#[tokio::test]
async fn the_delete_after_a_failed_create_succeeds() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_failed(&secret.create(json!({"Environment": "prod"})).await, &["Environment"]);
        assert_success(&secret.delete().await);
        let mut copy = stack.getter("DbPassword");
        assert_failed(&copy.create(json!({"Env": "prod"})).await, &["shop", "prod"]);
        assert_success(&copy.delete().await);
        assert!(world.items().await.is_empty());
    })
    .await;
}
