//! JSON schemas of properties that both functions have, and how one is written out; no function is built with them.

pub use schemars;
use schemars::json_schema;

use crate::address::Stage;

/// Describes a type by a schema that is written out.
#[macro_export]
macro_rules! describe {
    (all $(const $bound:ident),*: $name:ty, $schema:expr) => {
        impl<$(const $bound: usize),*> $crate::schema::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut $crate::schema::schemars::SchemaGenerator) -> $crate::schema::schemars::Schema {
                $schema
            }
        }
    };
    ($name:ident, $schema:expr) => {
        $crate::describe!(all: $name, $schema);
    };
}

/// An [`Env`](secret_store::Env) or a [`Name`](secret_store::Name).
#[derive(Debug)]
pub enum Name {}
/// A [`StackName`](secret_store::StackName).
#[derive(Debug)]
pub enum StackName {}
/// A [`StoreName`](secret_store::StoreName).
#[derive(Debug)]
pub enum TableName {}
/// A [`SecretId`](secret_store::SecretId).
#[derive(Debug)]
pub enum SecretId {}
/// A [`Version`](secret_store::Version).
#[derive(Debug)]
pub enum Version {}
/// Anything, to no effect.
#[derive(Debug)]
pub enum Ignored {}

describe!(Name, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$" }));
describe!(StackName, json_schema!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]{0,127}$" }));
describe!(TableName, json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{3,255}$" }));
describe!(SecretId, {
    let name = "[A-Za-z0-9_.-]";
    let address = format!("{name}{{3,255}}/[A-Za-z][A-Za-z0-9-]{{0,127}}/{name}{{1,64}}/{name}{{1,64}}");
    json_schema!({ "type": "string", "pattern": format!("^{address}@[1-9][0-9]{{0,18}}[.][0-9a-f]{{8}}$") })
});
describe!(Version, json_schema!({ "type": "integer", "minimum": 1 }));
describe!(Stage, json_schema!({ "type": "string", "enum": ["current", "previous"] }));
describe!(Ignored, json_schema!({}));
