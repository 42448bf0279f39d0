//! Rule 4: may this requester take the place of the current version?

use super::Intent;
use crate::owner::{Owner, Relation};
use crate::record::{Snapshot, Trigger, VersionItem};

/// What a template wants done about somebody else's current version: the property `OnConflict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnConflict {
    /// Refuse, naming the owner.
    #[default]
    Refuse,
    /// Take over its value: a database restored from a snapshot, or kept over a re-created stack, keeps its password.
    Adopt,
}

/// The answer.
pub(super) enum Claim<'a> {
    /// Nobody minds.
    Free,
    /// Take over this version.
    Adopt(&'a VersionItem),
    /// Somebody does.
    Taken {
        /// Who.
        owner: Owner,
        /// Whether [`OnConflict::Adopt`] would have taken it over.
        adoptable: bool,
    },
}

/// Whether the request may go on to mint, takes over a version, or is refused.
pub(super) fn claim<'a>(intent: &Intent, snapshot: &'a Snapshot) -> Claim<'a> {
    if wants_to_adopt(intent)
        && let Some(item) = adoptable(intent, snapshot)
    {
        return Claim::Adopt(item);
    }
    let Some(current) = live_current(snapshot) else {
        return Claim::Free;
    };
    let adopted_from_me = current.adopted_from.iter().any(|former| former.owner == intent.requester.me);
    if adopted_from_me && !intent.comes_anew() {
        // Taken over from me, perhaps by a resource that never came to be: I may go on with a value of my own.
        return Claim::Free;
    }
    let owner = claimant(intent, current).clone();
    match intent.requester.me.relation_to(&owner) {
        Relation::Me | Relation::FormerStack => Claim::Free,
        Relation::SameStack | Relation::Manual => match intent.on_conflict {
            // What is not there to be adopted stands beside the other's: a value from outside, or a rotation.
            OnConflict::Adopt => Claim::Free,
            OnConflict::Refuse => Claim::Taken { owner, adoptable: true },
        },
        Relation::Other => Claim::Taken { owner, adoptable: false },
    }
}

/// Whose the current version is. What an earlier resource of my name took over and never gave back is still that of
/// the one whom it was taken from.
fn claimant<'a>(intent: &Intent, current: &'a VersionItem) -> &'a Owner {
    match current.adopted_from.first() {
        Some(former) if intent.comes_anew() && current.owner == intent.requester.me => &former.owner,
        _ => &current.owner,
    }
}

/// The current version, if it is there and in use.
fn live_current(snapshot: &Snapshot) -> Option<&VersionItem> {
    let head_is_live = snapshot.head.as_ref()?.retired.is_none();
    snapshot.current().filter(|item| head_is_live && item.retired.is_none())
}

/// Who has a version of the secret already asks for a new value, not for another's; so does a value from outside.
fn wants_to_adopt(intent: &Intent) -> bool {
    intent.on_conflict == OnConflict::Adopt && matches!(intent.trigger, Trigger::Rotation(_)) && intent.comes_anew()
}

/// The current version, or else the newest, that this requester may take over: live, or retired and not yet over.
fn adoptable<'a>(intent: &Intent, snapshot: &'a Snapshot) -> Option<&'a VersionItem> {
    let may_take = |item: &&VersionItem| {
        !item.is_expired(intent.requester.now)
            && match intent.requester.me.relation_to(&item.owner) {
                // My own too, when I come back to a secret that I had: deleted, re-created, renamed and renamed back.
                Relation::FormerStack | Relation::SameStack | Relation::Manual | Relation::Me => true,
                Relation::Other => false,
            }
    };
    match snapshot.current() {
        // What is in use and not to be taken is decided by its owner, not by what lies behind it.
        Some(current) if live_current(snapshot).is_some() => Some(current).filter(may_take),
        Some(current) if may_take(&current) => Some(current),
        _ => snapshot.versions.iter().rev().find(may_take),
    }
}
