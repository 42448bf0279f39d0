//! A stack asks for a secret and hands it to its database.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tests::{
    presigned_url::Signing,
    resource::assert_success,
    world::{scenario, text},
};

#[tokio::test]
async fn a_stack_gets_a_password_of_its_own() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let created = secret.create(json!({"Env": "prod", "Engine": "mysql", "ServiceTimeout": 300})).await;
        assert_success(&created);
        assert!(created.physical_resource_id.starts_with("secrets/shop/prod/default@1."), "{}", secret.id());

        let mut copy = stack.getter("DbPassword");
        let read = copy.create(json!({"SecretId": secret.id(), "ServiceTimeout": 300})).await;
        assert_success(&read);
        assert!(read.no_echo);
        assert_eq!(read["password"].len(), 32);
        assert_eq!(&read["Version"], "1");
        let stored = &world.versions().await["prod#0000000000000000001"];
        assert_eq!(world.open(stored).await.as_deref(), Some(&read["password"]));
    })
    .await;
}

#[tokio::test]
async fn the_explicit_form_of_2016_still_works() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let properties = json!({
            "KeyId": world.account.key_arn,
            "PasswordLength": "20",
            "TableName": world.account.table,
            "Env": "prod",
            "StackName": "shop",
        });
        assert_success(&stack.generator("Generator").create(properties).await);
        let properties = json!({"TableName": world.account.table, "Env": "prod", "StackName": "shop"});
        let read = stack.getter("Getter").create(properties).await;
        assert_success(&read);
        assert_eq!(read["password"].len(), 20);
    })
    .await;
}

#[tokio::test]
async fn both_forms_read_the_same_secret() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let by_id = stack.getter("ById").create(json!({"SecretId": secret.id()})).await;
        let by_name = stack.getter("ByName").create(json!({"Env": "prod"})).await;
        let by_version = stack.getter("ByVersion").create(json!({"Env": "prod", "Version": 1})).await;
        assert_success(&by_id);
        assert_eq!(by_id["password"], by_name["password"]);
        assert_eq!(by_id["password"], by_version["password"]);
    })
    .await;
}

#[tokio::test]
async fn the_generator_tells_everything_but_the_secret() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        let created = secret.create(json!({"Env": "prod"})).await;
        let names: BTreeSet<&str> = created.data.keys().map(String::as_str).collect();
        let expected = [
            "SecretId",
            "StackName",
            "Env",
            "Name",
            "Version",
            "PreviousVersion",
            "TableName",
            "KeyArn",
            "EntropyBits",
        ];
        assert_eq!(names, BTreeSet::from(expected));
        assert_eq!(&created["SecretId"], secret.id());
        assert_eq!(&created["StackName"], "shop");
        assert_eq!(&created["Env"], "prod");
        assert_eq!(&created["Name"], "default");
        assert_eq!(&created["Version"], "1");
        assert_eq!(created["TableName"], world.account.table);
        assert_eq!(created["KeyArn"], world.account.key_arn);
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_is_the_documented_record() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let properties = json!({"Env": "prod", "RotationTrigger": "2026-11", "EncryptionContext": {"Team": "web"}});
        assert_success(&secret.create(properties).await);

        let items = world.items().await;
        assert_eq!(items.len(), 2);
        let head = items.iter().find(|item| text(item, "Env") == "prod").unwrap();
        assert_eq!(head["CurrentVersion"], AttributeValue::N("1".to_owned()));
        assert!(head["AsOf"].is_n());

        let version = &world.versions().await["prod#0000000000000000001"];
        assert_eq!(text(version, "StackName"), "shop");
        assert_eq!(version["Format"], AttributeValue::N("1".to_owned()));
        assert_eq!(text(version, "KeyArn"), world.account.key_arn);
        assert_eq!(text(version, "StackId"), stack.id);
        assert_eq!(text(version, "LogicalResourceId"), "DbSecret");
        assert_eq!(text(version, "RotationTrigger"), "2026-11");
        let tag = secret.id().rsplit_once('.').unwrap().1;
        assert!(text(version, "RequestToken").starts_with(tag));
        assert!(version["CreatedAt"].is_n());
        assert!(STANDARD.decode(text(version, "Ciphertext")).is_ok());
        let context = version["EncryptionContext"].as_m().unwrap();
        for (name, value) in
            [("StackName", "shop"), ("Env", "prod"), ("Name", "default"), ("Version", "1"), ("Team", "web")]
        {
            assert_eq!(context[name], AttributeValue::S(value.to_owned()));
        }
        for later in ["SupersededAt", "RetiredAt", "ExpiresAt", "AdoptedFrom"] {
            assert!(!version.contains_key(later), "{later}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_name_env_and_stack_has_a_secret_of_its_own() {
    scenario(async |world| {
        let mut passwords = BTreeSet::new();
        for stack in [world.stack("shop"), world.stack("blog")] {
            for env in ["prod", "prod-eu"] {
                for name in [json!(null), json!("reporting")] {
                    let logical_id = format!("Secret{}{}", env.len(), name.is_null());
                    let properties = json!({"Env": env, "Name": name});
                    let mut secret = stack.generator(&logical_id);
                    assert_success(&secret.create(properties.clone()).await);
                    let read = stack.getter("Copy").create(properties).await;
                    assert_success(&read);
                    passwords.insert(read["password"].to_owned());
                }
            }
        }
        assert_eq!(passwords.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn a_template_may_choose_table_and_key() {
    scenario(async |world| {
        world.account.create_table(tests::aws::OTHER_TABLE).await;
        let mut secret = world.stack("shop").generator("DbSecret");
        let properties = json!({"Env": "prod", "TableName": tests::aws::OTHER_TABLE, "KeyId": world.account.key_arn});
        let created = secret.create(properties).await;
        assert_success(&created);
        assert!(secret.id().starts_with("cfn-secrets/shop/prod/default@1."), "{}", secret.id());
        let read = world.stack("shop").getter("DbPassword").create(json!({"SecretId": secret.id()})).await;
        assert_success(&read);
    })
    .await;
}

#[tokio::test]
async fn a_url_signed_the_old_way_is_answered_too() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        secret.signing = Signing::V2;
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        assert_success(&secret.update(json!({"Env": "prod", "PasswordLength": 40})).await);
        assert_success(&secret.delete().await);
    })
    .await;
}
