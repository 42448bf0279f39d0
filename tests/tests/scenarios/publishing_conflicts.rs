//! Other hands: what somebody else changed, removed, made, rotates or had deleted is told, and never lost by surprise.

use serde_json::json;
use tests::{
    copies::{Copies, Shelf},
    resource::{assert_failed, assert_success},
    world::scenario,
};

use crate::publishing::Shop;

#[tokio::test]
async fn somebody_elses_change_is_told_and_overwritten_only_on_purpose() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            shop.copies.meddle_with_the_parameter("somebody else's").await;
            let (_, rotated) = shop.rotate("2").await;
            let parameter = shop.copies.parameter.clone();
            assert_failed(&rotated, &[&parameter, "somebody else has changed it", "version 2", "OnDrift: overwrite"]);
            assert_eq!(shop.copies.in_parameter_store().await.unwrap().value, "somebody else's");
            let mut properties = shop.properties(shop.secret.id());
            properties["OnDrift"] = json!("overwrite");
            let overwritten = shop.copy.update(properties.clone()).await;
            shop.readers_have(shop.secret.id(), &overwritten).await;

            shop.copies.meddle_with_the_secret("somebody else's").await;
            let (_, rotated) = shop.rotate("3").await;
            assert_failed(&rotated, &["secret", "somebody else has changed it", "OnDrift: overwrite"]);
            assert_eq!(shop.copies.in_secrets_manager().await.unwrap().value, "somebody else's");
            properties["SecretId"] = json!(shop.secret.id());
            let overwritten = shop.copy.update(properties).await;
            shop.readers_have(shop.secret.id(), &overwritten).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_delete_leaves_what_somebody_else_has_written() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            shop.copies.meddle_with_the_parameter("somebody else's").await;
            shop.copies.meddle_with_the_secret("somebody else's").await;
            assert_success(&shop.copy.delete().await);
            assert_eq!(shop.published().await.0.value, "somebody else's");
        })
        .await;
    }
}

#[tokio::test]
async fn what_somebody_removed_is_told_and_never_in_a_deletes_way() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            shop.copies.ssm("DeleteParameter", json!({"Name": shop.copies.parameter})).await.unwrap();
            let (_, rotated) = shop.rotate("2").await;
            assert_failed(&rotated, &["somebody removed this parameter", "OnDrift: overwrite"]);
            let mut properties = shop.properties(shop.secret.id());
            properties["OnDrift"] = json!("overwrite");
            let anew = shop.copy.update(properties).await;
            shop.readers_have(shop.secret.id(), &anew).await;
            shop.copies.ssm("DeleteParameter", json!({"Name": shop.copies.parameter})).await.unwrap();
            let at_once = json!({"SecretId": shop.copies.secret, "ForceDeleteWithoutRecovery": true});
            shop.copies.secrets("DeleteSecret", at_once).await.unwrap();
            assert_success(&shop.copy.delete().await);
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_there_already_is_refused_or_taken_over_with_its_history() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let there = json!({"Name": shop.copies.parameter, "Type": "SecureString", "Value": "older"});
            shop.copies.ssm("PutParameter", there).await.unwrap();
            let made = json!({"Name": shop.copies.secret, "SecretString": "older"});
            let older = shop.copies.secrets("CreateSecret", made).await.unwrap()["VersionId"].clone();

            let refused = shop.publish().await;
            let parameter = shop.copies.parameter.clone();
            assert_failed(&refused, &[&parameter, "did not publish", "OnConflict: adopt"]);
            // The Delete that follows leaves it.
            assert_success(&shop.copy.delete().await);
            assert_eq!(shop.published().await.0.value, "older");

            let mut properties = shop.properties(shop.secret.id());
            properties["OnConflict"] = json!("adopt");
            properties["Tags"] = json!([{"Key": "team", "Value": "web"}]);
            shop.copy = shop.stack.publisher("DbCopy");
            let adopted = shop.copy.create(properties.clone()).await;
            shop.readers_have(shop.secret.id(), &adopted).await;
            assert_eq!(shop.copies.parameter_versions().await, 2);
            let stages = shop.copies.described().await["VersionIdsToStages"].clone();
            assert_eq!(stages[older.as_str().unwrap()], json!(["AWSPREVIOUS"]));
            // Tags do not go with a version that follows another one.
            assert_eq!(shop.copies.tags().await, [["team=web"], ["team=web"]]);

            // It is this resource's now: of another one it would have to be taken over once more.
            let mut other = world.stack("blog").publisher("DbCopy");
            let mut theirs = world.stack("blog").generator("Theirs");
            assert_success(&theirs.create(json!({"Env": "prod"})).await);
            assert_failed(&other.create(shop.properties(theirs.id())).await, &["did not publish"]);
            assert_success(&shop.secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
            properties["SecretId"] = json!(shop.secret.id());
            let rotated = shop.copy.update(properties).await;
            shop.readers_have(shop.secret.id(), &rotated).await;

            // What has a history of its own is not erased at once.
            assert_success(&shop.copy.delete().await);
            assert!(shop.copies.described().await["DeletedDate"].is_number());
        })
        .await;
    }
}

