//! The pair over a bucket: the shipped binaries, with the rights that the template gives their roles, through a secret's life.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    aws::Function::{Generator, Getter},
    bucket::{Asked, Wire},
    copies::{Copies, Shelf},
    resource::{assert_failed, assert_success},
    together,
    world::{World, scenario, scenario_over_s3},
};

async fn password(world: &World, properties: Value) -> String {
    let answer = world.stack("shop").getter("Look").create(properties).await;
    assert_success(&answer);
    answer["password"].to_owned()
}

#[tokio::test]
async fn a_secret_is_made_read_rotated_rolled_back_and_deleted() {
    scenario_over_s3(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let created = secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await;
        assert_success(&created);
        assert_eq!(created["TableName"], world.account.table);
        let by_id = |id: &str| json!({"SecretId": id});
        let old = secret.id().to_owned();
        let first = password(world, by_id(&old)).await;
        assert_eq!(password(world, json!({"Env": "prod"})).await, first);

        // Nothing to do with the value, and the same request once more.
        assert_success(&secret.redeliver().await);
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "1", "Engine": "mysql"})).await);
        assert_eq!((secret.id(), world.versions().await.len()), (old.as_str(), 1));

        let rotated = secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await;
        assert_eq!((&rotated["Version"], &rotated["PreviousVersion"]), ("2", "1"));
        let new = secret.id().to_owned();
        let second = password(world, by_id(&new)).await;
        assert_ne!(first, second);
        assert_eq!(password(world, json!({"Env": "prod", "Stage": "previous"})).await, first);
        assert_eq!(password(world, json!({"Env": "prod", "Version": 1})).await, first);

        // The update fails elsewhere: CloudFormation goes back, and cleans up what it made.
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        assert_eq!(secret.id(), old);
        assert_success(&secret.delete_id(&new).await);
        assert_eq!(password(world, json!({"Env": "prod"})).await, first);

        assert_success(&secret.delete().await);
        assert_success(&secret.redeliver().await);
        for properties in [by_id(&old), json!({"Env": "prod"}), json!({"Env": "prod", "Version": 1})] {
            assert_failed(&stack.getter("Late").create(properties).await, &["deleted"]);
        }
        assert!(!world.versions().await.keys().any(|key| key.contains("/v/0000000000000000001.")), "it is hidden");
    })
    .await;
}

#[tokio::test]
async fn what_is_in_the_bucket_is_published_as_well() {
    scenario_over_s3(async |world| {
        let copies = Copies::on(world, Shelf::Ministack).await;
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let published = |id: &str| json!({"SecretId": id, "Parameter": {"Name": copies.parameter}});
        let read = async || copies.in_parameter_store().await.map(|copy| copy.value);

        let mut copy = stack.publisher("DbCopy");
        let old = secret.id().to_owned();
        assert_success(&copy.create(published(&old)).await);
        let first = password(world, json!({"SecretId": old})).await;
        assert_eq!(read().await.as_ref(), Some(&first));

        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
        assert_success(&copy.update(published(secret.id())).await);
        assert_ne!(read().await.as_ref(), Some(&first));
        assert_success(&copy.update(published(&old)).await);
        assert_eq!(read().await.as_ref(), Some(&first));

        assert_success(&copy.delete().await);
        assert_eq!(read().await, None);
    })
    .await;
}

