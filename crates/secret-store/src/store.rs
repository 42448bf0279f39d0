//! **The ports**: what a store and a key must offer, one trait for each right that a role is given, and how they fail.
//!
//! No service is named here: the adapters say in whose words they do it, what their limits are, and which rights it
//! takes. The generator's type holds [`QueryVersions`], [`WriteVersions`], [`Encrypt`], [`GenerateDataKey`] and
//! [`ReEncrypt`]; the getter's [`QueryVersions`], [`GetHead`], [`GetVersion`] and
//! [`Decrypt`]. So the generator cannot decrypt and the
//! getter cannot write, just as their roles cannot. [`ScanVersions`] is for people: no function has it.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::encryption_context::{EncryptionContext, SourceContext};
use crate::id::Identity;
use crate::names::{KeyId, StoreName, Version};
use crate::plan::operator::Expired;
use crate::plan::{Changes, MAX_CHANGED_VERSIONS};
use crate::record::{Ciphertext, Head, KeyArn, Record, Snapshot, Tag};
use crate::seal::MAX_VALUE_BYTES;

/// The head and the versions of one secret, values left out.
pub trait QueryVersions {
    /// The head and all versions of the secret, read consistently.
    fn query(&self, identity: &Identity) -> impl Future<Output = Result<Snapshot, StoreError>>;
}

/// The head of one secret: which version is current.
pub trait GetHead {
    /// The head, read consistently; `None` where there is none.
    fn get_head(&self, identity: &Identity) -> impl Future<Output = Result<Option<Head>, StoreError>>;

    /// The same, and the tag that the current version lies under, in a store that lays versions by their tags.
    fn get_head_and_tag(
        &self,
        identity: &Identity,
    ) -> impl Future<Output = Result<Option<(Head, Option<Tag>)>, StoreError>> {
        async { Ok(self.get_head(identity).await?.map(|head| (head, None))) }
    }
}

/// One version by its number.
pub trait GetVersion {
    /// The version with its value, read consistently; `None` where there is none.
    fn get(&self, identity: &Identity, version: Version) -> impl Future<Output = Result<Option<Record>, StoreError>>;

    /// The same where a tag is known that it may lie under: a store that lays versions by their tags finds it at once. Whether
    /// it is in use is as it is now; its owner may be the one that it was made for.
    fn get_by_tag(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> {
        let _ = tag;
        self.get(identity, version)
    }
}

/// Every secret of a store, values left out.
pub trait ScanVersions {
    /// What the store holds, read in no order and not consistently: a list, and no ground for a decision.
    ///
    /// `seen` hears after each page how many items were read so far.
    fn scan(&self, store: &StoreName, seen: impl FnMut(usize)) -> impl Future<Output = Result<Inventory, StoreError>>;
}

/// What a store holds.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The secrets, in the order of their names.
    pub secrets: BTreeMap<Identity, Snapshot>,
    /// Items that cannot be read: where each lies, and what is wrong with it.
    pub unreadable: Vec<(String, StoreError)>,
}

/// All changes of one decision, or none of them.
///
/// **The contract: values first, the head last and conditional.** A new value is put under create-if-absent; one
/// conditional write then commits the decision, on condition that the head is as it was read. A crash between the two
/// leaves a value that nothing names, and blocks nobody. A store with transactions does both in one.
pub trait WriteVersions {
    /// What one write may hold; at least [`Limits::LEAST`].
    const LIMITS: Limits;

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

/// A stored value under another key.
pub trait ReplaceCiphertext {
    /// Replaces what the key encrypted of this version, provided that it is still as it was `read`. Whose the version is and
    /// which state it is in does not matter, and stays.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] where it is not: read again, if it is there at all.
    fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> impl Future<Output = Result<(), WriteError>>;
}

/// A version whose window is over, erased before the store's own time to live would do it. As that does, it leaves the head
/// and the secret's other versions alone.
pub trait EraseExpired {
    /// Erases the version, provided that it is still to expire as it was read.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] where another write is on it right now.
    fn erase_expired(
        &self,
        identity: &Identity,
        expired: &Expired,
    ) -> impl Future<Output = Result<Erasure, WriteError>>;
}

/// What became of a version that had expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It is gone, by this write.
    Erased,
    /// It was gone, or is not to expire at that time any more, and was left alone.
    LeftAlone,
}

/// What one write to a store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Existing versions that it may change, beside the head and a new version.
    pub changed_versions: usize,
    /// The longest value, before encryption.
    pub value_bytes: usize,
    /// The largest version with all that is stored of it, as [`version_bytes`](crate::size::version_bytes) counts it.
    pub version_bytes: usize,
    /// How long what is retired can be brought back, and who says so.
    pub windows: Windows,
}

/// Who says how long a retired version is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// Each secret for itself: an item has its own time to live.
    PerSecret,
    /// The store for all that it holds, and it erases nothing sooner: whatever else a secret asks for is refused.
    OfTheStore,
}

impl Limits {
    /// What every store must hold, so that a decision or a value never depends on which one it is for.
    pub const LEAST: Self = Self {
        changed_versions: MAX_CHANGED_VERSIONS,
        value_bytes: MAX_VALUE_BYTES,
        version_bytes: 400 * 1024,
        windows: Windows::PerSecret,
    };

    /// Whether they are at least [`LEAST`](Self::LEAST): an adapter asserts it when it is compiled.
    pub const fn suffice(self) -> bool {
        self.changed_versions >= Self::LEAST.changed_versions
            && self.value_bytes >= Self::LEAST.value_bytes
            && self.version_bytes >= Self::LEAST.version_bytes
    }
}

/// Encryption of short values by the key itself.
pub trait Encrypt {
    /// The longest value that the key encrypts itself. A longer one goes into an [envelope](crate::seal).
    const MAX_PLAINTEXT_BYTES: usize;

