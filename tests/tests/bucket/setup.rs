//! `setup` over a bucket: what is printed works in a shell, what is made is well, once and again; what others have in a bucket
//! stays. In a region of another partition, for ministack takes the policy of this one for a refusal of all: it speaks no TLS.

use std::process::Command;

use serde_json::{Value, json};
use store_s3::setup;
use tests::{
    bucket,
    command::Ran,
    iam::{actions, without},
    python,
    world::{World, scenario},
};

const REGION: &str = "cn-north-1";

/// All that a bucket and a key lack that are not there.
const ALL: [&str; 9] = [
    "bucket",
    "bucket policy",
    "bucket versioning",
    "public access",
    "bucket encryption",
    "bucket lifecycle",
    "key",
    "key rotation",
    "alias",
];

async fn run(world: &World, name: &str, arguments: &[&str], stdin: &str) -> Ran {
    let (store, alias) = (format!("s3://{name}"), format!("alias/{name}"));
    let arguments = [&["--store", &store, "--key", &alias, "--region", REGION], arguments].concat();
    world.command(&arguments).for_values().stdin(stdin).run().await
}

async fn is_well(world: &World, name: &str) {
    let again = run(world, name, &["setup", "--apply", "--yes"], "").await;
    assert!(again.code == Some(0) && again.stderr.contains("all is there") && again.stdout.is_empty(), "{again:?}");
    assert_eq!(run(world, name, &["put", "shop/prod/x"], "a+value'of-mine").await.code, Some(0));
    let doctor = run(world, name, &["doctor", "--output", "csv"], "").await;
    // There is no pair.
    assert!(doctor.code == Some(0) && doctor.text().matches("warning").count() == 1, "{doctor:?}");
}

fn named(world: &World, what: &str) -> String {
    format!("{what}-{}", world.account.id)
}

#[tokio::test]
async fn a_bucket_is_made_once_and_can_be_used() {
    scenario(async |world| {
        let name = &named(world, "made");
        let printed = run(world, name, &["setup", "--output", "json"], "").await;
        let steps: Vec<_> = printed.json().as_array().unwrap().iter().map(|row| row["step"].clone()).collect();
        assert_eq!(steps, ALL);
        let unasked = run(world, name, &["setup", "--apply"], "").await;
        assert!(unasked.code == Some(1) && unasked.stderr.contains("--yes answers the question"), "{unasked:?}");
        let made = run(world, name, &["setup", "--apply", "--yes"], "").await;
        assert!(made.code == Some(0) && made.stderr.contains(&format!("use it with --store s3://{name}")), "{made:?}");
        assert!(!made.stderr.contains("warning"), "{made:?}");
        is_well(world, name).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_printed_does_the_same_in_a_shell() {
    scenario(async |world| {
        let name = &named(world, "printed");
        let printed = run(world, name, &["setup"], "").await;
        assert!(
            printed.text().lines().count() == ALL.len() && printed.stderr.contains("--apply makes it"),
            "{printed:?}"
        );
        let aws = python::program("aws");
        let mut shell = Command::new("/bin/sh");
        shell.args(["-euc", printed.text()]).env_clear().env("HOME", tests::command::home());
        shell.env("PATH", format!("{}:/usr/bin:/bin", aws.parent().unwrap().display()));
        shell.env("AWS_ENDPOINT_URL", format!("http://{}", world.account.endpoint)).env("AWS_DEFAULT_REGION", REGION);
        shell.env("AWS_ACCESS_KEY_ID", &world.account.id).env("AWS_SECRET_ACCESS_KEY", "root");
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        is_well(world, name).await;
    })
    .await;
}

#[tokio::test]
async fn what_others_have_in_a_bucket_stays_and_they_are_warned() {
    scenario(async |world| {
        let name = &named(world, "shared");
        let (place, account) = ((world.account.endpoint, REGION), &world.account.id);
        assert_eq!(run(world, name, &["setup", "--apply", "--yes"], "").await.code, Some(0));
        let others = json!({"Sid": "Audit", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                            "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*")});
        let policy = json!({"Version": "2012-10-17", "Statement": [&others]}).to_string();
        let rule = "<ID>logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>3</Days></Expiration>";
        let lifecycle = format!("<LifecycleConfiguration><Rule>{rule}</Rule></LifecycleConfiguration>");
        bucket::set_up(place, account, name, "policy", &policy).await;
        bucket::set_up(place, account, name, "lifecycle", &lifecycle).await;

        let team = format!("{name}/team");
        let alias = format!("alias/{name}");
        let setup = |flags: &[&str]| {
            let store = format!("s3://{team}");
            let arguments = [&["setup", "--store", &store, "--key", &alias, "--region", REGION], flags].concat();
            world.command(&arguments).run()
        };
        let printed = setup(&["--output", "json"]).await;
        let commands = printed.json();
        let steps: Vec<_> = commands.as_array().unwrap().iter().map(|row| row["step"].clone()).collect();
        assert_eq!(steps, ["bucket policy", "bucket lifecycle"]);
        // No command of the AWS CLI adds a rule.
        assert_eq!(commands[1]["command"], format!("cfn-secrets --store s3://{team} setup --apply --yes"));
        for words in ["is there, whatever else is in it", "without a condition", "30 days after an object below team/"] {
            assert!(printed.stderr.contains(words), "{printed:?}");
        }
        assert_eq!(setup(&["--apply", "--yes"]).await.code, Some(0));

        let policy: Value = serde_json::from_str(&bucket::told(place, account, name, "policy").await).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!((&statements[0], statements.len()), (&others, 3));
        assert_eq!(statements[1..], setup::statements("aws-cn", &name.parse().unwrap()));
        let lifecycle = bucket::told(place, account, name, "lifecycle").await;
        for words in ["<ID>logs</ID>", "<Days>3</Days>", "<Prefix>team/</Prefix>", "<NoncurrentDays>30</NoncurrentDays>"] {
            assert!(lifecycle.contains(words), "{lifecycle}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_refused() {
    scenario(async |world| {
        scenario(async |other| {
            let name = &named(other, "taken");
            bucket::create(other.account.endpoint, &other.account.id, name).await;
            let refused = run(world, name, &["setup", "--apply", "--yes"], "").await;
            assert!(refused.code == Some(4) && refused.stderr.contains("is somebody else's"), "{refused:?}");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn it_needs_what_its_policy_says_and_no_more() {
    scenario(async |world| {
        let policy = async |name: &str| {
            let policy = run(world, name, &["iam", "setup", "--account", &world.account.id], "").await.json();
            // Ministack's ARNs are those of one partition.
            serde_json::from_str::<Value>(&policy.to_string().replace("arn:aws-cn:", "arn:aws:")).unwrap()
        };
        let all = actions(&policy("any").await);
        assert!(all.iter().filter(|action| action.starts_with("s3:")).count() == 11, "{all:?}");
        for (index, taken) in all.iter().map(Some).chain([None]).enumerate() {
            let name = &named(world, &format!("least{index}"));
            let policy = without(&policy(name).await, taken.map(String::as_str));
            let session = world.session(&policy).await;
            let (store, alias) = (format!("s3://{name}"), format!("alias/{name}"));
            let made = || {
                let arguments = ["setup", "--store", &store, "--key", &alias, "--region", REGION, "--apply", "--yes"];
                world.command(&arguments).as_session(&session).run()
            };
            let ran = made().await;
            let again = if ran.code == Some(0) { made().await } else { ran };
            assert_eq!(again.code, Some(if taken.is_none() { 0 } else { 4 }), "without {taken:?}: {again:?}");
        }
    })
    .await;
}
