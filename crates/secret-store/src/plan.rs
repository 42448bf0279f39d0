//! **The decisions**: what a request does to a secret, given what is stored of it. Pure; no I/O, no clock.
//!
//! [`plan`] decides for a Create, an Update and a direct invocation; [`plan_delete`](delete::plan_delete) for a
//! Delete. Both return [`Changes`], which a store applies as one write or not at all. The rules, in the order in
//! which they are tried:
//!
//! 0. **Answered already, or too late.** A version of mine carries this request's token: answer with it, write
//!    nothing. An expired request changes nothing; one older than the head's last move does not move the head.
//! 1. **A value changes only on purpose.** An Update answers with the version that its id names, or else with my
//!    newest active one, if the `RotationTrigger` is the same. A rollback carries the old trigger and so finds the
//!    old version.
//! 2. **Somebody else's** current version is refused, or adopted where the template says so; a deleted stack's is
//!    left where it is.
//! 3. **Mint** the next number. Nothing is ever overwritten.
//!
//! Whatever makes a version live again clears its expiry: a TTL left on a live item would erase it.

mod conflict;
pub mod delete;

use crate::id::{Identity, SecretId};
use crate::names::{StoreName, Version};
use crate::owner::Owner;
use crate::record::{Head, RequestToken, Retirement, Snapshot, Trigger, UnixTime, VersionItem};
use conflict::Claim;
pub use conflict::OnConflict;

/// Who asks, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// "Mine" is what this owner has.
    pub me: Owner,
    /// Which request this is.
    pub token: RequestToken,
    /// When the request was made, by its URL's signature; the time of receipt where it does not say.
    pub requested_at: UnixTime,
    /// When nobody listens to its answer any more.
    pub expires_at: Option<UnixTime>,
    /// The time now.
    pub now: UnixTime,
}

impl Requester {
    fn is_expired(&self) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= self.now)
    }

    fn owns(&self, item: &VersionItem) -> bool {
        item.owner == self.me
    }

    /// Somebody moved the head on behalf of a newer request than this one.
    fn is_late(&self, snapshot: &Snapshot) -> bool {
        snapshot.head.as_ref().is_some_and(|head| self.requested_at < head.as_of)
    }
}

/// What a requester wants of a secret: a value, new or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Who asks, and when.
    pub requester: Requester,
    /// For which secret.
    pub identity: Identity,
    /// What makes a new value.
    pub trigger: Trigger,
    /// What to do about a current version of somebody else's.
    pub on_conflict: OnConflict,
    /// What CloudFormation asks for, and what the requester has so far.
    pub operation: Operation,
}

/// What CloudFormation asks for, and what the requester has so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Nothing: a Create, or a direct invocation.
    Create,
    /// A version, and the properties that led to it.
    Update {
        /// What its PhysicalResourceId names; `None` where that is no id of a version.
        named: Option<SecretId>,
        /// The trigger in its old properties.
        old_trigger: Trigger,
    },
}

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
    /// Set where the request came too late to be wanted: the version is kept, but not current.
    pub superseded_at: Option<UnixTime>,
    /// What changes beside it, in the same write.
    pub changes: Changes,
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody listens to the answer any more.
    #[error("the request's ResponseURL has expired")]
    Expired,
    /// The trigger did not change, but no version of the requester has it any more.
    #[error("the version with this RotationTrigger is gone")]
    Erased,
    /// The current version is somebody else's.
    #[error("the secret belongs to {owner}")]
    Taken {
        /// Whose it is.
        owner: Owner,
        /// Whether `OnConflict: adopt` would take it over.
        adoptable: bool,
    },
}

/// The two decisions as values. The generator takes them as a parameter so that the model of CloudFormation in the
/// repository's `tests` can show that it catches wrong ones.
#[derive(Clone, Copy, Debug)]
pub struct Decisions {
    /// For a Create, an Update and a direct invocation.
    pub plan: fn(&Intent, &Snapshot) -> Plan,
    /// For a Delete.
    pub plan_delete: fn(&Requester, &SecretId, delete::RecoveryWindow, &Snapshot) -> delete::DeletePlan,
}

impl Default for Decisions {
    fn default() -> Self {
        Self { plan, plan_delete: delete::plan_delete }
    }
}

/// What one decision writes: all of it or nothing, and only if the head is still as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The head that was read; the write fails if there is another by then.
    pub read: Option<Head>,
    /// The head to be.
    pub head: HeadChange,
    /// Existing versions with their new owner and state; value, key and context stay.
    pub update: Vec<VersionItem>,
    /// Versions to erase at once.
    pub erase: Vec<Version>,
}

/// What becomes of the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadChange {
    /// Written, with the next revision.
    Put(Head),
    /// Erased.
    Erase,
    /// There is none, and none is made.
    None,
}

/// Existing versions that one write may change; every store must
/// [hold](crate::store::Limits::LEAST) so many.
pub const MAX_CHANGED_VERSIONS: usize = 98;

