//! Property tests of the whole path: whatever JSON comes in, nothing panics, nothing hangs, and at most one answer goes
//! out.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::handlers::{Act, Scripted, run_within};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof!["Create", "Update", "Delete", "https://127.0.0.1:1/", "tests/not-created"].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

const FIELDS: [&str; 9] = [
    "RequestType",
    "StackId",
    "RequestId",
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceType",
    "ResourceProperties",
    "OldResourceProperties",
    "Records",
];

/// An event of CloudFormation's fields with anything in them.
fn any_event() -> impl Strategy<Value = Value> {
    let field = (prop::sample::select(FIELDS.to_vec()), any_json());
    let kind = prop::option::of(prop::sample::select(vec!["Create", "Update", "Delete"]));
    (prop::collection::vec(field, 0..9), kind).prop_map(|(fields, kind)| {
        let mut event: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some(kind) = kind {
            event.insert("RequestType".to_owned(), json!(kind));
        }
        Value::Object(event)
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop::sample::select(vec![Act::Succeed, Act::Fail, Act::Panic, Act::ReturnTooMuch])
}

fn handle(event: Value, act: Act) -> Result<Value, String> {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let scripted = Scripted::new(act);
    executor.block_on(run_within(Duration::from_secs(20), &scripted, event)).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn with_a_url_there_is_exactly_one_answer(mut event in any_event(), act in act()) {
        let endpoint = Endpoint::start([]);
        event["ResponseURL"] = json!(endpoint.url());
        prop_assert_eq!(handle(event, act), Ok(Value::Null));
        prop_assert_eq!(endpoint.received().len(), 1);
    }

    #[test]
    fn without_a_url_there_is_none_and_no_harm(event in any_json()) {
        let _ = handle(event, Act::Succeed);
    }
}
