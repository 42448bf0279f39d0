//! Attributes of items, read and written.

use std::collections::HashMap;

use accounts::ports::PortError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item that none of this application's functions has written.
#[derive(Debug, thiserror::Error)]
#[error("the attribute {0} of a stored item is missing or is none that was ever written")]
pub(crate) struct BadItem(pub(crate) &'static str);

impl BadItem {
    pub(crate) fn error(attribute: &'static str) -> PortError {
        PortError { action: "reading a stored item", source: Box::new(Self(attribute)) }
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(crate) fn read_text<'i>(item: &'i Item, name: &'static str) -> Result<&'i str, PortError> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| BadItem::error(name))
}

pub(crate) fn read_number(item: &Item, name: &'static str) -> Result<u64, PortError> {
    let number = item.get(name).and_then(|value| value.as_n().ok()?.parse().ok());
    number.ok_or_else(|| BadItem::error(name))
}

pub(crate) fn read_bytes<const N: usize>(item: &Item, name: &'static str) -> Result<[u8; N], PortError> {
    let bytes = item.get(name).and_then(|value| value.as_b().ok()?.as_ref().try_into().ok());
    bytes.ok_or_else(|| BadItem::error(name))
}
