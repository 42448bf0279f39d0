//! What is stored: versions, the head that says which one is current, and their parts.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

pub use crate::ciphertext::Ciphertext;
use crate::description::Description;
use crate::encryption_context::EncryptionContext;
use crate::names::{StoreName, Version};
use crate::owner::{Owner, Relation};

/// Seconds since the Unix epoch: the unit of a time to live, and as fine as `X-Amz-Date` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u64);

/// Which request made a version: a duplicate delivery and Lambda's own retry carry the same token.
///
/// SHA-256 of what identifies the request; for CloudFormation StackId, RequestId and ResponseURL, because a new try
/// may re-use a RequestId.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestToken([u8; 32]);

impl RequestToken {
    /// A digest made elsewhere.
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The token of a request that no stack made, from the `ClientRequestToken` that its caller chose.
    pub fn manual(client_request_token: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"manual\n");
        hash.update(client_request_token.as_bytes());
        Self(hash.finalize().into())
    }

    /// The first 8 hex digits, for ids.
    pub fn tag(self) -> Tag {
        Tag([self.0[0], self.0[1], self.0[2], self.0[3]])
    }
}

impl fmt::Display for RequestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for RequestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestToken({})", self.tag())
    }
}

impl FromStr for RequestToken {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        parse_hex(text).map(Self)
    }
}

/// The first 8 hex digits of a [`RequestToken`]: tells apart two items that had the same number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag([u8; 4]);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

impl FromStr for Tag {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        parse_hex(text).map(Self)
    }
}

/// A text that is not so many lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the expected number of lower-case hex digits")]
pub struct InvalidHex;

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], InvalidHex> {
    let digits = text.as_bytes();
    let lower_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if digits.len() != 2 * N || !digits.iter().all(lower_hex) {
        return Err(InvalidHex);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let text = std::str::from_utf8(pair).map_err(|_| InvalidHex)?;
        *byte = u8::from_str_radix(text, 16).map_err(|_| InvalidHex)?;
    }
    Ok(bytes)
}

/// What makes a new value: the template's `RotationTrigger`, or the fact that the value came from outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A generated value; the text is the template's, empty where it gives none.
    Rotation(String),
    /// A value from outside has no trigger: each new request stores it again.
    External,
}

/// Out of use: unreadable to the getter, restorable until it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// When it was retired.
    pub at: UnixTime,
    /// The time to live: the store may erase the item at any moment after this.
    pub expires_at: UnixTime,
}

impl Retirement {
    /// Whether the item may be gone by now.
    pub fn is_over(&self, now: UnixTime) -> bool {
        self.expires_at <= now
    }
}

/// Set aside: CloudFormation is not expected to want the version. It is not current and never becomes so by itself, but its
/// number and its id still read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded {
    /// Since when.
    pub at: UnixTime,
    /// Whether that is final.
    pub cause: Cause,
}

/// Why a version was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// CloudFormation deleted it, or never heard of it: final.
    Deleted,
    /// **Retained.** CloudFormation had it and went on to another one, and no Delete of it has come: the template keeps it
    /// on purpose, or an update failed with rollback switched off and may still be taken back.
    Retained,
}

/// Who had a version before it was adopted. A Delete of the adopter gives it back; until then the former owner's id
/// of it stays good, because the value is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedFrom {
    /// The former owner.
    pub owner: Owner,
    /// The former token, and with it the former id.
    pub token: RequestToken,
    /// The former trigger.
    pub trigger: Trigger,
    /// Set where the former owner's template had only retained it: it goes back to that state.
    pub retained_at: Option<UnixTime>,
    /// When it was adopted; an older release does not say.
    pub at: Option<UnixTime>,
}

/// How many former owners are remembered; more than two come only of resources that take one secret from each other.
const MAX_FORMER_OWNERS: usize = 16;

/// The ARN of the key that encrypted a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyArn(pub String);

