//! The command line over a bucket: every verb that the table has, one after the other.

use serde_json::json;
use tests::{
    command::Ran,
    random,
    resource::assert_success,
    world::{World, scenario_over_s3},
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
        for verb in ["doctor", "setup", "iam"] {
            let arguments: &[&str] = if verb == "iam" { &[verb, "get"] } else { &[verb] };
            refused(world, arguments, "it is about a table").await;
        }
    })
    .await;
}
