//! Which version a reader gets, out of what is stored. Pure.

use crate::id::SecretId;
use crate::names::Version;
use crate::record::{Head, Record, Snapshot, UnixTime, VersionItem};

/// Which version of a secret a reader wants, where it does not name one by its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selector {
    /// The current one.
    #[default]
    Current,
    /// The one before the current one, while it is kept: the newest readable version of the same owner with a lower number.
    Previous,
    /// This one.
    Version(Version),
}

/// Why a version is not handed out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing is stored under this address.
    #[error("there is no such secret")]
    NoSecret,
    /// The secret is there, the version is not.
    #[error("the secret has no version {0}")]
    NoVersion(Version),
    /// The current version is the oldest that is kept.
    #[error("no earlier version is kept")]
    NoPrevious,
    /// There is a version of that number, but it is not the one that the id named.
    #[error("version {0} is another one than the id names")]
    OtherTag(Version),
    /// Out of use, restorable until it expires.
    #[error("the version was retired")]
    Retired {
        /// When it may be erased.
        expires_at: UnixTime,
    },
}

/// The record of `id`, as it was got by its number.
///
/// # Errors
/// Where it is not there, is another one, or is out of use.
pub fn by_id(record: Option<Record>, id: &SecretId) -> Result<Record, Unreadable> {
    let record = readable(record, id.version)?;
    if record.item.has_tag(id.tag) { Ok(record) } else { Err(Unreadable::OtherTag(id.version)) }
}

/// The record, if it is there and in use.
///
/// # Errors
/// Where it is not.
pub fn readable(record: Option<Record>, version: Version) -> Result<Record, Unreadable> {
    let record = record.ok_or(Unreadable::NoVersion(version))?;
    match record.item.retired {
        None => Ok(record),
        Some(retirement) => Err(Unreadable::Retired { expires_at: retirement.expires_at }),
    }
}

/// Which version is current.
///
/// # Errors
/// Where there is no secret, or it is out of use.
pub fn current(head: Option<&Head>) -> Result<Version, Unreadable> {
    match head {
        None => Err(Unreadable::NoSecret),
        Some(Head { retired: Some(retirement), .. }) => Err(Unreadable::Retired { expires_at: retirement.expires_at }),
        Some(head) => Ok(head.current),
    }
}

/// Which version is the one before the current one.
///
/// # Errors
/// Where the current one is not readable itself, or there is none before it.
pub fn previous(snapshot: &Snapshot) -> Result<Version, Unreadable> {
    let current = current(snapshot.head.as_ref())?;
    let item = snapshot.version(current).ok_or(Unreadable::NoVersion(current))?;
    if let Some(retirement) = item.retired {
        return Err(Unreadable::Retired { expires_at: retirement.expires_at });
    }
    let is_readable =
        |other: &&VersionItem| other.version < current && other.owner == item.owner && other.retired.is_none();
    snapshot.versions.iter().rfind(is_readable).map(|other| other.version).ok_or(Unreadable::NoPrevious)
}
