//! Whether the getter can give every field of a JSON object: each as an attribute of its own, named by its path.
//!
//! Asked when the object is made: afterwards a field that shares its attribute would be missing without a word.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Attributes that the getter has for every secret.
const ITS_OWN: [&str; 2] = ["SecretString", "Version"];

/// A field that no attribute could hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Somebody else's attribute.
    #[error(
        "SecretStringTemplate has a field {0}, which is an attribute that the getter gives of every secret: rename it"
    )]
    ItsOwn(String),
    /// No attribute's name is empty.
    #[error("SecretStringTemplate has a field without a name: give it one")]
    Nameless,
    /// One attribute, two values.
    #[error(
        "SecretStringTemplate has two fields for the attribute {0}, of which the getter could give one: rename one of \
         them"
    )]
    Twice(String),
}

/// Checks the fields of an object, and `key`, which joins them in place of its namesake. What is no JSON is for others
/// to refuse.
pub(super) fn check(json: &str, key: Option<&str>) -> Result<(), FieldError> {
    let mut paths = Paths { seen: BTreeSet::new(), key, fault: None };
    let mut reader = serde_json::Deserializer::from_str(json);
    // The error is the first fault's, which is kept, or that of a text that is no JSON.
    drop(Node { path: "", paths: &mut paths }.deserialize(&mut reader));
    match paths.fault.take() {
        Some(fault) => Err(fault),
        None => key.map_or(Ok(()), |key| paths.add(key)),
    }
}

struct Paths<'a> {
    seen: BTreeSet<String>,
    key: Option<&'a str>,
    fault: Option<FieldError>,
}

impl Paths<'_> {
    /// Takes note of an attribute, unless it cannot be one.
    fn add(&mut self, path: &str) -> Result<(), FieldError> {
        if ITS_OWN.contains(&path) {
            self.refuse(FieldError::ItsOwn(path.to_owned()))
        } else if self.seen.insert(path.to_owned()) {
            Ok(())
        } else {
            self.refuse(FieldError::Twice(path.to_owned()))
        }
    }

    fn refuse(&mut self, fault: FieldError) -> Result<(), FieldError> {
        self.fault.get_or_insert(fault.clone());
        Err(fault)
    }
}

/// A value at some place of the document.
struct Node<'a, 'b> {
    path: &'a str,
    paths: &'a mut Paths<'b>,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            let is_top = self.path.is_empty();
            let path = if is_top { name.clone() } else { format!("{}.{name}", self.path) };
            if is_top && self.paths.key == Some(&name) {
                entries.next_value::<IgnoredAny>()?; // the value that joins replaces it
                continue;
            }
            if name.is_empty() {
                self.paths.refuse(FieldError::Nameless).map_err(A::Error::custom)?;
            }
            entries.next_value_seed(Node { path: &path, paths: self.paths })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            let path = format!("{}.{place}", self.path);
            if entries.next_element_seed(Node { path: &path, paths: self.paths })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.paths.add(self.path).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.paths.add(self.path).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.paths.add(self.path).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.paths.add(self.path).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.paths.add(self.path).map_err(E::custom)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_an_attribute_of_its_own() {
        for (json, key) in [
            ("{}", None),
            (r#"{"db": {"password": "a", "Version": 1}, "password": [1, {"x": null}]}"#, None),
            (r#"{"password": "replaced"}"#, Some("password")),
            (r#"{"a.b": {"c": 1}, "a": {"b": 2}, "Version": {"major": 1}}"#, None),
            ("not JSON", Some("password")),
        ] {
            assert_eq!(check(json, key), Ok(()), "{json}");
        }
        let twice = |path: &str| FieldError::Twice(path.to_owned());
        let its_own = |path: &str| FieldError::ItsOwn(path.to_owned());
        for (json, key, fault) in [
            (r#"{"db.password": 1, "db": {"password": 2}}"#, None, twice("db.password")),
            (r#"{"a": 1, "a": 2}"#, None, twice("a")),
            (r#"{"a": [1, 2], "a.1": 3}"#, None, twice("a.1")),
            (r#"{"a": {"b": 1}}"#, Some("a.b"), twice("a.b")),
            (r#"{"Version": 1}"#, None, its_own("Version")),
            ("{}", Some("SecretString"), its_own("SecretString")),
            (r#"{"a": {"": 1}}"#, None, FieldError::Nameless),
        ] {
            assert_eq!(check(json, key), Err(fault), "{json}");
        }
    }
}
