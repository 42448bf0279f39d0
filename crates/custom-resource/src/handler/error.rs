//! An error with two faces: the Reason that CloudFormation shows to everybody, and the causes that only the log gets.

use std::error::Error as StdError;
use std::fmt;

use crate::handler::not_yet::NotYet;
use crate::handler::physical_resource_id::{PhysicalResourceId, PhysicalResourceIdError};
use crate::properties::error::PropertyError;

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
    pub(crate) created: Option<PhysicalResourceId>,
    /// There where this is no failure.
    pub(crate) not_yet: Option<Box<NotYet>>,
}

impl Error {
    /// An error whose Reason is `reason`.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None, created: None, not_yet: None }
    }

    /// Adds the cause, for the log. Its messages must hold no secret either. From an `Error` it takes over what that
    /// one says was created. [`ReasonExt::reason`] does the same in one call.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut source = source.into();
        if let Some(inner) = source.downcast_mut::<Self>() {
            self.created = self.created.or_else(|| inner.created.take());
            self.not_yet = self.not_yet.or_else(|| inner.not_yet.take());
        }
        self.source = Some(source);
        self
    }

    /// Names what was made before this went wrong, so that the Delete which follows a failed Create reaches the handler
    /// with this id. [`Context::begin`](crate::Context::begin) does so for a panic and a timeout, too.
    ///
    /// A failed Update keeps its old id, since CloudFormation would take another one for a replacement; its Reason names
    /// what it has made besides.
    ///
    /// ```
    /// # use custom_resource::{Error, PhysicalResourceId};
    /// # fn tag_bucket(_: &PhysicalResourceId) -> Result<(), Error> { Ok(()) }
    /// # fn create(bucket: PhysicalResourceId) -> Result<(), Error> {
    /// tag_bucket(&bucket).map_err(|error| error.created(bucket))?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn created(mut self, id: PhysicalResourceId) -> Self {
        self.created = Some(id);
        self
    }

    /// The id of what was made before it failed, if it [says](Self::created) so: for tests of a handler.
    pub fn created_id(&self) -> Option<&PhysicalResourceId> {
        self.created.as_ref()
    }
}

/// `?` on the errors of other crates: with a Reason for people, and the error itself for the log.
pub trait ReasonExt<T> {
    /// Makes an [`Error`] with this Reason, whose cause the error is.
    ///
    /// ```
    /// use custom_resource::{Error, ReasonExt};
    ///
    /// fn read() -> Result<Vec<u8>, Error> {
    ///     std::fs::read("/no/such/file").reason("the rules could not be read: see whether the layer is there")
    /// }
    /// assert_eq!(read().unwrap_err().to_string(), "the rules could not be read: see whether the layer is there");
    /// ```
    ///
    /// # Errors
    /// In place of any other error, and of `None`.
    fn reason(self, reason: impl Into<String>) -> Result<T, Error>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> ReasonExt<T> for Result<T, E> {
    fn reason(self, reason: impl Into<String>) -> Result<T, Error> {
        self.map_err(|error| Error::new(reason).with_source(error))
    }
}

impl<T> ReasonExt<T> for Option<T> {
    fn reason(self, reason: impl Into<String>) -> Result<T, Error> {
        self.ok_or_else(|| Error::new(reason))
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
        Self { reason, source: None, created: None, not_yet: Some(Box::new(not_yet)) }
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
    use crate::Properties;

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

    #[test]
    fn a_foreign_error_gets_a_reason_and_nothing_at_all_does_too() {
        let foreign: Result<u16, _> = "80x".parse::<u16>();
        let error = foreign.reason("give a port").unwrap_err();
        assert_eq!((error.to_string(), causes(&error)), ("give a port".into(), "invalid digit found in string".into()));
        assert_eq!(None::<u16>.reason("give one").unwrap_err().to_string(), "give one");
        assert_eq!(Some(7).reason("give one").unwrap(), 7);
    }

    #[test]
    fn what_was_created_is_not_lost_under_another_reason() {
        let id = || PhysicalResourceId::from_static("bucket-1");
        let inner = || Err::<(), _>(Error::new("inner").created(id()));
        assert_eq!(inner().reason("outer").unwrap_err().created, Some(id()));
        let named = Error::new("outer").created(PhysicalResourceId::from_static("bucket-2"));
        assert_eq!(named.with_source(inner().unwrap_err()).created.unwrap().as_str(), "bucket-2");
        let not_yet = Error::from(NotYet::new("wait", std::time::Duration::ZERO));
        assert!(Err::<(), _>(not_yet).reason("outer").unwrap_err().not_yet.is_some());
    }
}
