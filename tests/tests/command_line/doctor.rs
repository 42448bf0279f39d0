//! `doctor`: a pair that is well, each thing that may be wrong with one, and what may not be looked at.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{PointInTimeRecoverySpecification, TimeToLiveSpecification};
use serde_json::Value;
use tests::{
    command::Ran,
    world::{World, scenario},
};

/// The pair as the template makes it.
async fn sound(world: &World) {
    let account = &world.account;
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name("ExpiresAt").build().unwrap();
    let dynamodb = &account.dynamodb;
    dynamodb.update_time_to_live().table_name(&account.table).time_to_live_specification(expiry).send().await.unwrap();
    recover(world, true).await;
    let protect = dynamodb.update_table().table_name(&account.table).deletion_protection_enabled(true);
    protect.send().await.unwrap();
    account.kms.enable_key_rotation().key_id(&account.key_arn).send().await.unwrap();
    let outputs = [("TableName", &*account.table), ("KeyArn", &*account.key_arn)];
    let _ = account.create_pair("cfn-secrets", &outputs).await;
}

async fn recover(world: &World, on: bool) {
    let recovery = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(on).build().unwrap();
    let update = world.account.dynamodb.update_continuous_backups().table_name(&world.account.table);
    update.point_in_time_recovery_specification(recovery).send().await.unwrap();
}

async fn doctor(world: &World, flags: &[&str]) -> (Ran, BTreeMap<String, Value>) {
    let command = world.command(&[&["doctor", "--output", "json"], flags].concat());
    let ran = command.without("CFN_SECRETS_TABLE").run().await;
    let rows = ran.json();
    let rows = rows.as_array().unwrap().iter().map(|row| (row["check"].as_str().unwrap().to_owned(), row.clone()));
    (ran.clone(), rows.collect())
}

/// The checks that are not well.
fn ill(rows: &BTreeMap<String, Value>) -> Vec<(&str, &str)> {
    let told = rows.iter().map(|(check, row)| (check.as_str(), row["state"].as_str().unwrap()));
    told.filter(|(_, state)| *state != "ok").collect()
}

#[tokio::test]
async fn a_pair_as_the_template_makes_it_is_well() {
    scenario(async |world| {
        sound(world).await;
        let (ran, rows) = doctor(world, &[]).await;
        assert!(ran.code == Some(0) && ran.stderr.is_empty() && ill(&rows).is_empty(), "{ran:?}");
        let checks: Vec<_> = rows.keys().map(String::as_str).collect();
        assert_eq!(
            checks,
            [
                "clock",
                "deletion protection",
                "endpoint",
                "generator",
                "generator's role",
                "getter",
                "getter's role",
                "key",
                "key rotation",
                "point-in-time recovery",
                "publisher",
                "publisher's role",
                "stack",
                "table",
                "table capacity",
                "table keys",
                "time to live"
            ]
        );
        let table = world.command(&["doctor", "--output", "table"]).run().await;
        assert!(table.text().starts_with("CHECK"), "{table:?}");
    })
    .await;
}

#[tokio::test]
async fn each_thing_that_is_wrong_has_its_row_and_its_remedy() {
    scenario(async |world| {
        sound(world).await;
        recover(world, false).await;
        let (ran, rows) = doctor(world, &[]).await;
        assert_eq!((ran.code, ill(&rows)), (Some(0), vec![("point-in-time recovery", "warning")]));
        let remedy = rows["point-in-time recovery"]["remedy"].as_str().unwrap();
        assert!(remedy.starts_with("aws dynamodb update-continuous-backups --table-name secrets"), "{remedy}");

        world.account.disable_key().await;
        let (ran, rows) = doctor(world, &[]).await;
        assert_eq!((ran.code, rows["key"]["state"].as_str()), (Some(1), Some("fault")), "{ran:?}");
        assert!(ran.stderr.contains("not as it should be: key"), "{ran:?}");

        // The functions are told of another table and another key than somebody means here.
        let other = world.account.create_key().await;
        world.account.create_table("other").await;
        let (ran, rows) = doctor(world, &["--table", "other", "--key", &other]).await;
        let expected = [("generator", "fault"), ("getter", "fault")];
        assert!(expected.iter().all(|ill_one| ill(&rows).contains(ill_one)), "{ran:?}");
        assert!(rows["generator"]["found"].as_str().unwrap().contains("TABLE_NAME is secrets, not other"), "{rows:?}");

        let (ran, rows) = doctor(world, &["--table", "none", "--key", &other, "--pair", "none"]).await;
        assert_eq!(ill(&rows), [("key rotation", "warning"), ("stack", "warning"), ("table", "fault")], "{ran:?}");
        assert!(rows["table"]["remedy"].as_str().unwrap().starts_with("cfn-secrets setup --table none"), "{rows:?}");
    })
    .await;
}

#[tokio::test]
async fn a_table_of_something_else_is_told_from_ours() {
    scenario(async |world| {
        let (ran, rows) = doctor(world, &["--pair", "none"]).await;
        assert_eq!(ill(&rows), [("key", "fault"), ("stack", "warning"), ("table", "fault")], "{ran:?}");
        assert!(rows["key"]["remedy"].as_str().unwrap().contains("CFN_SECRETS_KEY"), "{rows:?}");

        crate::starting::other_table(world).await;
        let (ran, rows) = doctor(world, &["--pair", "none", "--table", "credential-store"]).await;
        assert_eq!((ran.code, rows["table keys"]["state"].as_str()), (Some(1), Some("fault")), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn where_nobody_answers_each_row_says_so() {
    scenario(async |world| {
        let command = world.command(&["doctor", "--endpoint-url", "http://127.0.0.1:9", "--table", "secrets"]);
        let ran = command.env("AWS_MAX_ATTEMPTS", "1").run().await;
        assert!(ran.code == Some(1) && ran.text().contains("http://127.0.0.1:9/ does not answer"), "{ran:?}");
        assert!(ran.stderr.contains("not as it should be: endpoint"), "{ran:?}");
    })
    .await;
}

#[tokio::test]
async fn what_may_not_be_looked_at_is_said_and_the_rest_goes_on() {
    scenario(async |world| {
        sound(world).await;
        let nothing = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": "*"},
        ]});
        let session = world.session(&nothing).await;
        let command = world.command(&["doctor", "--output", "json", "--key", &world.account.key_arn]);
        let ran = command.as_session(&session).run().await;
        let states: Vec<_> = ran.json().as_array().unwrap().iter().map(|row| row["state"].clone()).collect();
        assert_eq!(ran.code, Some(5), "{ran:?}");
        assert_eq!(states.iter().filter(|state| *state == "not-allowed").count(), 4, "{ran:?}");
        assert!(ran.text().contains("cfn-secrets iam doctor") && ran.stderr.contains("\"partial\""), "{ran:?}");
    })
    .await;
}
