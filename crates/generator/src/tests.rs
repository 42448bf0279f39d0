//! The generator over a table and a key in memory, for the tests of its files; and what it answers on the whole.

use std::time::Duration;

use custom_resource::{Clock, Properties};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secret_store::Record;
use secret_store::testing::{MemoryKey, MemoryTable, at_once, no_pause};
use serde_json::json;

use super::*;

mod begun;
mod crowd;
mod waiting;

pub(crate) type InMemory = Generator<MemoryTable, MemoryKey, ChaCha12Rng>;

/// The time of every request, unless it says another.
pub(crate) const NOW: u64 = 1_800_000_000;

/// A generator as the template deploys it, but for these variables.
pub(crate) fn deployed(variables: &[(&str, &str)]) -> InMemory {
    let usual = [("TABLE_NAME", "secrets"), ("KMS_KEY_ID", "key")];
    let variable = |name: &str| {
        let found = variables.iter().chain(&usual).find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let settings = Settings::read(variable).unwrap();
    Generator::new(MemoryTable::new(), MemoryKey, ChaCha12Rng::seed_from_u64(1), no_pause, settings)
}

/// What CloudFormation says of a request beside the properties.
pub(crate) fn context(stack: &str, request_id: &str) -> Context {
    Context::builder(Clock::at(NOW))
        .stack_id(format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{stack}/5d3f0b6a"))
        .request_id(request_id)
        .logical_resource_id("DbSecret")
        .build()
}

fn invocation() -> Invocation {
    Invocation::new("invocation", Duration::from_secs(25), Clock::at(NOW))
}

fn properties(value: &Value) -> Properties {
    Properties::from_value(value.clone()).unwrap()
}

/// A stack's requests to one generator; each call is a request of its own.
impl InMemory {
    pub(crate) fn created(&self, request_id: &str, template: &Value) -> Result<Outcome, String> {
        let request = CreateRequest::new(properties(template));
        at_once(self.create(request, &context("shop", request_id))).map_err(|error| error.to_string())
    }

    pub(crate) fn updated(&self, request_id: &str, id: &str, new: &Value, old: &Value) -> Result<Outcome, String> {
        let request = UpdateRequest::new(id, properties(new), properties(old));
        at_once(self.update(request, &context("shop", request_id))).map_err(|error| error.to_string())
    }

    pub(crate) fn deleted(&self, request_id: &str, id: &str, template: &Value) -> Result<(), String> {
        let request = DeleteRequest::new(Some(id.to_owned()), properties(template));
        at_once(self.delete(request, &context("shop", request_id))).map_err(|error| error.to_string())
    }

    pub(crate) fn invoked(&self, event: &Value) -> Result<Value, String> {
        at_once(self.invoke(event.clone(), &invocation())).map_err(|error| error.to_string())
    }

    /// Everything that is stored, by secret and then by number.
    pub(crate) fn stored(&self) -> Vec<Record> {
        self.table.contents().into_values().flat_map(|stored| stored.records).collect()
    }
}

/// Holds each row of a table to what comes out, and shows all rows that differ.
pub(crate) fn hold<T: AsRef<str>>(rows: impl IntoIterator<Item = (Value, T)>, outcome: impl Fn(&Value) -> String) {
    let differences = rows.into_iter().filter_map(|(given, expected)| {
        let found = outcome(&given);
        (found != expected.as_ref()).then(|| format!("{given}\n  is {found}\n not {}", expected.as_ref()))
    });
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The value of a result, whichever it is.
pub(crate) fn either(result: Result<String, String>) -> String {
    result.unwrap_or_else(|reason| format!("FAILED: {reason}"))
}

/// An answer by its id without the tag, or the Reason.
fn answer(outcome: Result<Outcome, String>) -> String {
    either(outcome.map(|outcome| without_tag(outcome.physical_resource_id().as_str())))
}

pub(crate) fn without_tag(id: &str) -> String {
    id.rsplit_once('.').unwrap_or_default().0.to_owned()
}

#[test]
fn the_attributes_tell_all_but_the_secret() {
    let generator = deployed(&[]);
    let outcome = generator.created("1", &json!({"Env": "prod", "Name": "db"})).unwrap();
    let id = outcome.physical_resource_id().to_string();
    assert_eq!(without_tag(&id), "secrets/shop/prod/db@1");
    let data: Vec<_> = outcome.names().map(|name| (name, outcome.get(name).unwrap())).collect();
    let expected = [
        ("EntropyBits", "189.88"),
        ("Env", "prod"),
        ("KeyArn", "key"),
        ("Name", "db"),
        ("PreviousVersion", ""),
        ("SecretId", &id),
        ("StackName", "shop"),
        ("TableName", "secrets"),
        ("Version", "1"),
    ];
    assert_eq!(data, expected);
    assert!(!outcome.is_no_echo());
}

#[test]
fn a_value_changes_with_its_trigger_or_its_address_alone() {
    for (changed, id) in [
        (json!({"RotationTrigger": "1"}), "secrets/shop/prod/default@1"),
        (json!({"RotationTrigger": "2"}), "secrets/shop/prod/default@2"),
        (json!({"RotationTrigger": "1", "PasswordLength": 20}), "secrets/shop/prod/default@1"),
        (json!({"RotationTrigger": "1", "Tags": [{"Key": "team", "Value": "web"}]}), "secrets/shop/prod/default@1"),
        (json!({"RotationTrigger": "1", "Name": "db"}), "secrets/shop/prod/db@1"),
        (json!({"RotationTrigger": "1", "Env": "dev"}), "secrets/shop/dev/default@1"),
        (json!({"RotationTrigger": "1", "TableName": "other"}), "other/shop/prod/default@1"),
        (json!({"Value": "v"}), "secrets/shop/prod/default@2"),
    ] {
        let generator = deployed(&[]);
        let old = json!({"Env": "prod", "RotationTrigger": "1"});
        let created = generator.created("1", &old).unwrap();
        let mut new = changed.clone();
        if new["Env"].is_null() {
            new["Env"] = json!("prod");
        }
        let updated = generator.updated("2", created.physical_resource_id().as_str(), &new, &old);
        assert_eq!(answer(updated), id, "{changed}");
    }
}

#[test]
fn a_repeated_request_is_answered_as_before() {
    let generator = deployed(&[]);
    let first = generator.created("1", &json!({"Env": "prod"})).unwrap();
    let again = generator.created("1", &json!({"Env": "prod"})).unwrap();
    assert_eq!(first.physical_resource_id(), again.physical_resource_id());
    assert_eq!(generator.stored().len(), 1);
}

#[test]
fn a_wrong_property_changes_nothing() {
    let generator = deployed(&[]);
    let old = json!({"Env": "prod"});
    let id = generator.created("1", &old).unwrap().physical_resource_id().to_string();
    let before = generator.stored();
    let wrong = json!({"Env": "prod", "RotationTrigger": "2", "PasswordLength": 3});
    assert!(generator.updated("2", &id, &wrong, &old).is_err());
    assert_eq!(generator.stored(), before);
}
