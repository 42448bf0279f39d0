//! What a template may say to the generator, parsed into types. [`origin`](crate::origin) makes sense of those that shape
//! a value.

#[cfg(feature = "schema")]
mod schema;
pub(crate) mod types;

use std::collections::BTreeMap;

use custom_resource::{Error, Properties};
use lambda_function::properties::{GENERATOR, GETTER, Reader};
use password::{Passphrase, RandomBytes, Username};
use secret_store::plan::OnConflict;
use secret_store::plan::RecoveryWindow;
use secret_store::store::Windows;
use secret_store::{Env, Identity, KeyId, Name, SecretId, StackId, StackName, StoreName, Trigger};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::reason::Failure;
use crate::settings::{Settings, parse_window};
use types::{
    EncryptedValue, EngineProperty, FirstCharacter, GenerateSecretStringBlock, KeyFormat, KeySize, KindProperty,
    Number, OnConflictProperty, OutsideValue, PasswordLength, RequiredCharacters, RotationTrigger, WindowProperty,
};

/// The properties of `Custom::GeneratedSecret`. The descriptions are what `docs/properties.md` says of each.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GeneratorProperties {
    /// Such as `prod`: the same stack can have a secret in each of several.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Name"))]
    pub(crate) env: Env,
    /// A new value here, and nothing else, makes a new secret value. Up to 1024 bytes; empty by default.
    pub(crate) rotation_trigger: Option<RotationTrigger>,
    /// What the password is for; it then fits. RDS's names, for Oracle, SQL Server and Db2 with or without edition.
    pub(crate) engine: Option<EngineProperty>,
    /// What is made. `hex`, `base64` and `base64url` are random bytes; of `rsa`, `ed25519` and `ecdsa-*` the private
    /// key is the secret, and `!GetAtt` gives the public one. `password` by default.
    pub(crate) kind: Option<KindProperty>,
    /// In characters, within the engine's limits; 32 by default, or the engine's maximum if that is less.
    pub(crate) password_length: Option<PasswordLength>,
    /// The size of `hex`, `base64` and `base64url` before encoding; 32 by default.
    pub(crate) bytes: Option<Number<1, { RandomBytes::MAX_BYTES }>>,
    /// The size of a `passphrase`, drawn from the long list of the Electronic Frontier Foundation; 6 by default.
    pub(crate) words: Option<Number<1, { Passphrase::MAX_WORDS }>>,
    /// The size of an `rsa` key in bits, 2048 by default. 3072 want a function of 512 MB: the parameter
    /// `GeneratorMemorySize` of the pair.
    pub(crate) key_size: Option<KeySize>,
    /// How a private key is written: `pkcs8` (default), `openssh` (default of `ed25519`), `pkcs1` of `rsa` alone, `sec1` of
    /// `ecdsa-*` alone.
    pub(crate) key_format: Option<KeyFormat>,
    /// In bits, instead of a size: the shortest secret that has as much, a byte counted as eight.
    pub(crate) entropy: Option<Number<0, MAX_ENTROPY_BITS>>,
    /// The characters to choose from, in place of letters, digits and the hyphen.
    pub(crate) alphabet: Option<String>,
    /// Characters of which the password must have so many.
    pub(crate) required: Option<Vec<RequiredCharacters>>,
    /// Characters that it must not have.
    pub(crate) exclude_characters: Option<String>,
    /// Whether to do without `a` to `z`.
    pub(crate) exclude_lowercase: Option<bool>,
    /// Whether to do without `A` to `Z`.
    pub(crate) exclude_uppercase: Option<bool>,
    /// Whether to do without `0` to `9`.
    pub(crate) exclude_numbers: Option<bool>,
    /// `true`: no hyphen either. `false`: all 32 punctuation characters, as far as the engine takes them.
    pub(crate) exclude_punctuation: Option<bool>,
    /// Whether to do without characters that are easily taken for one another.
    pub(crate) exclude_ambiguous: Option<bool>,
    /// Whether the space may occur.
    pub(crate) include_space: Option<bool>,
    /// Whether each type of character that may occur does occur; `true` by default.
    pub(crate) require_each_included_type: Option<bool>,
    /// `letter` makes the first character one; `any` lets it be the hyphen, too, which it is not by default: programs take
    /// such an argument for an option.
    pub(crate) first_character: Option<FirstCharacter>,
    /// Whether to use only characters that a URL takes as they are.
    pub(crate) url_safe: Option<bool>,
    /// Whether a secret of less than 64 bits of entropy is made, too.
    pub(crate) allow_weak: Option<bool>,
    /// A JSON object as text, with `{{generate}}`, `{{generate:SIZE}}`, `{{generate:KIND}}`, `{{generate:KIND:SIZE}}`
    /// or `{{generate:username:LENGTH}}` where a value is to be made, at any depth.
    pub(crate) secret_string_template: Option<String>,
    /// The field of `SecretStringTemplate` that the password is put into, where that has no placeholders.
    pub(crate) generate_string_key: Option<String>,
    /// Makes a user name as well, which the password does not contain: the secret is then a JSON object with `username` and
    /// `password`.
    pub(crate) username_length: Option<Number<{ Username::MIN_LENGTH }, { Username::MAX_LENGTH }>>,
    /// The block of `AWS::SecretsManager::Secret` with its own defaults. `Engine` alone may stand beside it.
    pub(crate) generate_secret_string: Option<GenerateSecretStringBlock>,
    /// A value from outside, from a parameter with `NoEcho`; up to 300 000 bytes. Each request stores it anew.
    pub(crate) value: Option<OutsideValue>,
    /// The same as base64 of a KMS ciphertext that was encrypted for this secret, so that nobody but KMS sees it.
    pub(crate) encrypted_value: Option<EncryptedValue>,
    /// Tells apart several secrets of one stack and env; `default` by default.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    pub(crate) name: Option<Name>,
    /// The stack's own by default; another's only if the pair's `SharedStackNames` has it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::StackName>"))]
    pub(crate) stack_name: Option<StackName>,
    /// The pair's by default; others if the pair's `AdditionalTableArns` has them.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::TableName>"))]
    pub(crate) table_name: Option<StoreName>,
    /// A KMS key's id, ARN, alias or alias ARN. The pair's by default; others if the pair's `AdditionalKeyArns` has them.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::KeyId>"))]
    pub(crate) key_id: Option<KeyId>,
    /// What to do if the current value belongs to somebody else: `refuse` (default), or `adopt` to take the value over.
    pub(crate) on_conflict: Option<OnConflictProperty>,
    /// How long a deleted value can be restored. 0 erases at once. The pair's (30) by default.
    #[expect(dead_code, reason = "checked here, so that a wrong one fails now; a Delete reads it for itself")]
    pub(crate) recovery_window_in_days: Option<WindowProperty>,
    /// Bound to the ciphertext beside `StackName`, `Env`, `Name` and `Version`. Not secret.
    pub(crate) encryption_context: Option<BTreeMap<String, String>>,
    /// Taken and ignored: tools put it on every resource, and `AWS::SecretsManager::Secret` has it.
    #[expect(dead_code, reason = "to no effect")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Ignored>"))]
    tags: Option<IgnoredAny>,
    /// Taken and ignored, as `Tags`.
    #[expect(dead_code, reason = "to no effect")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Ignored>"))]
    description: Option<IgnoredAny>,
}

