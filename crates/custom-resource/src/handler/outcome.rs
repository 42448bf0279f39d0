//! What a handler hands back: the physical id, which cannot be forgotten, and the attributes for `Fn::GetAtt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::erased::Erased;
use crate::handler::physical_resource_id::PhysicalResourceId;

/// A Create or Update that worked.
///
/// ```
/// use custom_resource::{Outcome, PhysicalResourceId};
///
/// let id = PhysicalResourceId::parse("table/prod@7")?;
/// let outcome = Outcome::new(id).attribute("Version", "7").secret("password", "hunter2".to_owned());
/// assert!(!format!("{outcome:?}").contains("hunter2"));
/// # Ok::<(), custom_resource::PhysicalResourceIdError>(())
/// ```
pub struct Outcome {
    pub(crate) physical_resource_id: PhysicalResourceId,
    pub(crate) data: BTreeMap<String, Erased>,
    /// Names of attributes that may be missing.
    pub(crate) dispensable: BTreeSet<String>,
    pub(crate) echo: Echo,
}

/// Whether CloudFormation may show the attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Echo {
    Shown,
    Masked,
}

impl Outcome {
    /// Success, for the thing of this id; no attributes yet.
    pub fn new(physical_resource_id: PhysicalResourceId) -> Self {
        Self { physical_resource_id, data: BTreeMap::new(), dispensable: BTreeSet::new(), echo: Echo::Shown }
    }

    /// Adds an attribute that `Fn::GetAtt` reads: a text, a number, a truth, a list, any JSON. Answer with the same names on
    /// Create and Update: a template that asks for a missing one fails. A null is not sent.
    ///
    /// `Fn::GetAtt` reads a list or an object as a whole, but nothing inside it
    /// (<https://github.com/aws/aws-cdk/issues/27626>): give what is to be read a name of its own.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), Erased(value.into()));
        self
    }

    /// Adds a secret attribute: `NoEcho` goes on for the whole answer, and the value is erased from memory with it.
    ///
    /// `NoEcho` masks what CloudFormation *shows* of an attribute; it does not mask the `Outputs` of a template.
    #[must_use]
    pub fn secret(self, name: impl Into<String>, value: impl Into<Zeroizing<String>>) -> Self {
        let mut value = value.into();
        self.secret_json(name, std::mem::take(&mut *value))
    }

    /// The same for any JSON; numbers in it and names of fields are not erased.
    #[must_use]
    pub fn secret_json(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attribute(name, value).no_echo()
    }

    /// Lets the answer go without this attribute where it would be larger than
    /// [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES), instead of failing: for what is handy, and can be had otherwise.
    /// Where one of them has no room, all are left out.
    #[must_use]
    pub fn dispensable(mut self, name: impl Into<String>) -> Self {
        self.dispensable.insert(name.into());
        self
    }

    /// Masks all attributes, though none is marked as secret.
    #[must_use]
    pub fn no_echo(mut self) -> Self {
        self.echo = Echo::Masked;
        self
    }

    /// The id this outcome answers with.
    pub fn physical_resource_id(&self) -> &PhysicalResourceId {
        &self.physical_resource_id
    }

    /// One attribute's text, for a handler's own tests; `None` for one that is no text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// One attribute's value, for a handler's own tests.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.data.get(name).map(|value| &**value)
    }

    /// The attributes' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.data.keys().map(String::as_str)
    }

    /// Whether the answer is masked (`NoEcho`).
    pub fn is_no_echo(&self) -> bool {
        self.echo == Echo::Masked
    }
}

/// Names only: a value may be secret.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("physical_resource_id", &self.physical_resource_id)
            .field("attributes", &self.data.keys())
            .field("echo", &self.echo)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_attribute_masks_the_answer_and_is_not_printed() {
        let id = PhysicalResourceId::from_static("x");
        let open = Outcome::new(id.clone()).attribute("Version", "1");
        assert!(!open.is_no_echo());
        assert!(Outcome::new(id).no_echo().is_no_echo());

        let masked = open.secret("password", "hunter2".to_owned());
        assert!(masked.is_no_echo());
        assert_eq!(masked.get("password"), Some("hunter2"));
        assert_eq!(masked.names().collect::<Vec<_>>(), ["Version", "password"]);
        assert_eq!(masked.physical_resource_id().as_str(), "x");
        assert!(!format!("{masked:?}").contains("hunter2"));
        assert!(format!("{masked:?}").contains("password"));
    }

    #[test]
    fn an_attribute_is_any_json_and_a_secret_one_too() {
        let outcome = Outcome::new(PhysicalResourceId::from_static("x"))
            .attribute("Port", 5432)
            .attribute("Hosts", vec!["a", "b"])
            .attribute("Public", false);
        assert_eq!(outcome.value("Hosts"), Some(&serde_json::json!(["a", "b"])));
        assert_eq!((outcome.value("Port"), outcome.get("Port")), (Some(&5432.into()), None));
        assert!(!outcome.is_no_echo());
        let masked = outcome.secret_json("Keys", serde_json::json!({"current": "hunter2"}));
        assert!(masked.is_no_echo() && !format!("{masked:?}").contains("hunter2"));
    }
}
