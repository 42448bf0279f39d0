//! An error with two faces: the Reason that CloudFormation shows to everybody, and the causes that only the log gets.

use std::error::Error as StdError;
use std::fmt;

use crate::PropertyError;
use crate::handler::outcome::PhysicalResourceIdError;
use crate::lifecycle::continuation::NotYet;

/// Why a handler could not do what was asked.
///
/// `Display` is the *Reason*: CloudFormation shows it in the stack's events, to everybody who may look at the stack,
/// and never masks it. Say what happened and what to do, and put no secret into it. What was given to
/// [`with_source`](Self::with_source) goes to the log alone, message by message.
///
/// ```
/// use custom_resource::Error;
///
/// let cause = "80x".parse::<u16>().unwrap_err();
/// let error = Error::new("the port is not a number: give one from 1 to 65535").with_source(cause);
/// assert_eq!(error.to_string(), "the port is not a number: give one from 1 to 65535");
/// ```
pub struct Error {
    reason: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// There where this is no failure.
    pub(crate) not_yet: Option<Box<NotYet>>,
}

impl Error {
    /// An error whose Reason is `reason`.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None, not_yet: None }
    }

    /// Adds the cause, for the log. Its messages must hold no secret either.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<PropertyError> for Error {
    fn from(error: PropertyError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<PhysicalResourceIdError> for Error {
    fn from(error: PhysicalResourceIdError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<NotYet> for Error {
    fn from(not_yet: NotYet) -> Self {
        let reason = not_yet.reason.clone();
        Self { reason, source: None, not_yet: Some(Box::new(not_yet)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The Reason alone: the `Debug` text of a foreign cause may hold anything.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.reason).finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The messages of an error's causes, outermost first, without its own.
pub(crate) fn causes(error: &dyn StdError) -> String {
    let messages: Vec<String> =
        std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect();
    messages.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PhysicalResourceId, Properties};

    #[test]
    fn a_wrong_property_is_a_reason_as_it_stands() {
        let error = Properties::from_value(serde_json::json!([])).map(|_| ()).unwrap_err();
        assert_eq!(error.path(), "");
        assert_eq!(Error::from(error).to_string(), "properties: must be an object");
    }

    #[test]
    fn a_wrong_id_is_a_reason_as_it_stands() {
        let made = || -> Result<PhysicalResourceId, Error> { Ok(PhysicalResourceId::parse("")?) };
        assert_eq!(made().unwrap_err().to_string(), "a physical resource id must not be empty");
    }

    #[test]
    fn the_reason_and_the_causes_stay_apart() {
        let inner = Error::new("connection reset");
        let error = Error::new("the table did not answer; try again").with_source(inner);

        assert_eq!(error.to_string(), "the table did not answer; try again");
        assert_eq!(format!("{error:?}"), r#"Error("the table did not answer; try again")"#);
        assert_eq!(causes(&error), "connection reset");
        assert_eq!(causes(&Error::new("alone")), "");
    }
}
