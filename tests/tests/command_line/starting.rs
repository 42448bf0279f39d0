//! Before anything is asked: which account, which region, which table; and what is said where that is unclear.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use serde_json::Value;
use tests::{
    ministack,
    world::{World, scenario},
};

use crate::filled::filled;

#[tokio::test]
async fn without_a_region_or_credentials_one_sentence_comes_at_once() {
    scenario(async |world| {
        let started = Instant::now();
        for (missing, sentence) in [
            (&["AWS_REGION"][..], "error: no AWS region is given\nhint: say `--region"),
            (
                &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
                "error: no AWS credentials are found\nhint: log in with `aws login`",
            ),
        ] {
            let command = world.command(&["list"]);
            let ran = missing.iter().fold(command, |command, name| command.without(name)).run().await;
            assert_eq!(ran.code, Some(3), "{ran:?}");
            assert!(ran.stderr.starts_with(sentence), "{ran:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(2), "nobody was asked");
    })
    .await;
}

#[tokio::test]
async fn an_empty_variable_is_none_and_an_address_that_is_none_is_told() {
    scenario(async |world| {
        let list = || world.command(&["list"]);
        let ran = list().env("AWS_REGION", "").run().await;
        assert!(ran.code == Some(3) && ran.stderr.starts_with("error: no AWS region is given"), "{ran:?}");
        let ran = list().env("AWS_REGION", "").env("AWS_DEFAULT_REGION", ministack::REGION).run().await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for (name, url) in
            [("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_KMS", "localhost:1"), ("AWS_ENDPOINT_URL", "x")]
        {
            let ran = list().env(name, url).run().await;
            let expected = format!("error: {name} must be an http or https URL, not {url:?}");
            assert!(ran.code == Some(2) && ran.stderr.starts_with(&expected), "{ran:?}");
        }
        let ran = world.command(&["list", "--endpoint-url", "localhost"]).run().await;
        assert!(ran.code == Some(2) && ran.stderr.contains("--endpoint-url must be"), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn errors_are_json_where_json_is_asked_for() {
    scenario(async |world| {
        for (arguments, code, kind) in [
            (&["get", "shop/none", "--output", "json"][..], 1, "refused"),
            (&["get", "shop", "--output=json"], 2, "usage"),
            (&["--output", "json", "list", "--table", "nowhere"], 1, "refused"),
        ] {
            let ran = world.command(arguments).run().await;
            let error: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|_| panic!("{ran:?}"));
            assert_eq!((ran.code, &error["error"]["kind"]), (Some(code), &kind.into()), "{ran:?}");
            assert!(ran.stdout.is_empty());
        }
        // What follows `--` is somebody else's.
        let of_a_command = ["exec", "shop/none", "--", "aws", "--output", "json"];
        let ran = world.command(&of_a_command).run().await;
        assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn the_table_is_the_one_that_was_named_last_and_nearest() {
    scenario(async |world| {
        filled(world).await;
        let home = tests::command::home();
        let config = home.join(".config/cfn-secrets");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("config.toml"), "[default]\ntable = \"secrets\"\n[other]\ntable = \"elsewhere\"\n")
            .unwrap();
        let list = |flags: &[&str]| {
            let command = world.command(&[&["list"], flags].concat()).env("HOME", home.to_str().unwrap());
            command.without("CFN_SECRETS_TABLE")
        };
        assert_eq!(list(&[]).run().await.code, Some(0));
        for command in [list(&["--table", "nowhere"]), list(&[]).env("CFN_SECRETS_TABLE", "nowhere")] {
            let ran = command.run().await;
            assert!(ran.code == Some(1) && ran.stderr.contains("table nowhere does not exist"), "{ran:?}");
        }
        let ran = list(&[]).env("AWS_PROFILE", "other").run().await;
        assert!(ran.stderr.contains("elsewhere"), "{ran:?}");
        std::fs::write(config.join("config.toml"), "[default]\ntable = \"nowhere\"\noutput = \"json\"\n").unwrap();
        assert!(list(&[]).run().await.stderr.starts_with("{\"error\":"), "errors follow the configured form");
        std::fs::write(config.join("config.toml"), "[default]\ntabel = \"secrets\"\n").unwrap();
        let ran = list(&[]).run().await;
        assert!(ran.code == Some(2) && ran.stderr.contains("config.toml") && ran.stderr.contains("tabel"), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn without_a_name_the_pairs_stack_is_asked() {
    scenario(async |world| {
        let ran = world.command(&["list"]).without("CFN_SECRETS_TABLE").run().await;
        assert!(ran.code == Some(1) && ran.stderr.contains("there is no stack `cfn-secrets`"), "{ran:?}");
        assert!(ran.stderr.contains("hint: say which: --table, or CFN_SECRETS_TABLE"), "{ran:?}");
        filled(world).await;
        let ran = world.command(&["list"]).without("CFN_SECRETS_TABLE").run().await;
        assert_eq!((ran.code, ran.text().lines().count()), (Some(0), 3), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_table_of_somebody_else_is_recognized() {
    scenario(async |world| {
        other_table(world).await;
        for arguments in [&["list"][..], &["history", "shop/prod"], &["get", "shop/prod"]] {
            let ran = world.command(arguments).env("CFN_SECRETS_TABLE", "credential-store").run().await;
            assert!(ran.code == Some(1) && ran.stderr.contains("is none of cfn-secrets"), "{ran:?}");
            assert!(ran.stderr.contains("the partition key StackName and the sort key Env"), "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_not_there_is_to_be_tried_again() {
    scenario(async |world| {
        for (flags, code) in [
            (&["--endpoint-url", "http://127.0.0.1:1"][..], 6),
            (&["--endpoint-url", "http://192.0.2.1", "--cli-connect-timeout", "1"], 6),
            (&["--region", "no region at all"], 2),
        ] {
            let ran = world.command(&[&["list"], flags].concat()).env("AWS_MAX_ATTEMPTS", "1").run().await;
            assert_eq!(ran.code, Some(code), "{ran:?}");
            assert!(ran.stderr.contains("hint: ") || code == 2, "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn credentials_that_nobody_knows_are_not_believed() {
    scenario(async |world| {
        let ran = world.command(&["list"]).env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").run().await;
        assert!(ran.code == Some(3) && ran.stderr.contains("does not accept these credentials"), "{ran:?}");
    })
    .await;
}

/// credstash's, empty.
pub(crate) async fn other_table(world: &World) {
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let create = world.account.dynamodb.create_table().table_name("credential-store");
    let create = create.billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(attribute("name")).attribute_definitions(attribute("version"));
    let create = create.key_schema(key("name", KeyType::Hash)).key_schema(key("version", KeyType::Range));
    create.send().await.unwrap();
}