/// What the longest password of all printable characters has: 4096 times the base-2 logarithm of 95.
const MAX_ENTROPY_BITS: usize = 26_910;

const READER: Reader = Reader {
    this: &GENERATOR,
    other: &GETTER,
    names_elsewhere: &[
        ("Length", "PasswordLength"),
        ("KmsKeyId", "KeyId"),
        ("KeyAlias", "KeyId"),
        ("DBEngine", "Engine"),
    ],
};

impl GeneratorProperties {
    /// Reads what a template or an invoker says.
    ///
    /// # Errors
    /// What is missing, unknown or breaks its rule.
    pub fn read(properties: &Properties) -> Result<Self, Error> {
        READER.read(properties)
    }

    /// Which secret is meant. An Update whose template names no table stays in the table that its id names.
    pub(crate) fn identity(
        &self,
        settings: &Settings,
        own_stack_name: Option<&str>,
        named: Option<&SecretId>,
    ) -> Result<Identity, Failure> {
        let table = self
            .table_name
            .clone()
            .or_else(|| named.map(|id| id.identity.store.clone()))
            .or_else(|| settings.table_name.clone())
            .ok_or(Failure::NoTable)?;
        let stack_name = match (&self.stack_name, own_stack_name) {
            (Some(name), _) => name.clone(),
            (None, own) => own.and_then(|name| name.parse().ok()).ok_or(Failure::NoStackName)?,
        };
        Ok(Identity { store: table, stack_name, env: self.env.clone(), name: self.name.clone().unwrap_or_default() })
    }

