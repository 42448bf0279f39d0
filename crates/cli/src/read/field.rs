//! The fields of a JSON secret, by their paths: as the getter names them.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The field at `path`: names with dots between them, places of an array by their number. Numbers and booleans come as text,
/// null as an empty one.
///
/// # Errors
/// For a secret that is no JSON object, and where there is no such text. The secret itself is never quoted.
pub(crate) fn field(secret: &SecretString, path: &str, called: &str) -> Result<SecretString, Failure> {
    let document: Value = match serde_json::from_str(secret.expose_secret()) {
        Ok(document @ Value::Object(_)) => document,
        _ => {
            return Err(Failure::refused(format!("`{called}` has no fields: it is no JSON object"))
                .hint("leave --field out for the whole value"));
        }
    };
    match at(&document, path) {
        Some(Value::String(text)) => Ok(text.as_str().into()),
        Some(Value::Null) => Ok("".into()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string().into()),
        Some(Value::Object(_) | Value::Array(_)) => {
            Err(Failure::refused(format!("the field {path:?} of `{called}` is not one value"))
                .hint("go on with a dot: --field db.password, --field hosts.0"))
        }
        None => Err(Failure::refused(format!("`{called}` has no field {path:?}"))
            .hint(format!("its fields are {}", names(&document)))),
    }
}

/// Every field by its path; `None` for what is no JSON object.
pub(crate) fn fields(secret: &SecretString) -> Option<BTreeMap<String, Zeroizing<String>>> {
    let document: Value = serde_json::from_str(secret.expose_secret()).ok()?;
    let mut found = BTreeMap::new();
    document.is_object().then(|| collect(&document, "", &mut found))?;
    Some(found)
}

fn collect(value: &Value, path: &str, found: &mut BTreeMap<String, Zeroizing<String>>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let text = match value {
        Value::Object(fields) => return fields.iter().for_each(|(name, value)| collect(value, &below(name), found)),
        Value::Array(entries) => {
            return entries
                .iter()
                .enumerate()
                .for_each(|(place, value)| collect(value, &below(&place.to_string()), found));
        }
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
    };
    found.insert(path.to_owned(), Zeroizing::new(text));
}

/// A name may hold dots itself: each way to part the path is tried, the shortest name first.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let step = |name: &str| match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(entries) => entries.get(name.parse::<usize>().ok()?),
        _ => None,
    };
    let further = path.match_indices('.').find_map(|(dot, _)| at(step(&path[..dot])?, &path[dot + 1..]));
    further.or_else(|| step(path))
}

/// The names of the fields at the top: no secret, for a template refers to them.
fn names(document: &Value) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> =
        document.as_object().into_iter().flat_map(|fields| fields.keys()).map(String::as_str).collect();
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_text() {
        let secret = r#"{"user": "app", "db": {"password": "s\"x", "port": 3306, "tls": true, "none": null},
            "hosts": ["a", {"name": "b"}], "a.b": "dotted", "a": {"c": "plain"}}"#;
        let secret = SecretString::from(secret);
        for (path, expected) in [
            ("user", "app"),
            ("db.password", "s\"x"),
            ("db.port", "3306"),
            ("db.tls", "true"),
            ("db.none", ""),
            ("hosts.0", "a"),
            ("hosts.1.name", "b"),
            ("a.b", "dotted"),
            ("a.c", "plain"),
        ] {
            assert_eq!(field(&secret, path, "shop/prod").unwrap().expose_secret(), expected, "{path}");
        }
        for path in ["", "db", "hosts", "db.x", "hosts.2", "user.x", "hosts.x", "."] {
            let failure = field(&secret, path, "shop/prod").unwrap_err();
            assert!(failure.message.contains("shop/prod") && !failure.message.contains("app"), "{failure:?}");
        }
    }

    #[test]
    fn a_text_has_no_fields() {
        for text in ["hunter2", "[1]", "17", "\"hunter2\""] {
            let failure = field(&SecretString::from(text), "password", "shop/prod").unwrap_err();
            assert!(failure.message.contains("no JSON object") && !failure.message.contains("hunter2"), "{failure:?}");
        }
    }
}
