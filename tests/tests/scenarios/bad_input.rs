//! Whatever a template says, the request ends with a Reason that names the trouble and what to do; a Delete never fails
//! for it.

use serde_json::{Value, json};
use tests::{
    aws::{Function, MISSING_KEY_ID, OTHER_TABLE},
    resource::{assert_failed, assert_success},
    world::{World, scenario},
};

/// A template with these properties fails at creation and as an update, says these words, and can be taken back.
async fn refused_by_the_generator(world: &World, properties: Value, words: &[&str]) {
    let stack = world.stack("shop");
    let mut secret = stack.generator("New");
    assert_failed(&secret.create(properties.clone()).await, words);
    assert_success(&secret.delete().await);

    let good = json!({"Env": "good"});
    let mut secret = stack.generator("Old");
    let created = secret.create(good.clone()).await;
    assert_success(&created);
    let mut changed = properties;
    changed["RotationTrigger"] = json!("2");
    assert_failed(&secret.update(changed.clone()).await, words);
    let rolled_back = secret.update(good).await;
    assert_success(&rolled_back);
    assert_eq!(rolled_back.data, created.data);
    let id = secret.id().to_owned();
    assert_success(&secret.delete_with(&id, changed).await);
}

async fn refused_by_the_getter(world: &World, properties: Value, words: &[&str]) {
    let mut copy = world.stack("shop").getter("DbPassword");
    assert_failed(&copy.create(properties.clone()).await, words);
    assert_success(&copy.delete().await);
    let id = copy.id().to_owned();
    assert_success(&copy.delete_with(&id, properties).await);
}

#[tokio::test]
async fn an_unknown_property_is_named_with_its_nearest_neighbor() {
    scenario(async |world| {
        let properties = json!({"Env": "prod", "PaswordLength": 20});
        refused_by_the_generator(world, properties, &["PaswordLength", "PasswordLength"]).await;
        refused_by_the_generator(world, json!({"Env": "prod", "Lenght": 20}), &["Lenght"]).await;
        refused_by_the_getter(world, json!({"Env": "prod", "SecretID": "x"}), &["SecretID", "SecretId"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_length_that_is_none_is_refused() {
    scenario(async |world| {
        for length in ["abc", "0", "5000", "-1", "20.5", ""] {
            refused_by_the_generator(world, json!({"Env": "prod", "PasswordLength": length}), &["PasswordLength"])
                .await;
        }
        let too_long_for_mysql = json!({"Env": "prod", "PasswordLength": 42, "Engine": "mysql"});
        refused_by_the_generator(world, too_long_for_mysql, &["PasswordLength", "41", "mysql"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_env_is_refused() {
    scenario(async |world| {
        refused_by_the_generator(world, json!({}), &["Env"]).await;
        refused_by_the_getter(world, json!({}), &["Env", "SecretId"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_name_that_cannot_be_is_refused() {
    scenario(async |world| {
        let long = "x".repeat(129);
        for name in ["1shop", "shop_1", "shop/prod", "", &long] {
            refused_by_the_generator(world, json!({"Env": "prod", "StackName": name}), &["StackName"]).await;
            refused_by_the_getter(world, json!({"Env": "prod", "StackName": name}), &["StackName"]).await;
        }
        for env in ["prod#0000000000000000001", "prod/reporting", "a b", "", &long] {
            refused_by_the_generator(world, json!({"Env": env}), &["Env"]).await;
            refused_by_the_getter(world, json!({"Env": env}), &["Env"]).await;
        }
        refused_by_the_generator(world, json!({"Env": "prod", "Name": "a#b"}), &["Name"]).await;
        refused_by_the_getter(world, json!({"Env": "prod", "Version": "latest"}), &["Version"]).await;
        refused_by_the_getter(world, json!({"SecretId": "shop-DbSecret-1ABC"}), &["SecretId"]).await;
    })
    .await;
}

#[tokio::test]
async fn other_values_that_cannot_be_are_refused() {
    scenario(async |world| {
        for (name, value) in [
            ("Engine", json!("oracle9i")),
            ("OnConflict", json!("overwrite")),
            ("RecoveryWindowInDays", json!(-1)),
            ("EncryptionContext", json!("Team=web")),
            ("EncryptionContext", json!({"StackName": "blog"})),
            ("PasswordLength", json!([20])),
        ] {
            refused_by_the_generator(world, json!({"Env": "prod", name: value}), &[name]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_or_a_key_that_does_not_exist_is_named() {
    scenario(async |world| {
        let table = json!({"Env": "prod", "TableName": OTHER_TABLE});
        refused_by_the_generator(world, table.clone(), &["TableName", "does not exist"]).await;
        refused_by_the_getter(world, table, &["TableName", "does not exist"]).await;
        let missing = world.account.key_arn.rsplit_once('/').unwrap().0.to_owned() + "/" + MISSING_KEY_ID;
        let key = json!({"Env": "prod", "KeyId": missing});
        refused_by_the_generator(world, key, &["KeyId", "does not exist"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_right_of_the_generator_is_named() {
    for action in ["kms:Encrypt", "dynamodb:Query", "dynamodb:PutItem"] {
        scenario(async |world| {
            world.deny(Function::Generator, &[action]).await;
            let mut secret = world.stack("shop").generator("DbSecret");
            assert_failed(&secret.create(json!({"Env": "prod"})).await, &[action]);
            assert_success(&secret.delete().await);
            assert!(world.items().await.is_empty());
        })
        .await;
    }
}

#[tokio::test]
async fn a_missing_right_of_the_getter_is_named() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let by_name = json!({"Env": "prod"});
        let by_id = json!({"SecretId": secret.id()});
        let previous = json!({"Env": "prod", "Stage": "previous"});
        for (action, properties) in [
            ("kms:Decrypt", &by_name),
            ("dynamodb:GetItem", &by_name),
            ("dynamodb:GetItem", &by_id),
            ("dynamodb:Query", &previous),
        ] {
            world.deny(Function::Getter, &[action]).await;
            refused_by_the_getter(world, properties.clone(), &[action]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_outside_the_role_is_refused() {
    scenario(async |world| {
        let key = world.account.create_key().await;
        refused_by_the_generator(world, json!({"Env": "prod", "KeyId": key}), &["kms:Encrypt"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_function_that_is_not_configured_says_so() {
    scenario(async |world| {
        world.configure(Function::Generator, &[("KMS_KEY_ID", "")]);
        refused_without_settings(world, json!({"Env": "prod"}), "KeyId").await;
        world.configure(Function::Generator, &[("TABLE_NAME", "")]);
        refused_without_settings(world, json!({"Env": "prod"}), "TableName").await;
    })
    .await;
}

async fn refused_without_settings(world: &World, properties: Value, word: &str) {
    let mut secret = world.stack("shop").generator("DbSecret");
    assert_failed(&secret.create(properties).await, &[word]);
    assert_success(&secret.delete().await);
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_is_answered_and_not_waited_for() {
    scenario(async |world| {
        world.configure(Function::Generator, &[("RECOVERY_WINDOW_IN_DAYS", "a month")]);
        world.configure(Function::Getter, &[("ALLOWED_ENVS", "prod,de/v")]);
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_failed(&secret.create(json!({"Env": "prod"})).await, &["RECOVERY_WINDOW_IN_DAYS", "cfn-secrets"]);
        assert_success(&secret.delete().await);
        let mut copy = stack.getter("DbPassword");
        assert_failed(&copy.create(json!({"Env": "prod"})).await, &["ALLOWED_ENVS"]);
        assert_success(&copy.delete().await);
    })
    .await;
}