impl Changes {
    fn new(snapshot: &Snapshot) -> Self {
        let head = match &snapshot.head {
            Some(head) => HeadChange::Put(Head { revision: head.revision + 1, ..head.clone() }),
            None => HeadChange::None,
        };
        Self { read: snapshot.head.clone(), head, update: Vec::new(), erase: Vec::new() }
    }

    /// Makes `current` the current version as of `as_of`, in use.
    fn move_head(&mut self, current: Version, as_of: UnixTime) {
        let revision = self.read.as_ref().map_or(1, |head| head.revision + 1);
        self.head = HeadChange::Put(Head { current, as_of, retired: None, revision });
    }

    /// Takes the head, if there is one, out of use.
    fn retire_head(&mut self, as_of: UnixTime, retirement: Retirement) {
        if let HeadChange::Put(head) = &mut self.head {
            head.as_of = head.as_of.max(as_of);
            head.retired = Some(retirement);
        }
    }

    /// Supersedes the items, as many as fit; what is left stays active, which only keeps it longer.
    fn supersede<'a>(&mut self, items: impl Iterator<Item = &'a VersionItem>, now: UnixTime) {
        let room = self.room();
        let superseded = items.map(|item| VersionItem { superseded_at: Some(now), ..item.clone() });
        self.update.extend(superseded.take(room));
    }

    /// How many more versions fit into one write.
    fn room(&self) -> usize {
        MAX_CHANGED_VERSIONS.saturating_sub(self.update.len() + self.erase.len())
    }
}

impl Intent {
    /// The store that the requester's secret is moved away from by this request, if it is.
    pub fn moved_from(&self) -> Option<&StoreName> {
        let Operation::Update { named: Some(id), .. } = &self.operation else { return None };
        (id.identity.store != self.identity.store).then_some(&id.identity.store)
    }
}

/// Whether an Update keeps a version that is stored here, or would have to make or take one.
pub fn keeps_a_version(intent: &Intent, snapshot: &Snapshot) -> bool {
    kept_version(intent, snapshot).is_some()
}

/// Where the version that an Update's id names was moved from.
pub fn moved_from<'a>(requester: &Requester, id: &SecretId, snapshot: &'a Snapshot) -> Option<&'a StoreName> {
    let item = snapshot.version(id.version)?;
    let is_mine = requester.owns(item) && item.token.tag() == id.tag;
    item.moved_from.as_ref().filter(|_| is_mine)
}

/// Decides what a request does to the secret. Rules 0 to 3 of the module's page.
pub fn plan(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let requester = &intent.requester;
    if let Some(answered) = answered_already(requester, snapshot) {
        return Plan::Answer(Box::new(answered), None);
    }
    if requester.is_expired() {
        return Plan::Refuse(Refusal::Expired);
    }
    if let Some(kept) = kept_version(intent, snapshot) {
        return answer(intent, snapshot, kept);
    }
    if asks_for_what_is_gone(intent) {
        return Plan::Refuse(Refusal::Erased);
    }
    if requester.is_late(snapshot) {
        return mint(intent, snapshot);
    }
    match conflict::claim(intent, snapshot) {
        Claim::Free => mint(intent, snapshot),
        Claim::Adopt(item) => adopt(intent, snapshot, item),
        Claim::Taken { owner, adoptable } => Plan::Refuse(Refusal::Taken { owner, adoptable }),
    }
}

/// Rule 0: the version that this very request made, whatever became of it since.
fn answered_already(requester: &Requester, snapshot: &Snapshot) -> Option<VersionItem> {
    views(requester, snapshot).find(|item| item.token == requester.token)
}

/// The versions as the requester has, or had, them: its own, and those that somebody adopted from it. The value is
/// the same, so the id that the former owner has of it stays good.
fn views(requester: &Requester, snapshot: &Snapshot) -> impl DoubleEndedIterator<Item = VersionItem> {
    let views = snapshot.versions.iter().flat_map(VersionItem::through_owners);
    views.filter(|item| requester.owns(item)).collect::<Vec<_>>().into_iter()
}

/// Rule 1: the version that an Update keeps.
fn kept_version(intent: &Intent, snapshot: &Snapshot) -> Option<VersionItem> {
    let Operation::Update { named, .. } = &intent.operation else {
        return None;
    };
    let Trigger::Rotation(_) = &intent.trigger else {
        return None;
    };
    let requester = &intent.requester;
    let fits = |item: &VersionItem| item.trigger == intent.trigger && !item.is_expired(requester.now);
    let named = named.as_ref().filter(|id| id.identity == intent.identity).and_then(|id| {
        views(requester, snapshot).find(|item| item.version == id.version && item.token.tag() == id.tag && fits(item))
    });
    named.or_else(|| views(requester, snapshot).rfind(|item| fits(item) && item.is_active()))
}

/// Rule 1: same secret, same trigger, but the version is not there any more.
fn asks_for_what_is_gone(intent: &Intent) -> bool {
    match &intent.operation {
        Operation::Update { named: Some(id), old_trigger: old @ Trigger::Rotation(_) } => {
            id.identity == intent.identity && *old == intent.trigger
        }
        _ => false,
    }
}