    /// Encrypts a value of at most [`MAX_PLAINTEXT_BYTES`](Self::MAX_PLAINTEXT_BYTES) under the key, bound to the context.
    fn encrypt(
        &self,
        key: &KeyId,
        plaintext: &SecretString,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<Sealed, StoreError>>;
}

/// Encryption of long values, in envelopes.
pub trait GenerateDataKey {
    /// A new key for one value that is too long for the key itself, bound to the context.
    fn generate_data_key(
        &self,
        key: &KeyId,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<DataKey, StoreError>>;
}

/// Taking over what somebody else encrypted.
pub trait ReEncrypt {
    /// Encrypts under the key what somebody encrypted for this secret; the plaintext never leaves the
    /// service that holds the key.
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

/// A stored value under another key; the plaintext never leaves the service that holds the keys.
pub trait ChangeKey {
    /// Encrypts under `to` what `from` encrypted, under the same context.
    fn change_key(
        &self,
        from: &KeyArn,
        to: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<Reencrypted, StoreError>>;
}

/// Decryption.
pub trait Decrypt {
    /// Decrypts what this very key encrypted under this context.
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

/// What a key itself encrypted, under another one: a value, or the data key of its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reencrypted {
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// The key's ARN.
    pub key_arn: KeyArn,
}

/// A key for AES-256.
pub struct DataKey {
    /// Erased when dropped.
    pub plaintext: Zeroizing<[u8; Self::BYTES]>,
    /// The same, encrypted.
    pub encrypted: Vec<u8>,
    /// The ARN of the key that did it.
    pub key_arn: KeyArn,
}

impl DataKey {
    /// 256 bits.
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
    /// What holds the secrets.
    Store(Service),
    /// What encrypts and decrypts them.
    Key(Service),
}

/// A store or a key in the words of its adapter, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// What the service is called.
    pub name: &'static str,
    /// What the service calls the resource.
    pub noun: &'static str,
    /// What the resource must be to be of use, as a sentence.
    pub requirement: &'static str,
}

impl Resource {
    /// Whose it is.
    pub fn service(&self) -> &Service {
        match self {
            Self::Store(service) | Self::Key(service) => service,
        }
    }
}

/// The service's name and its noun.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Service { name, noun, .. } = self.service();
        write!(f, "{name} {noun}")
    }
}

/// Of what a throttled store or key has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// The reads a second that are provisioned for it.
    Reads,
    /// The writes a second that are provisioned for it.
    Writes,
    /// Requests a second, of this account or of all of the service.
    Requests,
}

/// Who denies a right, as far as the refusal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denier {
    /// The role's own policies: nothing allows it, or the refusal does not say.
    Role,
    /// A policy of the organization for its accounts.
    ServiceControlPolicy,
    /// A policy of the organization for its resources.
    ResourceControlPolicy,
    /// The role's permissions boundary.
    PermissionsBoundary,
    /// The policy of the session.
    SessionPolicy,
    /// The policy of the network endpoint that the request goes through.
    EndpointPolicy,
    /// The policy of the resource itself.
    ResourcePolicy,
    /// A policy of the role, by an explicit deny.
    ExplicitDeny,
    /// The key that the store itself is encrypted with.
    StoresOwnKey,
}

/// How a store or a key failed, as far as somebody can do something different about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such store or key.
    #[error("the {resource} does not exist")]
    Missing {
        /// Which kind.
        resource: Resource,
        /// What the store is called; a key has no name that may be shown.
        name: Option<String>,
        /// The answer.
        source: Cause,
    },
    /// The role may not do it.
    #[error("the role may not call {action}")]
    Denied {
        /// On what.
        resource: Resource,
        /// The IAM action.
        action: &'static str,
        /// Who says no.
        denier: Denier,
        /// The refusal.
        source: Cause,
    },
    /// More is asked for than there is capacity for.
    #[error("the {resource} is throttled")]
    Throttled {
        /// Which kind.
        resource: Resource,
        /// Of what there is too little.
        capacity: Capacity,
        /// The refusal.
        source: Cause,
    },
    /// The credentials, the signature or the time of a request is not accepted: expired, not known yet, or a clock is wrong.
    #[error("the service of the {0} did not accept who asks")]
    Unauthenticated(Resource, #[source] Cause),
    /// The key is another region's, and has no replica in this one.
    #[error("the key is one of {region}")]
    KeyElsewhere {
        /// Where it is.
        region: String,
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
    /// The request itself was refused, for instance because the key or the store is of the wrong kind.
    #[error("the {0} refused the request")]
    Rejected(Resource, #[source] Cause),
    /// What would be stored of a version is more than the store holds: it was not, and the version is as before.
    #[error("a version of the {resource} holds at most {most} bytes")]
    TooLarge {
        /// Which kind.
        resource: Resource,
        /// What it holds.
        most: usize,
        /// The refusal.
        source: Cause,
    },
    /// A stored item is not what `docs/format.md` describes.
    #[error("the stored item of version {version} cannot be read: {problem}")]
    Malformed {
        /// Which version; `head` for the head.
        version: String,
        /// What is wrong, without the item's content.
        problem: &'static str,
    },
    /// Whoever answers for the service is not trusted, and asking again does not change that. Nothing was sent.
    #[error("the certificate of {host} is not trusted: {why}")]
    Untrusted {
        /// The server that was asked.
        host: String,
        /// What is wrong with its certificate.
        why: String,
    },
    /// Unreachable or broken: the same request may succeed later.
    #[error("the {0} did not answer properly")]
    Unavailable(Resource, #[source] Cause),
}

/// How a write failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something changed since the decision was made, perhaps through this very write, its reply lost.
    #[error("the secret changed meanwhile")]
    Conflict,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}
