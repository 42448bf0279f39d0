//! Wrong decisions of an operator, for [`mutants`](super::mutants).

use secret_store::plan::RecoveryWindow;
use secret_store::plan::operator::{
    Expired, HandPlan, Manner, Operator, OperatorDecisions, OwnerState, Owners, PutPlan, Which, plan_prune, plan_put,
    plan_restore, plan_retire, plan_rotate,
};
use secret_store::{Identity, Owner, Retirement, Snapshot, UnixTime, Version};

use super::history::DAY;
use super::mutants::Mutant;

impl Mutant {
    /// What the operator decides with.
    pub fn operator_decisions(self) -> OperatorDecisions {
        let real = OperatorDecisions::default();
        match self {
            Mutant::PutsAnywhere => OperatorDecisions { put: put_anywhere, ..real },
            Mutant::PutsAsANewerRequest => OperatorDecisions { put: put_as_a_newer_request, ..real },
            Mutant::RotatesAnything => OperatorDecisions { rotate: rotate_anything, ..real },
            Mutant::RetiresWhosever => OperatorDecisions { retire: retire_whosever_it_is, ..real },
            Mutant::RetiresWhileItChanges => OperatorDecisions { retire: retire_while_it_changes, ..real },
            Mutant::RestoreTakesOver => OperatorDecisions { restore: restore_takes_over, ..real },
            Mutant::RestoresToNobody => OperatorDecisions { restore: restore_to_nobody, ..real },
            Mutant::RestoresIntoUse => OperatorDecisions { restore: restore_into_use, ..real },
            Mutant::PrunesTheRestorable => OperatorDecisions { prune: prune_the_restorable, ..real },
            _ => real,
        }
    }
}

/// As if no stack of those lived.
fn all_gone(snapshot: &Snapshot) -> Owners {
    Owners::new(Owners::to_ask_for(snapshot).into_iter().map(|id| (id, OwnerState::Gone)))
}

fn as_by_hand(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    for item in &mut snapshot.versions {
        (item.owner, item.adopted_from) = (Owner::Manual, Vec::new());
    }
    snapshot
}

fn without_their_updates(plan: PutPlan) -> PutPlan {
    match plan {
        PutPlan::Mint(mut mint) => {
            mint.changes.update.clear();
            PutPlan::Mint(mint)
        }
        other => other,
    }
}

pub(super) fn put_anywhere(
    operator: &Operator,
    _: Manner,
    identity: &Identity,
    _: &Owners,
    snapshot: &Snapshot,
) -> PutPlan {
    without_their_updates(plan_put(operator, Manner::Next, identity, &Owners::default(), &as_by_hand(snapshot)))
}

pub(super) fn put_as_a_newer_request(
    operator: &Operator,
    manner: Manner,
    identity: &Identity,
    owners: &Owners,
    snapshot: &Snapshot,
) -> PutPlan {
    match plan_put(operator, manner, identity, owners, snapshot) {
        PutPlan::Mint(mut mint) => {
            mint.changes.head.as_of = operator.now;
            PutPlan::Mint(mint)
        }
        other => other,
    }
}

pub(super) fn rotate_anything(operator: &Operator, identity: &Identity, _: &Owners, snapshot: &Snapshot) -> PutPlan {
    without_their_updates(plan_rotate(operator, identity, &Owners::default(), &as_by_hand(snapshot)))
}

pub(super) fn retire_whosever_it_is(
    identity: &Identity,
    which: Which,
    window: RecoveryWindow,
    now: UnixTime,
    _: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    plan_retire(identity, which, window, now, &all_gone(snapshot), snapshot)
}

/// A stack at rest has nothing but what its resources name; one that is not at rest has more.
pub(super) fn retire_while_it_changes(
    identity: &Identity,
    which: Which,
    window: RecoveryWindow,
    now: UnixTime,
    owners: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    let settled = Owners::to_ask_for(snapshot).into_iter().map(|id| {
        let state = match owners.state(&id) {
            OwnerState::Changing => OwnerState::Settled { names: Vec::new() },
            other => other.clone(),
        };
        (id, state)
    });
    plan_retire(identity, which, window, now, &Owners::new(settled), snapshot)
}

pub(super) fn restore_takes_over(
    identity: &Identity,
    version: Version,
    now: UnixTime,
    _: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    match plan_restore(identity, version, now, &all_gone(snapshot), &as_out_of_use(snapshot)) {
        HandPlan::Apply { mut changes, more } => {
            changes.read = snapshot.head.clone();
            HandPlan::Apply { changes, more }
        }
        other => other,
    }
}

/// As if nothing were in use beside what is restored.
fn as_out_of_use(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    if let Some(head) = &mut snapshot.head {
        head.retired = Some(Retirement { at: head.as_of, expires_at: head.as_of });
    }
    snapshot
}

pub(super) fn restore_to_nobody(
    identity: &Identity,
    version: Version,
    now: UnixTime,
    owners: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    match plan_restore(identity, version, now, owners, snapshot) {
        HandPlan::Apply { mut changes, more } => {
            for item in &mut changes.update {
                (item.owner, item.adopted_from) = (Owner::Manual, Vec::new());
            }
            HandPlan::Apply { changes, more }
        }
        other => other,
    }
}

pub(super) fn restore_into_use(
    identity: &Identity,
    version: Version,
    now: UnixTime,
    owners: &Owners,
    snapshot: &Snapshot,
) -> HandPlan {
    match plan_restore(identity, version, now, owners, snapshot) {
        HandPlan::Apply { mut changes, more } => {
            for item in &mut changes.update {
                item.superseded = None;
            }
            HandPlan::Apply { changes, more }
        }
        other => other,
    }
}

pub(super) fn prune_the_restorable(now: UnixTime, snapshot: &Snapshot) -> Vec<Expired> {
    plan_prune(UnixTime(now.0 + 400 * DAY), snapshot)
}
