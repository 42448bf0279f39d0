//! Which secret is meant: `STACK/ENV[/NAME][@VERSION]`, or a whole PhysicalResourceId pasted from the console.

use std::fmt;
use std::str::FromStr;

use secret_store::{Env, Identity, InvalidName, Name, SecretId, StackName, StoreName, Tag, Version};

/// A secret, and which version of it, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    text: String,
    store: Option<StoreName>,
    stack_name: StackName,
    env: Env,
    name: Name,
    /// Which version.
    pub(crate) pick: Pick,
}

/// Which version is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The current one.
    Current,
    /// That of this number.
    Version(Version),
    /// The very one that an id names.
    Exactly(Version, Tag),
}

impl Secret {
    /// The table that a whole id names.
    pub(crate) fn store(&self) -> Option<&StoreName> {
        self.store.as_ref()
    }

    /// The secret in this table.
    pub(crate) fn identity(&self, store: StoreName) -> Identity {
        let Self { stack_name, env, name, .. } = self.clone();
        Identity { store, stack_name, env, name }
    }
}

/// The address in what was written, without a version, the shortest way.
pub(crate) fn address(text: &str) -> String {
    match text.parse() {
        Ok(Secret { stack_name, env, name, .. }) if name == Name::default() => format!("{stack_name}/{env}"),
        Ok(Secret { stack_name, env, name, .. }) => format!("{stack_name}/{env}/{name}"),
        Err(_) => text.to_owned(),
    }
}

/// As it was written.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A secret as it is written here: the shortest way.
pub(crate) fn spelled(identity: &Identity) -> String {
    let Identity { stack_name, env, name, .. } = identity;
    if *name == Name::default() { format!("{stack_name}/{env}") } else { format!("{stack_name}/{env}/{name}") }
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidSecret {
    /// Too few parts, or too many.
    #[error("must be STACK/ENV, STACK/ENV/NAME, either with @VERSION, or a whole PhysicalResourceId")]
    Parts,
    /// One of them.
    #[error("{part} must be {rule}, not {given:?}")]
    Part { part: &'static str, rule: &'static str, given: String },
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let (address, version) = match text.split_once('@') {
            Some((address, version)) => (address, Some(version)),
            None => (text, None),
        };
        let parts: Vec<&str> = address.split('/').collect();
        let (stack_name, env, name) = match parts.as_slice() {
            [stack_name, env] => (stack_name, env, Name::default()),
            [stack_name, env, name] => (stack_name, env, part("NAME", name)?),
            [_, _, _, _] => return whole(text).ok_or(InvalidSecret::Parts),
            _ => return Err(InvalidSecret::Parts),
        };
        Ok(Self {
            text: text.to_owned(),
            store: None,
            stack_name: part("STACK", stack_name)?,
            env: part("ENV", env)?,
            name,
            pick: match version {
                None => Pick::Current,
                Some(version) => Pick::Version(part("VERSION", version)?),
            },
        })
    }
}

fn whole(text: &str) -> Option<Secret> {
    let SecretId { identity, version, tag } = text.parse().ok()?;
    let Identity { store, stack_name, env, name } = identity;
    let pick = Pick::Exactly(version, tag);
    Some(Secret { text: text.to_owned(), store: Some(store), stack_name, env, name, pick })
}

fn part<T: FromStr<Err = InvalidName>>(part: &'static str, text: &str) -> Result<T, InvalidSecret> {
    let shown = || text.chars().take(64).collect();
    text.parse().map_err(|InvalidName { rule, .. }| InvalidSecret::Part { part, rule, given: shown() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_names_its_secret() {
        let store: StoreName = "table".parse().unwrap();
        for (text, spelled_as, number) in [
            ("shop/prod", "shop/prod", None),
            ("shop/prod/api", "shop/prod/api", None),
            ("shop/prod/default", "shop/prod", None),
            ("shop/prod@3", "shop/prod", Some(3)),
            ("shop/prod/api@12", "shop/prod/api", Some(12)),
        ] {
            let secret: Secret = text.parse().unwrap();
            assert_eq!(spelled(&secret.identity(store.clone())), spelled_as);
            assert_eq!(secret.to_string(), text);
            let pick = number.map_or(Pick::Current, |number| Pick::Version(Version::new(number).unwrap()));
            assert_eq!(secret.pick, pick);
        }
        let pasted: Secret = "secrets/shop/prod/default@2.0123abcd".parse().unwrap();
        assert_eq!(pasted.store().unwrap().as_str(), "secrets");
        assert!(matches!(pasted.pick, Pick::Exactly(version, _) if version.number() == 2));
    }

    #[test]
    fn what_is_wrong_says_what_came_in_and_what_is_allowed() {
        for (text, expected) in [
            ("", "STACK/ENV"),
            ("shop", "STACK/ENV"),
            ("a/b/c/d", "STACK/ENV"),
            ("secrets/shop/prod/default@2", "PhysicalResourceId"),
            ("a/b/c/d/e", "STACK/ENV"),
            ("1shop/prod", "STACK must be a letter and up to 127 more letters, digits or hyphens, not \"1shop\""),
            ("shop/pro d", "ENV must be 1 to 64 letters, digits, '_', '.' or '-', not \"pro d\""),
            ("shop/prod/", "NAME must be 1 to 64"),
            ("shop/prod@latest", "VERSION must be a whole number from 1 up, not \"latest\""),
            ("shop/prod@", "VERSION"),
        ] {
            let error = text.parse::<Secret>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
