//! JSON schemas of the single properties, for `docs/properties.md` and the schema for editors; no function is built with
//! them. The tests hold each to what is parsed.

use std::borrow::Cow;

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
describe!(TableName, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{3,255}$" }));
describe!(SecretId, {
    let name = "[A-Za-z0-9_.-]";
    let address = format!("{name}{{3,255}}/[A-Za-z][A-Za-z0-9-]{{0,127}}/{name}{{1,64}}/{name}{{1,64}}");
    json_schema!({ "type": "string", "pattern": format!("^{address}@[1-9][0-9]{{0,18}}[.][0-9a-f]{{8}}$") })
});
describe!(Version, json_schema!({ "type": "integer", "minimum": 1 }));
describe!(Attributes, json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }));
describe!(Ignored, json_schema!({}));
