//! Whether the getter can give every field of a JSON object: each as an attribute of its own, named by its path.
//!
//! Asked when the object is made: afterwards a field that shares its attribute would be missing without a word.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use lambda_function::fields::{self, Depth, Interest, MAX_FIELD_BYTES, MAX_FIELDS, OWN_ATTRIBUTES, Sink};
use password::SecretStringTemplate;

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
    /// More than an answer of the getter.
    #[error(
        "SecretStringTemplate has too many fields, or too long names above them: the getter gives at most {MAX_FIELDS} \
         attributes, whose names have at most {MAX_FIELD_BYTES} bytes together"
    )]
    TooMany,
}

/// Checks the fields of an object, and `key`, which joins them in place of its namesake. What is no JSON, or longer than a
/// template may be, is for others to refuse.
pub(super) fn check(json: &str, key: Option<&str>) -> Result<(), FieldError> {
    if json.len() > SecretStringTemplate::MAX_BYTES {
        return Ok(());
    }
    let mut paths = Paths { seen: BTreeSet::new(), bytes: 0, key, fault: None };
    // What ends the walk is the first fault, which is kept, or a text that is no JSON.
    let _ = fields::walk(json, &mut paths);
    if let Some(key) = key
        && paths.fault.is_none()
    {
        let _ = paths.add(key);
    }
    paths.fault.map_or(Ok(()), Err)
}

struct Paths<'a> {
    seen: BTreeSet<String>,
    /// Of their names.
    bytes: usize,
    key: Option<&'a str>,
    fault: Option<FieldError>,
}

impl Paths<'_> {
    /// Takes note of an attribute, unless it cannot be one.
    fn add(&mut self, path: &str) -> ControlFlow<()> {
        self.bytes += path.len();
        if OWN_ATTRIBUTES.contains(&path) {
            self.refuse(FieldError::ItsOwn(path.to_owned()))
        } else if self.bytes > MAX_FIELD_BYTES || self.seen.len() == MAX_FIELDS {
            self.refuse(FieldError::TooMany)
        } else if self.seen.insert(path.to_owned()) {
            ControlFlow::Continue(())
        } else {
            self.refuse(FieldError::Twice(path.to_owned()))
        }
    }

    fn refuse(&mut self, fault: FieldError) -> ControlFlow<()> {
        self.fault = Some(fault);
        ControlFlow::Break(())
    }
}

impl Sink for Paths<'_> {
    fn name(&mut self, above: &str, name: &str) -> ControlFlow<(), Interest> {
        if above.is_empty() && self.key == Some(name) {
            return ControlFlow::Continue(Interest::Skipped); // the value that joins replaces it
        }
        if name.is_empty() {
            self.fault = Some(FieldError::Nameless);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(Interest::Wanted)
    }

    fn value(&mut self, path: &str, _: Depth, _: &str) -> ControlFlow<()> {
        self.add(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_an_attribute_of_its_own() {
        for (json, key) in [
            ("{}", None),
            (r#"{"db": {"password": "a", "Version": 1}, "password": [1, {"x": null}], "none": []}"#, None),
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
            (r#"{"a": {"b": null}, "a.b": 1}"#, None, twice("a.b")),
        ] {
            assert_eq!(check(json, key), Err(fault), "{json}");
        }
    }

    #[test]
    fn names_that_multiply_are_bounded() {
        let many =
            |name: usize, values: usize| format!(r#"{{"{}": [{}0]}}"#, "k".repeat(name), "0,".repeat(values - 1));
        assert_eq!(check(&many(90, 10_000), None), Ok(()));
        assert_eq!(check(&many(1, 10_001), None), Err(FieldError::TooMany));
        assert_eq!(check(&many(30_000, 15_000), None), Err(FieldError::TooMany));
    }
}