/// One version without its value: all that decisions need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionItem {
    /// Its number.
    pub version: Version,
    /// Who may retire it.
    pub owner: Owner,
    /// The request that made it (or adopted it).
    pub token: RequestToken,
    /// The trigger of that request.
    pub trigger: Trigger,
    /// Whom it was adopted from, the last one first; empty for a version that was minted for its owner.
    pub adopted_from: Vec<AdoptedFrom>,
    /// The store that its owner's secret was in before, where an Update that named another one led here. A template
    /// that names none does not tell, and the rollback has to find the way back.
    pub moved_from: Option<StoreName>,
    /// Set aside, and why.
    pub superseded: Option<Superseded>,
    /// Out of use.
    pub retired: Option<Retirement>,
    /// It was out of use before it was adopted, and was to be kept until then: no window of a later owner ends before.
    pub kept_until: Option<UnixTime>,
    /// The key that encrypted it.
    pub key_arn: KeyArn,
    /// When it was made.
    pub created_at: UnixTime,
    /// What is told of the value.
    pub description: Description,
}

impl VersionItem {
    /// Neither superseded nor retired: CloudFormation may still want it.
    pub fn is_active(&self) -> bool {
        self.superseded.is_none() && self.retired.is_none()
    }

    /// Kept by a template that went on without it, or by an update that may still be taken back.
    pub fn is_retained(&self) -> bool {
        self.retired.is_none() && self.superseded.is_some_and(|superseded| superseded.cause == Cause::Retained)
    }

    /// The version set aside.
    #[must_use]
    pub fn set_aside(&self, at: UnixTime, cause: Cause) -> Self {
        Self { superseded: Some(Superseded { at, cause }), retired: None, ..self.clone() }
    }

    /// Whether the item may be gone by now.
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.retired.is_some_and(|retirement| retirement.is_over(now))
    }

    /// The version as its owner has it, then as each former owner had it, the last one first.
    pub fn through_owners(&self) -> impl Iterator<Item = Self> + '_ {
        let former = self.adopted_from.iter().enumerate().map(|(index, former)| Self {
            owner: former.owner.clone(),
            token: former.token,
            trigger: former.trigger.clone(),
            adopted_from: self.adopted_from[index + 1..].to_vec(),
            moved_from: None,
            ..self.clone()
        });
        std::iter::once(self.clone()).chain(former)
    }

    /// The version in use by a new owner, who remembers the one before, if that one could still act: not one who had
    /// the version deleted. A former stack, and a resource that comes back to what it had, are remembered for having
    /// retained it.
    #[must_use]
    pub fn adopted_by(&self, owner: Owner, token: RequestToken, trigger: Trigger, now: UnixTime) -> Self {
        let mut adopted_from = self.adopted_from.clone();
        let comes_back_to_the_adopted = owner == self.owner && !adopted_from.is_empty();
        if (self.is_active() || self.is_retained()) && !comes_back_to_the_adopted {
            let is_gone = matches!(owner.relation_to(&self.owner), Relation::FormerStack | Relation::Me);
            let retained_at = self.superseded.map(|superseded| superseded.at).or(is_gone.then_some(now));
            let (owner, token, trigger) = (self.owner.clone(), self.token, self.trigger.clone());
            adopted_from.insert(0, AdoptedFrom { owner, token, trigger, retained_at, at: Some(now) });
            adopted_from.truncate(MAX_FORMER_OWNERS);
        }
        // Who comes anew went away before, though its Delete may be lost: what it had then is not to be in use again.
        let adopted = Self { adopted_from, ..self.clone() };
        let adopted = adopted.lent_by_one_who_is_gone(&owner, now).unwrap_or(adopted);
        let kept_until = self.kept_until.max(self.retired.map(|retirement| retirement.expires_at));
        Self { owner, token, trigger, kept_until, ..adopted }.revived()
    }

    /// The version as its owner had it before it took it over from itself, in use; `None` if it did not. How the owner has it
    /// now is remembered in turn.
    pub fn as_before(&self, now: UnixTime) -> Option<Self> {
        let before = self.through_owners().nth(1).filter(|before| before.owner == self.owner)?;
        let at = self.adopted_from.first().and_then(|former| former.at);
        let (owner, token, trigger) = (self.owner.clone(), self.token, self.trigger.clone());
        let mut adopted_from = before.adopted_from.clone();
        adopted_from.insert(0, AdoptedFrom { owner, token, trigger, retained_at: Some(now), at });
        Some(Self { adopted_from, moved_from: self.moved_from.clone(), ..before }.revived())
    }

    /// The version with `gone`, one of the former owners, as one who had only retained it; `None` where that is so already.
    pub fn lent_by_one_who_is_gone(&self, gone: &Owner, now: UnixTime) -> Option<Self> {
        let mut lent = self.clone();
        for former in lent.adopted_from.iter_mut().filter(|former| former.owner == *gone) {
            former.retained_at.get_or_insert(now);
        }
        (lent != *self).then_some(lent)
    }

    /// The version as whom it was adopted from had it: in use, or retained; `None` if it was not adopted.
    pub fn handed_back(&self) -> Option<Self> {
        let retained_at = self.adopted_from.first()?.retained_at;
        let back = self.through_owners().nth(1)?.revived();
        Some(match retained_at {
            Some(at) => back.set_aside(at, Cause::Retained),
            None => back,
        })
    }

    /// Whether an id with this tag names the version: its own tag, or one that a former owner knows it by.
    pub fn has_tag(&self, tag: Tag) -> bool {
        let former = self.adopted_from.iter().map(|former| former.token);
        std::iter::once(self.token).chain(former).any(|token| token.tag() == tag)
    }

    /// The same version in use again. A TTL left on a live item would erase it.
    #[must_use]
    pub fn revived(mut self) -> Self {
        self.superseded = None;
        self.retired = None;
        self
    }
}

