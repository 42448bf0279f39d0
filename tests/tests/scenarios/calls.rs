//! How often AWS is asked, for every kind of request: no later change adds a call unseen.

use serde_json::json;
use tests::{
    aws::Function::{Generator, Getter},
    resource::{assert_failed, assert_success},
    wire::Wire,
    world::scenario,
};

const MINT: &[&str] = &["dynamodb:Query", "dynamodb:TransactWriteItems", "kms:Encrypt"];
const WRITE: &[&str] = &["dynamodb:Query", "dynamodb:TransactWriteItems"];
const LOOK: &[&str] = &["dynamodb:Query"];
const READ_BY_ID: &[&str] = &["dynamodb:GetItem", "kms:Decrypt"];
/// The head, and the version that it names.
const READ_CURRENT: &[&str] = &["dynamodb:GetItem", "dynamodb:GetItem", "kms:Decrypt"];
const READ_PREVIOUS: &[&str] = &["dynamodb:GetItem", "dynamodb:Query", "kms:Decrypt"];
const LOOK_BY_ID: &[&str] = &["dynamodb:GetItem"];
const NOTHING: &[&str] = &[];

/// What was called since the last time is this and nothing else.
#[track_caller]
fn assert_calls(wire: &Wire, calls: &[&str], request: &str) {
    assert_eq!(wire.calls(), calls, "{request}");
}

#[tokio::test]
async fn the_generators_calls_are_counted() {
    scenario(async |world| {
        let wire = Wire::start(world, Generator).await;
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let first = json!({"Env": "prod", "RotationTrigger": "1"});
        let second = json!({"Env": "prod", "RotationTrigger": "2"});

        assert_success(&secret.create(first.clone()).await);
        assert_calls(&wire, MINT, "a Create that mints");
        assert_success(&secret.redeliver().await);
        assert_calls(&wire, LOOK, "the same Create again");
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "1", "Engine": "mysql"})).await);
        assert_calls(&wire, LOOK, "an Update that changes no value");
        let old = secret.id().to_owned();
        assert_success(&secret.update(second.clone()).await);
        assert_calls(&wire, MINT, "an Update that rotates");
        let new = secret.id().to_owned();
        assert_success(&secret.update(first).await);
        assert_calls(&wire, WRITE, "an Update that rolls back");
        assert_success(&secret.delete_id(&new).await);
        assert_calls(&wire, WRITE, "the Delete of the version rolled back");

        let mut rival = stack.generator("Rival");
        assert_failed(&rival.create(json!({"Env": "prod"})).await, &["OnConflict"]);
        assert_calls(&wire, LOOK, "a Create that is refused");
        assert_success(&rival.delete().await);
        assert_calls(&wire, NOTHING, "the Delete of what was not created");
        assert_success(&rival.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        assert_calls(&wire, WRITE, "a Create that adopts");
        assert_success(&rival.delete().await);
        assert_calls(&wire, WRITE, "the Delete that hands it back");

        assert_success(&secret.delete_id(&old).await);
        assert_calls(&wire, WRITE, "the Delete that retires");
        assert_success(&secret.delete_id(&old).await);
        assert_calls(&wire, LOOK, "the Delete of what is retired");
        assert_success(&secret.delete_id("made-up-by-CloudFormation").await);
        assert_calls(&wire, WRITE, "the Delete of a Create without an answer, which may be on its way");

        assert_failed(&stack.generator("Bad").create(json!({"Env": "prod", "Nonsense": "1"})).await, &["Nonsense"]);
        assert_calls(&wire, NOTHING, "a Create with a property that is none");
        stack.generator("Late").create_too_late(json!({"Env": "late"})).await;
        assert_calls(&wire, NOTHING, "a Create that comes too late");

        let direct =
            json!({"StackName": "hand", "Env": "prod", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        world.invoke_directly(Generator, direct.clone()).await.unwrap();
        assert_calls(&wire, MINT, "a direct invocation that mints");
        world.invoke_directly(Generator, direct).await.unwrap();
        assert_calls(&wire, LOOK, "the same direct invocation again");
        world.invoke_directly(Generator, json!({"Env": "prod"})).await.unwrap_err();
        assert_calls(&wire, NOTHING, "a direct invocation that is refused");
    })
    .await;
}

#[tokio::test]
async fn the_getters_calls_are_counted() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let old = secret.id().to_owned();
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
        let wire = Wire::start(world, Getter).await;
        let mut copy = stack.getter("DbPassword");
        let by_id = json!({"SecretId": secret.id()});

        assert_success(&copy.create(by_id.clone()).await);
        assert_calls(&wire, READ_BY_ID, "a Create by SecretId");
        assert_success(&copy.redeliver().await);
        assert_calls(&wire, READ_BY_ID, "the same Create again");
        for (properties, calls) in [
            (by_id.clone(), READ_BY_ID),
            (json!({"SecretId": old}), READ_BY_ID),
            (json!({"Env": "prod", "Version": 1}), READ_BY_ID),
            (json!({"Env": "prod"}), READ_CURRENT),
            (json!({"Env": "prod", "Stage": "previous"}), READ_PREVIOUS),
        ] {
            assert_success(&copy.update(properties.clone()).await);
            assert_calls(&wire, calls, &format!("an Update to {properties}"));
        }
        for (properties, calls) in [
            (json!({"Env": "elsewhere"}), LOOK_BY_ID),
            (json!({"Env": "prod", "Version": 9}), LOOK_BY_ID),
            (json!({"Env": "prod", "StackName": "other"}), NOTHING),
            (json!({"Env": "prod", "Nonsense": "1"}), NOTHING),
            (json!({}), NOTHING),
        ] {
            assert_failed(&copy.update(properties.clone()).await, &[]);
            assert_calls(&wire, calls, &format!("an Update to {properties}, which is refused"));
        }
        assert_success(&copy.delete().await);
        assert_calls(&wire, NOTHING, "a Delete");

        for (event, calls) in [(by_id.clone(), READ_BY_ID), (json!({"StackName": "shop", "Env": "prod"}), READ_CURRENT)]
        {
            world.invoke_directly(Getter, event.clone()).await.unwrap();
            assert_calls(&wire, calls, &format!("a direct invocation with {event}"));
        }
        for id in [old, secret.id().to_owned()] {
            assert_success(&secret.delete_id(&id).await);
        }
        assert_failed(&copy.create(by_id).await, &["deleted"]);
        assert_calls(&wire, LOOK_BY_ID, "a Create that reads what was deleted");
    })
    .await;
}

#[tokio::test]
async fn connections_are_opened_before_the_first_event_and_ask_for_nothing() {
    scenario(async |world| {
        let read = json!({"StackName": "shop", "Env": "prod"});
        let wire = Wire::start(world, Getter).await;
        world.invoke_directly(Getter, read.clone()).await.unwrap_err();
        assert_eq!(wire.knocks(), 2);
        assert_calls(&wire, LOOK_BY_ID, "the first event");
        world.invoke_directly(Getter, read.clone()).await.unwrap_err();
        assert_eq!(wire.knocks(), 2, "once for each instance");

        world.configure(Getter, &[("PRE_CONNECT", "false")]);
        world.invoke_directly(Getter, read).await.unwrap_err();
        assert_eq!(wire.knocks(), 2, "switched off");
    })
    .await;
}
