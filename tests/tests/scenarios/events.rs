//! Each file of `events/` does what its name says, as under `sam local invoke`, where the response is also returned.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    aws::{
        Function::{self, Generator, Getter, Publisher},
        OTHER_TABLE,
    },
    function::Ending,
    paths,
    world::scenario,
};

/// In the order in which they make a story, each with a part of its answer.
fn story() -> Vec<(&'static str, Function, Value)> {
    vec![
        ("generator-create", Generator, json!({"Status": "SUCCESS", "Data": {"Version": "1"}})),
        ("getter-create", Getter, json!({"Status": "SUCCESS", "Data": {"Version": "1"}})),
        (
            "publisher-create",
            Publisher,
            json!({"Status": "SUCCESS", "Data": {"Version": "1", "ParameterVersion": "1"}}),
        ),
        ("generator-update", Generator, json!({"Status": "SUCCESS", "Data": {"Version": "1"}})),
        ("getter-update", Getter, json!({"Status": "SUCCESS", "Data": {"Version": "1"}})),
        ("generator-rotate", Generator, json!({"Status": "SUCCESS", "Data": {"Version": "2", "PreviousVersion": "1"}})),
        ("getter-rotate", Getter, json!({"Status": "SUCCESS", "Data": {"Version": "2"}})),
        (
            "publisher-rotate",
            Publisher,
            json!({"Status": "SUCCESS", "Data": {"Version": "2", "ParameterVersion": "2"}}),
        ),
        ("getter-direct", Getter, json!({"Version": "2"})),
        ("publisher-malformed-name", Publisher, json!({"Status": "FAILED"})),
        ("publisher-delete", Publisher, json!({"Status": "SUCCESS"})),
        ("getter-delete", Getter, json!({"Status": "SUCCESS"})),
        ("generator-delete", Generator, json!({"Status": "SUCCESS"})),
        ("generator-create-2016", Generator, json!({"Status": "SUCCESS", "Data": {"Env": "test"}})),
        ("getter-create-2016", Getter, json!({"Status": "SUCCESS", "Data": {"Version": "1"}})),
        ("generator-direct", Generator, json!({"StackName": "by-hand", "Version": "1"})),
        ("generator-malformed-property", Generator, json!({"Status": "FAILED"})),
        ("generator-malformed-no-url", Generator, json!({"Status": "SUCCESS"})),
        ("getter-malformed-secret-id", Getter, json!({"Status": "FAILED"})),
        ("getter-malformed-not-an-object", Getter, json!("error")),
    ]
}

#[tokio::test]
async fn each_event_does_what_its_name_says() {
    scenario(async |world| {
        world.account.create_table(OTHER_TABLE).await;
        for function in [Generator, Getter, Publisher] {
            // The account is that of the stacks in events/.
            let account = ("ACCOUNT_ID", "123456789012");
            world.configure(function, &[("AWS_SAM_LOCAL", "true"), ("TABLE_NAME", OTHER_TABLE), account]);
        }
        for (name, function, expected) in story() {
            let event = std::fs::read(paths::repository().join(format!("events/{name}.json"))).unwrap();
            let mut event: Value = serde_json::from_slice(&event).unwrap();
            // The one thing to be filled in by hand.
            if let Some(key) = event.pointer_mut("/ResourceProperties/KeyId") {
                *key = json!(world.account.key_arn);
            }
            let answer = match world.invoke(function, event.to_string().as_bytes()).await {
                Ending::Returned(answer) => answer,
                Ending::Failed(_) => json!("error"),
                ending @ (Ending::Crashed | Ending::TimedOut) => panic!("{name}: {ending:?}"),
            };
            assert!(includes(&answer, &expected), "{name}: {answer}");
        }
    })
    .await;
}

#[test]
fn no_event_is_left_out() {
    let files = paths::repository().join("events").read_dir().unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, story().iter().map(|(name, ..)| (*name).to_owned()).collect());
}

/// Whether the answer has at least these fields with these values.
fn includes(answer: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(fields) => fields.iter().all(|(name, value)| includes(&answer[name], value)),
        _ => answer == expected,
    }
}
