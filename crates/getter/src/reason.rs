//! Every way in which the getter fails, and what it tells the user to do: the one place where errors become text.

use custom_resource::Error;
use lambda_function::fields::{MAX_FIELD_BYTES, MAX_FIELDS};
use lambda_function::reading::{ReadFailure, read_reason};
use lambda_function::reason::{KeyChoice, Speaker};
use secret_store::store::StoreError;

use crate::attributes::Answer;

/// Who says it.
const SPEAKER: Speaker =
    Speaker { function: "getter", store_properties: "SecretId or TableName", key: KeyChoice::Stored };

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing was read.
    #[error(transparent)]
    Read(#[from] ReadFailure),
    /// `Attributes` names something that the secret does not have.
    #[error("there is no attribute {0}")]
    NoAttribute(String),
    /// More than an answer holds.
    #[error("{count} attributes have {bytes} bytes")]
    TooLarge {
        /// Whose answer.
        answer: Answer,
        /// Of names and values.
        bytes: usize,
        /// Of the attributes.
        count: usize,
    },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(describe(&failure)).with_source(failure)
    }
}

/// What happened and what to do.
fn describe(failure: &Failure) -> String {
    match failure {
        Failure::Read(failure) => read_reason(failure, &SPEAKER),
        Failure::NoAttribute(name) => format!(
            "the secret has no {name}: Attributes names fields of a secret that is a JSON object, with dots for fields \
             inside others; a text has password and UrlEncodedPassword, a key pair PrivateKey, and each the whole \
             SecretString"
        ),
        Failure::TooLarge { answer: Answer::Stack, bytes, .. } => format!(
            "the secret's attributes have {bytes} bytes, and an answer to CloudFormation holds {} in all: select those that \
             the template needs with the property Attributes; a direct invocation of the getter gives the rest",
            custom_resource::MAX_RESPONSE_BYTES
        ),
        Failure::TooLarge { answer: Answer::Invoker, bytes, count } => format!(
            "the secret's {count} attributes have {bytes} bytes, and a direct invocation returns at most {MAX_FIELDS} of \
             {MAX_FIELD_BYTES} bytes: select those that you need with Attributes, or take the whole text, SecretString"
        ),
    }
}
