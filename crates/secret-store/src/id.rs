//! How a secret and one version of it are addressed: in CloudFormation and as DynamoDB keys.

use std::fmt;
use std::str::FromStr;

use crate::names::{Env, Name, StackName, StoreName, Version};
use crate::record::{RequestToken, Tag};

/// Which secret: two requests that give the same four parts mean the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The DynamoDB table that holds it.
    pub store: StoreName,
    /// The stack it is for: the table's partition key.
    pub stack_name: StackName,
    /// The environment it is for.
    pub env: Env,
    /// Which of the stack's secrets in that env.
    pub name: Name,
}

impl Identity {
    /// The head's sort key: `prod`, or `prod/NAME` for a secret with a name of its own.
    pub fn head_key(&self) -> String {
        if self.name == Name::default() { self.env.to_string() } else { format!("{}/{}", self.env, self.name) }
    }

    /// A version's sort key: the head's, `#`, and the number padded to 19 digits.
    pub fn version_key(&self, version: Version) -> String {
        format!("{}#{}", self.head_key(), version.padded())
    }

    /// The last sort key of this secret's range, inclusive.
    ///
    /// The range from [`head_key`](Self::head_key) to here holds the head and the versions and nothing else:
    /// `#` sorts before every byte that a name may have and before `/`, so neither `prod-eu` nor `prod/NAME` falls in.
    pub fn last_key(&self) -> String {
        format!("{}#~", self.head_key())
    }

    /// The version that a sort key of this secret names; `None` for the head's and for foreign keys.
    pub fn version_of_key(&self, sort_key: &str) -> Option<Version> {
        let number = sort_key.strip_prefix(&self.head_key())?.strip_prefix('#')?;
        let version = number.parse().ok()?;
        (self.version_key(version) == sort_key).then_some(version)
    }

    /// The id of one version of this secret.
    pub fn id(&self, version: Version, token: RequestToken) -> SecretId {
        SecretId { identity: self.clone(), version, tag: token.tag() }
    }
}

/// One version of one secret, as CloudFormation keeps it (PhysicalResourceId) and templates pass it on (`!Ref`).
///
/// Written `TableName/StackName/Env/Name@version.tag`. Not secret. At most 255 + 128 + 64 + 64 + 19 + 8 bytes and five
/// separators, well under CloudFormation's 1 KB. The tag comes from the request that minted the version, so two
/// versions never share an id, even when a number comes round again after its item has expired.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct SecretId {
    /// The secret.
    pub identity: Identity,
    /// The version.
    pub version: Version,
    /// Which item of that number.
    pub tag: Tag,
}

/// A text that is not the id of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must look like TableName/StackName/Env/Name@version.tag, as !Ref of a generated secret gives it")]
pub struct InvalidSecretId;

impl FromStr for SecretId {
    type Err = InvalidSecretId;

    fn from_str(text: &str) -> Result<Self, InvalidSecretId> {
        parse(text).ok_or(InvalidSecretId)
    }
}

fn parse(text: &str) -> Option<SecretId> {
    let (address, version) = text.split_once('@')?;
    let mut parts = address.split('/');
    let identity = Identity {
        store: parts.next()?.parse().ok()?,
        stack_name: parts.next()?.parse().ok()?,
        env: parts.next()?.parse().ok()?,
        name: parts.next()?.parse().ok()?,
    };
    if parts.next().is_some() {
        return None;
    }
    let (version, tag) = version.split_once('.')?;
    let id = SecretId { identity, version: version.parse().ok()?, tag: tag.parse().ok()? };
    // One spelling each: a padded number or an upper-case tag is somebody else's id.
    (id.to_string() == text).then_some(id)
}

impl TryFrom<String> for SecretId {
    type Error = InvalidSecretId;

    fn try_from(text: String) -> Result<Self, InvalidSecretId> {
        text.parse()
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { store, stack_name, env, name } = &self.identity;
        write!(f, "{store}/{stack_name}/{env}/{name}@{}.{}", self.version, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(env: &str, name: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: "stack".parse().unwrap(),
            env: env.parse().unwrap(),
            name: name.parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_its_text(
            table in "[A-Za-z0-9_.-]{3,255}", stack in "[A-Za-z][A-Za-z0-9-]{0,127}",
            env in "[A-Za-z0-9_.-]{1,64}", name in "[A-Za-z0-9_.-]{1,64}",
            number in 1..=u64::MAX / 2, token in any::<[u8; 32]>(),
        ) {
            let identity = Identity {
                store: table.parse().unwrap(), stack_name: stack.parse().unwrap(),
                env: env.parse().unwrap(), name: name.parse().unwrap(),
            };
            let id = identity.id(Version::new(number).unwrap(), RequestToken::from_bytes(token));
            let text = id.to_string();
            prop_assert!(text.len() <= 1024);
            prop_assert_eq!(text.parse::<SecretId>().unwrap(), id);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            if let Ok(id) = text.parse::<SecretId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn ranges_of_different_secrets_never_meet(
            env in "[ab._-]{1,3}", name in "([ab._-]{1,3}|default)",
            other_env in "[ab._-]{1,3}", other_name in "([ab._-]{1,3}|default)", number in 1..1000_u64,
        ) {
            let (one, other) = (identity(&env, &name), identity(&other_env, &other_name));
            prop_assume!(one != other);
            let range = one.head_key()..=one.last_key();
            prop_assert!(!range.contains(&other.head_key()));
            prop_assert!(!range.contains(&other.version_key(Version::new(number).unwrap())));
        }
    }

    #[test]
    fn the_range_holds_the_head_and_every_version() {
        for name in ["default", "replica"] {
            let identity = identity("prod", name);
            let range = identity.head_key()..=identity.last_key();
            assert!(range.contains(&identity.head_key()));
            assert!(range.contains(&identity.version_key(Version::FIRST)));
            assert!(range.contains(&identity.version_key(Version::new(9_999_999_999_999_999_999).unwrap())));
        }
    }

    #[test]
    fn a_sort_key_names_its_version_or_nothing() {
        let identity = identity("prod", "default");
        assert_eq!(identity.version_of_key("prod#0000000000000000012").unwrap().number(), 12);
        for foreign in ["prod", "prod#12", "prod#", "prod-eu#0000000000000000012", "prod/x#0000000000000000012"] {
            assert_eq!(identity.version_of_key(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn other_peoples_ids_are_not_ids_of_versions() {
        for text in [
            "cfn-secrets/not-created",
            "mystack-DbSecret-1A2B3C4D5E6F",
            "2026/11/23/[$LATEST]0123456789abcdef",
            "table/stack/prod/default@1.0123456",
            "table/stack/prod/default@1.0123456G",
            "table/stack/prod/default@01.01234567",
            "table/stack/prod/default@1.ABCDEF01",
            "table/stack/prod/x/default@1.01234567",
            "",
        ] {
            assert!(text.parse::<SecretId>().is_err(), "{text}");
        }
    }
}
