//! JSON schemas of the single properties, for `docs/properties.md` and the schema for editors; no function is built with
//! them. The tests hold each to what is parsed.

use lambda_function::describe;
pub(crate) use lambda_function::schema::{Ignored, Name, SecretId, StackName, TableName, Version};
use schemars::json_schema;

/// [`AttributeNames`](super::AttributeNames).
pub(crate) enum Attributes {}

describe!(Attributes, json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }));
