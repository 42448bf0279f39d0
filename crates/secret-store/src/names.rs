//! The parts of a secret's address, each a type that only a valid name can enter.
//!
//! No name may hold `/`, `#`, `@` or `~`: those separate the parts of a sort key and of a
//! [`SecretId`](crate::SecretId), so no name can forge another secret's key.

use std::fmt;
use std::str::FromStr;

/// A name that breaks its rule. The message gives the rule, never the value: it may be a secret put in the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidName {
    /// The property, as the templates spell it.
    pub what: &'static str,
    /// What the value must look like.
    pub rule: &'static str,
}

/// The same of a property, which is named by whoever reads it. What came in is shown, as much of it as helps: none of these
/// names is secret, and a space at the end is seen in no other way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {rule}, not {given:?}")]
pub struct InvalidProperty {
    rule: &'static str,
    given: String,
}

impl InvalidProperty {
    /// As much of a value as a refusal repeats.
    const SHOWN_CHARACTERS: usize = 64;

    fn new(rule: &'static str, text: &str) -> Self {
        Self { rule, given: text.chars().take(Self::SHOWN_CHARACTERS).collect() }
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $type(String);

        impl $type {
            /// The name as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidName { what: $what, rule: $rule })
                }
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidProperty;

            fn try_from(text: String) -> Result<Self, InvalidProperty> {
                text.parse().map_err(|InvalidName { rule, .. }| InvalidProperty::new(rule, &text))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The store that holds a secret: the property `TableName`, 3 to 255 of `a-z A-Z 0-9 _ - .`.
    StoreName,
    "TableName",
    "3 to 255 letters, digits, '_', '-' or '.'",
    |text| (3..=255).contains(&text.len()) && text.bytes().all(is_name_byte)
);

name!(
    /// A CloudFormation stack: a letter, then up to 127 letters, digits and hyphens (CloudFormation, `CreateStack`).
    StackName,
    "StackName",
    "a letter and up to 127 more letters, digits or hyphens",
    |text| {
        text.len() <= 128
            && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
);

name!(
    /// The environment that a secret is for, such as `prod`: 1 to 64 of `a-z A-Z 0-9 _ . -`.
    Env,
    "Env",
    "1 to 64 letters, digits, '_', '.' or '-'",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(is_name_byte)
);

name!(
    /// Tells apart several secrets of one stack and env; `default` where none is given.
    Name,
    "Name",
    "1 to 64 letters, digits, '_', '.' or '-'",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(is_name_byte)
);

name!(
    /// An encryption key as a request names it: id, ARN, alias or alias ARN, 1 to 2048 characters.
    KeyId,
    "KeyId",
    "a key id, key ARN, alias name or alias ARN",
    |text| {
        (1..=2048).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:/.".contains(&byte))
    }
);

name!(
    /// An AWS account.
    AccountId,
    "AccountId",
    "12 digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
);

name!(
    /// An AWS region, such as `eu-west-1`; `eusc-de-east-1` is one, too.
    Region,
    "Region",
    "the name of an AWS region, such as eu-west-1",
    |text| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }
);

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

impl Default for Name {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// The number of a version, from 1 up; printed plainly, stored padded to 19 digits (as credstash pads).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Version(u64);

impl Version {
    /// The first version of a secret.
    pub const FIRST: Self = Self(1);
    /// The last number that 19 digits can hold.
    const LAST: u64 = 9_999_999_999_999_999_999;

    /// A version number from 1 to 10^19 - 1.
    ///
    /// # Errors
    /// Zero, and what 19 digits cannot hold.
    pub fn new(number: u64) -> Result<Self, InvalidName> {
        if (1..=Self::LAST).contains(&number) { Ok(Self(number)) } else { Err(INVALID_VERSION) }
    }

    /// The number.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The next number. The last one has no next: the conditional put on it then fails, so nothing is overwritten.
    pub fn next(self) -> Self {
        Self((self.0 + 1).min(Self::LAST))
    }

    /// 19 digits, so that the byte order of sort keys is the order of numbers.
    pub fn padded(self) -> String {
        format!("{:019}", self.0)
    }
}

const INVALID_VERSION: InvalidName = InvalidName { what: "Version", rule: "a whole number from 1 up" };

impl FromStr for Version {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        // `parse` alone would take a leading '+'.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(INVALID_VERSION);
        }
        Self::new(text.parse().map_err(|_| INVALID_VERSION)?)
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidProperty;

    fn try_from(text: String) -> Result<Self, InvalidProperty> {
        text.parse().map_err(|InvalidName { rule, .. }| InvalidProperty::new(rule, &text))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_never_enter_a_name() {
        for bad in ["a/b", "a#b", "a@b", "a~b", "", "a b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<Env>().is_err(), "{bad}");
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
        assert!("prod.eu_west-1".parse::<Env>().is_ok());
    }

    #[test]
    fn stack_names_follow_cloudformation() {
        assert!("my-stack-2".parse::<StackName>().is_ok());
        assert!("a".repeat(128).parse::<StackName>().is_ok());
        for bad in ["2stack", "-stack", "my_stack", "my.stack", "", &"a".repeat(129)] {
            assert!(bad.parse::<StackName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_sort_as_text_once_padded() {
        let (nine, ten) = (Version::new(9).unwrap(), Version::new(10).unwrap());
        assert!(nine.padded() < ten.padded());
        assert_eq!(nine.padded().len(), 19);
        assert_eq!(Version::new(Version::LAST).unwrap().padded().len(), 19);
        assert_eq!(nine.next(), ten);
    }

    #[test]
    fn only_plain_positive_numbers_are_versions() {
        for bad in ["0", "-1", "+1", "1.0", "", "x", "10000000000000000000", "99999999999999999999"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
        assert_eq!("0000000000000000007".parse::<Version>().unwrap().number(), 7);
    }
}
