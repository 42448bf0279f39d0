//! What is done by hand: brought in, rotated, retired, restored, erased, and put under another key.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::{
    command::Ran,
    random,
    resource::assert_success,
    world::{World, scenario, scenario_with_strict_kms, text},
};

use crate::filled::filled;

/// A value that nobody else has.
fn value() -> String {
    format!("by+hand'{}", random::hex(32))
}

async fn put(world: &World, flags: &[&str], value: &str) -> Ran {
    let arguments = [&["put", "--key", &*world.account.key_arn], flags].concat();
    world.command(&arguments).stdin(value).run().await
}

async fn get(world: &World, secret: &str) -> Result<String, String> {
    let got = world.command(&["get", secret]).for_values().run().await;
    if got.code == Some(0) { Ok(got.text().to_owned()) } else { Err(got.stderr) }
}

/// The versions that a verb printed, and what became of each.
fn told(ran: &Ran) -> Vec<(u64, String)> {
    let rows = ran.json();
    let row = |row: &serde_json::Value| (row["version"].as_u64().unwrap(), row["becomes"].as_str().unwrap().to_owned());
    rows.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn a_value_is_brought_in_read_replaced_and_rotated() {
    scenario(async |world| {
        let (first, second) = (value(), value());
        let stored = put(world, &["shop/prod/stripe", "--output", "json"], &first).await;
        assert_eq!((stored.code, told(&stored)), (Some(0), vec![(1, "current".to_owned())]), "{stored:?}");
        assert_eq!(get(world, "shop/prod/stripe").await.unwrap(), first);

        let dry = put(world, &["shop/prod/stripe", "--dry-run", "--output", "json"], &second).await;
        assert_eq!(
            (told(&dry), get(world, "shop/prod/stripe@2").await.is_err()),
            (vec![(2, "current".to_owned())], true)
        );
        let existing = put(world, &["shop/prod/stripe", "--existing"], &second).await;
        assert!(existing.code == Some(1) && existing.stderr.contains("leave --existing out"), "{existing:?}");

        // The same wish twice, and a value that no key encrypts by itself.
        let long = value().repeat(400);
        for _ in 0..2 {
            let stored = put(world, &["shop/prod/stripe", "--client-request-token", "once"], &long).await;
            assert_eq!(stored.code, Some(0), "{stored:?}");
        }
        assert_eq!(get(world, "shop/prod/stripe").await.unwrap(), long);
        assert_eq!(get(world, "shop/prod/stripe@1").await.unwrap(), first);
        assert!(get(world, "shop/prod/stripe@3").await.is_err());

        let rotated = world.command(&["rotate", "shop/prod/stripe", "--length", "40", "--key", &world.account.key_arn]);
        assert_eq!(rotated.run().await.code, Some(0));
        assert_eq!(get(world, "shop/prod/stripe").await.unwrap().chars().count(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_there_already_is_passed_over() {
    scenario(async |world| {
        let (first, second) = (value(), value());
        for (value, versions) in [(&first, 1), (&first, 1), (&second, 2), (&second, 2), (&first, 3)] {
            let ran = put(world, &["shop/prod/stripe", "--skip-unchanged"], value).await;
            assert_eq!((ran.code, world.versions().await.len()), (Some(0), versions), "{ran:?}");
        }
        let ran = put(world, &["shop/prod/stripe", "--skip-unchanged", "--dry-run"], &second).await;
        assert!(ran.stderr.contains("nothing was written") && world.versions().await.len() == 3, "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_made_where_none_is() {
    scenario(async |world| {
        filled(world).await;
        let before = world.versions().await.len();
        let generate = |secret: &str, flags: &[&str]| {
            let arguments = [&["generate", secret, "--key", &*world.account.key_arn], flags].concat();
            world.command(&arguments).run()
        };
        let dry = generate("app/dev/key", &["--dry-run"]).await;
        assert_eq!((dry.code, world.versions().await.len()), (Some(0), before), "{dry:?}");
        let made = generate("app/dev/key", &["--kind", "hex", "--size", "20", "--output", "json"]).await;
        assert_eq!((made.code, told(&made)), (Some(0), vec![(1, "current".to_owned())]), "{made:?}");
        let drawn = get(world, "app/dev/key").await.unwrap();
        assert!(drawn.len() == 40 && drawn.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(world.versions().await["dev/key#0000000000000000001"]["EntropyBits"].as_n().unwrap(), "160");
        for _ in 0..2 {
            let once = generate("app/dev/once", &["--client-request-token", "once"]).await;
            assert_eq!(once.code, Some(0), "{once:?}");
        }
        for (secret, sentence) in [
            ("app/dev/key", "`cfn-secrets rotate app/dev/key` gives it a new value"),
            ("shop/prod", "is in use and belongs to resource DbSecret"),
            ("app/dev/key@2", "a new value gets the next number"),
        ] {
            let refused = generate(secret, &[]).await;
            assert!(matches!(refused.code, Some(1 | 2)) && refused.stderr.contains(sentence), "{refused:?}");
        }
        let both = generate("app/dev/other", &["--print", "1"]).await;
        assert!(both.code == Some(2) && both.stderr.contains("cannot be used with"), "{both:?}");
        assert_eq!(get(world, "app/dev/key").await.unwrap(), drawn);
        assert_eq!(world.versions().await.len(), before + 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_value_is_refused_and_nothing_is_stored() {
    scenario(async |world| {
        let file = tests::command::home().join("value");
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        for (flags, stdin, sentence) in [
            (&["shop/prod"][..], "", "no value came"),
            (&["shop/prod", "--strip-newline"], "\n", "no value came"),
            (&["shop/prod", "--from-file", file.to_str().unwrap()], "", "is not UTF-8 text"),
            (&["shop/prod", "--from-file", "/nowhere/value"], "", "/nowhere/value cannot be read"),
            (&["shop/prod", "hunter2hunter2"], "", "a secret is never an argument"),
            (&["shop/prod@3"], "value", "a new value gets the next number"),
        ] {
            let ran = put(world, flags, stdin).await;
            assert!(matches!(ran.code, Some(1 | 2)) && ran.stderr.contains(sentence), "{flags:?}: {ran:?}");
        }
        assert!(world.items().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_gone_stack_left_is_retired_and_brought_back() {
    scenario(async |world| {
        filled(world).await;
        let before = get(world, "shop/prod").await.unwrap();
        let refused = put(world, &["shop/prod"], &value()).await;
        assert!(refused.code == Some(1) && refused.stderr.contains("cfn-secrets retire shop/prod"), "{refused:?}");
        let refused = world.command(&["rotate", "shop/prod", "--key", &world.account.key_arn]).run().await;
        assert!(refused.code == Some(1) && refused.stderr.contains("belongs to resource DbSecret"), "{refused:?}");

        let dry = world.command(&["retire", "shop/prod", "--dry-run"]).run().await;
        assert!(dry.code == Some(0) && dry.stderr.contains("nothing was written"), "{dry:?}");
        assert_eq!(get(world, "shop/prod").await.unwrap(), before);

        let retired = world.command(&["retire", "shop/prod", "--output", "json"]).run().await;
        assert_eq!(told(&retired), [(1, "retired".to_owned()), (2, "retired".to_owned())]);
        assert!(get(world, "shop/prod").await.unwrap_err().contains("was retired"));
        let again = world.command(&["retire", "shop/prod"]).run().await;
        assert!(again.code == Some(0) && again.stderr.contains("there is nothing to do"), "{again:?}");

        let restored = world.command(&["restore", "shop/prod", "--output", "json"]).run().await;
        assert_eq!(told(&restored), [(2, "current".to_owned())], "{restored:?}");
        assert_eq!(get(world, "shop/prod").await.unwrap(), before);
        let one = world.command(&["restore", "shop/prod@1", "--output", "json"]).run().await;
        assert_eq!(told(&one), [(1, "retained".to_owned())], "{one:?}");
        let none = world.command(&["restore", "shop/prod"]).run().await;
        assert!(none.code == Some(1) && none.stderr.contains("no version that is retired"), "{none:?}");
        // Nobody is there to be asked.
        let ask = world.command(&["retire", "shop/prod", "--recovery-window-in-days", "0"]).run().await;
        assert!(ask.code == Some(1) && ask.stderr.contains("--yes answers the question"), "{ask:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stack_that_nobody_here_can_ask_for_keeps_what_it_has() {
    scenario(async |world| {
        filled(world).await;
        let before = world.items().await;
        let mut item = world.versions().await["prod/api#0000000000000000001"].clone();
        let stranger = "arn:aws:cloudformation:eu-west-1:999999999999:stack/shop/0a1b";
        item.insert("StackId".to_owned(), AttributeValue::S(stranger.to_owned()));
        world.tamper(&item).await;
        let refused = world.command(&["retire", "shop/prod/api"]).run().await;
        assert!(refused.code == Some(1) && refused.stderr.contains(stranger), "{refused:?}");
        assert!(refused.stderr.contains("hint: use credentials of its account"), "{refused:?}");
        assert_eq!(world.items().await.len(), before.len());
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_erased_on_demand_and_nothing_else() {
    scenario(async |world| {
        filled(world).await;
        assert_eq!(put(world, &["shop/prod/stripe"], &value()).await.code, Some(0));
        let mut expired = world.versions().await["dev#0000000000000000001"].clone();
        expired.insert("ExpiresAt".to_owned(), AttributeValue::N("1700000000".to_owned()));
        world.tamper(&expired).await;
        let before = world.items().await.len();
        for flags in [&["prune"][..], &["prune", "--dry-run"], &["prune", "--stack", "shop", "--yes"]] {
            let dry = world.command(flags).run().await;
            assert_eq!((dry.code, world.items().await.len()), (Some(0), before), "{dry:?}");
        }
        let erased = world.command(&["prune", "--yes", "--output", "json"]).run().await;
        assert_eq!(told(&erased), [(1, "erased".to_owned())], "{erased:?}");
        assert_eq!(world.items().await.len(), before - 1);
        let again = world.command(&["prune", "--yes"]).run().await;
        assert!(again.code == Some(0) && again.stderr.contains("there is nothing to do"), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn every_value_gets_another_key_and_stays_what_it_is() {
    scenario_with_strict_kms(async |world| {
        let mut database = world.stack("shop").generator("DbSecret");
        assert_success(&database.create(serde_json::json!({"Env": "prod"})).await);
        let long = value().repeat(400);
        assert_eq!(put(world, &["shop/prod/long"], &long).await.code, Some(0));
        let short = get(world, "shop/prod").await.unwrap();
        let to = world.account.create_key().await;

        let reencrypt = async |flags: &[&str]| {
            let ran = world.command(&[&["reencrypt", "--to", &*to, "--output", "json"], flags].concat()).run().await;
            assert_eq!(ran.code, Some(0), "{ran:?}");
            told(&ran).len()
        };
        assert_eq!(reencrypt(&["--dry-run"]).await, 2);
        assert_eq!(reencrypt(&["--env", "dev"]).await, 0);
        assert_eq!(reencrypt(&[]).await, 2);
        assert_eq!(reencrypt(&[]).await, 0);
        assert!(world.versions().await.values().all(|item| text(item, "KeyArn") == to));
        assert_eq!(get(world, "shop/prod").await.unwrap(), short);
        assert_eq!(get(world, "shop/prod/long").await.unwrap(), long);
        let wrong = world.command(&["reencrypt", "--to", "alias/secrets"]).run().await;
        assert!(wrong.code == Some(2) && wrong.stderr.contains("must be the ARN of a KMS key"), "{wrong:?}");
    })
    .await;
}
