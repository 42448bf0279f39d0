//! JSON schemas for the properties whose types belong to crates that know nothing of schemas. Only
//! `docs/properties.md` and the schema for editors come of it; no function is built with it.

use std::borrow::Cow;

use password::{Engine as PasswordEngine, TextKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Describes a property by a schema that is written out.
macro_rules! describe {
    ($name:ident, $schema:expr) => {
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

describe!(Name, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$" }));
describe!(StackName, json_schema!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]{0,127}$" }));
describe!(RotationTrigger, json_schema!({ "type": "string", "maxLength": 1024 }));
describe!(Days, json_schema!({ "type": "integer", "minimum": 0, "maximum": 365 }));
describe!(PasswordLength, json_schema!({ "type": "integer", "minimum": 1, "maximum": 4096 }));
describe!(KeySize, json_schema!({ "type": "integer", "enum": [2048, 3072] }));
describe!(Engine, {
    let names = PasswordEngine::ALL.map(PasswordEngine::name);
    json_schema!({ "type": "string", "anyOf": [{ "enum": names }, { "pattern": "^(oracle|sqlserver|db2)-." }] })
});
describe!(Kind, {
    let texts = TextKind::ALL.into_iter().map(TextKind::name);
    let names: Vec<_> = texts.chain(["rsa", "ed25519"]).collect();
    json_schema!({ "type": "string", "enum": names })
});
