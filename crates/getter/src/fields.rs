//! What a secret's text holds: a JSON object gives its fields as attributes, any other text is one itself.
//!
//! Values go from the text straight into memory that is erased; they never enter a JSON value.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// Attributes by name; of a field inside others, the names with dots between them.
pub(crate) type Fields = BTreeMap<String, Zeroizing<String>>;

/// The fields of a text that is a JSON object; `None` for any other.
///
/// Strings, numbers and booleans become strings, as in every attribute; entries of an array are named by their place,
/// from 0. A null is no field. Where a name with dots is also written as such, that one counts.
pub(crate) fn of_object(text: &str) -> Option<Fields> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut fields = Fields::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    Node { path: "", depth: 0, fields: &mut fields }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(fields)
}

/// A value at some place of the document.
struct Node<'a> {
    path: &'a str,
    depth: usize,
    fields: &'a mut Fields,
}

impl Node<'_> {
    fn put(self, value: impl Into<String>) {
        let value = Zeroizing::new(value.into());
        if self.depth == 1 {
            self.fields.insert(self.path.to_owned(), value);
        } else {
            self.fields.entry(self.path.to_owned()).or_insert(value);
        }
    }

    fn below<'b>(&'b mut self, path: &'b str) -> Node<'b> {
        Node { path, depth: self.depth + 1, fields: self.fields }
    }

    fn join(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.put(value);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(value.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(value.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            let path = self.join(&place.to_string());
            if entries.next_element_seed(self.below(&path))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            if name.is_empty() {
                entries.next_value::<IgnoredAny>()?; // no name for an attribute
                continue;
            }
            let path = self.join(&name);
            entries.next_value_seed(self.below(&path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        of_object(text).unwrap().into_iter().map(|(name, value)| (name, value.to_string())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn top_level_strings_and_dotted_paths_come_out_flat() {
        let text = r#" {"username": "app", "db": {"password": "s\"e\nc", "port": 3306, "tls": true, "x": null},
            "hosts": ["a", {"name": "b"}], "ratio": -0.5, "": "nameless"} "#;
        let expected = [
            ("db.password", "s\"e\nc"),
            ("db.port", "3306"),
            ("db.tls", "true"),
            ("hosts.0", "a"),
            ("hosts.1.name", "b"),
            ("ratio", "-0.5"),
            ("username", "app"),
        ];
        assert_eq!(fields(text), pairs(&expected));
    }

    #[test]
    fn a_name_that_is_written_with_its_dots_goes_before_a_path() {
        for text in [r#"{"a.b": "as written", "a": {"b": "path"}}"#, r#"{"a": {"b": "path"}, "a.b": "as written"}"#] {
            assert_eq!(fields(text), pairs(&[("a.b", "as written")]), "{text}");
        }
    }

    #[test]
    fn any_other_text_has_no_fields() {
        for text in ["", "hunter2", "{", "{\"a\": 1} x", "[1]", "\"a\"", "17", "{hunter2}", "null"] {
            assert!(of_object(text).is_none(), "{text}");
        }
        assert!(of_object("{}").unwrap().is_empty());
    }
}