#[tokio::test]
async fn a_parameter_of_another_type_is_refused() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let there = json!({"Name": shop.copies.parameter, "Type": "String", "Value": "older"});
            shop.copies.ssm("PutParameter", there).await.unwrap();
            let mut properties = shop.properties(shop.secret.id());
            properties["OnConflict"] = json!("adopt");
            properties["OnDrift"] = json!("overwrite");
            assert_failed(&shop.copy.create(properties).await, &["it is a String", "choose another Name"]);
            assert_eq!(shop.copies.in_parameter_store().await.unwrap().value, "older");
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_scheduled_for_deletion_is_refused_or_brought_back() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let shop = Shop::open(world, copies).await;
            let mut properties = json!({
                "SecretId": shop.secret.id(), "Secret": {"Name": shop.copies.secret, "RecoveryWindowInDays": 7},
            });
            let mut former = shop.stack.publisher("Former");
            assert_success(&former.create(properties.clone()).await);
            assert_success(&former.delete().await);
            assert!(shop.copies.described().await["DeletedDate"].is_number());

            let mut copy = shop.stack.publisher("DbCopy");
            let refused = copy.create(properties.clone()).await;
            assert_failed(&refused, &["scheduled for deletion", "bring it back", "OnConflict: adopt"]);
            assert_success(&copy.delete().await);
            properties["OnConflict"] = json!("adopt");
            properties["Tags"] = json!([{"Key": "team", "Value": "web"}]);
            let mut copy = shop.stack.publisher("DbCopy");
            assert_success(&copy.create(properties).await);
            let value = shop.value_of(shop.secret.id()).await;
            assert_eq!(shop.copies.in_secrets_manager().await.unwrap().value, value);
            assert_eq!(shop.copies.tags().await[1], ["team=web"]);
        })
        .await;
    }
}

#[tokio::test]
async fn a_rotation_of_the_services_own_is_never_written_over() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            let (before, value) = (shop.secret.id().to_owned(), shop.published().await.1);
            let pending = json!({
                "SecretId": shop.copies.secret, "SecretString": "pending", "VersionStages": ["AWSPENDING"],
                "ClientRequestToken": tests::random::uuid(),
            });
            shop.copies.secrets("PutSecretValue", pending).await.unwrap();
            let mut properties = shop.properties(&before);
            properties["OnDrift"] = json!("overwrite");
            // Nothing new is wanted: a rollback must not fail over it.
            assert_success(&shop.copy.update(properties.clone()).await);
            assert_success(&shop.secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
            properties["SecretId"] = json!(shop.secret.id());
            assert_failed(&shop.copy.update(properties).await, &["AWSPENDING", "cancel-rotate-secret"]);
            assert_eq!(shop.copies.in_secrets_manager().await.unwrap(), value);
        })
        .await;
    }
}

/// An engine switches it on, and rotates at once.
#[tokio::test]
async fn what_secrets_manager_is_told_to_rotate_is_never_taken_over() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            let rotated = json!({
                "SecretId": shop.copies.secret, "ClientRequestToken": tests::random::uuid(), "RotationRules": {"AutomaticallyAfterDays": 30},
            });
            shop.copies.secrets("RotateSecret", rotated).await.unwrap();
            assert_eq!(shop.copies.described().await["RotationEnabled"], true);
            assert_success(&shop.secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
            let mut properties = shop.properties(shop.secret.id());
            properties["OnDrift"] = json!("overwrite");
            properties["OnConflict"] = json!("adopt");
            assert_failed(&shop.copy.update(properties).await, &["cancel-rotate-secret"]);
        })
        .await;
    }
}

/// The parameter is published first.
#[tokio::test]
async fn what_was_published_before_the_other_place_refused_is_removed_by_the_id_of_the_answer() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let theirs = json!({"Name": shop.copies.secret, "SecretString": "older"});
            shop.copies.secrets("CreateSecret", theirs).await.unwrap();
            assert_failed(&shop.publish().await, &["did not publish", "OnConflict: adopt"]);
            assert!(shop.copies.in_parameter_store().await.is_some(), "it is published half");
            // By the id alone: CloudFormation may send properties that say nothing any more.
            let id = shop.copy.id().to_owned();
            assert_success(&shop.copy.delete_with(&id, json!({})).await);
            assert_eq!(shop.copies.in_parameter_store().await, None);
            assert_eq!(shop.copies.in_secrets_manager().await.unwrap().value, "older");
        })
        .await;
    }
}
