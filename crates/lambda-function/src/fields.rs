//! A JSON object as flat fields: each value under its path, which is the names on the way to it with dots between them.
//!
//! The generator checks by it what the getter will give. One path is kept at a time: a long name above many values costs
//! its length once, and what is made of the paths is the sink's to bound.

use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The attribute that gives the version's number.
pub const VERSION: &str = "Version";

/// The attribute that gives the whole secret as one text.
pub const SECRET_STRING: &str = "SecretString";

/// What the getter gives under names of its own: no field of a generated secret may have one.
pub const OWN_ATTRIBUTES: [&str; 2] = [SECRET_STRING, VERSION];

/// The most attributes that a direct invocation of the getter gives, and that a generated object may have.
pub const MAX_FIELDS: usize = 10_000;

/// The most bytes that their paths, and in an answer the values too, may have together. Were every byte of them escaped,
/// they would still fit into what a function may return.
pub const MAX_FIELD_BYTES: usize = 1_000_000;

/// What a function may return to whoever invokes it directly: 6 MB (AWS Lambda developer guide, "Lambda quotas").
const MAX_RETURNED_BYTES: usize = 6 * 1024 * 1024;

/// `"` becomes `\"`, and other characters up to `\u0000`; around each pair there are quotes, a colon and a comma.
const _: () = assert!(6 * MAX_FIELD_BYTES + 6 * MAX_FIELDS < MAX_RETURNED_BYTES);

/// Who takes the fields.
pub trait Sink {
    /// A name inside the object at `above`, which is empty for the outermost: whether its value is of interest.
    fn name(&mut self, above: &str, name: &str) -> ControlFlow<(), Interest>;

    /// A value at its path. Strings, numbers and booleans come as text, null as an empty one; entries of an array are
    /// named by their place, from 0.
    fn value(&mut self, path: &str, depth: Depth, value: &str) -> ControlFlow<()>;
}

/// Whether to go on into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Its value is wanted.
    Wanted,
    /// It is passed over with all that is in it.
    Skipped,
}

/// How deep in the object a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// It is a field of the object itself: its path is its name, dots included.
    Top,
    /// It is inside one.
    Below,
}

/// A text that is no JSON object, or a walk that its sink ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object to the end")]
pub struct NotWalked;

/// Hands the fields of a JSON object to `sink`.
///
/// # Errors
/// For any other text, and where the sink ends the walk.
pub fn walk(text: &str, sink: &mut impl Sink) -> Result<(), NotWalked> {
    if !text.trim_start().starts_with('{') {
        return Err(NotWalked);
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut path = String::new();
    let walked = Node { path: &mut path, depth: 0, sink }.deserialize(&mut reader);
    walked.and_then(|()| reader.end()).map_err(|_| NotWalked)
}

/// A value at some place of the document.
struct Node<'a, S> {
    path: &'a mut String,
    depth: usize,
    sink: &'a mut S,
}

impl<S: Sink> Node<'_, S> {
    fn put<E: Error>(self, value: &str) -> Result<(), E> {
        let depth = if self.depth == 1 { Depth::Top } else { Depth::Below };
        go_on(self.sink.value(self.path, depth, value))
    }

    /// The value of `name` inside this one.
    fn below<T, E>(&mut self, name: &str, read: impl FnOnce(Node<'_, S>) -> Result<T, E>) -> Result<T, E> {
        let length = self.path.len();
        if self.depth > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let value = read(Node { path: self.path, depth: self.depth + 1, sink: self.sink });
        self.path.truncate(length);
        value
    }
}

fn go_on<T, E: Error>(flow: ControlFlow<(), T>) -> Result<T, E> {
    match flow {
        ControlFlow::Continue(value) => Ok(value),
        ControlFlow::Break(()) => Err(E::custom("the walk was ended")),
    }
}

impl<'de, S: Sink> DeserializeSeed<'de> for Node<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink> Visitor<'de> for Node<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put("")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            if self.below(&place.to_string(), |node| entries.next_element_seed(node))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            match go_on(self.sink.name(self.path, &name))? {
                Interest::Wanted => self.below(&name, |node| entries.next_value_seed(node))?,
                Interest::Skipped => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes everything but what is called `skip`, up to a value `stop`.
    #[derive(Default)]
    struct All(Vec<String>);

    impl Sink for All {
        fn name(&mut self, above: &str, name: &str) -> ControlFlow<(), Interest> {
            assert!(name != "skip" || above == "hosts.1", "{above}");
            ControlFlow::Continue(if name == "skip" { Interest::Skipped } else { Interest::Wanted })
        }

        fn value(&mut self, path: &str, depth: Depth, value: &str) -> ControlFlow<()> {
            let mark = if depth == Depth::Top { "=" } else { ":" };
            self.0.push(format!("{path}{mark}{value}"));
            if value == "stop" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }

    fn walked(text: &str) -> (Vec<String>, Result<(), NotWalked>) {
        let mut all = All::default();
        let end = walk(text, &mut all);
        (all.0, end)
    }

    #[test]
    fn values_come_as_text_under_their_paths() {
        let text = r#" {"user": "app", "db": {"password": "s\"e\nc", "port": 3306, "tls": true, "x": null},
            "hosts": ["a", {"name": "b", "skip": {"c": [1]}}], "ratio": -0.5, "a.b": "as written", "none": []} "#;
        let (found, end) = walked(text);
        let expected = [
            "user=app",
            "db.password:s\"e\nc",
            "db.port:3306",
            "db.tls:true",
            "db.x:",
            "hosts.0:a",
            "hosts.1.name:b",
            "ratio=-0.5",
            "a.b=as written",
        ];
        assert_eq!((found, end), (expected.map(str::to_owned).to_vec(), Ok(())));
    }

    #[test]
    fn a_sink_ends_the_walk() {
        assert_eq!(walked(r#"{"a": "stop", "b": 1}"#), (vec!["a=stop".to_owned()], Err(NotWalked)));
    }

    #[test]
    fn any_other_text_has_no_fields() {
        let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
        for text in ["", "hunter2", "{", "{\"a\": 1} x", "[1]", "\"a\"", "17", "{hunter2}", "null", &deep] {
            assert_eq!(walked(text).1, Err(NotWalked), "{text}");
        }
        assert_eq!(walked("{}"), (vec![], Ok(())));
    }
}
