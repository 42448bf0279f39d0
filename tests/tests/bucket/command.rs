//! The command line over a bucket: every verb that the table has, one after the other.

use serde_json::json;
use tests::{
    bucket,
    command::{self, Ran},
    ministack, random,
    resource::assert_success,
    world::{World, scenario_over_s3, scenario_with_strict_kms, text},
};

async fn run(world: &World, arguments: &[&str], stdin: &str) -> Ran {
    let store = format!("s3://{}", world.account.table);
    let arguments = [&["--store", &store, "--key", &world.account.key_arn], arguments].concat();
    world.command(&arguments).for_values().stdin(stdin).run().await
}

async fn done(world: &World, arguments: &[&str], stdin: &str) -> String {
    let ran = run(world, arguments, stdin).await;
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran.text().to_owned()
}

async fn refused(world: &World, arguments: &[&str], words: &str) {
    let ran = run(world, arguments, "").await;
    assert!(ran.code != Some(0) && ran.stderr.contains(words), "{arguments:?}: {ran:?}");
}

#[tokio::test]
async fn every_verb_works() {
    scenario_over_s3(async |world| {
        let (first, second) = (random::hex(32), random::hex(32));
        done(world, &["put", "shop/prod/stripe"], &first).await;
        assert_eq!(done(world, &["get", "shop/prod/stripe"], "").await, first);
        done(world, &["put", "shop/prod/stripe"], &second).await;
        assert_eq!(done(world, &["get", "shop/prod/stripe@1"], "").await, first);
        assert_eq!(
            done(world, &["history", "shop/prod/stripe", "--output", "json"], "").await.matches("version").count(),
            2
        );
        done(world, &["rotate", "shop/prod/stripe", "--length", "40"], "").await;
        assert_eq!(done(world, &["get", "shop/prod/stripe"], "").await.len(), 40);
        done(world, &["generate", "shop/prod/api"], "").await;
        let listed: serde_json::Value =
            serde_json::from_str(&done(world, &["list", "--output", "json"], "").await).unwrap();
        assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
        let all = done(world, &["get-all", "--output", "json"], "").await;
        assert!(all.contains("stripe") && all.contains("api"));
        assert!(
            done(world, &["find", "--by-value"], &done(world, &["get", "shop/prod/api"], "").await)
                .await
                .contains("api")
        );
        assert!(!done(world, &["exec", "shop/prod/stripe", "--", "printenv"], "").await.is_empty());

        // A stack's own is the template's.
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        assert!(!done(world, &["get", secret.id()], "").await.is_empty());

        // Out of use, and back.
        done(world, &["retire", "shop/prod/stripe"], "").await;
        refused(world, &["get", "shop/prod/stripe"], "retired").await;
        done(world, &["restore", "shop/prod/stripe"], "").await;
        assert_eq!(done(world, &["get", "shop/prod/stripe"], "").await.len(), 40);
        refused(world, &["retire", "shop/prod/stripe", "--recovery-window-in-days", "7"], "lifecycle").await;

        // What would be put under another key (ministack does not know ReEncrypt), and what would be copied elsewhere.
        let other = world.account.create_key().await;
        let meant = done(world, &["reencrypt", "--to", &other, "--dry-run", "--output", "json"], "").await;
        assert!(meant.contains("stripe") && meant.contains("reencrypted"), "{meant}");
        let from = format!("s3://{}", world.account.table);
        let copied = world.command(&["copy", "--from", &from, "--to", "ssm:/copied", "--output", "json"]).run().await;
        assert_eq!((copied.code, copied.text().matches("created").count()), (Some(0), 3), "{copied:?}");
        done(world, &["prune", "--yes"], "").await;
        assert!(done(world, &["setup"], "").await.contains("aws kms enable-key-rotation"));
        assert_eq!(done(world, &["render", "-"], "{{ secret('shop/prod/stripe') }}").await.len(), 40);
        let compared = run(world, &["diff", "shop/prod/stripe@1", "shop/prod/stripe@2"], "").await;
        assert!(compared.code == Some(1) && !compared.text().contains(&first), "{compared:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_exported_comes_back_in_another_bucket() {
    scenario_over_s3(async |world| {
        let (value, long) = (random::hex(32), random::hex(32).repeat(200));
        done(world, &["put", "shop/prod/api"], &value).await;
        done(world, &["put", "shop/prod/long"], &long).await;
        let folder = command::home();
        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (phrase, archive) = (file("phrase"), file("archive"));
        std::fs::write(&phrase, random::hex(16)).unwrap();
        done(world, &["export", "-o", &archive, "--passphrase-file", &phrase], "").await;

        let other = format!("other-{}", world.account.table);
        bucket::create(world.account.endpoint, &world.account.id, &other).await;
        let there = format!("s3://{other}/below");
        let ran = async |arguments: &[&str]| {
            let arguments = [&["--store", &there, "--key", &world.account.key_arn], arguments].concat();
            world.command(&arguments).for_values().run().await
        };
        let imported = ran(&["import", &archive, "--passphrase-file", &phrase]).await;
        assert_eq!((imported.code, imported.text().matches("created").count()), (Some(0), 2), "{imported:?}");
        let again = ran(&["import", &archive, "--passphrase-file", &phrase]).await;
        assert!(again.code == Some(0) && again.stderr.contains("2 secrets have these values"), "{again:?}");
        assert_eq!(ran(&["get", "shop/prod/api"]).await.text(), value);
        assert_eq!(ran(&["get", "shop/prod/long"]).await.text(), long);
    })
    .await;
}

/// By a KMS that opens nothing under another key or context; the bucket is on ministack.
#[tokio::test]
async fn every_value_gets_another_key_and_stays_what_it_is() {
    scenario_with_strict_kms(async |world| {
        let endpoint = ministack::address().await;
        let name = format!("reencrypted-{}", random::hex(8));
        bucket::create(endpoint, &world.account.id, &name).await;
        let (store, s3) = (format!("s3://{name}"), format!("http://{endpoint}"));
        let ran = async |arguments: &[&str], stdin: &str| {
            let arguments = [&["--store", &store, "--key", &world.account.key_arn], arguments].concat();
            let command = world.command(&arguments).for_values().env("AWS_ENDPOINT_URL_S3", &s3).stdin(stdin);
            let ran = command.run().await;
            assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
            ran
        };
        let (short, long, old) = (random::hex(32), random::hex(32).repeat(200), random::hex(32));
        for (secret, value) in [("shop/prod/api", &short), ("shop/prod/long", &long), ("shop/prod/old", &old)] {
            ran(&["put", secret], value).await;
        }
        // Out of use, back, and out of use again: it lies in a place of its own, behind a marker.
        for verb in ["retire", "restore", "retire"] {
            ran(&[verb, "shop/prod/old"], "").await;
        }
        let to = world.account.create_key().await;
        let reencrypted = async || {
            let ran = ran(&["reencrypt", "--to", &to, "--output", "json"], "").await;
            ran.json().as_array().unwrap().len()
        };
        assert_eq!(reencrypted().await, 3);
        assert_eq!(reencrypted().await, 0);
        ran(&["restore", "shop/prod/old"], "").await;
        for (secret, value) in [("shop/prod/api", &short), ("shop/prod/long", &long), ("shop/prod/old", &old)] {
            assert_eq!(ran(&["get", secret], "").await.text(), value);
        }
        let items = bucket::items(endpoint, &world.account.id, &name).await;
        let values: Vec<_> = items.iter().filter(|item| item.contains_key("Ciphertext")).collect();
        assert_eq!(values.len(), 3, "what is out of use is hidden");
        assert!(values.iter().all(|item| text(item, "KeyArn") == to), "{values:?}");
    })
    .await;
}
