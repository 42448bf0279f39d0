//! A flat JSON object as text, in memory that holds the values once.

use std::io::{self, Write};

use secrecy::SecretString;
use serde::{Serialize, Serializer};

/// A value of an object.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Number(u16),
    Truth(bool),
}

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u16(number),
            Self::Truth(truth) => serializer.serialize_bool(truth),
        }
    }
}

/// The object of these fields.
pub(crate) fn object<'a>(fields: impl Iterator<Item = (&'a str, Piece<'a>)> + Clone) -> SecretString {
    let mut length = Length(0);
    write(&mut length, fields.clone());
    // Of its exact length, so that nothing of it is left behind where it grew.
    let mut text = Vec::with_capacity(length.0);
    write(&mut text, fields);
    SecretString::from(String::from_utf8(text).unwrap_or_default())
}

/// Neither a counter nor a vector fails, and JSON is UTF-8.
fn write<'a>(writer: impl Write, fields: impl Iterator<Item = (&'a str, Piece<'a>)>) {
    let _ = serde_json::Serializer::new(writer).collect_map(fields);
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
