//! What `Fn::GetAtt` finds in a secret, and the choice among it.

use secrecy::{ExposeSecret, SecretString};
use secret_store::Description;
use zeroize::Zeroizing;

use crate::fields::{self, Fields};
use crate::reason::Failure;

/// The attribute that every answer has beside those of the secret; a field of that name stays inside `SecretString`.
pub(crate) const VERSION: &str = "Version";

/// The whole text of the secret; given only where `Attributes` asks for it.
const SECRET_STRING: &str = "SecretString";

/// The attribute of a text that is no JSON object.
const PASSWORD: &str = "password";

/// The same of a key pair.
const PRIVATE_KEY: &str = "PrivateKey";

/// As many bytes of names and values do not fit into an answer, whatever else it says.
const MAX_RESPONSE_BYTES: usize = custom_resource::MAX_RESPONSE_BYTES;

/// Named values, each of them secret.
pub(crate) struct Attributes {
    fields: Fields,
    text: Zeroizing<String>,
}

impl Attributes {
    /// All that a secret has.
    pub(crate) fn of(secret: &SecretString, description: &Description) -> Self {
        let text = Zeroizing::new(secret.expose_secret().to_owned());
        let one = |name: &str| Fields::from([(name.to_owned(), text.clone())]);
        let mut fields = match description.public_key {
            Some(_) => one(PRIVATE_KEY),
            None => fields::of_object(&text).unwrap_or_else(|| one(PASSWORD)),
        };
        fields.remove(VERSION);
        Self { fields, text }
    }

    /// Those of the given names, or all but the whole text.
    pub(crate) fn select(mut self, names: Option<&[String]>) -> Result<Self, Failure> {
        let Some(names) = names else { return Ok(self) };
        let mut selected = Fields::new();
        for name in names.iter().filter(|name| *name != VERSION) {
            let value = match name.as_str() {
                SECRET_STRING => Some(self.text.clone()),
                _ => self.fields.get(name).cloned(),
            };
            selected.insert(name.clone(), value.ok_or_else(|| Failure::NoAttribute(name.clone()))?);
        }
        self.fields = selected;
        Ok(self)
    }

    /// Refuses what is certain not to fit into an answer to CloudFormation, and says what to do.
    pub(crate) fn check_size(&self) -> Result<(), Failure> {
        let bytes = self.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes < MAX_RESPONSE_BYTES { Ok(()) } else { Err(Failure::TooLarge { bytes }) }
    }
}

impl IntoIterator for Attributes {
    type Item = (String, Zeroizing<String>);
    type IntoIter = std::collections::btree_map::IntoIter<String, Zeroizing<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use secret_store::PublicKey;

    use super::*;

    fn names(secret: &str, selected: Option<&[&str]>) -> Result<Vec<String>, Failure> {
        let selected = selected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let attributes = Attributes::of(&SecretString::from(secret), &Description::default());
        Ok(attributes.select(selected.as_deref())?.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_text_is_a_password_and_an_object_is_its_fields() {
        assert_eq!(names("hunter2", None).unwrap(), ["password"]);
        assert_eq!(names(r#"{"user": "a", "Version": "b"}"#, None).unwrap(), ["user"]);
        assert_eq!(names("{}", None).unwrap(), [""; 0]);
    }

    #[test]
    fn of_a_key_pair_it_is_the_private_key() {
        let public_key = PublicKey { openssh: "ssh-ed25519".to_owned(), pem: "-----BEGIN".to_owned() };
        let description = Description { public_key: Some(public_key), entropy: None };
        let (name, _) = Attributes::of(&SecretString::from("key"), &description).into_iter().next().unwrap();
        assert_eq!(name, "PrivateKey");
    }

    #[test]
    fn a_choice_takes_what_it_names_and_refuses_what_there_is_not() {
        let secret = r#"{"user": "a", "db": {"password": "b"}}"#;
        assert_eq!(names(secret, Some(&["db.password"])).unwrap(), ["db.password"]);
        assert_eq!(names(secret, Some(&["SecretString", "user", "Version"])).unwrap(), ["SecretString", "user"]);
        assert_eq!(names("hunter2", Some(&["SecretString"])).unwrap(), ["SecretString"]);
        assert!(matches!(names(secret, Some(&["password"])), Err(Failure::NoAttribute(name)) if name == "password"));
    }

    #[test]
    fn what_cannot_fit_is_refused() {
        let attributes = |length| Attributes::of(&SecretString::from("x".repeat(length)), &Description::default());
        assert!(attributes(3000).check_size().is_ok());
        assert!(matches!(attributes(5000).check_size(), Err(Failure::TooLarge { bytes: 5008 })));
    }
}
