//! Parameters.

use secret_store::publish::{Claim, How, Standing, Target as _, Wrote};
use secret_store::testing::at_once;
use serde_json::{Value, json};

use super::{Script, mark, tag};
use crate::publish::{ParameterOrder, ParameterPublisher, SeenParameter};
use crate::{NotDone, Tier};

fn order(key_id: Option<&str>) -> ParameterOrder {
    ParameterOrder {
        name: "/a".to_owned(),
        tier: Tier::Standard,
        key_id: key_id.map(str::to_owned),
        tags: vec![tag("team", "web")],
        title: "Db of shop".to_owned(),
    }
}

fn written(script: &Script, order: &ParameterOrder, how: How, seen: SeenParameter) -> Result<Wrote, NotDone> {
    at_once(ParameterPublisher::of(script).write(order, how, &seen, &mark("one"), &"hunter2".into()))
}

/// A version of this number that follows what is there, as it is asked for.
fn next(version: u64, key_id: &str, tier: &str) -> Value {
    json!({
        "Name": "/a", "Value": "hunter2", "Type": "SecureString", "KeyId": key_id, "Tier": tier, "Overwrite": true,
        "Description": format!("Db of shop [{}.{version}]", mark("one")),
    })
}

/// The first one.
fn first() -> Value {
    let mut first = next(1, "alias/aws/ssm", "Standard");
    first["Overwrite"] = json!(false);
    first["Tags"] = json!([{"Key": "team", "Value": "web"}]);
    first
}

#[test]
fn a_write_says_all_that_would_change_by_itself_and_tags_with_the_first_version_alone() {
    let ours = How::Next(Claim::Ours);
    let taken_over = How::Next(Claim::TakenOver);
    let standard = SeenParameter { version: 4, tier: Tier::Standard };
    let advanced = SeenParameter { version: 4, tier: Tier::Advanced };
    for (how, seen, key_id, expected) in [
        (How::Create, SeenParameter::default(), None, first()),
        (ours, standard, None, next(5, "alias/aws/ssm", "Standard")),
        (taken_over, standard, Some("alias/web"), next(5, "alias/web", "Standard")),
        // It never becomes a standard one again.
        (ours, advanced, Some("alias/web"), next(5, "alias/web", "Advanced")),
    ] {
        let number = seen.version + 1;
        let script = Script::of([Ok(json!({"Version": number}))]);
        assert_eq!(written(&script, &order(key_id), how, seen).unwrap(), Wrote::Current(number.to_string()));
        assert_eq!(script.asked(), [("PutParameter".to_owned(), expected)], "{how:?} {key_id:?}");
    }
}

#[test]
fn a_version_that_came_out_as_another_one_is_written_once_more_under_its_number() {
    let version = |number: u64| Ok(json!({"Version": number}));
    let seen = SeenParameter { version: 4, tier: Tier::Standard };
    let script = Script::of([version(6), version(7)]);
    let wrote = written(&script, &order(None), How::Next(Claim::Ours), seen);
    assert_eq!(wrote.unwrap(), Wrote::Current("7".to_owned()));
    let asked: Vec<Value> = script.asked().into_iter().map(|(_, input)| input).collect();
    assert_eq!(asked, [next(5, "alias/aws/ssm", "Standard"), next(7, "alias/aws/ssm", "Standard")]);

    // After a first one as well, which is there by then.
    let script = Script::of([version(2), version(3)]);
    let wrote = written(&script, &order(None), How::Create, SeenParameter::default());
    assert_eq!(wrote.unwrap(), Wrote::Current("3".to_owned()));
    let asked: Vec<Value> = script.asked().into_iter().map(|(_, input)| input).collect();
    assert_eq!(asked, [first(), next(3, "alias/aws/ssm", "Standard")]);

    // But not for ever: somebody else may write all the time.
    let script = Script::of([version(10), version(20), version(30), version(40)]);
    let wrote = written(&script, &order(None), How::Next(Claim::Ours), seen);
    assert_eq!((wrote.unwrap(), script.asked().len()), (Wrote::Overtaken, 4));
}

#[test]
fn who_was_first_is_looked_at_again_and_what_is_gone_is_removed() {
    let script = Script::of([Err("ParameterAlreadyExists")]);
    let wrote = written(&script, &order(None), How::Create, SeenParameter::default());
    assert_eq!(wrote.unwrap(), Wrote::Overtaken);
    let script = Script::of([Err("ParameterNotFound"), Ok(json!({})), Err("TooManyUpdates")]);
    let publisher = ParameterPublisher::of(&script);
    assert!(at_once(publisher.remove(&order(None))).is_ok());
    assert!(at_once(publisher.remove(&order(None))).is_ok());
    assert!(at_once(publisher.remove(&order(None))).is_err());
}

#[test]
fn tags_change_by_calls_of_their_own_and_only_where_there_are_some() {
    let script = Script::of([Ok(json!({})), Ok(json!({}))]);
    at_once(ParameterPublisher::of(&script).retag(&order(None), &["cost".to_owned()])).unwrap();
    let resource = json!({"ResourceType": "Parameter", "ResourceId": "/a"});
    let with = |name: &str, value: Value| {
        let mut input = resource.clone();
        input[name] = value;
        input
    };
    let expected = [
        ("RemoveTagsFromResource".to_owned(), with("TagKeys", json!(["cost"]))),
        ("AddTagsToResource".to_owned(), with("Tags", json!([{"Key": "team", "Value": "web"}]))),
    ];
    assert_eq!(script.asked(), expected);
    let bare = ParameterOrder { tags: vec![], ..order(None) };
    at_once(ParameterPublisher::of(&script).retag(&bare, &[])).unwrap();
    assert_eq!(script.operations().len(), 0);
}

#[test]
fn a_look_reads_all_versions_in_whatever_order_and_no_value() {
    let version = |number: u64, tier: &str| json!({"Version": number, "Type": "SecureString", "Tier": tier});
    let script = Script::of([
        Ok(json!({"Parameters": [version(9, "Advanced"), version(7, "Standard")], "NextToken": "more"})),
        Ok(json!({"Parameters": [version(8, "Standard")], "NextToken": ""})),
        Err("ParameterNotFound"),
    ]);
    let publisher = ParameterPublisher::of(&script);
    let (standing, seen) = at_once(publisher.look(&order(None))).unwrap();
    let Standing::There(there) = standing else { panic!("{standing:?}") };
    assert_eq!((there.current.version.as_str(), seen), ("9", SeenParameter { version: 9, tier: Tier::Advanced }));
    assert_eq!(at_once(publisher.look(&order(None))).unwrap().0, Standing::Nothing);
    let asked = script.asked();
    assert!(
        asked.iter().all(|(operation, input)| operation == "GetParameterHistory" && input["WithDecryption"] == false)
    );
    assert_eq!((&asked[0].1["NextToken"], &asked[1].1["NextToken"]), (&Value::Null, &json!("more")));
}
