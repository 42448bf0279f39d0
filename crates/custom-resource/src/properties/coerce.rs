//! serde over what CloudFormation sends: every scalar is a string there, at every depth, whatever the template says.
//!
//! `14` in a template arrives as `"14"` and `true` as `"true"` (aws-cloudformation/cloudformation-coverage-roadmap
//! issue 1037), while hand-made events and some emulators send real numbers and booleans. Both are understood, and
//! nothing else is: "yes", "1" for true, "0x10", " 7" and "7.0" for a whole number are refused with the rule.

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use crate::erased::Erased;
use crate::properties::error::{Fault, PropertyError};

/// Reads `T` from a JSON value with CloudFormation's coercion at every depth.
///
/// # Errors
/// The path, the rule and the nearest known name; never the value.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, PropertyError> {
    serde_path_to_error::deserialize(Coerced(value)).map_err(|error| {
        let path = error.path().to_string();
        PropertyError::new(&path, error.into_inner())
    })
}

/// The same for one field of a type that is read by another deserializer, or where serde buffers the value first
/// (`untagged`, `flatten`) and the coercion would be lost.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Rule {
///     #[serde(deserialize_with = "custom_resource::coerce::stringified")]
///     count: u16,
/// }
/// let rule: Rule = serde_json::from_str(r#"{"count": "7"}"#)?;
/// assert_eq!(rule.count, 7);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The rule that the value breaks.
pub fn stringified<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = Erased(Value::deserialize(deserializer)?);
    from_value(&value).map_err(de::Error::custom)
}

/// A JSON value that reads its strings as whatever is asked of them.
#[derive(Clone, Copy)]
struct Coerced<'de>(&'de Value);

impl<'de> Coerced<'de> {
    /// A scalar as the text that CloudFormation would have sent.
    fn text(self) -> Option<String> {
        match self.0 {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn whole<T: std::str::FromStr>(self, rule: impl Fn() -> String) -> Result<T, Fault> {
        let is_whole = |text: &String| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let text = self.text().filter(is_whole);
        text.and_then(|text| text.parse().ok()).ok_or_else(|| Fault::Rule(rule()))
    }

    fn decimal(self) -> Result<f64, Fault> {
        let is_decimal =
            |text: &String| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
        let number = self.text().filter(is_decimal).and_then(|text| text.parse::<f64>().ok());
        number.filter(|number| number.is_finite()).ok_or_else(|| Fault::rule("must be a number"))
    }

    fn flag(self) -> Result<bool, Fault> {
        match self.text() {
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(Fault::rule("must be true or false")),
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident, $visit:ident, $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.whole(|| format!("must be a whole number from {} to {}", <$type>::MIN, <$type>::MAX))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Coerced<'de> {
    type Error = Fault;

    whole_numbers! {
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
        deserialize_u128, visit_u128, u128;
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_i32, visit_i32, i32;
        deserialize_i64, visit_i64, i64;
        deserialize_i128, visit_i128, i128;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => number.deserialize_any(visitor).map_err(|_| Fault::rule("must be a plain number")),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visit_array(items, visitor),
            Value::Object(fields) => visit_object(fields, visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.decimal()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            // Borrowed, so that no copy is left behind which nobody erases.
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => visitor.visit_string(self.text().ok_or_else(|| Fault::rule("must be a string"))?),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Array(items) => visit_array(items, visitor),
            _ => Err(Fault::rule("must be a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Object(fields) => visit_object(fields, visitor),
            _ => Err(Fault::rule("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match (self.0, self.text()) {
            (Value::Object(fields), _) if fields.len() == 1 => {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(Fields::new(fields)))
            }
            (_, Some(text)) => visitor.visit_enum(text.into_deserializer()),
            (_, None) => Err(Fault::UnknownVariant { nearest: None, known: variants }),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct identifier }
}

/// Reads a list and refuses what the visitor leaves over, as a tuple would.
fn visit_array<'de, V: Visitor<'de>>(items: &'de [Value], visitor: V) -> Result<V::Value, Fault> {
    let mut access = de::value::SeqDeserializer::new(items.iter().map(Coerced));
    let value = visitor.visit_seq(&mut access)?;
    access.end()?;
    Ok(value)
}

fn visit_object<'de, V: Visitor<'de>>(fields: &'de Map<String, Value>, visitor: V) -> Result<V::Value, Fault> {
    visitor.visit_map(Fields::new(fields))
}

impl<'de> IntoDeserializer<'de, Fault> for Coerced<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// An object's fields.
struct Fields<'de> {
    rest: serde_json::map::Iter<'de>,
    value: Option<&'de Value>,
}

impl<'de> Fields<'de> {
    fn new(fields: &'de Map<String, Value>) -> Self {
        Self { rest: fields.iter(), value: None }
    }
}

impl<'de> de::MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = self.value.take().ok_or_else(|| Fault::rule("a value was asked for before its key"))?;
        seed.deserialize(Coerced(value))
    }
}

#[cfg(test)]
mod tests;
