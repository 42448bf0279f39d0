//! Why a call failed, in the service's own words: for commands whose users know these words from another client.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secret_store::patience::{MayPass, Pace};

use crate::error::throttled;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed: {why}")]
pub struct CallFailed {
    /// The API's operation.
    pub operation: &'static str,
    /// Why.
    pub why: Why,
    /// What the SDK reports.
    #[source]
    pub source: Box<dyn StdError + Send + Sync>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The service says no.
    #[error("{code}: {message}")]
    Refused {
        /// The error code.
        code: String,
        /// What it says of it.
        message: String,
    },
    /// No connection, or no answer.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The request was never sent, or its answer makes no sense.
    #[error("{0}")]
    Other(String),
}

impl CallFailed {
    /// Of what the SDK reports of an operation.
    pub fn new<E, R>(operation: &'static str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let unreachable = match &error {
            SdkError::TimeoutError(_) => true,
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            _ => false,
        };
        let why = match (error.code(), last_cause(&error)) {
            (Some(code), _) => {
                Why::Refused { code: code.to_owned(), message: error.message().unwrap_or_default().to_owned() }
            }
            (None, cause) if unreachable => Why::Unreachable(cause),
            (None, cause) => Why::Other(cause),
        };
        Self { operation, why, source: Box::new(error) }
    }

    /// An answer without what the API reference promises.
    pub fn incomplete(operation: &'static str) -> Self {
        Self::other(operation, "the answer is incomplete")
    }

    /// What neither the service nor the SDK reports.
    pub fn other(operation: &'static str, why: &str) -> Self {
        Self { operation, why: Why::Other(why.to_owned()), source: why.into() }
    }

    /// Whether the service answered with this code.
    pub fn is(&self, expected: &str) -> bool {
        matches!(&self.why, Why::Refused { code, .. } if code == expected)
    }
}

impl MayPass for CallFailed {
    fn passes(&self) -> Option<Pace> {
        match &self.why {
            Why::Refused { code, .. } if throttled(code).is_some() => Some(Pace::Slow),
            Why::Refused { code, .. } if code.starts_with("InternalServerError") || code == "ServiceUnavailable" => {
                Some(Pace::Quick)
            }
            Why::Unreachable(_) => Some(Pace::Quick),
            Why::Refused { .. } | Why::Other(_) => None,
        }
    }
}

/// The SDK's own errors say little; the last one says what happened.
fn last_cause(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
