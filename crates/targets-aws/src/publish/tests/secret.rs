//! Secrets.

use secret_store::publish::{Claim, How, Mark, Standing, Target as _, Wrote};
use secret_store::testing::at_once;
use serde_json::{Value, json};

use super::{Script, mark, tag};
use crate::publish::{SecretOrder, SecretPublisher, SeenSecret};
use crate::{Erasure, NotDone};

const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

fn order(key_id: Option<&str>) -> SecretOrder {
    SecretOrder {
        name: "a".to_owned(),
        key_id: key_id.map(str::to_owned),
        tags: vec![tag("team", "web")],
        title: "Db of shop".to_owned(),
        erasure: Erasure::AtOnce,
    }
}

fn written(script: &Script, key_id: Option<&str>, how: How, seen_key: Option<&str>) -> Result<Wrote, NotDone> {
    let seen = SeenSecret { key_id: seen_key.map(str::to_owned) };
    at_once(SecretPublisher::of(script).write(&order(key_id), how, &seen, &mark("one"), &"hunter2".into()))
}

/// What comes of a write of this mark: the labels of the version.
fn version(mark: &Mark, labels: &[&str]) -> Result<Value, &'static str> {
    Ok(json!({"VersionId": mark.to_string(), "VersionStages": labels}))
}

fn put() -> (String, Value) {
    let input = json!({"SecretId": "a", "ClientRequestToken": mark("one").to_string(), "SecretString": "hunter2"});
    ("PutSecretValue".to_owned(), input)
}

/// The tag that says whose a secret is.
fn claim() -> Value {
    let whose = format!("{} Db of shop", mark("one").claimant);
    json!({"Key": "cfn-secrets:published-by", "Value": whose})
}

#[test]
fn a_create_has_key_description_tags_and_claim_in_the_one_call() {
    let script = Script::of([Ok(json!({"VersionId": mark("one").to_string()}))]);
    let wrote = written(&script, Some("alias/web"), How::Create, None);
    assert_eq!(wrote.unwrap(), Wrote::Current(mark("one").to_string()));
    let expected = json!({
        "Name": "a", "ClientRequestToken": mark("one").to_string(), "SecretString": "hunter2", "KmsKeyId": "alias/web",
        "Description": "Db of shop", "Tags": [{"Key": "team", "Value": "web"}, claim()],
    });
    assert_eq!(script.asked(), [("CreateSecret".to_owned(), expected)]);
    // What calls the first version as it likes is given one that is known again.
    let script = Script::of([Ok(json!({"VersionId": "another"})), version(&mark("one"), &["AWSCURRENT"])]);
    assert_eq!(written(&script, None, How::Create, None).unwrap(), Wrote::Current(mark("one").to_string()));
    assert_eq!(script.asked()[1], put());
}

#[test]
fn what_is_taken_over_is_claimed_brought_back_first_and_kept_under_its_key() {
    let (ours, taken_over) = (How::Next(Claim::Ours), How::Next(Claim::TakenOver));
    let tagged = || ("TagResource".to_owned(), json!({"SecretId": "a", "Tags": [claim()]}));
    let restored = || ("RestoreSecret".to_owned(), json!({"SecretId": "a"}));
    let rekeyed = |key: &str| ("UpdateSecret".to_owned(), json!({"SecretId": "a", "KmsKeyId": key}));
    for (how, seen_key, key_id, before) in [
        (ours, None, None, vec![]),
        (ours, Some("arn:aws:kms:eu-west-1:1:alias/web"), Some("alias/web"), vec![]),
        (ours, None, Some("alias/web"), vec![rekeyed("alias/web")]),
        (ours, Some("alias/web"), Some("alias/till"), vec![rekeyed("alias/till")]),
        // A template that names none any more goes back to the account's own.
        (ours, Some("alias/web"), None, vec![rekeyed(DEFAULT_KEY)]),
        (taken_over, None, None, vec![tagged()]),
        (How::Restore(Claim::Ours), None, None, vec![restored()]),
        (How::Restore(Claim::TakenOver), Some("alias/web"), None, vec![restored(), tagged(), rekeyed(DEFAULT_KEY)]),
    ] {
        let script = Script::default();
        script.answers.lock().unwrap().extend(before.iter().map(|_| Ok(json!({}))));
        script.answers.lock().unwrap().push_back(version(&mark("one"), &["AWSCURRENT"]));
        let wrote = written(&script, key_id, how, seen_key);
        assert_eq!(wrote.unwrap(), Wrote::Current(mark("one").to_string()));
        assert_eq!(script.asked(), [before, vec![put()]].concat(), "{how:?} {seen_key:?} {key_id:?}");
    }
}