/// Rule 1: answers with a version that is there, and makes it current.
fn answer(intent: &Intent, snapshot: &Snapshot, kept: VersionItem) -> Plan {
    let requester = &intent.requester;
    // What somebody adopted from me is not mine to change, but the head may be mine to move back to it.
    let is_mine = snapshot.version(kept.version) == Some(&kept);
    let is_current = |head: &Head| head.current == kept.version && head.retired.is_none();
    let is_current = snapshot.head.as_ref().is_some_and(is_current);
    let in_place = is_current && kept.is_active() && is_settled(intent, &kept);
    let head_is_taken = is_somebody_elses(requester, snapshot);
    if in_place || requester.is_late(snapshot) || (!is_mine && head_is_taken) {
        return Plan::Answer(Box::new(kept), None);
    }
    let mut changes = Changes::new(snapshot);
    if !head_is_taken {
        changes.move_head(kept.version, requester.requested_at);
    }
    let kept = if is_mine { in_use_again(intent, kept) } else { kept };
    if is_mine {
        changes.update.push(kept.clone());
    }
    supersede_others(intent, snapshot, kept.version, &mut changes);
    Plan::Answer(Box::new(kept), Some(changes))
}

/// The version in use, and with the way back to where an Update came from.
fn in_use_again(intent: &Intent, kept: VersionItem) -> VersionItem {
    let moved_from = intent.moved_from().cloned().or(kept.moved_from.clone());
    VersionItem { moved_from, ..kept.revived() }
}

/// Whether the requester has this very version and nothing else was asked for meanwhile. If not, the head's time moves
/// on although the head may stay: a Delete of the version that a newer request overtook is then recognized, and so is
/// an Update that was rolled back before it arrived.
fn is_settled(intent: &Intent, item: &VersionItem) -> bool {
    match &intent.operation {
        Operation::Update { old_trigger, .. } => is_named(intent, item) && *old_trigger == intent.trigger,
        _ => false,
    }
}

/// Whether the head is in use for a version that somebody else made: another resource of my stack, with a secret of
/// its own. One that was adopted from me is still the version that I have.
fn is_somebody_elses(requester: &Requester, snapshot: &Snapshot) -> bool {
    let head_is_live = snapshot.head.as_ref().is_some_and(|head| head.retired.is_none());
    let is_mine = |item: &VersionItem| item.through_owners().any(|item| requester.owns(&item));
    head_is_live && snapshot.current().is_some_and(|current| current.is_active() && !is_mine(current))
}

/// Whether the requester's id names this version.
fn is_named(intent: &Intent, item: &VersionItem) -> bool {
    match &intent.operation {
        Operation::Update { named: Some(id), .. } => *id == intent.identity.id(item.version, item.token),
        _ => false,
    }
}

/// Rule 2: takes over what somebody else had.
fn adopt(intent: &Intent, snapshot: &Snapshot, item: &VersionItem) -> Plan {
    let requester = &intent.requester;
    let moved_from = intent.moved_from().cloned();
    let adopted = item.adopted_by(requester.me.clone(), requester.token, intent.trigger.clone());
    let adopted = VersionItem { moved_from, ..adopted };
    let mut changes = Changes::new(snapshot);
    changes.move_head(adopted.version, requester.requested_at);
    changes.update.push(adopted.clone());
    supersede_others(intent, snapshot, adopted.version, &mut changes);
    Plan::Adopt(Box::new(adopted), changes)
}

/// Rule 3: a new version under the next number.
fn mint(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let requester = &intent.requester;
    let version = next_number(snapshot);
    let mut changes = Changes::new(snapshot);
    let superseded_at = if requester.is_late(snapshot) {
        Some(requester.now)
    } else {
        changes.move_head(version, requester.requested_at);
        supersede_others(intent, snapshot, version, &mut changes);
        None
    };
    Plan::Mint(Mint { version, superseded_at, changes })
}

/// CloudFormation can want two versions of mine: the one that its id names, for the rollback, until it deletes it; and
/// the one that it is answered with. My others are superseded: on Create there may be some of a former resource, on
/// Update some that CloudFormation never heard of or never managed to delete.
fn supersede_others(intent: &Intent, snapshot: &Snapshot, answered: Version, changes: &mut Changes) {
    let others = active(&intent.requester, snapshot);
    let others = others.filter(|item| item.version != answered && !is_named(intent, item));
    changes.supersede(others, intent.requester.now);
}

/// One more than any number that the secret has or had, as far as anything still says so.
fn next_number(snapshot: &Snapshot) -> Version {
    let newest = snapshot.versions.last().map(|item| item.version);
    let current = snapshot.head.as_ref().map(|head| head.current);
    newest.max(current).map_or(Version::FIRST, Version::next)
}

/// My active versions, in ascending order.
fn active<'a>(requester: &'a Requester, snapshot: &'a Snapshot) -> impl DoubleEndedIterator<Item = &'a VersionItem> {
    snapshot.versions.iter().filter(|item| requester.owns(item) && item.is_active())
}

#[cfg(test)]
mod tests;