#[tokio::test]
async fn one_request_makes_one_version_and_a_deleted_one_comes_back() {
    scenario_over_s3(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        let (one, other) = secret.create_twice_at_once(json!({"Env": "prod"})).await;
        assert_success(&one);
        assert_eq!(one.physical_resource_id, other.physical_resource_id);
        let value = password(world, json!({"Env": "prod"})).await;
        assert_success(&secret.delete().await);

        // The stack again, from the snapshot of its database.
        let mut again = world.stack("shop").generator("DbSecret");
        assert_success(&again.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        assert_eq!(password(world, json!({"Env": "prod"})).await, value);
        assert_eq!(password(world, json!({"SecretId": again.id()})).await, value);
        assert_success(&again.delete().await);

        // And anew, at once.
        let mut anew = world.stack("shop").generator("DbSecret");
        assert_success(&anew.create(json!({"Env": "prod"})).await);
        assert_ne!(password(world, json!({"Env": "prod"})).await, value);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_resource_adopts_and_what_was_retained_is_found() {
    scenario_over_s3(async |world| {
        let stack = world.stack("shop");
        let mut old = stack.generator("Old");
        assert_success(&old.create(json!({"Env": "prod"})).await);
        let value = password(world, json!({"Env": "prod"})).await;
        assert_failed(&stack.generator("Rival").create(json!({"Env": "prod"})).await, &["Old", "OnConflict"]);
        let mut new = stack.generator("New");
        assert_success(&new.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        assert_success(&old.delete().await);
        // The old id stays good, and the new one is found through the state.
        assert_eq!(password(world, json!({"SecretId": new.id()})).await, value);
        assert_eq!(password(world, json!({"SecretId": old.id()})).await, value);

        // A rotation without a cleanup: the first version is retained, and an update back to it finds it.
        let mut kept = stack.generator("Kept");
        assert_success(&kept.create(json!({"Env": "kept", "RotationTrigger": "1"})).await);
        let value = password(world, json!({"Env": "kept"})).await;
        assert_success(&kept.update(json!({"Env": "kept", "RotationTrigger": "2"})).await);
        assert_success(&kept.update(json!({"Env": "kept", "RotationTrigger": "1"})).await);
        assert_eq!(password(world, json!({"Env": "kept"})).await, value);
    })
    .await;
}

#[tokio::test]
async fn what_a_bucket_cannot_do_is_refused() {
    scenario_over_s3(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let refused = secret.create(json!({"Env": "prod", "RecoveryWindowInDays": 7})).await;
        assert_failed(&refused, &["RecoveryWindowInDays", "the bucket's", "leave it out"]);
        assert!(world.items().await.is_empty());
        assert_success(&secret.delete().await);
        assert_success(&secret.create(json!({"Env": "prod", "RecoveryWindowInDays": 30})).await);
        let refused = secret.update(json!({"Env": "prod", "RecoveryWindowInDays": 0})).await;
        assert_failed(&refused, &["RecoveryWindowInDays"]);

        let elsewhere = stack.generator("Elsewhere").create(json!({"Env": "x", "TableName": "not-there-at-all"})).await;
        assert_failed(&elsewhere, &["S3 bucket"]);
        world.deny(Generator, &["s3:PutObject"]).await;
        let denied = stack.generator("Denied").create(json!({"Env": "y"})).await;
        assert_failed(&denied, &["may not call s3:PutObject", "S3 bucket"]);
    })
    .await;
}

/// Deployed with a template that means the other store: nothing is made, and the stack hears what to do.
#[tokio::test]
async fn functions_that_were_built_for_the_other_store_say_so() {
    let refused = async |world: &World, store: &str, words: &[&str]| {
        for function in [Generator, Getter] {
            world.configure(function, &[("STORE", store)]);
        }
        let stack = world.stack("shop");
        assert_failed(&stack.generator("DbSecret").create(json!({"Env": "prod"})).await, words);
        assert_failed(&stack.getter("DbPassword").create(json!({"Env": "prod"})).await, words);
        assert!(world.items().await.is_empty());
    };
    let words = ["Store: dynamodb", "built for an S3 bucket", "`make build`"];
    scenario_over_s3(async |world| refused(world, "dynamodb", &words).await).await;
    let words = ["Store: s3", "built for a DynamoDB table", "`make build STORE=s3`"];
    scenario(async |world| refused(world, "s3", &words).await).await;
}

/// No engine evaluates the bucket's policy: each put that the functions send is one that it lets pass.
#[tokio::test]
async fn the_functions_send_what_the_buckets_policy_lets_pass_and_no_more() {
    scenario_over_s3(async |world| {
        let stack = world.stack("shop");
        let (to_write, to_read) = (Wire::of(world, Generator).await, Wire::of(world, Getter).await);
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
        let puts: Vec<_> = to_write.heard().into_iter().filter(|asked| asked.method == "PUT").collect();
        assert_eq!(puts.len(), 4);
        for put in puts {
            let condition = put.condition.clone().unwrap_or_default();
            let may_replace = put.target.ends_with("/state.json") && condition.starts_with("if-match: \"");
            assert!(condition == "if-none-match: *" || may_replace, "{put:?}");
        }

        // KMS is asked by POST; S3 by address twice, by id once.
        let mut copy = stack.getter("DbPassword");
        to_read.heard();
        let of_s3 = |heard: &[Asked]| heard.iter().filter(|asked| asked.target != "/").count();
        assert_success(&copy.create(json!({"SecretId": secret.id()})).await);
        let by_id = to_read.heard();
        assert_eq!(of_s3(&by_id), 1, "{by_id:?}");
        assert_eq!(by_id.iter().filter(|asked| asked.method == "POST").count(), 1, "{by_id:?}");
        assert_success(&copy.update(json!({"Env": "prod"})).await);
        assert_eq!(of_s3(&to_read.heard()), 2, "by address");
        assert_success(&copy.delete().await);
        assert!(to_read.heard().is_empty());
    })
    .await;
}

/// Each right of the template is needed, but those to look at the bucket, without which it is trusted: without any other a story
/// of its own does not end well. That what is not there would be taken
/// for what one may not see without `s3:ListBucket`, ministack does not show.
#[tokio::test]
async fn each_right_is_needed() {
    let rights = [
        (Generator, "s3:GetObject"),
        (Generator, "s3:GetObjectVersion"),
        (Generator, "s3:PutObject"),
        (Generator, "s3:DeleteObject"),
        (Generator, "s3:ListBucket"),
        (Getter, "s3:GetObject"),
        (Getter, "s3:GetObjectVersion"),
    ];
    // Who is denied waits some seconds for the right: all of them at the same time.
    let without = rights.map(async |(function, action)| {
        scenario_over_s3(async |world| {
            world.deny(function, &[action]).await;
            let missed = story(world).await;
            assert!(missed.contains(action), "{action}: {missed:?}");
        })
        .await;
    });
    together::all(without).await;
    scenario_over_s3(async |world| assert!(story(world).await.is_empty())).await;
}

/// A life in which everything is done that takes a right; which rights somebody missed.
async fn story(world: &World) -> BTreeSet<String> {
    let mut reasons = Vec::new();
    let stack = world.stack("shop");
    let mut secret = stack.generator("DbSecret");
    let mut getter = stack.getter("DbPassword");
    let timely = |env: &str| json!({"Env": env, "ServiceTimeout": 60});
    reasons.push(getter.create(json!({"Env": "nothing-there"})).await.reason);
    reasons.push(secret.create(timely("prod")).await.reason);
    reasons.push(getter.create(json!({"SecretId": secret.id()})).await.reason);
    reasons.push(secret.delete().await.reason);
    reasons.push(getter.create(json!({"SecretId": secret.id()})).await.reason);
    let mut again = world.stack("shop").generator("DbSecret");
    reasons.push(again.create(json!({"Env": "prod", "OnConflict": "adopt"})).await.reason);
    let missing = reasons.into_iter().flatten().filter_map(|reason| {
        let (_, action) = reason.split_once("may not call ")?;
        Some(action.split(' ').next()?.to_owned())
    });
    missing.collect()
}
