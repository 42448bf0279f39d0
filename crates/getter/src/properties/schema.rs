//! JSON schemas of the single properties, for `docs/properties.md` and the schema for editors; no function is built with
//! them. The tests hold each to what is parsed.

use lambda_function::describe;
pub(crate) use lambda_function::schema::{Ignored, Name, StackName, TableName};
use schemars::json_schema;

/// A [`SecretId`](secret_store::SecretId).
pub(crate) enum SecretId {}
/// A [`Version`](secret_store::Version).
pub(crate) enum Version {}
/// [`AttributeNames`](super::AttributeNames).
pub(crate) enum Attributes {}

describe!(SecretId, {
    let name = "[A-Za-z0-9_.-]";
    let address = format!("{name}{{3,255}}/[A-Za-z][A-Za-z0-9-]{{0,127}}/{name}{{1,64}}/{name}{{1,64}}");
    json_schema!({ "type": "string", "pattern": format!("^{address}@[1-9][0-9]{{0,18}}[.][0-9a-f]{{8}}$") })
});
describe!(Version, json_schema!({ "type": "integer", "minimum": 1 }));
describe!(Attributes, json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }));
