//! JSON whose strings are erased from memory when it is dropped: properties and answers may be secret.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroize;

/// A JSON value that leaves no string behind. Numbers and the names of fields stay as they are.
#[derive(Clone, PartialEq)]
pub(crate) struct Erased(pub(crate) Value);

impl Drop for Erased {
    fn drop(&mut self) {
        erase(&mut self.0);
    }
}

fn erase(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(erase),
        Value::Object(fields) => fields.values_mut().for_each(erase),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Deref for Erased {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Erased {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl Serialize for Erased {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Nothing of it: it may be secret.
impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Erased")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_string_at_every_depth_is_erased() {
        let mut value = json!({"a": "hunter2", "b": [{"c": "hunter2"}, "hunter2", 7], "d": null});
        erase(&mut value);
        assert_eq!(value, json!({"a": "", "b": [{"c": ""}, "", 7], "d": null}));
    }

    #[test]
    fn it_reads_and_prints_as_json_but_not_for_people() {
        let erased = Erased(json!({"a": "hunter2"}));
        assert_eq!(serde_json::to_string(&erased).unwrap(), r#"{"a":"hunter2"}"#);
        assert_eq!((erased["a"].as_str(), format!("{erased:?}")), (Some("hunter2"), "Erased".to_owned()));
    }
}