#[test]
fn what_readers_do_not_get_is_looked_at_again() {
    let labelled = |labels: &[&str]| version(&mark("one"), labels);
    let next = How::Next(Claim::Ours);
    for (how, answer, is_current) in [
        (next, labelled(&["AWSCURRENT"]), true),
        // A token that was there before succeeds and does nothing.
        (next, labelled(&["AWSPREVIOUS"]), false),
        (next, labelled(&[]), false),
        // It had another value.
        (next, Err("ResourceExistsException"), false),
        (How::Create, Err("ResourceExistsException"), false),
        // The erasure of the one before has not ended.
        (How::Create, Err("InvalidRequestException"), false),
    ] {
        let told = format!("{how:?} {answer:?}");
        let script = Script::of([answer]);
        let wrote = written(&script, None, how, None).unwrap();
        assert_eq!(wrote == Wrote::Overtaken, !is_current, "{told}");
    }
    let script = Script::of([Err("InvalidRequestException")]);
    assert!(written(&script, None, next, None).is_err(), "a replica, or another service's");
}

#[test]
fn a_removal_is_as_the_order_says_and_what_is_gone_is_removed() {
    let script =
        Script::of([Ok(json!({})), Ok(json!({})), Err("ResourceNotFoundException"), Err("InternalServiceError")]);
    let publisher = SecretPublisher::of(&script);
    let removed = |erasure| at_once(publisher.remove(&SecretOrder { erasure, ..order(None) }));
    assert!(removed(Erasure::AtOnce).is_ok() && removed(Erasure::AfterDays(7)).is_ok());
    assert!(removed(Erasure::AtOnce).is_ok() && removed(Erasure::AtOnce).is_err());
    let asked = script.asked();
    assert_eq!(asked[0].1, json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true}));
    assert_eq!(asked[1].1, json!({"SecretId": "a", "RecoveryWindowInDays": 7}));
}

#[test]
fn tags_change_by_calls_of_their_own_and_only_where_there_are_some() {
    let script = Script::of([Ok(json!({})), Ok(json!({}))]);
    at_once(SecretPublisher::of(&script).retag(&order(None), &["cost".to_owned()])).unwrap();
    let expected = [
        ("UntagResource".to_owned(), json!({"SecretId": "a", "TagKeys": ["cost"]})),
        ("TagResource".to_owned(), json!({"SecretId": "a", "Tags": [{"Key": "team", "Value": "web"}]})),
    ];
    assert_eq!(script.asked(), expected);
    at_once(SecretPublisher::of(&script).retag(&SecretOrder { tags: vec![], ..order(None) }, &[])).unwrap();
    assert_eq!(script.operations().len(), 0);
}

#[test]
fn a_look_tells_what_is_there_from_what_leaves_and_knows_the_key() {
    let described =
        json!({"Name": "a", "ARN": "arn", "KmsKeyId": "alias/web", "VersionIdsToStages": {"x": ["AWSCURRENT"]}});
    let mut leaving = described.clone();
    leaving["DeletedDate"] = json!(1_800_000_000.5);
    let script = Script::of([Ok(described), Ok(leaving), Err("ResourceNotFoundException")]);
    let publisher = SecretPublisher::of(&script);
    let (there, seen) = at_once(publisher.look(&order(None))).unwrap();
    assert!(matches!(there, Standing::There(_)), "{there:?}");
    assert_eq!(seen, SeenSecret { key_id: Some("alias/web".to_owned()) });
    assert!(matches!(at_once(publisher.look(&order(None))).unwrap().0, Standing::Leaving(_)));
    assert_eq!(at_once(publisher.look(&order(None))).unwrap().0, Standing::Nothing);
    assert_eq!(script.operations(), ["DescribeSecret"; 3]);
}