    /// What makes a new value.
    pub(crate) fn trigger(&self) -> Trigger {
        if self.value.is_some() || self.encrypted_value.is_some() {
            return Trigger::External;
        }
        Trigger::Rotation(self.rotation_trigger.as_ref().map(|trigger| trigger.0.clone()).unwrap_or_default())
    }

    pub(crate) fn on_conflict(&self) -> OnConflict {
        match self.on_conflict.unwrap_or_default() {
            OnConflictProperty::Refuse => OnConflict::Refuse,
            OnConflictProperty::Adopt => OnConflict::Adopt,
        }
    }

    pub(crate) fn key_id(&self, settings: &Settings) -> Result<KeyId, Failure> {
        self.key_id.clone().or_else(|| settings.key_id.clone()).ok_or(Failure::NoKey)
    }

    pub(crate) fn encryption_context(&self) -> &BTreeMap<String, String> {
        static NOTHING_ADDED: BTreeMap<String, String> = BTreeMap::new();
        self.encryption_context.as_ref().unwrap_or(&NOTHING_ADDED)
    }
}

/// The properties as a JSON schema, for `docs/properties.md` and for editors.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(GeneratorProperties)
}

/// What a Create with these properties would refuse before it reads anything; what the schema has to say, too.
///
/// # Errors
/// The Reason.
#[cfg(feature = "schema")]
pub fn check(properties: &Properties) -> Result<(), Error> {
    GeneratorProperties::read(properties)?.origin().map(drop).map_err(|error| Failure::from(error).into())
}

/// The trigger of an Update's old properties. They are not parsed strictly: they were accepted once.
pub(crate) fn old_trigger(old: &Properties) -> Trigger {
    if old.names().any(|name| name == "Value" || name == "EncryptedValue") {
        return Trigger::External;
    }
    Trigger::Rotation(old.string("RotationTrigger").unwrap_or_default().to_owned())
}

/// Which secret a Delete's properties, or an Update's old ones, are about, as far as they can be read.
pub(crate) fn identity_of(
    properties: &Properties,
    stack_id: &StackId,
    named: Option<&SecretId>,
    settings: &Settings,
) -> Option<Identity> {
    let table = match (properties.string("TableName"), named) {
        (Some(name), _) => name.parse().ok()?,
        (None, Some(id)) => id.identity.store.clone(),
        (None, None) => settings.table_name.clone()?,
    };
    Some(Identity {
        store: table,
        stack_name: properties.string("StackName").or(stack_id.stack_name())?.parse().ok()?,
        env: properties.string("Env")?.parse().ok()?,
        name: properties.string("Name").map(str::parse).transpose().ok()?.unwrap_or_default(),
    })
}

/// The recovery window of a Delete: its property if that can be read and the store can keep to it, else the pair's own.
pub(crate) fn recovery_window(windows: Windows, properties: &Properties, settings: &Settings) -> RecoveryWindow {
    match windows {
        Windows::PerSecret => own_window(properties).unwrap_or(settings.recovery_window),
        Windows::OfTheStore => settings.recovery_window,
    }
}

/// Refuses a window of the secret's own where the store has one for all that it holds.
pub(crate) fn check_window(windows: Windows, properties: &Properties, settings: &Settings) -> Result<(), Error> {
    match own_window(properties) {
        Some(own) if windows == Windows::OfTheStore && own != settings.recovery_window => Err(Error::new(
            "RecoveryWindowInDays is the bucket's, whose lifecycle erases what is retired, and the same for each of its \
             secrets: leave it out, or deploy cfn-secrets with another one",
        )),
        _ => Ok(()),
    }
}

fn own_window(properties: &Properties) -> Option<RecoveryWindow> {
    match properties.get("RecoveryWindowInDays")? {
        Value::String(days) => parse_window(days).ok(),
        Value::Number(days) => RecoveryWindow::from_days(days.as_u64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
