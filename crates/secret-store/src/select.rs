//! Which version a reader gets, out of what is stored. Pure.

use crate::id::SecretId;
use crate::names::Version;
use crate::record::{Head, Record, Stored, UnixTime};

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

/// The record that `selector` means.
///
/// # Errors
/// Where there is none, or it is out of use.
pub fn select(stored: &Stored, selector: Selector) -> Result<&Record, Unreadable> {
    match selector {
        Selector::Current => current(stored),
        Selector::Previous => previous(stored),
        Selector::Version(version) => readable(find(stored, version), version),
    }
}

/// The record of `id`, as it was got by its number.
///
/// # Errors
/// Where it is not there, is another one, or is out of use.
pub fn by_id<'a>(record: Option<&'a Record>, id: &SecretId) -> Result<&'a Record, Unreadable> {
    let record = readable(record, id.version)?;
    if record.item.has_tag(id.tag) { Ok(record) } else { Err(Unreadable::OtherTag(id.version)) }
}

/// The record, if it is there and in use.
///
/// # Errors
/// Where it is not.
pub fn readable(record: Option<&Record>, version: Version) -> Result<&Record, Unreadable> {
    let record = record.ok_or(Unreadable::NoVersion(version))?;
    match record.item.retired {
        None => Ok(record),
        Some(retirement) => Err(Unreadable::Retired { expires_at: retirement.expires_at }),
    }
}

fn current(stored: &Stored) -> Result<&Record, Unreadable> {
    match &stored.head {
        None => Err(Unreadable::NoSecret),
        Some(Head { retired: Some(retirement), .. }) => Err(Unreadable::Retired { expires_at: retirement.expires_at }),
        Some(head) => readable(find(stored, head.current), head.current),
    }
}

fn previous(stored: &Stored) -> Result<&Record, Unreadable> {
    let current = &current(stored)?.item;
    stored
        .records
        .iter()
        .rev()
        .find(|record| {
            record.item.version < current.version && record.item.owner == current.owner && record.item.retired.is_none()
        })
        .ok_or(Unreadable::NoPrevious)
}

fn find(stored: &Stored, version: Version) -> Option<&Record> {
    stored.records.iter().find(|record| record.item.version == version)
}
