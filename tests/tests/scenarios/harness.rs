//! The harness itself can fail: a story that ends well is still failed for a leak or a lost answer.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::{Function, Item},
    resource::assert_success,
    response_endpoint::Fault,
    world::{World, scenario},
};

/// A generated secret, and then a getter that leaks it, and the URL, in this way.
async fn leak(way: &str) {
    scenario(async |world| {
        let value = generated(world).await;
        let getter = &world.rig(Function::Getter).function;
        getter.replace(env!("CARGO_BIN_EXE_leaky"));
        world.configure(Function::Getter, &[("LEAK", way)]);
        let mut copy = world.stack("shop").getter("DbPassword");
        copy.try_create(json!({"Value": value})).await;
    })
    .await;
}

async fn generated(world: &World) -> String {
    let mut secret = world.stack("shop").generator("DbSecret");
    assert_success(&secret.create(json!({"Env": "prod"})).await);
    world.open(world.versions().await.values().next().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_function_that_leaks_nothing_passes() {
    leak("nowhere").await;
}

#[tokio::test]
#[should_panic(expected = "a secret value, as it is, in Output(Getter)")]
async fn a_secret_on_standard_output_fails_the_story() {
    leak("stdout").await;
}

#[tokio::test]
#[should_panic(expected = "a credential, as it is, in Output(Getter)")]
async fn a_url_on_standard_error_fails_the_story() {
    leak("stderr").await;
}

#[tokio::test]
#[should_panic(expected = "a secret value, JSON-escaped, in RuntimeApi(Getter)")]
async fn a_secret_in_a_return_value_fails_the_story() {
    leak("return").await;
}

#[tokio::test]
#[should_panic(expected = "a credential, as it is, in RuntimeApi(Getter)")]
async fn a_url_in_an_error_fails_the_story() {
    leak("error").await;
}

#[tokio::test]
#[should_panic(expected = "a credential, as it is, in Response(Getter)")]
async fn a_url_in_a_response_fails_the_story() {
    leak("response").await;
}

#[tokio::test]
#[should_panic(expected = "a secret value, as it is, in StoredItem")]
async fn a_secret_in_an_item_fails_the_story() {
    scenario(async |world| {
        let value = generated(world).await;
        let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        let item = [("StackName", text("shop")), ("Env", text("dev")), ("Note", text(&value))];
        let item: Item = item.map(|(name, value)| (name.to_owned(), value)).into();
        world.account.put_item(&item).await;
    })
    .await;
}

#[tokio::test]
#[should_panic(expected = "Create was never answered")]
async fn a_lost_answer_fails_the_story() {
    scenario(async |world| {
        world.rig(Function::Generator).function.set_time_limit(Duration::from_secs(3));
        world.rig(Function::Generator).endpoint.inject([Fault::HangUp; 100]);
        let mut secret = world.stack("shop").generator("DbSecret");
        secret.try_create(json!({"Env": "prod"})).await;
    })
    .await;
}
