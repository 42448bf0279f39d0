//! Rule 4: a Delete retires exactly the version that its id names, and never somebody else's.

use super::{Changes, HeadChange, Requester, active, views};
use crate::id::SecretId;
use crate::record::{AdoptedFrom, Retirement, Snapshot, UnixTime, VersionItem};

/// How long a retired secret can be restored: the property `RecoveryWindowInDays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryWindow {
    days: u16,
}

impl RecoveryWindow {
    /// The longest window, in days.
    pub const MAX_DAYS: u16 = 365;

    /// A window of 0 (erase at once) to 365 days.
    pub fn from_days(days: u64) -> Option<Self> {
        let days = u16::try_from(days).ok()?;
        (days <= Self::MAX_DAYS).then_some(Self { days })
    }

    /// When something retired now may be erased; `None` for at once.
    fn end(self, now: UnixTime) -> Option<UnixTime> {
        (self.days > 0).then(|| UnixTime(now.0 + u64::from(self.days) * 24 * 60 * 60))
    }
}

impl Default for RecoveryWindow {
    /// 30 days: the longest that AWS Secrets Manager offers (`DeleteSecret`, RecoveryWindowInDays).
    fn default() -> Self {
        Self { days: 30 }
    }
}

/// What to do about a Delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletePlan {
    /// Write these changes.
    Apply {
        /// What to write.
        changes: Changes,
        /// More than one write can change: after this one, read and decide again.
        more: bool,
    },
    /// Nothing, which is a success all the same.
    Nothing(Untouched),
}

/// Why a Delete touches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untouched {
    /// Nobody listens to the answer any more.
    #[error("the intent's ResponseURL has expired")]
    Expired,
    /// No such version, or it has another owner or tag.
    #[error("the version is not there, or belongs to somebody else")]
    NotMine,
    /// A newer request made this version current again.
    #[error("a newer intent made the version current again")]
    Overtaken,
    /// It is retired or superseded already.
    #[error("the version was out of use already")]
    Done,
}

/// Decides what a Delete of `id` does.
///
/// While another of my versions is active, the deleted one is only superseded: a template that did not run its
/// getter again may still use it. When none is left, all of mine are retired. An adopted version goes back to
/// whom it was taken from.
pub fn plan_delete(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    if requester.is_expired() {
        return DeletePlan::Nothing(Untouched::Expired);
    }
    let Some(item) = snapshot.version(id.version) else {
        return DeletePlan::Nothing(Untouched::NotMine);
    };
    if !requester.owns(item) || item.token.tag() != id.tag {
        return forget(requester, id, item, window, snapshot);
    }
    let is_current = snapshot.head.as_ref().is_some_and(|head| head.current == item.version);
    if is_current && requester.is_late(snapshot) {
        return DeletePlan::Nothing(Untouched::Overtaken);
    }

    let mut changes = Changes::new(snapshot);
    let mut more = false;
    let newest_other = newest_other(requester, item, snapshot);
    let lives_on = active(requester, snapshot).any(|own| own.version != item.version);
    match (item.handed_back(), &newest_other) {
        // Who has a version of its own beside it keeps an adopted one like any other; it is handed back with the last.
        (Some(handed_back), _) if !lives_on => {
            changes.update.push(handed_back);
            if is_current {
                // It stays current, for its former owner may have nothing else.
                changes.move_head(item.version, requester.requested_at);
            }
        }
        (_, Some(other)) if item.is_active() => {
            changes.supersede(std::iter::once(item), requester.now);
            if is_current {
                changes.move_head(other.version, requester.requested_at);
            }
        }
        (_, _) => {}
    }
    if newest_other.is_none() {
        more = retire_mine(requester, item, window, snapshot, &mut changes);
    }
    if changes.update.is_empty() && changes.erase.is_empty() {
        return DeletePlan::Nothing(Untouched::Done);
    }
    DeletePlan::Apply { changes, more }
}

