//! The encryption context: pairs that KMS binds the data key to, and that the item does not hold.

use std::collections::BTreeMap;

/// The pairs of one credential, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, String>);

/// Whatever pairs KMS takes.
impl From<BTreeMap<String, String>> for Context {
    fn from(pairs: BTreeMap<String, String>) -> Self {
        Self(pairs)
    }
}

/// A text that is no pair.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is not the form of \"key=value\"")]
pub struct InvalidPair(pub String);

impl Context {
    /// Of `key=value` texts, as credstash takes them: one `=` each, something on both sides; the last of equal keys counts.
    ///
    /// # Errors
    /// For the first text that is no pair.
    pub fn of_pairs<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidPair> {
        pairs.into_iter().map(Self::pair).collect::<Result<_, _>>().map(Self)
    }

    fn pair(text: &str) -> Result<(String, String), InvalidPair> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() && !value.contains('=') => {
                Ok((key.to_owned(), value.to_owned()))
            }
            _ => Err(InvalidPair(text.to_owned())),
        }
    }

    /// Its pairs.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_equals_sign_and_two_sides() {
        let context = Context::of_pairs(["env=dev", "app=web", "env=prod"]).unwrap();
        let pairs: Vec<_> = context.pairs().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("app", "web"), ("env", "prod")]);
        for text in ["prod", "env=", "=prod", "=", "", "env=a=b", "env==b"] {
            assert_eq!(Context::of_pairs([text]), Err(InvalidPair(text.to_owned())));
        }
    }
}
