//! The keys of one secret's objects: `STACK/ENV/NAME/state.json`, `STACK/ENV/NAME/v/0000000000000000001.TAG`, and of what was
//! brought back `STACK/ENV/NAME/v/0000000000000000001.TAG.REVISION`.

use std::fmt;
use std::str::FromStr;

use secret_store::{Identity, StoreName, Tag, Version};

/// The object that says what the secret is.
const STATE: &str = "state.json";

/// Where in a bucket the secrets are: nowhere in particular, or in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

/// A text that no folder is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be names of letters, digits, '_', '.' or '-' between slashes, 255 characters at most")]
pub struct InvalidPrefix;

impl FromStr for Prefix {
    type Err = InvalidPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let text = text.trim_matches('/');
        if text.is_empty() {
            return Ok(Self::default());
        }
        let is_name = |part: &str| {
            !is_dots(part)
                && !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        let valid = text.len() <= 255 && text.split('/').all(is_name);
        if valid { Ok(Self(format!("{text}/"))) } else { Err(InvalidPrefix) }
    }
}

/// As it stands before a key: empty, or with a slash at its end.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Prefix {
    /// The key of the secret's state.
    pub(crate) fn state(&self, identity: &Identity) -> String {
        format!("{}{STATE}", self.folder(identity))
    }

    /// The key of a value.
    pub(crate) fn value(&self, identity: &Identity, place: Place) -> String {
        let Place { version, tag, brought_back } = place;
        let brought_back = brought_back.map(|revision| format!(".{revision}")).unwrap_or_default();
        format!("{}{}.{tag}{brought_back}", self.values(identity), version.padded())
    }

    /// What the keys of all its values begin with.
    pub(crate) fn values(&self, identity: &Identity) -> String {
        format!("{}v/", self.folder(identity))
    }

    fn folder(&self, identity: &Identity) -> String {
        let Identity { stack_name, env, name, .. } = identity;
        format!("{}{stack_name}/{}/{}/", self.0, segment(env.as_str()), segment(name.as_str()))
    }

    /// What a key is for; `None` for a foreign one.
    pub(crate) fn placed(&self, store: &StoreName, key: &str) -> Option<(Identity, Part)> {
        let mut parts = key.strip_prefix(&self.0)?.split('/');
        let mut next = || parts.next();
        let identity = Identity {
            store: store.clone(),
            stack_name: next()?.parse().ok()?,
            env: unescaped(next()?).parse().ok()?,
            name: unescaped(next()?).parse().ok()?,
        };
        let part = match (next()?, next()) {
            (STATE, None) => Part::State,
            ("v", Some(value)) => {
                let (version, rest) = value.split_once('.')?;
                let (tag, brought_back) = match rest.split_once('.') {
                    Some((tag, revision)) => (tag, Some(revision.parse().ok()?)),
                    None => (rest, None),
                };
                Part::Value(Place { version: version.parse().ok()?, tag: tag.parse().ok()?, brought_back })
            }
            _ => return None,
        };
        // One spelling each: what is spelled otherwise is nobody's.
        let spelled = match part {
            Part::State => self.state(&identity),
            Part::Value(place) => self.value(&identity, place),
        };
        (spelled == key).then_some((identity, part))
    }
}

/// An object of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    State,
    Value(Place),
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The version's number.
    pub version: Version,
    /// The tag of the request that made it.
    pub tag: Tag,
    /// The revision of the state that brought it back; `None` of one that never was retired.
    pub brought_back: Option<u64>,
}

/// A name that is one or two dots would lead up in a URL's path (RFC 3986, section 5.2.4): such a one gets a `~` before it, which
/// no name has.
fn segment(name: &str) -> String {
    if is_dots(name) { format!("~{name}") } else { name.to_owned() }
}

/// Of any other name with a `~`, the key is spelled otherwise then.
fn unescaped(segment: &str) -> &str {
    segment.strip_prefix('~').unwrap_or(segment)
}

fn is_dots(name: &str) -> bool {
    matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_names_its_object_and_leads_nowhere_else(
            stack in "[A-Za-z][A-Za-z0-9-]{0,12}", env in "[ab._-]{1,3}", name in "[ab._-]{1,3}",
            number in 1..=u64::MAX / 2, token in any::<[u8; 32]>(), prefix in "([ab]{1,2}/){0,2}",
            brought_back in any::<Option<u64>>(),
        ) {
            let identity = Identity {
                store: "bucket".parse().unwrap(), stack_name: stack.parse().unwrap(),
                env: env.parse().unwrap(), name: name.parse().unwrap(),
            };
            let prefix: Prefix = prefix.parse().unwrap();
            let (version, tag) = (Version::new(number).unwrap(), secret_store::RequestToken::from_bytes(token).tag());
            let place = Place { version, tag, brought_back };
            let value = prefix.value(&identity, place);
            for (key, part) in [(prefix.state(&identity), Part::State), (value, Part::Value(place))] {
                prop_assert!(key.split('/').all(|part| !is_dots(part) && !part.is_empty()));
                prop_assert_eq!(prefix.placed(&identity.store, &key), Some((identity.clone(), part)));
            }
        }
    }

    #[test]
    fn a_foreign_key_is_nobodys() {
        let placed = |key: &str| Prefix::default().placed(&"bucket".parse().unwrap(), key);
        for key in [
            "state.json",
            "shop/prod/state.json",
            "shop/prod/default/state.json/x",
            "shop/prod/default/v/1.01234567",
            "shop/prod/default/v/0000000000000000001.0123456",
            "shop/prod/default/v/0000000000000000001.01234567/x",
            "shop/prod/default/v/0000000000000000001.01234567.",
            "shop/prod/default/v/0000000000000000001.01234567.07",
            "shop/prod/default/v/0000000000000000001.01234567.7.8",
            "shop/~prod/default/state.json",
            "shop/../default/state.json",
            "",
        ] {
            assert_eq!(placed(key), None, "{key}");
        }
        let other: Prefix = "team".parse().unwrap();
        assert_eq!(other.placed(&"bucket".parse().unwrap(), "shop/prod/default/state.json"), None);
    }

    #[test]
    fn a_prefix_is_a_folder() {
        for (text, prefix) in [("", ""), ("/", ""), ("a", "a/"), ("a/b/", "a/b/"), ("/a.b_c-d", "a.b_c-d/")] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), prefix);
        }
        assert!("a".repeat(255).parse::<Prefix>().is_ok());
        for text in [&*"a".repeat(256), "..", "a//b", "a/./b", "a b", "ä", "a?b", "a%2f"] {
            assert_eq!(text.parse::<Prefix>(), Err(InvalidPrefix), "{text}");
        }
    }
}
