//! **The decisions**: what a request does to a secret, given what is stored of it. Pure; no I/O, no clock.
//!
//! [`plan`] decides for a Create, an Update and a direct invocation; [`plan_delete`](delete::plan_delete) for a
//! Delete. Both return [`Changes`], which a store applies as one write or not at all. The rules, in the order in
//! which they are tried, each with its reason:
//!
//! 0. **Answered already.** A version of mine carries this request's token: answer with it, write nothing. Lambda
//!    delivers at least once.
//! 1. **Nobody listens** any more: refuse. What would be made now, no resource could ever name or delete.
//! 2. **A value changes only on purpose** (`plan/keep.rs`). An Update answers with the version that its id names, or else with
//!    my newest active one, or else with my newest retained one, if the `RotationTrigger` is the same. A rollback
//!    carries the old trigger and so finds the old version. Where the version is gone, nothing is made up.
//! 3. **Out of bounds**: the pair does not serve this stack or env, so nothing is written; an Update that has what it
//!    asks for is answered all the same, or a pair that was narrowed could not roll a stack back.
//! 4. **Somebody else's** current version (`plan/conflict.rs`) is refused, or adopted where the template says so; a deleted
//!    stack's is left where it is.
//! 5. **Overtaken**: the head was moved on behalf of a newer request. CloudFormation sends a resource's requests
//!    one after the other, so nobody waits for an older one.
//! 6. **Mint** the next number. Nothing is ever overwritten.
//!
//! What an answer leaves behind is set aside (`plan/set_aside.rs`): one version of a resource is in use, all others are retained,
//! deleted or retired. Whatever makes a version live again clears its expiry: a TTL left on a live item would erase it.
//!
//! What somebody does by hand is decided in [`operator`].

mod changes;
mod conflict;
pub mod delete;
mod keep;
pub mod operator;
mod request;
mod set_aside;
mod window;

pub use changes::{Changes, MAX_CHANGED_VERSIONS};
use conflict::Claim;
pub use conflict::OnConflict;
pub use keep::{Move, move_to};
pub use request::{Intent, Operation, Requester};
pub use set_aside::KEPT_DELETED;
pub use window::RecoveryWindow;

use crate::id::SecretId;
use crate::names::{StoreName, Version};
use crate::owner::Owner;
use crate::record::{Snapshot, VersionItem};
use crate::scope::OutOfScope;

/// What to do about an [`Intent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Answer with this version, as it will be after the changes.
    Answer(Box<VersionItem>, Option<Changes>),
    /// Take over this version, as it will be after the changes, and answer with it.
    Adopt(Box<VersionItem>, Changes),
    /// Make a value, store it under this number together with the changes, and answer with it.
    Mint(Mint),
    /// Change nothing and say why.
    Refuse(Refusal),
}

/// A version to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mint {
    /// Its number.
    pub version: Version,
    /// What changes beside it, in the same write.
    pub changes: Changes,
    /// The store that its owner's secret was in before, if it was in another one.
    pub moved_from: Option<StoreName>,
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody listens to the answer any more.
    #[error("the request came too late: nobody waits for its answer any more")]
    Expired,
    /// The trigger did not change, but no version of the requester has it any more.
    #[error("the version with this RotationTrigger is gone")]
    Erased,
    /// A newer request for the secret was carried out before this one.
    #[error("a newer request for the secret was carried out before this one")]
    Overtaken,
    /// The pair does not serve who asks.
    #[error("the secret lies outside the bounds of this pair")]
    OutOfBounds(#[source] OutOfScope),
    /// The current version is somebody else's.
    #[error("the secret belongs to {owner}")]
    Taken {
        /// Whose it is.
        owner: Owner,
        /// Whether `OnConflict: adopt` would take it over.
        adoptable: bool,
    },
}

