//! Sorts what the SDK reports into what somebody can do something about. The one place that reads error codes.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secret_store::store::{Resource, StoreError};

/// Sorts a failed call of `action` on `resource`.
pub fn classify<E, R>(resource: Resource, action: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let source = Box::new(error);
    match code.as_str() {
        "AccessDeniedException" | "AccessDenied" => StoreError::Denied { resource, action, source },
        "ResourceNotFoundException" | "NotFoundException" => StoreError::Missing(resource, source),
        "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => {
            StoreError::KeyUnusable(source)
        }
        "InvalidCiphertextException" | "IncorrectKeyException" => StoreError::Undecryptable(source),
        "ValidationException"
        | "InvalidArnException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "ExpiredTokenException"
        | "IncompleteSignature" => StoreError::Rejected(resource, source),
        _ => StoreError::Unavailable(resource, source),
    }
}
