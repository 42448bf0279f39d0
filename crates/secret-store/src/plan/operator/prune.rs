//! What may be erased now: the store's time to live would do it at some later moment.

use super::HandPlan;
use crate::plan::Changes;
use crate::record::{Snapshot, UnixTime, VersionItem};

/// Erases the versions of one secret whose window is over. No decision of anybody brings such a version back, so it needs no
/// owner to be asked for. The head is left to the store's own time: it holds no value, and the numbers that were given.
///
/// One write takes some hundred versions; a secret is pruned when nothing is left to do, whoever did it.
pub fn plan_prune(now: UnixTime, snapshot: &Snapshot) -> HandPlan {
    let expired: Vec<&VersionItem> = snapshot.versions.iter().filter(|item| item.is_expired(now)).collect();
    if expired.is_empty() {
        return HandPlan::Nothing;
    }
    let mut changes = Changes::new(snapshot, now);
    let room = changes.room();
    changes.erase.extend(expired.iter().take(room).map(|item| item.version));
    HandPlan::Apply { changes, more: expired.len() > room }
}
