//! Between an item of the SDK and one of the format.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use credstash_format::{Attribute, Attributes};

/// An item of the SDK.
pub(crate) type Wire = HashMap<String, AttributeValue>;

/// What is of the types that credstash uses: what else others add is none of it.
pub(crate) fn of_wire(item: Wire) -> Attributes {
    let attribute = |value| match value {
        AttributeValue::S(text) => Some(Attribute::Text(text)),
        AttributeValue::B(bytes) => Some(Attribute::Bytes(bytes.into_inner())),
        _ => None,
    };
    item.into_iter().filter_map(|(name, value)| Some((name, attribute(value)?))).collect()
}

pub(crate) fn to_wire(attributes: Attributes) -> Wire {
    let value = |attribute| match attribute {
        Attribute::Text(text) => AttributeValue::S(text),
        Attribute::Bytes(bytes) => AttributeValue::B(Blob::new(bytes)),
    };
    attributes.into_iter().map(|(name, attribute)| (name, value(attribute))).collect()
}

/// A string of an item.
pub(crate) fn text(item: &Wire, name: &str) -> Option<String> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned()
}

pub(crate) fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
