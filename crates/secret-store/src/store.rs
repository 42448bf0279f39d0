//! What a table and a key must offer, one trait for each IAM permission, and how they fail.
//!
//! The generator's type holds [`QueryVersions`], [`WriteVersions`], [`Encrypt`], [`GenerateDataKey`] and
//! [`ReEncrypt`]; the getter's [`QueryRecords`], [`GetVersion`] and [`Decrypt`]. So the generator cannot decrypt and the
//! getter cannot write, just as their roles cannot.

use std::error::Error as StdError;
use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::encryption_context::{EncryptionContext, SourceContext};
use crate::id::Identity;
use crate::names::{KeyId, Version};
use crate::plan::Changes;
use crate::record::{Ciphertext, KeyArn, Record, Snapshot, Stored};

/// `dynamodb:Query`: the head and the versions of one secret, values left out.
pub trait QueryVersions {
    /// The head and all versions of the secret, read consistently.
    fn query(&self, identity: &Identity) -> impl Future<Output = Result<Snapshot, StoreError>>;
}

/// `dynamodb:Query`: the head and the versions of one secret with their encrypted values.
pub trait QueryRecords {
    /// The head and all records of the secret, read consistently.
    fn query_records(&self, identity: &Identity) -> impl Future<Output = Result<Stored, StoreError>>;
}

/// `dynamodb:GetItem`: one version by its number.
pub trait GetVersion {
    /// The version with its value, read consistently; `None` where there is none.
    fn get(&self, identity: &Identity, version: Version) -> impl Future<Output = Result<Option<Record>, StoreError>>;
}

/// `dynamodb:PutItem`, `UpdateItem` and `DeleteItem`: all changes of one decision, or none of them.
pub trait WriteVersions {
    /// Applies `changes`, and stores `new` if there is one, provided that nothing changed since they were decided.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] where something did: read again, decide again. A version is never overwritten.
    fn write(
        &self,
        identity: &Identity,
        changes: &Changes,
        new: Option<&Record>,
    ) -> impl Future<Output = Result<(), WriteError>>;
}

/// `kms:Encrypt`.
pub trait Encrypt {
    /// Encrypts a value of at most [`MAX_KMS_PLAINTEXT_BYTES`](crate::seal::MAX_KMS_PLAINTEXT_BYTES) under the key, bound
    /// to the context.
    fn encrypt(
        &self,
        key: &KeyId,
        plaintext: &SecretString,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<Sealed, StoreError>>;
}

/// `kms:GenerateDataKey`.
pub trait GenerateDataKey {
    /// A new key for one value that KMS would not take itself, bound to the context.
    fn generate_data_key(
        &self,
        key: &KeyId,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<DataKey, StoreError>>;
}

/// `kms:ReEncryptFrom` and `kms:ReEncryptTo`.
pub trait ReEncrypt {
    /// Encrypts under the key what somebody encrypted for this secret; the plaintext never leaves KMS.
    ///
    /// # Errors
    /// [`StoreError::Undecryptable`] where `ciphertext` was not made for `source`.
    fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<Sealed, StoreError>>;
}

/// `kms:Decrypt`.
pub trait Decrypt {
    /// Decrypts what KMS encrypted under this very key and context.
    fn decrypt(
        &self,
        key: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, StoreError>>;
}

/// An encrypted value and the key that did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The value.
    pub ciphertext: Ciphertext,
    /// The key's ARN.
    pub key_arn: KeyArn,
}

/// A key for AES-256, as KMS GenerateDataKey gives it.
pub struct DataKey {
    /// Erased when dropped.
    pub plaintext: Zeroizing<[u8; Self::BYTES]>,
    /// The same, encrypted.
    pub encrypted: Vec<u8>,
    /// The ARN of the key that did it.
    pub key_arn: KeyArn,
}

impl DataKey {
    /// `KeySpec: AES_256`.
    pub const BYTES: usize = 32;
}

/// Nothing of the plaintext.
impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

/// The underlying error of a client library, for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// What was asked when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The DynamoDB table.
    Table,
    /// The KMS key.
    Key,
}

/// How a table or a key failed, as far as somebody can do something different about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such table or key.
    #[error("the {} does not exist", noun(.0))]
    Missing(Resource, #[source] Cause),
    /// The role may not do it.
    #[error("the role may not call {action}")]
    Denied {
        /// On what.
        resource: Resource,
        /// The IAM action.
        action: &'static str,
        /// The refusal.
        source: Cause,
    },
    /// The key is disabled, pending deletion or otherwise out of use.
    #[error("the key cannot be used in its present state")]
    KeyUnusable(#[source] Cause),
    /// The ciphertext is not what this key made for this context.
    #[error("the encrypted value does not decrypt")]
    Undecryptable(#[source] Cause),
    /// A value from outside that is not text.
    #[error("the value is not UTF-8 text")]
    NotText,
    /// The request itself was refused, for instance because the key id or the table's keys are of the wrong kind.
    #[error("the {} refused the request", noun(.0))]
    Rejected(Resource, #[source] Cause),
    /// A stored item is not what `docs/format.md` describes.
    #[error("the stored item of version {version} cannot be read: {problem}")]
    Malformed {
        /// Which version; `head` for the head.
        version: String,
        /// What is wrong, without the item's content.
        problem: &'static str,
    },
    /// Throttled, unreachable or broken to the end of all retries: the same request may succeed later.
    #[error("the {} did not answer properly", noun(.0))]
    Unavailable(Resource, #[source] Cause),
}

/// How a write failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Something changed since the decision was made, perhaps through this very write, its reply lost.
    #[error("the secret changed meanwhile")]
    Conflict,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn noun(resource: &Resource) -> &'static str {
    match resource {
        Resource::Table => "DynamoDB table",
        Resource::Key => "KMS key",
    }
}