/// My newest active version beside this one. One that somebody adopted from me counts: I have its id still.
fn newest_other(requester: &Requester, item: &VersionItem, snapshot: &Snapshot) -> Option<VersionItem> {
    views(requester, snapshot).rfind(|other| other.version != item.version && other.is_active())
}

/// The last version that I had is one that somebody adopted from me: it is theirs for good, and will not be handed back
/// to one who is gone. While I have another, it is like any older version of mine: nothing happens to it.
fn forget(
    requester: &Requester,
    id: &SecretId,
    item: &VersionItem,
    window: RecoveryWindow,
    snapshot: &Snapshot,
) -> DeletePlan {
    let is_mine = |former: &AdoptedFrom| former.owner == requester.me && former.token.tag() == id.tag;
    if !item.adopted_from.iter().any(is_mine) {
        return DeletePlan::Nothing(Untouched::NotMine);
    }
    if requester.owns(item) || newest_other(requester, item, snapshot).is_some() {
        return DeletePlan::Nothing(Untouched::Done);
    }
    let mut changes = Changes::new(snapshot);
    let more = retire_mine(requester, item, window, snapshot, &mut changes);
    if !more {
        // With the last write, so that a Delete that needs several still finds what its id names.
        let mut theirs = item.clone();
        theirs.adopted_from.retain(|former| !is_mine(former));
        changes.update.push(theirs);
    }
    DeletePlan::Apply { changes, more }
}

/// Nothing of mine is wanted any more: all of it goes out of use, and the head with it if it is mine. Returns whether
/// something is left for another write; the deleted version itself goes last, so that a repeated Delete goes on.
fn retire_mine(
    requester: &Requester,
    deleted: &VersionItem,
    window: RecoveryWindow,
    snapshot: &Snapshot,
    changes: &mut Changes,
) -> bool {
    let end = window.end(requester.now);
    let is_deleted = |item: &&VersionItem| item.version == deleted.version;
    let mine = || snapshot.versions.iter().filter(|item| requester.owns(item));
    for item in mine().filter(|item| !is_deleted(item)).chain(mine().filter(is_deleted)) {
        // What was retired before keeps the window that it was given then.
        let settled = item.retired.is_some() && item.adopted_from.is_empty();
        let handed_back_already = is_deleted(&item) && !item.adopted_from.is_empty();
        if settled || handed_back_already {
            continue;
        }
        if changes.room() == 0 {
            return true;
        }
        match (item.handed_back(), end) {
            (Some(handed_back), _) => changes.update.push(handed_back),
            (None, None) => changes.erase.push(item.version),
            (None, Some(expires_at)) => {
                let retired = Some(Retirement { at: requester.now, expires_at });
                changes.update.push(VersionItem { retired, ..item.clone() });
            }
        }
    }
    let head_is_mine =
        snapshot.current().is_none_or(|current| requester.owns(current) && current.adopted_from.is_empty());
    if head_is_mine {
        leave_head(requester, end, snapshot, changes);
    }
    false
}

/// The head leaves what goes out of use: for the newest version that somebody else still has, or out of use itself.
fn leave_head(requester: &Requester, end: Option<UnixTime>, snapshot: &Snapshot, changes: &mut Changes) {
    let as_written = |item| changes.update.iter().find(|new: &&VersionItem| same_number(new, item)).unwrap_or(item);
    let somebody_elses = |item: &&VersionItem| item.is_active() && !requester.owns(item);
    let left = snapshot.versions.iter().map(as_written).rfind(somebody_elses).map(|item| item.version);
    if let Some(left) = left {
        changes.move_head(left, requester.requested_at);
    } else if let Some(expires_at) = end {
        changes.retire_head(requester.requested_at, Retirement { at: requester.now, expires_at });
    } else if snapshot.head.is_some() {
        changes.head = HeadChange::Erase;
    }
}

fn same_number(one: &VersionItem, other: &VersionItem) -> bool {
    one.version == other.version
}
