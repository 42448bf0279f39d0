//! The value that is current, beside one that may take its place.

use secrecy::{ExposeSecret as _, SecretString};
use secret_store::store::{Decrypt, GetHead, GetVersion};
use secret_store::{Identity, Snapshot, State, Version};
use subtle::ConstantTimeEq as _;

use crate::failure::Failure;
use crate::secret::{Pick, spelled};

/// What a reader gets that names no version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current {
    /// Its number.
    pub(crate) version: Version,
    /// How long its value is.
    pub(crate) bytes: usize,
    /// Whether it has the other value.
    pub(crate) is_the_same: bool,
}

/// The current version beside `other`; `None` where there is none.
pub(crate) async fn current(
    snapshot: &Snapshot,
    identity: &Identity,
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    other: &SecretString,
) -> Result<Option<Current>, Failure> {
    let is_current = |item: &&_| State::of(item, snapshot.head.as_ref()) == State::Current;
    let Some(item) = snapshot.current().filter(is_current) else { return Ok(None) };
    let version = item.version;
    let called = format!("{}@{version}", spelled(identity));
    let value = super::value(table, key, &called, identity, Pick::Version(version)).await?;
    let (value, other) = (value.expose_secret().as_bytes(), other.expose_secret().as_bytes());
    Ok(Some(Current { version, bytes: value.len(), is_the_same: value.ct_eq(other).into() }))
}
