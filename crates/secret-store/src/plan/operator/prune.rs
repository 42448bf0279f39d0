//! What may be erased now: the store's time to live would do it at some later moment.

use super::HandPlan;
use crate::plan::{Changes, HeadChange};
use crate::record::{Snapshot, UnixTime, VersionItem};

/// Erases what has expired of one secret: versions whose window is over, and a head out of use that nothing is behind any
/// more. No decision of anybody brings such a version back, so it needs no owner to be asked for.
///
/// One write takes some hundred versions; a secret is pruned when nothing is left to do, whoever did it.
pub fn plan_prune(now: UnixTime, snapshot: &Snapshot) -> HandPlan {
    let expired: Vec<&VersionItem> = snapshot.versions.iter().filter(|item| item.is_expired(now)).collect();
    let head_is_over =
        snapshot.head.as_ref().and_then(|head| head.retired).is_some_and(|retirement| retirement.is_over(now));
    let nothing_is_left = expired.len() == snapshot.versions.len();
    if expired.is_empty() && !(head_is_over && nothing_is_left) {
        return HandPlan::Nothing;
    }
    let mut changes = Changes::by_hand(snapshot, now);
    let room = changes.room();
    changes.erase.extend(expired.iter().take(room).map(|item| item.version));
    let more = expired.len() > room;
    if head_is_over && nothing_is_left && !more {
        changes.head = HeadChange::Erase;
    }
    HandPlan::Apply { changes, more }
}
