//! Sorts what the SDK reports into what somebody can do something about. The one place that reads error codes.

mod denier;

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secret_store::store::{Capacity, Cause, Denier, Resource, StoreError};

use crate::http::Untrusted;

/// Sorts a failed call of `action` on `resource`.
pub fn classify<E, R>(resource: Resource, action: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if let Some(Untrusted { host, why }) = Untrusted::found_in(&error) {
        return StoreError::Untrusted { host: host.clone(), why: why.clone() };
    }
    let kind = Kind::of(error.code().unwrap_or_default());
    let denier = denier::named_in(&resource, error.message().unwrap_or_default());
    sorted(kind, denier, resource, action, Box::new(error))
}

/// Sorts what a service answered to a request that its SDK had no part in.
pub fn refused(resource: Resource, action: &'static str, code: &str, message: &str) -> StoreError {
    let denier = denier::named_in(&resource, message);
    sorted(Kind::of(code), denier, resource, action, format!("{code}: {message}").into())
}

fn sorted(kind: Kind, denier: Denier, resource: Resource, action: &'static str, source: Cause) -> StoreError {
    match kind {
        Kind::Denied => StoreError::Denied { resource, action, denier, source },
        Kind::Missing => StoreError::Missing { resource, name: None, source },
        Kind::Throttled(capacity) => StoreError::Throttled { resource, capacity, source },
        Kind::Unauthenticated => StoreError::Unauthenticated(resource, source),
        Kind::KeyUnusable => StoreError::KeyUnusable(source),
        Kind::Undecryptable => StoreError::Undecryptable(source),
        Kind::Rejected => StoreError::Rejected(resource, source),
        Kind::Unavailable => StoreError::Unavailable(resource, source),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Denied,
    Missing,
    Throttled(Capacity),
    Unauthenticated,
    KeyUnusable,
    Undecryptable,
    Rejected,
    Unavailable,
}

impl Kind {
    /// By the code that a service answers with, or says that it cancelled a transaction for.
    fn of(code: &str) -> Self {
        match code {
            "AccessDeniedException" | "AccessDenied" | "NotAuthorized" => Self::Denied,
            "ResourceNotFoundException" | "NotFoundException" | "NoSuchEntity" => Self::Missing,
            // Of reads or of writes: the adapter knows which it asked for.
            "ProvisionedThroughputExceededException" | "ProvisionedThroughputExceeded" => {
                Self::Throttled(Capacity::Reads)
            }
            // As the SDKs have it: AWS SDKs and Tools Reference Guide, "Retry behavior", transient and throttling errors.
            "Throttling"
            | "ThrottlingException"
            | "ThrottlingError"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "BandwidthLimitExceeded"
            | "PriorRequestNotComplete"
            | "SlowDown" => Self::Throttled(Capacity::Requests),
            "ExpiredTokenException"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "RequestExpired"
            | "RequestInTheFuture"
            | "RequestTimeTooSkewed"
            | "AuthFailure" => Self::Unauthenticated,
            "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => Self::KeyUnusable,
            "InvalidCiphertextException" | "IncorrectKeyException" => Self::Undecryptable,
            "ValidationException" | "ValidationError" | "InvalidArnException" | "IncompleteSignature" => Self::Rejected,
            _ => Self::Unavailable,
        }
    }
}

/// Whether a code says that there was too little capacity, and of what.
pub fn throttled(code: &str) -> Option<Capacity> {
    match Kind::of(code) {
        Kind::Throttled(capacity) => Some(capacity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secret_store::patience::MayPass;
    use secret_store::store::Service;

    use super::*;

    const KEY: Resource = Resource::Key(Service { name: "KMS", noun: "key", requirement: "" });

    /// An answer of a service, as the SDK reports it.
    #[derive(Debug, thiserror::Error)]
    #[error("{0:?}")]
    struct Answer(aws_smithy_types::error::ErrorMetadata);

    impl ProvideErrorMetadata for Answer {
        fn meta(&self) -> &aws_smithy_types::error::ErrorMetadata {
            &self.0
        }
    }

    fn classified(code: &str) -> StoreError {
        let metadata = aws_smithy_types::error::ErrorMetadata::builder().code(code).build();
        classify(KEY, "kms:Encrypt", SdkError::service_error(Answer(metadata), ()))
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for code in [
            "Throttling",
            "ThrottlingException",
            "RequestLimitExceeded",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "TooManyRequestsException",
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "RequestExpired",
            "AccessDeniedException",
            "KMSInternalException",
            "DependencyTimeoutException",
            "InternalServerError",
            "ServiceUnavailable",
            "never heard of",
            "",
        ] {
            assert!(classified(code).may_pass(), "{code}");
        }
        for code in [
            "ResourceNotFoundException",
            "NotFoundException",
            "DisabledException",
            "KMSInvalidStateException",
            "InvalidCiphertextException",
            "ValidationException",
            "InvalidArnException",
            "IncompleteSignature",
        ] {
            assert!(!classified(code).may_pass(), "{code}");
        }
    }

    #[test]
    fn a_throttled_one_says_of_what_there_is_too_little() {
        for (code, capacity) in [
            ("ProvisionedThroughputExceeded", Some(Capacity::Reads)),
            ("ThrottlingError", Some(Capacity::Requests)),
            ("ConditionalCheckFailed", None),
            ("None", None),
        ] {
            assert_eq!(throttled(code), capacity, "{code}");
        }
    }
}
