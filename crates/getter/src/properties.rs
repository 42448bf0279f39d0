//! What a template may say to the getter, parsed into types.

#[cfg(feature = "schema")]
mod schema;

use custom_resource::{Error, Properties};
use lambda_function::fields::MAX_FIELDS;
use lambda_function::properties::{GENERATOR, GETTER, Reader};
use secret_store::select::Selector;
use secret_store::{Env, Identity, Name, SecretId, StackName, StoreName, Version};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::reason::Failure;
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

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Stage {
    Current,
    Previous,
}

/// The properties as a JSON schema, for `docs/properties.md` and for editors.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(GetterProperties)
}

/// Which version is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Exactly this one.
    Id(SecretId),
    /// One of this secret's.
    Secret(Identity, Selector),
}

impl Wanted {
    /// Which secret is meant.
    pub fn identity(&self) -> &Identity {
        match self {
            Wanted::Id(id) => &id.identity,
            Wanted::Secret(identity, _) => identity,
        }
    }
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
    pub(crate) fn wanted(self, settings: &Settings, own_stack_name: Option<&str>) -> Result<Wanted, Failure> {
        let separate = [
            ("TableName", self.table_name.is_some()),
            ("StackName", self.stack_name.is_some()),
            ("Env", self.env.is_some()),
            ("Name", self.name.is_some()),
            ("Version", self.version.is_some()),
            ("Stage", self.stage.is_some()),
        ];
        if let Some(id) = self.secret_id {
            return match separate.into_iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(Failure::BesidesSecretId(name)),
                None => Ok(Wanted::Id(id)),
            };
        }
        let selector = match (self.version, self.stage) {
            (Some(_), Some(_)) => return Err(Failure::VersionAndStage),
            (Some(version), None) => Selector::Version(version),
            (None, Some(Stage::Previous)) => Selector::Previous,
            (None, Some(Stage::Current) | None) => Selector::Current,
        };
        let identity = Identity {
            store: self.table_name.or_else(|| settings.table_name.clone()).ok_or(Failure::NoTable)?,
            stack_name: match self.stack_name {
                Some(name) => name,
                None => own_stack_name.and_then(|name| name.parse().ok()).ok_or(Failure::NoStackName)?,
            },
            env: self.env.ok_or(Failure::NoEnv)?,
            name: self.name.unwrap_or_default(),
        };
        Ok(Wanted::Secret(identity, selector))
    }
}
