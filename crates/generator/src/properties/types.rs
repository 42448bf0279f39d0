//! The single properties: each a type that holds only what it may be.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use password::{Engine, GenerateSecretString, KeyAlgorithm, MAX_LENGTH, PrivateKeyFormat, TextKind, UnknownEngine};
use secrecy::SecretString;
use serde::Deserialize;

use crate::settings::parse_window;

/// A whole number that should be `LEAST` to `MOST`. Whether it is, is asked when a value is made: see
/// [`origin`](crate::origin).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Number<const LEAST: usize, const MOST: usize>(pub(crate) usize);

impl<const LEAST: usize, const MOST: usize> Number<LEAST, MOST> {
    fn rule(given: &str) -> String {
        format!("must be a whole number from {LEAST} to {MOST}, not {}", shown(given))
    }
}

impl<const LEAST: usize, const MOST: usize> TryFrom<String> for Number<LEAST, MOST> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        whole(&text).map(Self).ok_or_else(|| Self::rule(&text))
    }
}

/// 1 to 4096 characters (AWS Secrets Manager, `GetRandomPassword`); engines and strength narrow it further.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PasswordLength(pub(crate) usize);

impl TryFrom<String> for PasswordLength {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let length = whole(&text).filter(|length| (1..=MAX_LENGTH).contains(length));
        length.map(Self).ok_or_else(|| Number::<1, MAX_LENGTH>::rule(&text))
    }
}

/// The bits of an RSA key. Whether there are such keys is asked when one is made.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct KeySize(pub(crate) usize);

impl TryFrom<String> for KeySize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        whole(&text).map(Self).ok_or_else(|| format!("must be 2048 or 3072, not {}", shown(&text)))
    }
}

/// Digits alone: `parse` would take a leading `+`.
fn whole(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What came in, in quotes, and not more of it than a Reason has room for.
fn shown(given: &str) -> String {
    format!("{:?}", given.chars().take(64).collect::<String>())
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

impl KindProperty {
    /// Every kind by its name.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        TextKind::ALL.into_iter().map(TextKind::name).chain(KeyAlgorithm::ALL.into_iter().map(KeyAlgorithm::name))
    }
}

impl TryFrom<String> for KindProperty {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let kind = name.parse().map(Self::KeyPair).or_else(|_| name.parse().map(Self::Text));
        let names = || Self::names().collect::<Vec<_>>().join(", ");
        kind.map_err(|_| format!("must be one of {}, not {}", names(), shown(&name)))
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyFormat {
    #[serde(rename = "openssh")]
    OpenSsh,
    Pkcs1,
    Pkcs8,
    Sec1,
}

impl KeyFormat {
    pub(crate) fn private_key_format(self) -> PrivateKeyFormat {
        match self {
            Self::OpenSsh => PrivateKeyFormat::OpenSsh,
            Self::Pkcs1 => PrivateKeyFormat::Pkcs1,
            Self::Pkcs8 => PrivateKeyFormat::Pkcs8,
            Self::Sec1 => PrivateKeyFormat::Sec1,
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

/// More of them cannot be counted out (the table that a `Policy` is drawn from has 2^20 cells).
const MAX_REQUIRED: usize = 1023;

/// An entry of `Required`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RequiredCharacters {
    /// Which characters; they become part of the password's own.
    pub(crate) alphabet: String,
    /// How many of them at least.
    pub(crate) count: Number<0, MAX_REQUIRED>,
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
    type Error = String;

    fn try_from(days: String) -> Result<Self, String> {
        parse_window(&days).map(|_| Self).map_err(|error| format!("must be {}, not {}", error.rule, shown(&days)))
    }
}
