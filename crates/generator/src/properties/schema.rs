//! JSON schemas of the single properties, for `docs/properties.md` and the schemas for editors; no function is built
//! with them. Those of foreign types are named here and chosen in `properties.rs`; the tests hold each to what is parsed.

use lambda_function::describe;
pub(crate) use lambda_function::schema::{Ignored, Name, StackName, TableName};
use password::{Engine, MAX_LENGTH};
use schemars::json_schema;
use secret_store::seal::MAX_VALUE_BYTES;

use super::types::{
    EncryptedValue, EngineProperty, KeySize, KindProperty, Number, OutsideValue, PasswordLength, RotationTrigger,
    WindowProperty,
};

/// A [`KeyId`](secret_store::KeyId).
pub(crate) enum KeyId {}

describe!(KeyId, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_:/.-]{1,2048}$" }));

describe!(all const LEAST, const MOST: Number<LEAST, MOST>, {
    json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
});
describe!(PasswordLength, json_schema!({ "type": "integer", "minimum": 1, "maximum": MAX_LENGTH }));
describe!(KeySize, json_schema!({ "type": "integer", "enum": [2048, 3072] }));
describe!(WindowProperty, json_schema!({ "type": "integer", "minimum": 0, "maximum": 365 }));
describe!(RotationTrigger, json_schema!({ "type": "string", "maxLength": 1024 }));
describe!(OutsideValue, json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_VALUE_BYTES }));
describe!(
    EncryptedValue,
    json_schema!({ "type": "string", "minLength": 4, "maxLength": 8192, "contentEncoding": "base64" })
);
describe!(EngineProperty, {
    let with_editions = Engine::ALL.into_iter().filter(|engine| engine.has_editions());
    let with_editions = with_editions.map(Engine::name).collect::<Vec<_>>().join("|");
    let names = Engine::ALL.map(Engine::name);
    json_schema!({ "type": "string", "anyOf": [{ "enum": names }, { "pattern": format!("^({with_editions})-.") }] })
});
describe!(KindProperty, json_schema!({ "type": "string", "enum": KindProperty::names().collect::<Vec<_>>() }));
