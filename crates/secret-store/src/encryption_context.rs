//! Encryption contexts: what a ciphertext is bound to, so that it opens in one place alone. Never secret.

use std::collections::BTreeMap;

use crate::id::Identity;
use crate::names::Version;

/// The encryption context of a version: what the key binds to the ciphertext as associated data. Never secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<String, String>);

/// The four pairs that bind a ciphertext to its place.
const STACK_NAME: &str = "StackName";
const ENV: &str = "Env";
const NAME: &str = "Name";
const VERSION: &str = "Version";

/// What is wrong with an encryption context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// A template's pair would replace one of the four that bind the value to its place, or look like it: where a policy
    /// names a pair, letter case does not count.
    #[error(
        "EncryptionContext must not set {0}, in whatever letter case, because the generator sets it itself: leave it out"
    )]
    Reserved(&'static str),
    /// The stored context names another place than the one it was read from.
    #[error("the stored encryption context is that of another secret or version")]
    Misplaced,
}

impl EncryptionContext {
    /// The context of a version: its address, and what the template added.
    ///
    /// # Errors
    /// An added pair named `StackName`, `Env`, `Name` or `Version`, in whatever letter case.
    pub fn new(identity: &Identity, version: Version, added: &BTreeMap<String, String>) -> Result<Self, ContextError> {
        let mut pairs = added.clone();
        for (key, value) in address(identity, version) {
            if added.keys().any(|added| added.eq_ignore_ascii_case(key)) {
                return Err(ContextError::Reserved(key));
            }
            pairs.insert(key.to_owned(), value);
        }
        Ok(Self(pairs))
    }

    /// A context as it was stored, checked against the place it was read from: a copied record does not open.
    ///
    /// # Errors
    /// [`ContextError::Misplaced`] where one of the four pairs differs or is missing.
    pub fn from_stored(
        pairs: BTreeMap<String, String>,
        identity: &Identity,
        version: Version,
    ) -> Result<Self, ContextError> {
        let in_place = address(identity, version).into_iter().all(|(key, value)| pairs.get(key) == Some(&value));
        if in_place { Ok(Self(pairs)) } else { Err(ContextError::Misplaced) }
    }

    /// The pairs, for the key and for the record.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// The context that `EncryptedValue` must have been encrypted under: the secret's address without a `Version`.
///
/// Every stored value has a `Version` in its context. So nobody can pass off a stored ciphertext of another secret as
/// a value from outside, and have it encrypted again as one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceContext(BTreeMap<String, String>);

impl SourceContext {
    /// The one that is accepted for this secret.
    pub fn new(identity: &Identity) -> Self {
        let address = address(identity, Version::FIRST).into_iter().filter(|(key, _)| *key != VERSION);
        Self(address.map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The pairs, for the key.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn address(identity: &Identity, version: Version) -> [(&'static str, String); 4] {
    [
        (STACK_NAME, identity.stack_name.to_string()),
        (ENV, identity.env.to_string()),
        (NAME, identity.name.to_string()),
        (VERSION, version.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: "stack".parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: "default".parse().unwrap(),
        }
    }

    #[test]
    fn a_context_binds_the_address_and_the_template_cannot_replace_it() {
        let added = BTreeMap::from([("Team".to_owned(), "db".to_owned())]);
        let context = EncryptionContext::new(&identity(), Version::FIRST, &added).unwrap();
        assert_eq!(context.pairs()["Version"], "1");
        assert_eq!(context.pairs()["Team"], "db");
        for key in [STACK_NAME, ENV, NAME, VERSION] {
            for spelled in [key.to_owned(), key.to_uppercase(), key.to_lowercase()] {
                let added = BTreeMap::from([(spelled, "x".to_owned())]);
                let context = EncryptionContext::new(&identity(), Version::FIRST, &added);
                assert_eq!(context, Err(ContextError::Reserved(key)));
            }
        }
    }

    #[test]
    fn a_stored_context_opens_only_in_its_own_place() {
        let context = EncryptionContext::new(&identity(), Version::FIRST, &BTreeMap::new()).unwrap();
        let stored = |change: fn(&mut BTreeMap<String, String>)| {
            let mut pairs = context.pairs().clone();
            change(&mut pairs);
            EncryptionContext::from_stored(pairs, &identity(), Version::FIRST)
        };
        assert_eq!(stored(|_| {}).unwrap(), context);
        let misplaced: [fn(&mut BTreeMap<String, String>); 3] = [
            |pairs| drop(pairs.insert("Env".to_owned(), "dev".to_owned())),
            |pairs| drop(pairs.insert("Version".to_owned(), "2".to_owned())),
            |pairs| drop(pairs.remove("StackName")),
        ];
        for change in misplaced {
            assert_eq!(stored(change), Err(ContextError::Misplaced));
        }
    }

    #[test]
    fn a_value_from_outside_is_bound_to_the_address_without_a_version() {
        let context = SourceContext::new(&identity());
        let keys: Vec<_> = context.pairs().keys().map(String::as_str).collect();
        assert_eq!(keys, [ENV, NAME, STACK_NAME]);
        assert_eq!(context.pairs()[STACK_NAME], "stack");
    }
}
