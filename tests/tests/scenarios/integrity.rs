//! A record that was changed, copied or written by a stranger is not handed out.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tests::{
    aws::Item,
    resource::{assert_failed, assert_success},
    world::{World, scenario, scenario_with_strict_kms, text},
};

const FIRST: &str = "prod#0000000000000000001";

async fn with_a_secret(world: &World) -> Item {
    let mut secret = world.stack("shop").generator("DbSecret");
    assert_success(&secret.create(json!({"Env": "prod"})).await);
    assert_success(&world.stack("shop").getter("Before").create(json!({"Env": "prod"})).await);
    world.versions().await[FIRST].clone()
}

/// The changed item in place of the true one is refused by name, by number and by id.
async fn is_refused(world: &World, changed: &Item, words: &[&str]) {
    world.tamper(changed).await;
    let env = text(changed, "Env").split('#').next().unwrap().to_owned();
    for properties in [json!({"Env": env}), json!({"Env": env, "Version": 1})] {
        let read = world.stack("shop").getter("DbPassword").create(properties).await;
        assert_failed(&read, words);
        assert!(read.data.is_empty());
    }
}

#[tokio::test]
async fn a_changed_ciphertext_does_not_decrypt() {
    scenario_with_strict_kms(async |world| {
        let item = with_a_secret(world).await;
        let ciphertext = STANDARD.decode(text(&item, "Ciphertext")).unwrap();
        for position in [ciphertext.len() - 17, ciphertext.len() - 1] {
            let mut bytes = ciphertext.clone();
            bytes[position] ^= 1;
            let mut changed = item.clone();
            changed.insert("Ciphertext".to_owned(), AttributeValue::S(STANDARD.encode(bytes)));
            is_refused(world, &changed, &["decrypt"]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_record_copied_to_another_env_is_refused() {
    scenario_with_strict_kms(async |world| {
        let item = with_a_secret(world).await;
        assert_success(&world.stack("shop").generator("Other").create(json!({"Env": "dev"})).await);
        let mut copied = item.clone();
        copied.insert("Env".to_owned(), AttributeValue::S("dev#0000000000000000001".to_owned()));
        is_refused(world, &copied, &["EncryptionContext"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_ciphertext_of_another_secret_does_not_decrypt() {
    scenario_with_strict_kms(async |world| {
        let item = with_a_secret(world).await;
        assert_success(&world.stack("shop").generator("Other").create(json!({"Env": "dev"})).await);
        let mut changed = world.versions().await["dev#0000000000000000001"].clone();
        changed.insert("Ciphertext".to_owned(), item["Ciphertext"].clone());
        is_refused(world, &changed, &["decrypt"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_record_of_a_later_format_is_refused() {
    scenario(async |world| {
        let mut item = with_a_secret(world).await;
        item.insert("Format".to_owned(), AttributeValue::N("2".to_owned()));
        is_refused(world, &item, &["ormat"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_record_with_parts_missing_is_refused() {
    scenario(async |world| {
        let item = with_a_secret(world).await;
        for attribute in ["Ciphertext", "EncryptionContext", "KeyArn", "RequestToken"] {
            let mut broken = item.clone();
            broken.remove(attribute);
            is_refused(world, &broken, &[attribute]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_disabled_key_is_named() {
    scenario(async |world| {
        with_a_secret(world).await;
        world.account.disable_key().await;
        let read = world.stack("shop").getter("DbPassword").create(json!({"Env": "prod"})).await;
        assert_failed(&read, &["key"]);
        let made = world.stack("shop").generator("Another").create(json!({"Env": "dev"})).await;
        assert_failed(&made, &["key"]);
    })
    .await;
}

#[tokio::test]
async fn an_operator_gets_every_secret_back_with_aws_tools_alone() {
    scenario_with_strict_kms(async |world| {
        let stack = world.stack("shop");
        let properties = json!({"Env": "prod", "EncryptionContext": {"Team": "web"}});
        assert_success(&stack.generator("DbSecret").create(properties).await);
        let read = stack.getter("DbPassword").create(json!({"Env": "prod"})).await;
        let opened = world.open(&world.versions().await[FIRST]).await;
        assert_eq!(opened.as_deref(), Some(&read["password"]));
    })
    .await;
}
