//! What may be erased now: the store's time to live would do it at some later moment.

use crate::names::Version;
use crate::record::{Snapshot, UnixTime};

/// A version whose window is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Which one.
    pub version: Version,
    /// Since when.
    pub expires_at: UnixTime,
}

/// The versions of one secret whose window is over. No decision of anybody brings such a version back, so it needs no owner
/// to be asked for, and its erasure no revision of the head: the store's time to live gives it none. The head is left to
/// that: it holds no value, and the numbers that were given.
pub fn plan_prune(now: UnixTime, snapshot: &Snapshot) -> Vec<Expired> {
    let over = snapshot.versions.iter().filter_map(|item| {
        let retirement = item.retired.filter(|retirement| retirement.is_over(now))?;
        Some(Expired { version: item.version, expires_at: retirement.expires_at })
    });
    over.collect()
}
