//! How a secret and one version of it are addressed, in a store and in CloudFormation.

use std::fmt;
use std::str::FromStr;

use crate::names::{Env, Name, StackName, StoreName, Version};
use crate::record::{RequestToken, Tag};

/// Which secret: two requests that give the same four parts mean the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The store that holds it.
    pub store: StoreName,
    /// The stack it is for.
    pub stack_name: StackName,
    /// The environment it is for.
    pub env: Env,
    /// Which of the stack's secrets in that env.
    pub name: Name,
}

impl Identity {
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