/// The decisions as values. The generator takes them as a parameter so that the model of CloudFormation in the
/// repository's `tests` can show that it catches wrong ones.
#[derive(Clone, Copy, Debug)]
pub struct Decisions {
    /// For a Create, an Update and a direct invocation.
    pub plan: fn(&Intent, &Snapshot) -> Plan,
    /// For a Delete of a version.
    pub plan_delete: fn(&Requester, &SecretId, RecoveryWindow, &Snapshot) -> delete::DeletePlan,
    /// For what a request made of which CloudFormation never heard the answer.
    pub plan_unheard: fn(&Requester, delete::Unheard, RecoveryWindow, &Snapshot) -> delete::DeletePlan,
}

impl Default for Decisions {
    fn default() -> Self {
        Self { plan, plan_delete: delete::plan_delete, plan_unheard: delete::plan_unheard }
    }
}

/// Decides what a request does to the secret: the rules of the module's page.
pub fn plan(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let requester = &intent.requester;
    if let Some(answered) = answered_already(requester, snapshot) {
        return Plan::Answer(Box::new(answered), None);
    }
    if requester.is_unheard() {
        return Plan::Refuse(Refusal::Expired);
    }
    if let Some(kept) = keep::kept_version(intent, snapshot) {
        return keep::answer(intent, snapshot, kept);
    }
    if let Some(out) = &requester.out_of_bounds {
        return Plan::Refuse(Refusal::OutOfBounds(out.clone()));
    }
    if keep::asks_for_what_is_gone(intent, snapshot) {
        return Plan::Refuse(Refusal::Erased);
    }
    match conflict::claim(intent, snapshot) {
        Claim::Taken { owner, adoptable } => Plan::Refuse(Refusal::Taken { owner, adoptable }),
        _ if requester.is_late(snapshot) => Plan::Refuse(Refusal::Overtaken),
        Claim::Free => Plan::Mint(mint(intent, snapshot)),
        Claim::Adopt(item) => adopt(intent, snapshot, item),
    }
}

/// Rule 0: the version that this very request made, whatever became of it since.
fn answered_already(requester: &Requester, snapshot: &Snapshot) -> Option<VersionItem> {
    views(requester, snapshot).find(|item| item.token == requester.token)
}

/// The versions as the requester has, or had, them: its own, and those that somebody adopted from it. The value is
/// the same, so the id that the former owner has of it stays good: while a resource is renamed, the rollback's getter
/// still asks by the old id.
fn views(requester: &Requester, snapshot: &Snapshot) -> impl DoubleEndedIterator<Item = VersionItem> {
    let views = snapshot.versions.iter().flat_map(VersionItem::through_owners);
    views.filter(|item| requester.owns(item)).collect::<Vec<_>>().into_iter()
}

/// Rule 4: takes over what somebody else had.
fn adopt(intent: &Intent, snapshot: &Snapshot, item: &VersionItem) -> Plan {
    let requester = &intent.requester;
    let moved_from = intent.moved_from().cloned();
    let adopted = item.adopted_by(requester.me.clone(), requester.token, intent.trigger.clone(), requester.now);
    let adopted = VersionItem { moved_from, ..adopted };
    let mut changes = Changes::new(snapshot, intent.requester.now);
    changes.move_head(adopted.version, requester.requested_at);
    changes.update.push(adopted.clone());
    set_aside::others(intent, snapshot, adopted.version, &mut changes);
    Plan::Adopt(Box::new(adopted), changes)
}

/// Rule 6: a new version under the next number.
fn mint(intent: &Intent, snapshot: &Snapshot) -> Mint {
    let version = next_number(snapshot);
    let mut changes = Changes::new(snapshot, intent.requester.now);
    changes.move_head(version, intent.requester.requested_at);
    set_aside::others(intent, snapshot, version, &mut changes);
    set_aside::retire_the_oldest(intent, snapshot, &mut changes);
    Mint { version, changes, moved_from: keep::came_from(intent, snapshot) }
}

/// One more than any number that the secret has or had, as far as anything still says so.
fn next_number(snapshot: &Snapshot) -> Version {
    let newest = snapshot.versions.last().map(|item| item.version);
    let current = snapshot.head.as_ref().map(|head| head.current);
    newest.max(current).map_or(Version::FIRST, Version::next)
}

#[cfg(test)]
mod tests;
