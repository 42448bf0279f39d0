//! What the mocks' DynamoDB and KMS answer to a command line: a table of a thousand secrets of ours, and one of credstash's.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

/// So many secrets are in either table.
pub(crate) const MANY: usize = 1000;

/// The version of each in credstash's.
const VERSION: &str = "0000000000000000001";

/// Both tables.
#[derive(Default)]
pub(crate) struct Crowd {
    /// The scans, as they are answered: made once, so that no client waits for that.
    scans: [Value; 3],
    /// What credstash stores of a secret, its name left out.
    credstash: Map<String, Value>,
}

impl Crowd {
    /// credstash itself makes its item.
    pub(crate) fn of(target: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/credstash_item.py");
        let made = Command::new(target.join("bench/venv-commands/bin/python")).arg(script).output().unwrap();
        let item: Map<String, Value> = serde_json::from_slice(&made.stdout).unwrap();
        let credstash: Map<_, _> = item.into_iter().map(|(name, value)| (name, json!({"S": value}))).collect();
        let names = || (0..MANY).map(|index| format!("n{index:04}"));
        let ours = names().flat_map(|name| [head(&name), version(&name)]).collect();
        let keys = names().map(|name| json!({"name": {"S": name}, "version": {"S": VERSION}})).collect();
        let theirs = names().map(|name| of_credstash(&credstash, &name)).collect();
        let scans = [ours, keys, theirs]
            .map(|items: Vec<Value>| json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items}));
        Self { scans, credstash }
    }

    /// The answer to a call of a table of this module; `None` for any other.
    pub(crate) fn answer(&self, target: &str, body: &Value) -> Option<Value> {
        match (target, body["TableName"].as_str()) {
            ("trentservice.decrypt", _) if body["CiphertextBlob"].as_str()?.starts_with("Y3JlZHN0YXNo") => {
                Some(json!({"Plaintext": format!("{}==", "A".repeat(86)), "KeyId": super::mocks::KEY}))
            }
            ("dynamodb_20120810.getitem", Some("crowd")) => {
                let key = body["Key"]["Env"]["S"].as_str()?;
                let name = key.strip_prefix("prod/")?;
                let item = if let Some((name, _)) = name.split_once('#') { version(name) } else { head(name) };
                Some(json!({"Item": item}))
            }
            ("dynamodb_20120810.scan", Some("crowd")) => Some(self.scans[0].clone()),
            // The original asks for the keys alone, and then for each item.
            ("dynamodb_20120810.scan", Some("credential-store")) => {
                Some(self.scans[if body["ProjectionExpression"].is_string() { 1 } else { 2 }].clone())
            }
            ("dynamodb_20120810.query", Some("credential-store")) => {
                let values = body["ExpressionAttributeValues"].as_object()?;
                let name = values.values().find_map(|value| value["S"].as_str())?;
                Some(json!({"Items": [of_credstash(&self.credstash, name)], "Count": 1, "ScannedCount": 1}))
            }
            ("dynamodb_20120810.getitem", Some("credential-store")) => {
                Some(json!({"Item": of_credstash(&self.credstash, body["Key"]["name"]["S"].as_str()?)}))
            }
            _ => None,
        }
    }
}

fn of_credstash(stored: &Map<String, Value>, name: &str) -> Value {
    let mut item = stored.clone();
    item.insert("name".to_owned(), json!({"S": name}));
    item.insert("version".to_owned(), json!({"S": VERSION}));
    item.into()
}

fn head(name: &str) -> Value {
    json!({
        "StackName": {"S": "crowd"}, "Env": {"S": format!("prod/{name}")},
        "CurrentVersion": {"N": "7"}, "AsOf": {"N": "1790000700"}, "Revision": {"N": "7"},
    })
}

/// The version of `docs/format.md`, at another place.
fn version(name: &str) -> Value {
    let mut item: Value =
        serde_json::from_str(include_str!("../../tests/vectors/items/active.json")).unwrap_or_default();
    item["StackName"] = json!({"S": "crowd"});
    item["Env"] = json!({"S": format!("prod/{name}#0000000000000000007")});
    item["EncryptionContext"]["M"]["StackName"] = json!({"S": "crowd"});
    item["EncryptionContext"]["M"]["Name"] = json!({"S": name});
    item
}
