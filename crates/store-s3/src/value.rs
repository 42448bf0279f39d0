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
