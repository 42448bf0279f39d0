//! Back into use by hand, while the window is not over.

use super::{HandPlan, Owners, Refused, TemplateChange, in_use};
use crate::id::Identity;
use crate::names::Version;
use crate::owner::Owner;
use crate::plan::Changes;
use crate::record::{Cause, Snapshot, UnixTime, VersionItem};

/// Restores a version to whom it belonged, as that one had it. It never becomes somebody else's: what a stack made is for
/// stacks of its account and region alone, and what is made by hand is for every stack of the name.
///
/// Current it is only where nothing else is in use, and no stack can come back to the address. What a living stack had in use is
/// readable again by its number and its ids, but not in use, for what that one has only its template says.
pub fn plan_restore(
    identity: &Identity,
    version: Version,
    now: UnixTime,
    owners: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    let Some(item) = snapshot.version(version) else {
        return HandPlan::Refuse(Refused::NoVersion(version));
    };
    let Some(retirement) = item.retired else { return HandPlan::Nothing };
    if retirement.is_over(now) {
        return HandPlan::Refuse(Refused::WindowOver(version));
    }
    let restored = VersionItem { retired: None, ..item.clone() };
    let mut changes = Changes::new(snapshot, now);
    if !restored.is_active() {
        changes.update.push(aside(restored, snapshot, now));
    } else if owners.alive(item).is_none() && address_is_free(identity, owners, snapshot) {
        changes.move_head_by_hand(version);
        changes.update.push(restored);
    } else {
        changes.update.push(restored.set_aside(now, Cause::Deleted));
    }
    HandPlan::Apply { changes, more: false }
}

/// Nothing is in use under the address, and no living stack can come back to it, or to what it retained there.
fn address_is_free(identity: &Identity, owners: &Owners, snapshot: &Snapshot) -> bool {
    let is_alive = |item: &VersionItem| item.retired.is_none() && owners.alive(item).is_some();
    in_use(snapshot).is_none()
        && !snapshot.versions.iter().any(is_alive)
        && owners.holds_address(identity, snapshot, &TemplateChange::Value).is_none()
}

/// What was set aside before it was retired is so again. Only beside what has the address by hand it is not retained: a
/// stack that finds its own by the trigger would be refused the address.
fn aside(restored: VersionItem, snapshot: &Snapshot, now: UnixTime) -> VersionItem {
    let by_hand = in_use(snapshot).is_some_and(|current| current.owner == Owner::Manual);
    if by_hand && restored.is_retained() { restored.set_aside(now, Cause::Deleted) } else { restored }
}
