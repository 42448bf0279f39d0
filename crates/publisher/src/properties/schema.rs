//! JSON schemas of the single properties, for `docs/properties.md` and the schema for editors; no function is built with
//! them. The tests hold each to what is parsed.

use lambda_function::describe;
pub(crate) use lambda_function::schema::{Ignored, Name, SecretId, StackName, TableName, Version};
use schemars::json_schema;

use super::types::{Engine, Port, Window};

/// A [`KeyId`](secret_store::KeyId).
pub(crate) enum KeyId {}

describe!(KeyId, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_:/.-]{1,2048}$" }));
describe!(Port, json_schema!({ "type": "integer", "minimum": 1, "maximum": 65535 }));
describe!(Window, json_schema!({ "type": "integer", "enum": Window::taken().collect::<Vec<_>>() }));
describe!(Engine, json_schema!({ "type": "string", "enum": Engine::taken().collect::<Vec<_>>() }));
