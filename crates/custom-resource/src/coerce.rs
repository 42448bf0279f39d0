//! serde over what CloudFormation sends: every scalar is a string there, at every depth, whatever the template says.
//!
//! `14` in a template arrives as `"14"` and `true` as `"true"` (aws-cloudformation/cloudformation-coverage-roadmap
//! issue 1037), while hand-made events and some emulators send real numbers and booleans. Both are understood, and
//! nothing else is: "yes", "1" for true, "0x10", " 7" and "7.0" for a whole number are refused with the rule.

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use crate::property_error::{Fault, PropertyError};

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
    let value = Value::deserialize(deserializer)?;
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
        visitor.visit_string(self.text().ok_or_else(|| Fault::rule("must be a string"))?)
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
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Everything {
        length: u16,
        #[serde(default)]
        offset: i64,
        #[serde(default)]
        ratio: f32,
        #[serde(default)]
        weight: Weight,
        #[serde(default)]
        size: Option<Size>,
        special: bool,
        name: Name,
        engine: Engine,
        rules: Vec<Rule>,
        tags: Option<BTreeMap<String, u8>>,
        pair: Option<(u8, char)>,
        nothing: Option<String>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Rule {
        count: u32,
    }

    #[derive(Deserialize, Debug, PartialEq, Default)]
    struct Weight(u8);

    #[derive(Deserialize, Debug, PartialEq)]
    struct Size(u8, u8);

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Engine {
        Mysql,
        Postgres,
        Custom(u8),
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(try_from = "String")]
    struct Name(String);

    impl TryFrom<String> for Name {
        type Error = &'static str;

        fn try_from(name: String) -> Result<Self, Self::Error> {
            if name.is_empty() { Err("must be 1 to 64 characters") } else { Ok(Self(name)) }
        }
    }

    fn everything() -> Value {
        json!({
            "Length": "20", "Offset": "-3", "Ratio": "0.5", "Weight": "9", "Size": ["3", "4"], "Special": "True", "Name": "n", "Engine": "mysql",
            "Rules": [{"Count": "1"}, {"Count": "2"}], "Tags": {"a": "7"}, "Pair": ["1", "x"], "Nothing": null,
        })
    }

    /// What is said when one field of the above has another value.
    fn complaint(field: &str, value: Value) -> String {
        let mut event = everything();
        event[field] = value;
        from_value::<Everything>(&event).unwrap_err().to_string()
    }

    #[test]
    fn strings_become_what_is_asked_for_at_every_depth() {
        let read: Everything = from_value(&everything()).unwrap();
        let expected = Everything {
            length: 20,
            offset: -3,
            ratio: 0.5,
            weight: Weight(9),
            size: Some(Size(3, 4)),
            special: true,
            name: Name("n".to_owned()),
            engine: Engine::Mysql,
            rules: vec![Rule { count: 1 }, Rule { count: 2 }],
            tags: Some(BTreeMap::from([("a".to_owned(), 7)])),
            pair: Some((1, 'x')),
            nothing: None,
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn real_numbers_and_booleans_are_understood_as_well() {
        let event = json!({
            "Length": 20, "Ratio": 1, "Special": false, "Name": 7, "Engine": {"custom": 9}, "Rules": [],
        });
        let read: Everything = from_value(&event).unwrap();
        assert_eq!((read.length, read.ratio, read.special), (20, 1.0, false));
        assert_eq!((read.name, read.engine), (Name("7".to_owned()), Engine::Custom(9)));
        assert_eq!(from_value::<String>(&json!(true)).unwrap(), "true");
    }

    #[test]
    fn whatever_else_a_whole_number_might_be_is_refused() {
        for odd in ["", "-", "+5", " 7", "7 ", "7.0", "1e3", "0x10", "70000", "-1", "seven", "٣"] {
            assert_eq!(
                complaint("Length", json!(odd)),
                "property Length: must be a whole number from 0 to 65535",
                "{odd}"
            );
        }
        for odd in [json!(7.5), json!(-1), json!(null), json!([]), json!({})] {
            assert_eq!(complaint("Length", odd), "property Length: must be a whole number from 0 to 65535");
        }
    }

    #[test]
    fn whatever_else_a_truth_or_a_number_might_be_is_refused() {
        for odd in ["yes", "on", "1", "", "truthy"] {
            assert_eq!(complaint("Special", json!(odd)), "property Special: must be true or false");
        }
        for odd in ["inf", "NaN", "1,5", "", "1e999"] {
            assert_eq!(complaint("Ratio", json!(odd)), "property Ratio: must be a number");
        }
    }

    #[test]
    fn an_error_names_the_path_the_rule_and_the_nearest_name() {
        assert_eq!(
            complaint("Rules", json!([{"Count": "1"}, {"Count": "x"}])),
            "property Rules[1].Count: must be a whole number from 0 to 4294967295"
        );
        assert_eq!(
            complaint("Rules", json!([{"Cuont": "1"}])),
            "property Rules[0].Cuont is unknown; did you mean Count?"
        );
        assert_eq!(complaint("Rules", json!([{}])), "property Rules[0].Count is missing");
        assert_eq!(complaint("Rules", json!("a")), "property Rules: must be a list");
        assert_eq!(
            complaint("Size", json!(["1"])),
            "property Size: must be tuple struct Size with 2 elements, not 1 long"
        );
        assert_eq!(
            complaint("Size", json!(["1", "2", "3"])),
            "property Size: must be 2 elements in sequence, not 3 long"
        );
        assert_eq!(complaint("Rules", json!(["a"])), "property Rules[0]: must be an object");
        assert_eq!(complaint("Name", json!("")), "property Name: must be 1 to 64 characters");
        assert_eq!(complaint("Name", json!([])), "property Name: must be a string");
        assert_eq!(complaint("Legnth", json!("1")), "property Legnth is unknown; did you mean Length?");
        assert_eq!(complaint("Pair", json!(["1", "xy"])), "property Pair[1]: must be a character");
        assert_eq!(
            complaint("Engine", json!("mysq")),
            "property Engine must be one of mysql, postgres, custom; did you mean mysql?"
        );
        assert_eq!(complaint("Engine", json!([])), "property Engine must be one of mysql, postgres, custom");
        assert_eq!(from_value::<Everything>(&json!([])).unwrap_err().to_string(), "properties: must be an object");
        assert_eq!(from_value::<Everything>(&json!({})).unwrap_err().to_string(), "property Length is missing");
    }

    #[test]
    fn a_type_that_takes_anything_says_what_it_takes() {
        assert_eq!(from_value::<()>(&json!("hunter2")).unwrap_err().to_string(), "properties: must be unit");
        assert_eq!(from_value::<()>(&json!(null)), Ok(()));
    }

    #[test]
    fn what_is_not_asked_for_is_ignored_where_the_type_allows_it() {
        assert_eq!(from_value::<Loose>(&json!({"count": "1", "more": {"a": ["x"]}})), Ok(Loose { count: 1 }));
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Loose {
        count: u8,
    }

    #[test]
    fn a_choice_with_a_value_is_one_choice() {
        #[derive(Deserialize, Debug, PartialEq)]
        enum Choice {
            Length(u16),
            Words(u16),
        }
        assert_eq!(from_value::<Choice>(&json!({"Words": "6"})), Ok(Choice::Words(6)));
        for odd in [json!({}), json!({"Length": "20", "Words": "6"})] {
            let refused = from_value::<Choice>(&odd).unwrap_err();
            assert_eq!(refused.to_string(), "properties: must be one of Length, Words");
        }
    }

    #[test]
    fn a_value_is_never_quoted() {
        for field in ["Length", "Special", "Ratio", "Engine", "Rules", "Pair", "Tags"] {
            let said = complaint(field, json!("hunter2"));
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_field_read_by_serde_json_may_be_coerced_alone() {
        #[derive(Deserialize)]
        struct Plain {
            #[serde(deserialize_with = "stringified")]
            count: u8,
        }
        assert_eq!(serde_json::from_value::<Plain>(json!({"count": "7"})).unwrap().count, 7);
        let error = serde_json::from_value::<Plain>(json!({"count": "x"})).map(|plain| plain.count).unwrap_err();
        assert!(error.to_string().contains("must be a whole number from 0 to 255"), "{error}");
    }

    #[test]
    fn a_value_of_any_shape_is_passed_on_as_it_is() {
        let event = json!({"a": [1, "2", true, null, 2.5, -1]});
        assert_eq!(from_value::<Value>(&event).unwrap(), event);
    }
}
