//! The single properties: each a type that holds only what it may be.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use password::{Engine, GenerateSecretString, KeyAlgorithm, PrivateKeyFormat, TextKind, UnknownEngine, UnknownKind};
use secrecy::SecretString;
use serde::Deserialize;

use crate::settings::parse_window;

/// 1 to 4096 characters (AWS Secrets Manager, `GetRandomPassword`); engines and strength narrow it further.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct PasswordLength(pub(crate) usize);

impl TryFrom<u64> for PasswordLength {
    type Error = &'static str;

    fn try_from(length: u64) -> Result<Self, &'static str> {
        match usize::try_from(length) {
            Ok(length @ 1..=4096) => Ok(Self(length)),
            _ => Err("must be a whole number from 1 to 4096"),
        }
    }
}

/// Any text of at most 1024 bytes; it is stored with each version.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RotationTrigger(pub(crate) String);

impl TryFrom<String> for RotationTrigger {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.len() <= 1024 { Ok(Self(text)) } else { Err("must be at most 1024 bytes") }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct EngineProperty(pub(crate) Engine);

impl TryFrom<String> for EngineProperty {
    type Error = UnknownEngine;

    fn try_from(name: String) -> Result<Self, UnknownEngine> {
        name.parse().map(Self)
    }
}

/// A text, or a key pair.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum KindProperty {
    Text(TextKind),
    KeyPair(KeyAlgorithm),
}

impl Default for KindProperty {
    fn default() -> Self {
        Self::Text(TextKind::default())
    }
}

impl TryFrom<String> for KindProperty {
    type Error = UnknownKind;

    fn try_from(name: String) -> Result<Self, UnknownKind> {
        name.parse().map(Self::KeyPair).or_else(|_| name.parse().map(Self::Text))
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyFormat {
    #[serde(rename = "openssh")]
    OpenSsh,
    Pkcs8,
}

impl KeyFormat {
    pub(crate) fn private_key_format(self) -> PrivateKeyFormat {
        match self {
            Self::OpenSsh => PrivateKeyFormat::OpenSsh,
            Self::Pkcs8 => PrivateKeyFormat::Pkcs8,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum FirstCharacter {
    Letter,
    Any,
}

/// An entry of `Required`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RequiredCharacters {
    /// Which characters; they become part of the password's own.
    pub(crate) alphabet: String,
    /// How many of them at least.
    pub(crate) count: usize,
}

/// `GenerateSecretString` of `AWS::SecretsManager::Secret`, property for property.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GenerateSecretStringBlock {
    exclude_characters: Option<String>,
    exclude_lowercase: Option<bool>,
    exclude_numbers: Option<bool>,
    exclude_punctuation: Option<bool>,
    exclude_uppercase: Option<bool>,
    generate_string_key: Option<String>,
    include_space: Option<bool>,
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PasswordLength>"))]
    password_length: Option<PasswordLength>,
    require_each_included_type: Option<bool>,
    secret_string_template: Option<String>,
}

impl From<&GenerateSecretStringBlock> for GenerateSecretString {
    fn from(block: &GenerateSecretStringBlock) -> Self {
        let block = block.clone();
        let default = Self::default();
        Self {
            exclude_characters: block.exclude_characters.unwrap_or(default.exclude_characters),
            exclude_lowercase: block.exclude_lowercase.unwrap_or(default.exclude_lowercase),
            exclude_numbers: block.exclude_numbers.unwrap_or(default.exclude_numbers),
            exclude_punctuation: block.exclude_punctuation.unwrap_or(default.exclude_punctuation),
            exclude_uppercase: block.exclude_uppercase.unwrap_or(default.exclude_uppercase),
            generate_string_key: block.generate_string_key,
            include_space: block.include_space.unwrap_or(default.include_space),
            password_length: block.password_length.map_or(default.password_length, |length| length.0),
            require_each_included_type: block.require_each_included_type.unwrap_or(default.require_each_included_type),
            secret_string_template: block.secret_string_template,
        }
    }
}

/// A secret that the template brings along.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct OutsideValue(pub(crate) SecretString);

impl From<String> for OutsideValue {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

/// A KMS ciphertext, decoded. KMS ReEncrypt takes 1 to 6144 bytes (AWS KMS API reference, `ReEncrypt`, CiphertextBlob).
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct EncryptedValue(pub(crate) Vec<u8>);

impl TryFrom<String> for EncryptedValue {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match BASE64.decode(text.trim()) {
            Ok(bytes) if (1..=6144).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err("must be base64 of a KMS ciphertext, as `aws kms encrypt --query CiphertextBlob` prints it"),
        }
    }
}

impl fmt::Debug for EncryptedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedValue(..)")
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnConflictProperty {
    #[default]
    Refuse,
    Adopt,
}

/// 0 to 365 days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct WindowProperty;

impl TryFrom<String> for WindowProperty {
    type Error = secret_store::InvalidName;

    fn try_from(days: String) -> Result<Self, secret_store::InvalidName> {
        parse_window(&days).map(|_| Self)
    }
}
