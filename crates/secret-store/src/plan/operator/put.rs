//! A version by hand: a value that is brought in, or a new one for a secret that was brought in before.

use super::{Owners, Refused, TemplateChange, in_use};
use crate::id::Identity;
use crate::owner::Owner;
use crate::plan::{Intent, Mint, OnConflict, Operation, Requester, answered_already, mint};
use crate::record::{RequestToken, Snapshot, Trigger, UnixTime, VersionItem};
use crate::stack::StackNews;

/// Who makes a version by hand, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Which wish this is: repeated, it finds what it made.
    pub token: RequestToken,
    /// The time now.
    pub now: UnixTime,
}

/// What a value that is brought in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The next version.
    Next,
    /// What something that runs already has as its password, for a stack to take over with `OnConflict: adopt`. It never
    /// takes the place of another: which of two a database has, nothing would tell.
    Existing,
}

/// What to do about a value that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutPlan {
    /// This very wish was granted before: the version that it made.
    Already(Box<VersionItem>),
    /// Store the value under this number together with the changes.
    Mint(Mint),
    /// Change nothing and say why.
    Refuse(Refused),
}

/// Brings in a value by hand, where no stack that lives has the secret, and nobody's is in use but one by hand.
pub fn plan_put(
    operator: &Operator,
    manner: Manner,
    identity: &Identity,
    owners: &Owners,
    snapshot: &Snapshot,
) -> PutPlan {
    let intent = intent(operator, identity);
    if let Some(item) = answered_already(&intent.requester, snapshot) {
        return PutPlan::Already(Box::new(item));
    }
    if let Some(refused) = owners.holds_address(identity, snapshot, &TemplateChange::Value) {
        return PutPlan::Refuse(refused);
    }
    // What a living stack went on from without a Delete it may come back to by its trigger, and wants the address then.
    let is_alive = |item: &&VersionItem| item.retired.is_none() && owners.alive(item).is_some();
    let in_use = in_use(snapshot).filter(|item| item.owner != Owner::Manual || manner == Manner::Existing);
    match snapshot.versions.iter().find(is_alive).or(in_use) {
        Some(VersionItem { version, owner, .. }) => {
            PutPlan::Refuse(Refused::InUse { version: *version, owner: owner.clone() })
        }
        None => PutPlan::Mint(mint_by_hand(&intent, snapshot)),
    }
}

/// A new value for a secret that was made by hand; a stack's is rotated by its template.
pub fn plan_rotate(operator: &Operator, identity: &Identity, owners: &Owners, snapshot: &Snapshot) -> PutPlan {
    let intent = intent(operator, identity);
    if let Some(item) = answered_already(&intent.requester, snapshot) {
        return PutPlan::Already(Box::new(item));
    }
    let current = in_use(snapshot);
    let from = match current.map(|item| &item.trigger) {
        Some(Trigger::Rotation(from)) => from.clone(),
        Some(Trigger::External) | None => String::new(),
    };
    if let Some(refused) = owners.holds_address(identity, snapshot, &TemplateChange::Rotation { from }) {
        return PutPlan::Refuse(refused);
    }
    match current {
        None => PutPlan::Refuse(Refused::NoSecret),
        Some(VersionItem { owner: Owner::Manual, .. }) => plan_put(operator, Manner::Next, identity, owners, snapshot),
        Some(VersionItem { version, owner, .. }) => {
            PutPlan::Refuse(Refused::InUse { version: *version, owner: owner.clone() })
        }
    }
}

fn mint_by_hand(intent: &Intent, snapshot: &Snapshot) -> Mint {
    let mut mint = mint(intent, snapshot);
    mint.changes.move_head_by_hand(mint.version);
    mint
}

/// The wish as a request that no stack made: a direct invocation of the generator is the same.
fn intent(operator: &Operator, identity: &Identity) -> Intent {
    let requester = Requester {
        me: Owner::Manual,
        token: operator.token,
        requested_at: operator.now,
        expires_at: None,
        answer_by: None,
        now: operator.now,
        out_of_bounds: None,
        stack: StackNews::NotAsked,
    };
    Intent {
        requester,
        identity: identity.clone(),
        trigger: Trigger::External,
        on_conflict: OnConflict::Refuse,
        operation: Operation::Create,
    }
}