/// Which version of a secret is current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The current version.
    pub current: Version,
    /// When the request that last moved the head was made. An older request does not move it any more.
    pub as_of: UnixTime,
    /// Set when the whole secret is out of use.
    pub retired: Option<Retirement>,
    /// Counts the writes to this secret: each write moves it by one and only from the value it read, so that two
    /// decisions never rest on the same state.
    pub revision: u64,
}

/// All that is stored of one secret, values left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The head, if there is one.
    pub head: Option<Head>,
    /// The versions in ascending order.
    pub versions: Vec<VersionItem>,
}

impl Snapshot {
    /// The version of that number.
    pub fn version(&self, version: Version) -> Option<&VersionItem> {
        self.versions.iter().find(|item| item.version == version)
    }

    /// The version that the head names, retired or not.
    pub fn current(&self) -> Option<&VersionItem> {
        self.version(self.head.as_ref()?.current)
    }
}

/// One version with its encrypted value. The value, its key and its context never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The version.
    pub item: VersionItem,
    /// What the value is bound to.
    pub context: EncryptionContext,
    /// The encrypted value.
    pub ciphertext: Ciphertext,
}

/// All that is stored of one secret, encrypted values included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The head, if there is one.
    pub head: Option<Head>,
    /// The records in ascending order of their versions.
    pub records: Vec<Record>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_their_text_and_tags_are_their_beginning() {
        let token = RequestToken::manual("once");
        assert_eq!(token.to_string().parse::<RequestToken>(), Ok(token));
        assert!(token.to_string().starts_with(&token.tag().to_string()));
        assert_ne!(token, RequestToken::manual("twice"));
        for bad in ["", "0", &"g".repeat(64), &"A".repeat(64), &"0".repeat(63), "+1020304"] {
            assert_eq!(bad.parse::<RequestToken>(), Err(InvalidHex));
            assert_eq!(bad.parse::<Tag>(), Err(InvalidHex));
        }
    }
}
