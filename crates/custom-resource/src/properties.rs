//! The properties of a custom resource: a JSON object that is read into a type of the handler's own.

pub mod coerce;
pub(crate) mod error;

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::erased::Erased;
use error::{Fault, PropertyError};

/// CloudFormation's own properties of every custom resource; no handler ever asked for them.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html>
const RESERVED: [&str; 2] = ["ServiceToken", "ServiceTimeout"];

/// What a template gives to a custom resource: `ResourceProperties` without `ServiceToken` and `ServiceTimeout`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Settings {
///     length: u16,
/// }
///
/// let event = serde_json::json!({"ServiceToken": "arn:...", "Length": "20"});
/// let properties = custom_resource::Properties::from_value(event)?;
/// assert_eq!(properties.parse::<Settings>()?.length, 20);
///
/// let event = serde_json::json!({"Lenght": "20"});
/// let error = custom_resource::Properties::from_value(event)?.parse::<Settings>().map(|_| ()).unwrap_err();
/// assert_eq!(error.to_string(), "property Lenght is unknown; did you mean Length?");
/// # Ok::<(), custom_resource::PropertyError>(())
/// ```
///
/// Their strings are erased from memory when they are dropped.
#[derive(Clone, PartialEq)]
pub struct Properties(Erased);

impl Properties {
    /// Takes the object that an event carries; `ServiceToken` and `ServiceTimeout` are left out.
    ///
    /// # Errors
    /// If it is not an object.
    pub fn from_value(value: Value) -> Result<Self, PropertyError> {
        let mut value = Erased(value);
        let Some(fields) = value.as_object_mut() else {
            return Err(PropertyError::new("", Fault::rule("must be an object")));
        };
        for name in RESERVED {
            drop(fields.remove(name).map(Erased));
        }
        Ok(Self(value))
    }

    /// Reads them into `T`, with CloudFormation's coercion: see [`coerce`].
    ///
    /// # Errors
    /// The path, the rule and the nearest known name; never the value.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, PropertyError> {
        coerce::from_value(&self.0)
    }

    /// One property that is a string; for a Delete, which must work whatever else is wrong.
    pub fn string(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// One property as it came; for what no type describes.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Takes one property away, before the others are read into a type that does not know it; says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.as_object_mut().and_then(|fields| fields.remove(name)).map(Erased).is_some()
    }

    /// The names of the properties, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }
}

/// What a handler takes as its properties: any type that serde can read, or [`Properties`] as they are. Not to be
/// implemented by hand.
pub trait FromProperties: Sized {
    /// Reads them, with CloudFormation's coercion.
    ///
    /// # Errors
    /// The path, the rule and the nearest known name; never the value.
    fn from_properties(properties: Cow<'_, Properties>) -> Result<Self, PropertyError>;
}

impl FromProperties for Properties {
    fn from_properties(properties: Cow<'_, Properties>) -> Result<Self, PropertyError> {
        Ok(properties.into_owned())
    }
}

impl<T: DeserializeOwned> FromProperties for T {
    fn from_properties(properties: Cow<'_, Properties>) -> Result<Self, PropertyError> {
        properties.parse()
    }
}

/// No properties at all: what a request means that carries none.
impl Default for Properties {
    fn default() -> Self {
        Self(Erased(Value::Object(Map::new())))
    }
}

/// Names only: a value may be secret.
impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Properties")?;
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_belongs_to_cloudformation_is_not_the_handlers() {
        let event = json!({"ServiceToken": "arn", "ServiceTimeout": "30", "Env": "prod", "Length": "20"});
        let properties = Properties::from_value(event).unwrap();
        assert_eq!(properties.names().collect::<Vec<_>>(), ["Env", "Length"]);
        assert_eq!(properties.string("Env"), Some("prod"));
        assert_eq!(properties.string("ServiceToken"), None);
    }

    #[test]
    fn a_single_look_takes_strings_only() {
        let mut properties = Properties::from_value(json!({"List": ["a"], "Number": 5})).unwrap();
        assert_eq!((properties.string("List"), properties.string("Number")), (None, None));
        assert_eq!((properties.get("Number"), properties.get("Other")), (Some(&json!(5)), None));
        assert!(properties.remove("Number") && !properties.remove("Number"));
        assert_eq!(properties.get("Number"), None);
    }

    #[test]
    fn none_at_all_read_as_an_empty_object() {
        #[derive(serde::Deserialize, Debug, PartialEq)]
        struct Nothing {}
        assert_eq!(Properties::default().parse::<Nothing>(), Ok(Nothing {}));
        assert_eq!(Properties::default().names().count(), 0);
    }

    #[test]
    fn anything_but_an_object_is_refused_and_nothing_is_printed() {
        for odd in [json!(null), json!("hunter2"), json!(["hunter2"]), json!(7)] {
            assert_eq!(Properties::from_value(odd).unwrap_err().to_string(), "properties: must be an object");
        }
        let properties = Properties::from_value(json!({"Password": "hunter2"})).unwrap();
        assert_eq!(format!("{properties:?}"), r#"Properties{"Password"}"#);
    }
}
