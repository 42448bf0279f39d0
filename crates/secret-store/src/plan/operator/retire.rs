//! Out of use by hand: what a stack retained, what one that is gone left behind, and what was made by hand.

use super::{HandPlan, Owners, Refused, TemplateChange};
use crate::id::Identity;
use crate::names::Version;
use crate::plan::Changes;
use crate::plan::RecoveryWindow;
use crate::plan::delete::CREATE_LIFE_SECONDS;
use crate::record::{Retirement, Snapshot, UnixTime, VersionItem};

/// Which versions an operator means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// This one.
    Version(Version),
}

/// Takes versions out of use, restorable until the window is over. With one of 0 they may be erased as soon as no request is
/// on its way any more that could have made them: it would make them anew.
///
/// The head goes on to the newest version that somebody has in use, or out of use.
pub fn plan_retire(
    identity: &Identity,
    which: Which,
    window: RecoveryWindow,
    now: UnixTime,
    owners: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    match which {
        Which::All if snapshot.versions.is_empty() => return HandPlan::Refuse(Refused::NoSecret),
        Which::Version(version) if snapshot.version(version).is_none() => {
            return HandPlan::Refuse(Refused::NoVersion(version));
        }
        Which::All | Which::Version(_) => {}
    }
    let is_meant = |item: &&VersionItem| match which {
        Which::All => item.retired.is_none(),
        Which::Version(version) => item.version == version && item.retired.is_none(),
    };
    let meant: Vec<&VersionItem> = snapshot.versions.iter().filter(is_meant).collect();
    if let Some(refused) = meant.iter().find_map(|item| owners.holds(identity, item, &TemplateChange::Removal)) {
        return HandPlan::Refuse(refused);
    }
    if meant.is_empty() {
        return HandPlan::Nothing;
    }
    let mut changes = Changes::new(snapshot, now);
    let room = changes.room();
    let expires_at = window.end(now).unwrap_or(UnixTime(now.0 + CREATE_LIFE_SECONDS));
    let retirement = Retirement { at: now, expires_at };
    let out_of_use = |item: &&VersionItem| VersionItem { retired: Some(retirement), ..(*item).clone() };
    changes.update_as_fits(meant.iter().map(out_of_use));
    leave_head(snapshot, retirement, &mut changes);
    HandPlan::Apply { changes, more: meant.len() > room }
}

/// A head that is in use names what is in use.
fn leave_head(snapshot: &Snapshot, retirement: Retirement, changes: &mut Changes) {
    let head = &changes.head;
    let versions = || snapshot.versions.iter().map(|item| changes.as_written(item));
    let is_readable = versions().any(|item| item.version == head.current && item.retired.is_none());
    if is_readable || head.retired.is_some() {
        return;
    }
    let newest = versions().filter(|item| item.is_active()).map(|item| item.version).max();
    let as_of = head.as_of;
    match newest {
        Some(newest) => changes.move_head_by_hand(newest),
        None => changes.retire_head(as_of, retirement),
    }
}
