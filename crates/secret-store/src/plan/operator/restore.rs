//! Back into use by hand, while the window is not over.

use super::{HandPlan, Owners, Refused, TemplateChange, in_use};
use crate::id::Identity;
use crate::names::Version;
use crate::owner::Owner;
use crate::plan::Changes;
use crate::record::{Cause, Snapshot, UnixTime, VersionItem};

/// Whose a restored version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreTo {
    /// Whose it was, as that one had it.
    Owner,
    /// Nobody's: made by hand from now on. Its ids stay good.
    Manual,
}

/// Restores a version. Where nothing else is in use under the address, and no stack can come back to it, the version is
/// current again; a living stack's own never is, for only its template says what that one has.
pub fn plan_restore(
    identity: &Identity,
    version: Version,
    to: RestoreTo,
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
    let change = TemplateChange::Adoption;
    let held = owners.holds_address(identity, snapshot, &change);
    if to == RestoreTo::Manual {
        if let Some(refused) = held {
            return HandPlan::Refuse(refused);
        }
        if let Some(Owner::Resource { stack_id, logical_resource_id }) = owners.alive(item) {
            return HandPlan::Refuse(Refused::TheTemplates { stack_id, logical_resource_id, change });
        }
    }
    let alive = |other: &VersionItem| other.retired.is_none() && owners.alive(other).is_some();
    let address_is_free = held.is_none() && in_use(snapshot).is_none() && !snapshot.versions.iter().any(alive);
    let restored = match to {
        RestoreTo::Owner => VersionItem { retired: None, ..item.clone() },
        RestoreTo::Manual => VersionItem {
            owner: Owner::Manual,
            adopted_from: Vec::new(),
            moved_from: None,
            superseded: None,
            retired: None,
            ..item.clone()
        },
    };
    let mut changes = Changes::by_hand(snapshot, now);
    if !restored.is_active() {
        // Set aside, it was not in use before.
        changes.update.push(aside(restored, snapshot, now));
    } else if address_is_free && owners.alive(item).is_none() {
        changes.move_head_by_hand(version);
        changes.update.push(restored);
    } else {
        changes.update.push(restored.set_aside(now, Cause::Deleted));
    }
    HandPlan::Apply { changes, more: false }
}

/// What was retained is so again, unless something by hand has the address: a stack that finds its own by the trigger would
/// be refused the address.
fn aside(restored: VersionItem, snapshot: &Snapshot, now: UnixTime) -> VersionItem {
    let by_hand = in_use(snapshot).is_some_and(|current| current.owner == Owner::Manual);
    if by_hand && restored.is_retained() { restored.set_aside(now, Cause::Deleted) } else { restored }
}
