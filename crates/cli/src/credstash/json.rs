//! JSON as Python writes and reads it.

use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use zeroize::Zeroizing;

use super::problem::Problem;

/// `json.dumps(..., sort_keys=True, indent=4)`: ASCII alone.
pub(super) fn object(values: &[(String, SecretString)]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::from("{"));
    for (index, (name, value)) in values.iter().enumerate() {
        text.push_str(if index == 0 { "\n    " } else { ",\n    " });
        string(&mut text, name);
        text.push_str(": ");
        string(&mut text, value.expose_secret());
    }
    text.push_str(if values.is_empty() { "}" } else { "\n}" });
    text
}

/// A string in quotes.
pub(super) fn string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // A `String` takes any text.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

/// The members of an object in their order; of two with one name the last counts, in the place of the first. They are
/// secrets: nothing prints them.
pub(super) struct Members(pub(super) Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    match members.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, old)) => *old = value,
                        None => members.push((name, value)),
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// An object of credentials.
///
/// # Errors
/// For what is none, in Python's words where scripts may know them; nothing of the text is repeated.
pub(super) fn members(text: &str) -> Result<Members, Problem> {
    if let Ok(members) = serde_json::from_str(text) {
        return Ok(members);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Err(Problem::refused(format!("'{}' object has no attribute 'items'", python_type(&value)))
            .more("the credentials must be an object of names and values: {\"name\": \"value\"}")),
        Err(error) => Err(no_json(text, &error)),
    }
}

fn no_json(text: &str, error: &serde_json::Error) -> Problem {
    let blanks = |c: &char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let before: String = text.chars().take_while(blanks).collect();
    let first = text.chars().find(|c| !blanks(c));
    if first.is_some_and(|c| matches!(c, '{' | '[' | '"' | '-' | '0'..='9')) {
        return Problem::refused(format!(
            "the credentials are not JSON: line {} column {}",
            error.line(),
            error.column()
        ));
    }
    let (line, column) = (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or_default().len() + 1);
    Problem::refused(format!("Expecting value: line {line} column {column} (char {})", before.len()))
        .more("the credentials must be an object in JSON: {\"name\": \"value\"}")
}

/// What Python calls it.
pub(super) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_what_python_writes() {
        let values = [("a".to_owned(), SecretString::from("\"\\\u{7f}\u{1}é")), ("b".to_owned(), "𝄞\n".into())];
        let expected = "{\n    \"a\": \"\\\"\\\\\\u007f\\u0001\\u00e9\",\n    \"b\": \"\\ud834\\udd1e\\n\"\n}";
        assert_eq!(*object(&values), expected);
        assert_eq!(*object(&[]), "{}");
    }

    #[test]
    fn members_keep_their_order_and_the_last_of_two_counts() {
        let Ok(Members(members)) = members(r#"{"b": "1", "a": "2", "b": "3"}"#) else { panic!("it is an object") };
        assert_eq!(members, [("b".to_owned(), "3".into()), ("a".to_owned(), "2".into())]);
    }

    #[test]
    fn what_is_no_object_is_told_in_pythons_words() {
        for (text, words) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("a: 1\n", "Expecting value: line 1 column 1 (char 0)"),
            ("\n  x", "Expecting value: line 2 column 3 (char 3)"),
            ("[\"a\"]", "'list' object has no attribute 'items'"),
            ("\"a\"", "'str' object has no attribute 'items'"),
            ("1", "'int' object has no attribute 'items'"),
            ("{\"a\": 1,}", "not JSON: line 1"),
        ] {
            let problem = members(text).err().unwrap();
            assert!(problem.message().contains(words), "{text:?}: {problem:?}");
        }
    }
}
