//! What a template may say to the getter, parsed into types.

#[cfg(feature = "schema")]
mod schema;

use custom_resource::{Error, Properties};
use lambda_function::address::{Address, Stage};
use lambda_function::fields::MAX_FIELDS;
use lambda_function::properties::{GENERATOR, GETTER, Reader};
use lambda_function::reading::ReadFailure;
use secret_store::lookup::Wanted;
use secret_store::{Env, Name, SecretId, StackName, StoreName, Version};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::settings::Settings;

/// The properties of `Custom::Secret`, and of a direct invocation: either `SecretId` or the others that name a secret.
/// The descriptions are what `docs/properties.md` says of each.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetterProperties {
    /// `!Ref` of the generator's resource: exactly that version. A rotation changes it, and so CloudFormation runs the
    /// getter again.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::SecretId>"))]
    secret_id: Option<SecretId>,
    /// As the generator's; needed where `SecretId` is left out.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    env: Option<Env>,
    /// As the generator's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    name: Option<Name>,
    /// As the generator's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::StackName>"))]
    stack_name: Option<StackName>,
    /// As the generator's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::TableName>"))]
    table_name: Option<StoreName>,
    /// A number; the current one by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Version>"))]
    version: Option<Version>,
    /// `current` (default), or `previous`: the version before, while it is kept. Not together with `Version`.
    stage: Option<Stage>,
    /// The attributes to give, where all would not fit into the 4096 bytes of an answer; all by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Attributes>"))]
    pub(crate) attributes: Option<AttributeNames>,
    /// Taken and ignored: tools put it on every resource.
    #[expect(dead_code, reason = "to no effect")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Ignored>"))]
    tags: Option<IgnoredAny>,
    /// Taken and ignored, as `Tags`.
    #[expect(dead_code, reason = "to no effect")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Ignored>"))]
    description: Option<IgnoredAny>,
}

/// Names of attributes, one at least. None at all would give nothing, which nobody wants of a getter; more than a secret
/// may have, an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct AttributeNames(pub(crate) Vec<String>);

impl TryFrom<Vec<String>> for AttributeNames {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        if names.iter().all(String::is_empty) {
            Err("names no attribute: name those that the template needs, or leave it out to get all".to_owned())
        } else if names.len() > MAX_FIELDS {
            Err(format!("names {} attributes, and an answer has at most {MAX_FIELDS}", names.len()))
        } else {
            Ok(Self(names))
        }
    }
}

/// The properties as a JSON schema, for `docs/properties.md` and for editors.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(GetterProperties)
}

const READER: Reader = Reader { this: &GETTER, other: &GENERATOR, names_elsewhere: &[] };

impl GetterProperties {
    /// Reads what a template or an invoker says.
    ///
    /// # Errors
    /// What is unknown or breaks its rule.
    pub fn read(properties: &Properties) -> Result<Self, Error> {
        READER.read(properties)
    }

    /// What is wanted, with everything that is left out filled in: either `SecretId` alone, or the separate
    /// properties.
    pub(crate) fn wanted(self, settings: &Settings, own_stack_name: Option<&str>) -> Result<Wanted, ReadFailure> {
        let address = Address {
            secret_id: self.secret_id,
            env: self.env,
            name: self.name,
            stack_name: self.stack_name,
            table_name: self.table_name,
            version: self.version,
            stage: self.stage,
        };
        address.wanted(settings.table_name.as_ref(), own_stack_name)
    }
}
