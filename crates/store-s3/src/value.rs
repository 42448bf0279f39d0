//! A version's value as an object and back. It is put once; what it says of owner and state is what they were then.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secret_store::store::StoreError;
use secret_store::{Ciphertext, EncryptionContext, Identity, Record, Version};
use serde::{Deserialize, Serialize};

use crate::item::{Item, malformed};

/// What the object holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    #[serde(flatten)]
    item: Item,
    encryption_context: BTreeMap<String, String>,
    ciphertext: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_key: Option<String>,
}

/// The object of a version.
pub(crate) fn body(record: &Record) -> Result<Vec<u8>, StoreError> {
    let by_the_key = BASE64.encode(record.ciphertext.by_the_key());
    let (ciphertext, data_key) = match &record.ciphertext {
        Ciphertext::Direct(_) => (by_the_key, None),
        Ciphertext::Envelope { sealed, .. } => (BASE64.encode(sealed), Some(by_the_key)),
    };
    let item = Item::of(&record.item);
    let body = Body { item, encryption_context: record.context.pairs().clone(), ciphertext, data_key };
    serde_json::to_vec(&body).map_err(|_| malformed(record.item.version, "it cannot be written as JSON"))
}

/// The version of that number, out of its object.
pub(crate) fn read(identity: &Identity, version: Version, body: &[u8]) -> Result<Record, StoreError> {
    // What serde says of a body may quote it.
    let body: Body =
        serde_json::from_slice(body).map_err(|_| malformed(version, "its value is not JSON as described"))?;
    let item = body.item.read()?;
    if item.version != version {
        return Err(malformed(version, "its value is that of another version"));
    }
    let base64 = |text: &str, problem| BASE64.decode(text).map_err(|_| malformed(version, problem));
    let ciphertext = base64(&body.ciphertext, "Ciphertext is not base64")?;
    let ciphertext = match &body.data_key {
        None => Ciphertext::Direct(ciphertext),
        Some(data_key) => {
            Ciphertext::Envelope { sealed: ciphertext, data_key: base64(data_key, "DataKey is not base64")? }
        }
    };
    let context = EncryptionContext::from_stored(body.encryption_context, identity, version)
        .map_err(|_| malformed(version, "EncryptionContext is that of another secret or version"))?;
    Ok(Record { item, context, ciphertext })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_that_of_its_secret_and_version_or_none() {
        let identity = Identity {
            store: "bucket".parse().unwrap(),
            stack_name: "shop".parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: "default".parse().unwrap(),
        };
        let other = Identity { stack_name: "other".parse().unwrap(), ..identity.clone() };
        let context = |of: &Identity| EncryptionContext::new(of, Version::FIRST, &BTreeMap::new()).unwrap();
        let stored = json!({
            "Format": 1, "Version": 1, "StackId": "manual", "LogicalResourceId": "manual",
            "RequestToken": "0".repeat(64), "KeyArn": "key", "CreatedAt": 1,
            "EncryptionContext": context(&identity).pairs(), "Ciphertext": "c2VhbGVk", "DataKey": "a2V5",
        });
        let is_read = read(&identity, Version::FIRST, stored.to_string().as_bytes()).unwrap();
        assert_eq!(is_read.ciphertext, Ciphertext::Envelope { sealed: b"sealed".to_vec(), data_key: b"key".to_vec() });
        assert_eq!(is_read.context, context(&identity));
        for (name, value) in [
            ("Format", json!(2)),
            ("Version", json!(2)),
            ("EncryptionContext", json!(context(&other).pairs())),
            ("EncryptionContext", json!({})),
            ("Ciphertext", json!("?")),
            ("DataKey", json!("?")),
        ] {
            let mut otherwise = stored.clone();
            otherwise[name] = value.clone();
            let refused = read(&identity, Version::FIRST, otherwise.to_string().as_bytes());
            assert!(matches!(refused, Err(StoreError::Malformed { .. })), "{name} {value}: {refused:?}");
        }
    }
}
