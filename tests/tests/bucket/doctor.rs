//! `doctor` over a bucket: what one lacks, and a pair whose stack says that it has one; and every other verb, which is told.

use serde_json::Value;
use tests::{
    bucket,
    command::Ran,
    world::{World, scenario_over_s3},
};

/// What is said of the bucket, row by row.
fn of_the_bucket(ran: &Ran) -> Vec<String> {
    let rows = ran.json();
    let rows = rows.as_array().unwrap().iter().filter_map(|row| {
        let check = row["check"].as_str()?;
        let is_of_it = check.starts_with("bucket") || check == "public access";
        is_of_it.then(|| format!("{check}: {}", row["state"].as_str().unwrap_or_default()))
    });
    rows.collect()
}

const SOUND: [&str; 5] =
    ["bucket: ok", "bucket versioning: ok", "bucket policy: ok", "bucket lifecycle: ok", "public access: ok"];

#[tokio::test]
async fn it_tells_what_a_bucket_lacks() {
    scenario_over_s3(async |world| {
        let name = format!("bare-{}", world.account.table);
        let (endpoint, account) = (world.account.endpoint, &world.account.id);
        bucket::create_bare(endpoint, account, &name).await;
        let store = format!("s3://{name}");
        let doctor = async || {
            let arguments = ["--store", &store, "--key", &world.account.key_arn, "doctor", "--output", "json"];
            world.command(&arguments).run().await
        };
        let bare = ["bucket: ok", "bucket versioning: ok", "bucket policy: fault", "bucket lifecycle: warning"];
        let ran = doctor().await;
        // A new bucket is private by itself.
        assert_eq!(of_the_bucket(&ran), [&bare[..], &["public access: ok"]].concat());
        assert_eq!(ran.text().matches(&format!("cfn-secrets setup --store {store}")).count(), 2, "{ran:?}");
        bucket::protect(endpoint, account, &name).await;
        assert_eq!(of_the_bucket(&doctor().await), SOUND);

        let missing = world.command(&["--store", "s3://not-there-at-all", "doctor", "--output", "json"]).run().await;
        assert!(
            missing.code == Some(1) && missing.text().contains("setup --store s3://not-there-at-all"),
            "{missing:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_pair_says_itself_that_it_has_a_bucket() {
    scenario_over_s3(async |world| {
        let bucket = world.account.table.clone();
        world.account.kms.enable_key_rotation().key_id(&world.account.key_arn).send().await.unwrap();
        let outputs = [("TableName", &*bucket), ("StoreKind", "s3"), ("KeyArn", &*world.account.key_arn)];
        let _ = world.account.create_pair("cfn-secrets", &outputs).await;
        // Whoever says nothing, whoever says so, and whoever takes its name for a table's.
        for named in [&[][..], &["--store", &format!("s3://{bucket}")], &["--table", &bucket]] {
            let ran = doctor(world, named).await;
            assert_eq!((ran.code, of_the_bucket(&ran)), (Some(0), SOUND.map(str::to_owned).to_vec()), "{ran:?}");
            let ill = ran.json().as_array().unwrap().iter().filter(|row| row["state"] != "ok").count();
            assert_eq!((ill, ran.text().contains("\"table\"")), (0, false), "{ran:?}");
        }
        // A table of another name is none of it, and its functions are told of something else.
        world.account.create_table("other").await;
        let ran = doctor(world, &["--table", "other"]).await;
        assert!(ran.code == Some(1) && ran.text().contains("STORE is s3, not dynamodb"), "{ran:?}");

        // Every other verb is told where the secrets are.
        let list = world.command(&["list"]).without("CFN_SECRETS_TABLE").run().await;
        assert_eq!(list.code, Some(1), "{list:?}");
        assert!(
            list.stderr.contains("in the bucket") && list.stderr.contains(&format!("--store s3://{bucket}")),
            "{list:?}"
        );
    })
    .await;
}

async fn doctor(world: &World, named: &[&str]) -> Ran {
    let command = world.command(&[&["doctor", "--output", "json"], named].concat());
    let ran = command.without("CFN_SECRETS_TABLE").without("CFN_SECRETS_KEY").run().await;
    assert!(matches!(ran.json(), Value::Array(_)), "{ran:?}");
    ran
}
