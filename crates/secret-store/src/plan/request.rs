//! What a request says: who asks, when, within which bounds, and for what.

use super::OnConflict;
use crate::id::{Identity, SecretId};
use crate::names::StoreName;
use crate::owner::Owner;
use crate::record::{RequestToken, Snapshot, Trigger, UnixTime, VersionItem};
use crate::scope::OutOfScope;
use crate::stack::StackNews;

/// Who asks, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// "Mine" is what this owner has.
    pub me: Owner,
    /// Which request this is.
    pub token: RequestToken,
    /// When the request was made, by its URL's signature; the time of receipt where it does not say. Never after `now`:
    /// a date from the future would make every later request a late one.
    pub requested_at: UnixTime,
    /// When its URL stops working.
    pub expires_at: Option<UnixTime>,
    /// When CloudFormation stops waiting for the answer.
    pub answer_by: Option<UnixTime>,
    /// The time now.
    pub now: UnixTime,
    /// Set where the pair does not serve the requester, or not for this secret.
    pub out_of_bounds: Option<OutOfScope>,
    /// What is known of the requester's stack; asked only where a decision depends on it.
    pub stack: StackNews,
}

impl Requester {
    /// The request's URL does not work any more.
    pub(super) fn is_expired(&self) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= self.now)
    }

    /// Nobody listens to the answer any more. CloudFormation has sent, or will send, the Delete of what it never heard
    /// of; what is made after that would stay.
    pub(super) fn is_unheard(&self) -> bool {
        self.is_expired() || self.answer_by.is_some_and(|answer_by| answer_by < self.now)
    }

    pub(super) fn owns(&self, item: &VersionItem) -> bool {
        item.owner == self.me
    }

    /// Somebody moved the head on behalf of a newer request than this one. A head from the future, which a release
    /// before this one believed, says nothing.
    pub(super) fn is_late(&self, snapshot: &Snapshot) -> bool {
        snapshot.head.as_ref().is_some_and(|head| head.as_of <= self.now && self.requested_at < head.as_of)
    }

    /// My active versions, in ascending order: one, or more where an earlier release wrote them.
    pub(super) fn active<'a>(&'a self, snapshot: &'a Snapshot) -> impl DoubleEndedIterator<Item = &'a VersionItem> {
        snapshot.versions.iter().filter(|item| self.owns(item) && item.is_active())
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
        /// The store that the named version was moved from, where the Update leads to another secret.
        came_from: Option<StoreName>,
    },
}

impl Intent {
    /// The store that the requester's secret is moved away from by this request, if it is.
    pub fn moved_from(&self) -> Option<&StoreName> {
        let Operation::Update { named: Some(id), .. } = &self.operation else { return None };
        (id.identity.store != self.identity.store).then_some(&id.identity.store)
    }

    /// Whether the requester has no version of this secret yet.
    pub(super) fn comes_anew(&self) -> bool {
        match &self.operation {
            Operation::Create => true,
            Operation::Update { named, .. } => named.as_ref().is_none_or(|id| id.identity != self.identity),
        }
    }

    /// Whether the requester's id names a later version than this one.
    pub(super) fn names_a_later_one(&self, item: &VersionItem) -> bool {
        match &self.operation {
            Operation::Update { named: Some(id), .. } => id.identity == self.identity && item.version < id.version,
            _ => false,
        }
    }

    /// Whether the requester's id names this version.
    pub(super) fn names(&self, item: &VersionItem) -> bool {
        match &self.operation {
            Operation::Update { named: Some(id), .. } => *id == self.identity.id(item.version, item.token),
            _ => false,
        }
    }
}
