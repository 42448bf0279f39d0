//! A value changes only on purpose, and a rollback finds the old one.

use serde_json::json;
use tests::{
    resource::{assert_failed, assert_success},
    world::scenario,
};

#[tokio::test]
async fn an_unrelated_update_leaves_the_value_alone() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let created = secret.create(json!({"Env": "prod"})).await;
        let before = world.items().await;
        for changed in [
            json!({"Env": "prod", "PasswordLength": 40}),
            json!({"Env": "prod", "Engine": "postgres"}),
            json!({"Env": "prod", "EncryptionContext": {"Team": "web"}, "ServiceTimeout": 60}),
            json!({"Env": "prod", "KeyId": world.account.key_arn, "TableName": world.account.table}),
            json!({"Env": "prod", "RecoveryWindowInDays": 7, "OnConflict": "adopt"}),
            json!({"Env": "prod", "StackName": "shop"}),
        ] {
            let updated = secret.update(changed).await;
            assert_success(&updated);
            assert_eq!(updated.physical_resource_id, created.physical_resource_id);
            assert_eq!(updated.data, created.data);
        }
        assert_eq!(world.items().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_getter_keeps_its_id_and_its_attributes() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let mut copy = stack.getter("DbPassword");
        let created = copy.create(json!({"SecretId": secret.id()})).await;
        let updated = copy.update(json!({"Env": "prod", "StackName": "shop"})).await;
        assert_success(&updated);
        assert_eq!(updated.physical_resource_id, created.physical_resource_id);
        assert_eq!(updated.data, created.data);
        assert!(updated.no_echo);
        assert_success(&copy.delete().await);
        assert_success(&stack.getter("Again").create(json!({"SecretId": secret.id()})).await);
    })
    .await;
}

#[tokio::test]
async fn a_new_trigger_makes_a_new_password_and_the_old_one_stays_readable() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let mut copy = stack.getter("DbPassword");
        let created = secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await;
        let first = copy.create(json!({"SecretId": secret.id()})).await;

        let rotated = secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await;
        assert_success(&rotated);
        assert_eq!(&rotated["Version"], "2");
        assert_eq!(&rotated["PreviousVersion"], "1");
        assert_ne!(rotated.physical_resource_id, created.physical_resource_id);
        assert!(rotated.data.keys().eq(created.data.keys()));
        let second = copy.update(json!({"SecretId": secret.id()})).await;
        assert_ne!(second["password"], first["password"]);

        // CloudFormation cleans up the replaced resource; another copy may still hold its password.
        assert_success(&secret.delete_id(&created.physical_resource_id).await);
        let previous = stack.getter("Old").create(json!({"Env": "prod", "Version": "1"})).await;
        assert_success(&previous);
        assert_eq!(previous["password"], first["password"]);
        let previous = stack.getter("Previous").create(json!({"Env": "prod", "Stage": "previous"})).await;
        assert_eq!(previous["password"], first["password"]);
        let current = stack.getter("Current").create(json!({"Env": "prod"})).await;
        assert_eq!(current["password"], second["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_rollback_gives_back_the_password_that_the_database_has() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let mut copy = stack.getter("DbPassword");
        let created = secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await;
        let first = copy.create(json!({"SecretId": secret.id()})).await;
        let rotated = secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await;
        assert_success(&copy.update(json!({"SecretId": secret.id()})).await);

        let rolled_back = secret.update(json!({"Env": "prod", "RotationTrigger": "1"})).await;
        assert_success(&rolled_back);
        assert_eq!(rolled_back.physical_resource_id, created.physical_resource_id);
        let restored = copy.update(json!({"SecretId": secret.id()})).await;
        assert_eq!(restored["password"], first["password"]);
        assert_success(&secret.delete_id(&rotated.physical_resource_id).await);
        let current = stack.getter("Current").create(json!({"Env": "prod"})).await;
        assert_success(&current);
        assert_eq!(current["password"], first["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_changed_env_is_another_secret() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let created = secret.create(json!({"Env": "dev"})).await;
        let moved = secret.update(json!({"Env": "prod"})).await;
        assert_success(&moved);
        assert!(secret.id().starts_with("secrets/shop/prod/default@1."), "{}", secret.id());
        assert_success(&secret.delete_with(&created.physical_resource_id, json!({"Env": "dev"})).await);
        assert_success(&stack.getter("New").create(json!({"Env": "prod"})).await);
        assert_failed(&stack.getter("Old").create(json!({"Env": "dev"})).await, &["deleted"]);
    })
    .await;
}

#[tokio::test]
async fn an_erased_version_is_not_quietly_replaced() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        for item in world.items().await {
            world.account.delete_item(&item).await;
        }
        let updated = secret.update(json!({"Env": "prod", "PasswordLength": 40})).await;
        assert_failed(&updated, &["RotationTrigger"]);
        let rotated = secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await;
        assert_success(&rotated);
    })
    .await;
}
