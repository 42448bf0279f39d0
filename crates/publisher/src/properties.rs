//! What a template may say to the publisher, parsed into types.

#[cfg(feature = "schema")]
mod schema;
pub(crate) mod types;

use std::collections::BTreeMap;

use custom_resource::{Error, Properties};
use lambda_function::address::{Address, Stage};
use lambda_function::properties::{Function, GENERATOR, Reader};
use secret_store::publish::{OnConflict, OnDrift};
use secret_store::{Env, KeyId, Name, SecretId, StackName, StoreName, Version};
use serde::Deserialize;
use serde::de::IgnoredAny;

use types::{As, Engine, OnConflictProperty, OnDriftProperty, Port, PortType, TagProperty, TierProperty, Window};

/// The properties of `Custom::PublishedSecret`. The descriptions are what `docs/properties.md` says of each.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PublisherProperties {
    /// `!Ref` of the generator's resource: exactly that version. A rotation changes it, and so CloudFormation runs the
    /// publisher again.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::SecretId>"))]
    secret_id: Option<SecretId>,
    /// As the getter's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    env: Option<Env>,
    /// As the getter's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    name: Option<Name>,
    /// As the getter's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::StackName>"))]
    stack_name: Option<StackName>,
    /// As the getter's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::TableName>"))]
    table_name: Option<StoreName>,
    /// As the getter's.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Version>"))]
    version: Option<Version>,
    /// As the getter's.
    stage: Option<Stage>,
    /// The SecureString of Parameter Store to publish as. This or `Secret` must be there, or both.
    pub(crate) parameter: Option<ParameterProperties>,
    /// The secret of Secrets Manager to publish as.
    pub(crate) secret: Option<SecretProperties>,
    /// What is published: the whole `value` (default), one `field` of a secret that is a JSON object, all fields as flat
    /// `json`, `credentials` (user name and password), or the object that AWS's rotation functions read, `rds`.
    #[serde(rename = "As")]
    pub(crate) shape: Option<As>,
    /// With `As: field`: which one, with dots for fields inside others.
    pub(crate) field: Option<String>,
    /// With `As: json`: further fields, each the `!Ref` of a generated secret. `SecretId` and `Env` may then be left out.
    pub(crate) fields: Option<BTreeMap<String, String>>,
    /// With `As: json` or `rds`: further fields with these texts. Not secret.
    pub(crate) extra: Option<BTreeMap<String, String>>,
    /// With `As: credentials` or `rds`: the user name; by default the secret's own field `username`.
    pub(crate) username: Option<String>,
    /// With `As: rds`: the database's, by RDS's own names; editions are left out, and `docdb` becomes `mongo`.
    pub(crate) engine: Option<Engine>,
    /// With `As: rds`: where the database is.
    pub(crate) host: Option<String>,
    /// With `As: rds`.
    pub(crate) port: Option<Port>,
    /// With `As: rds`: whether readers find the port as a `number` (default) or as a `string`, which the CSI driver wants.
    pub(crate) port_type: Option<PortType>,
    /// With `As: rds`: the name of the database. Needed for Oracle.
    pub(crate) db_name: Option<String>,
    /// With `As: rds`: whether TLS is a must; without it, rotation functions try both.
    pub(crate) ssl: Option<bool>,
    /// With `As: rds`: the secret of the user who may change this one's password. Needed for Db2.
    pub(crate) master_secret_arn: Option<String>,
    /// With `As: rds`: for the console.
    pub(crate) db_instance_identifier: Option<String>,
    /// With `As: rds`: for the console.
    pub(crate) db_cluster_identifier: Option<String>,
    /// Tags of what is published, in the call that creates it.
    pub(crate) tags: Option<Vec<TagProperty>>,
    /// What to do if somebody else has changed or removed what was published: `refuse` (default) or `overwrite`.
    on_drift: Option<OnDriftProperty>,
    /// What to do if something else has the name: `refuse` (default), or `adopt` to publish as its next version.
    on_conflict: Option<OnConflictProperty>,
    /// Taken and ignored: tools put it on every resource.
    #[expect(dead_code, reason = "to no effect")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Ignored>"))]
    description: Option<IgnoredAny>,
}

/// A SecureString.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ParameterProperties {
    /// The whole name, below one of the pair's `ParameterPrefixes`. Another one is another parameter: the old one is removed.
    pub(crate) name: String,
    /// `Standard` (default) holds 4 KB, `Advanced` 8 KB and costs. It never goes back.
    pub(crate) tier: Option<TierProperty>,
    /// A KMS key's id, ARN, alias or alias ARN; one of the pair's `PublishedKeyArns`. The account's `aws/ssm` by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::KeyId>"))]
    pub(crate) key_id: Option<KeyId>,
}

/// A secret of Secrets Manager.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SecretProperties {
    /// The name, below one of the pair's `SecretPrefixes`. Another one is another secret: the old one is removed.
    pub(crate) name: String,
    /// As the parameter's. The account's `aws/secretsmanager` by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::KeyId>"))]
    pub(crate) key_id: Option<KeyId>,
    /// Tags of the secret alone.
    pub(crate) tags: Option<Vec<TagProperty>>,
    /// How long the copy can be restored after its removal: 7 to 30, or 0 (default) for not at all. The pair keeps the secret
    /// itself for as long as it is told to. With `OnConflict: adopt` 30 by default.
    pub(crate) recovery_window_in_days: Option<Window>,
}

/// This function as its users tell it from the others.
const PUBLISHER: Function = Function {
    name: "publisher",
    does: "publishes secrets",
    export: "cfn-secrets-PublisherArn",
    own: &["As", "Parameter", "Secret", "Field", "Fields", "Extra", "OnDrift"],
};

const READER: Reader = Reader {
    this: &PUBLISHER,
    other: &GENERATOR,
    names_elsewhere: &[
        ("DBName", "DbName"),
        ("Database", "DbName"),
        ("UserName", "Username"),
        ("SecretName", "Secret"),
    ],
};

impl PublisherProperties {
    /// Reads what a template says.
    ///
    /// # Errors
    /// What is unknown or breaks its rule.
    pub fn read(properties: &Properties) -> Result<Self, Error> {
        READER.read(properties)
    }

    /// Which version is published.
    pub(crate) fn address(&self) -> Address {
        Address {
            secret_id: self.secret_id.clone(),
            env: self.env.clone(),
            name: self.name.clone(),
            stack_name: self.stack_name.clone(),
            table_name: self.table_name.clone(),
            version: self.version,
            stage: self.stage,
        }
    }

    pub(crate) fn on_drift(&self) -> OnDrift {
        match self.on_drift {
            None | Some(OnDriftProperty::Refuse) => OnDrift::Refuse,
            Some(OnDriftProperty::Overwrite) => OnDrift::Overwrite,
        }
    }

    pub(crate) fn on_conflict(&self) -> OnConflict {
        match self.on_conflict {
            None | Some(OnConflictProperty::Refuse) => OnConflict::Refuse,
            Some(OnConflictProperty::Adopt) => OnConflict::Adopt,
        }
    }
}

/// The properties as a JSON schema, for `docs/properties.md` and for editors.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(PublisherProperties)
}
