//! Wrong decisions, each a mistake that somebody has made or might make. The promises must catch every one.

use secret_store::plan::RecoveryWindow;
use secret_store::plan::delete::{DeletePlan, Untouched, plan_delete};
use secret_store::plan::{Changes, Decisions, Intent, Operation, Plan, Requester, plan};
use secret_store::{AdoptedFrom, Cause, SecretId, Snapshot, Superseded, Version, VersionItem};

/// Which mistake; [`Mutant::None`] is the real thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The decisions as they are shipped.
    None,
    /// A new value replaces the old one under the same number.
    OverwritesInPlace,
    /// Whoever names a version owns it.
    KeyWithoutOwner,
    /// Each answer gives the version another id.
    RandomIds,
    /// An Update erases what was there before.
    DeletesInUpdate,
    /// The highest number is always the current version.
    HighestIsCurrent,
    /// A Delete looks at the number, not at the tag.
    IdsWithoutTag,
    /// An Update looks at the address, not at the table.
    IdsWithoutTable,
    /// Two tries with one RequestId are one request.
    TokenWithoutUrl,
    /// A changed policy makes a new value.
    PolicyInTrigger,
    /// An adopted version is retired, not handed back.
    AdoptWithoutHandingBack,
    /// What lives again keeps its expiry.
    ForgetsToClearExpiry,
    /// A request that comes too late moves the head all the same.
    IgnoresLateness,
    /// What was deleted and then adopted comes back to life when the adopter is deleted.
    HandsBackTheDeleted,
    /// A Delete of the current version makes an older one current again.
    GoesBackToTheOlder,
    /// The end of a resource takes what its template retained along.
    RetiresTheRetained,
    /// What an Update made room for is as good as deleted.
    MakesRoomForGood,
    /// A Delete whose id CloudFormation made up touches nothing.
    ForgetsTheUnheard,
    /// A pair changes what it is not there for.
    IgnoresBounds,
    /// A value by hand takes the address of a stack's secret.
    PutsAnywhere,
    /// A value by hand counts as a newer request.
    PutsAsANewerRequest,
    /// A stack's secret is rotated by hand.
    RotatesAnything,
    /// What a living stack has is retired by hand.
    RetiresWhosever,
    /// So is what a stack may go back to.
    RetiresWhileItChanges,
    /// What is restored is in use, whatever was before.
    RestoreTakesOver,
    /// What is restored is as if it had been made by hand.
    RestoresToNobody,
    /// What was set aside before it was retired is in use when it is restored.
    RestoresIntoUse,
    /// What can still be restored is erased.
    PrunesTheRestorable,
    /// Re-encryption writes the whole item as it was read.
    ReencryptsTheWholeItem,
    /// With a window of 0 nothing is left, not even what tells a late Create that it is late.
    ErasesTheHead,
}

impl Mutant {
    /// All the wrong ones.
    pub const ALL: [Mutant; 29] = [
        Mutant::OverwritesInPlace,
        Mutant::KeyWithoutOwner,
        Mutant::RandomIds,
        Mutant::DeletesInUpdate,
        Mutant::HighestIsCurrent,
        Mutant::IdsWithoutTag,
        Mutant::IdsWithoutTable,
        Mutant::TokenWithoutUrl,
        Mutant::PolicyInTrigger,
        Mutant::AdoptWithoutHandingBack,
        Mutant::ForgetsToClearExpiry,
        Mutant::IgnoresLateness,
        Mutant::HandsBackTheDeleted,
        Mutant::GoesBackToTheOlder,
        Mutant::RetiresTheRetained,
        Mutant::MakesRoomForGood,
        Mutant::ForgetsTheUnheard,
        Mutant::IgnoresBounds,
        Mutant::ErasesTheHead,
        Mutant::PutsAnywhere,
        Mutant::PutsAsANewerRequest,
        Mutant::RotatesAnything,
        Mutant::RetiresWhosever,
        Mutant::RetiresWhileItChanges,
        Mutant::RestoreTakesOver,
        Mutant::RestoresToNobody,
        Mutant::RestoresIntoUse,
        Mutant::PrunesTheRestorable,
        Mutant::ReencryptsTheWholeItem,
    ];

    /// What the generator decides with.
    pub fn decisions(self) -> Decisions {
        let real = Decisions::default();
        match self {
            Mutant::None | Mutant::TokenWithoutUrl | Mutant::PolicyInTrigger => real,
            Mutant::PutsAnywhere
            | Mutant::PutsAsANewerRequest
            | Mutant::RotatesAnything
            | Mutant::RetiresWhosever
            | Mutant::RetiresWhileItChanges
            | Mutant::RestoreTakesOver
            | Mutant::RestoresToNobody
            | Mutant::RestoresIntoUse
            | Mutant::PrunesTheRestorable
            | Mutant::ReencryptsTheWholeItem => real,
            Mutant::OverwritesInPlace => Decisions { plan: overwrite_in_place, ..real },
            Mutant::KeyWithoutOwner => Decisions { plan: plan_for_anyone, plan_delete: delete_for_anyone, ..real },
            Mutant::RandomIds => Decisions { plan: random_ids, ..real },
            Mutant::DeletesInUpdate => Decisions { plan: delete_in_update, ..real },
            Mutant::HighestIsCurrent => {
                Decisions { plan: highest_is_current, plan_delete: delete_keeps_highest, ..real }
            }
            Mutant::IdsWithoutTag => Decisions { plan_delete: delete_by_number, ..real },
            Mutant::IdsWithoutTable => Decisions { plan: named_in_any_table, ..real },
            Mutant::AdoptWithoutHandingBack => Decisions { plan_delete: delete_the_adopted, ..real },
            Mutant::ForgetsToClearExpiry => Decisions { plan: keep_expiry, ..real },
            Mutant::IgnoresLateness => Decisions { plan: never_late, plan_delete: delete_never_late, ..real },
            Mutant::HandsBackTheDeleted => Decisions { plan: adopt_from_the_deleted, ..real },
            Mutant::GoesBackToTheOlder => Decisions { plan_delete: delete_goes_back, ..real },
            Mutant::RetiresTheRetained => Decisions { plan_delete: delete_the_retained, ..real },
            Mutant::MakesRoomForGood => Decisions { plan: made_room_is_deleted, ..real },
            Mutant::ForgetsTheUnheard => {
                Decisions { plan_unheard: |_, _, _, _| DeletePlan::Nothing(Untouched::NotMine), ..real }
            }
            Mutant::ErasesTheHead => Decisions { plan_delete: delete_erases_the_head, ..real },
            Mutant::IgnoresBounds => Decisions { plan: plan_anywhere, plan_delete: delete_anywhere, ..real },
        }
    }
}

fn overwrite_in_place(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match (plan(intent, snapshot), snapshot.versions.last()) {
        (Plan::Mint(mut mint), Some(last)) => {
            mint.changes.erase.push(last.version);
            mint.changes.update.retain(|item| item.version != last.version);
            if mint.changes.head.current == mint.version {
                mint.changes.head.current = last.version;
            }
            mint.version = last.version;
            Plan::Mint(mint)
        }
        (other, _) => other,
    }
}

fn as_mine(requester: &Requester, snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    for item in &mut snapshot.versions {
        item.owner = requester.me.clone();
    }
    snapshot
}

fn plan_for_anyone(intent: &Intent, snapshot: &Snapshot) -> Plan {
    plan(intent, &as_mine(&intent.requester, snapshot))
}

fn delete_for_anyone(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    plan_delete(requester, id, window, &as_mine(requester, snapshot))
}

fn random_ids(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match plan(intent, snapshot) {
        Plan::Answer(mut item, changes) if item.token != intent.requester.token => {
            item.token = intent.requester.token;
            let mut changes = changes.unwrap_or_else(|| untouched(snapshot));
            changes.update.retain(|other| other.version != item.version);
            changes.update.push(*item.clone());
            Plan::Answer(item, Some(changes))
        }
        other => other,
    }
}

fn untouched(snapshot: &Snapshot) -> Changes {
    let read = snapshot.head.clone();
    let head = read.clone().expect("whoever is answered has a head, or had one");
    Changes { read, head, update: vec![], erase: vec![] }
}

fn delete_in_update(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match plan(intent, snapshot) {
        Plan::Mint(mut mint) if intent.operation != Operation::Create => {
            let mine = snapshot.versions.iter().filter(|item| item.owner == intent.requester.me);
            mint.changes.erase.extend(mine.map(|item| item.version));
            mint.changes.update.clear();
            Plan::Mint(mint)
        }
        other => other,
    }
}

fn point_at_highest(changes: &mut Changes, snapshot: &Snapshot, new: Option<Version>) {
    let highest = snapshot.versions.last().map(|item| item.version).max(new);
    if let Some(highest) = highest {
        changes.head.current = highest;
    }
}

fn highest_is_current(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match plan(intent, snapshot) {
        Plan::Answer(item, Some(mut changes)) => {
            point_at_highest(&mut changes, snapshot, None);
            Plan::Answer(item, Some(changes))
        }
        Plan::Mint(mut mint) => {
            point_at_highest(&mut mint.changes, snapshot, Some(mint.version));
            Plan::Mint(mint)
        }
        other => other,
    }
}

fn delete_keeps_highest(
    requester: &Requester,
    id: &SecretId,
    window: RecoveryWindow,
    snapshot: &Snapshot,
) -> DeletePlan {
    match plan_delete(requester, id, window, snapshot) {
        DeletePlan::Apply { mut changes, more } => {
            point_at_highest(&mut changes, snapshot, None);
            DeletePlan::Apply { changes, more }
        }
        other => other,
    }
}

fn delete_by_number(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    let mut id = id.clone();
    if let Some(item) = snapshot.version(id.version) {
        id.tag = item.token.tag();
    }
    plan_delete(requester, &id, window, snapshot)
}

fn named_in_any_table(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let mut intent = intent.clone();
    if let Operation::Update { named: Some(id), .. } = &mut intent.operation {
        id.identity.store = intent.identity.store.clone();
        if let Some(item) = snapshot.version(id.version) {
            id.tag = item.token.tag();
        }
    }
    plan(&intent, snapshot)
}

fn delete_the_adopted(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    let mut snapshot = snapshot.clone();
    for item in &mut snapshot.versions {
        item.adopted_from.clear();
    }
    plan_delete(requester, id, window, &snapshot)
}

fn keep_expiry(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match plan(intent, snapshot) {
        Plan::Mint(mut mint) => {
            if let Some(read) = &snapshot.head {
                mint.changes.head.retired = read.retired;
            }
            Plan::Mint(mint)
        }
        other => other,
    }
}

fn on_time(requester: &Requester, snapshot: &Snapshot) -> Requester {
    let newest = snapshot.head.as_ref().map_or(requester.requested_at, |head| head.as_of);
    Requester { requested_at: requester.requested_at.max(newest), expires_at: None, ..requester.clone() }
}

fn never_late(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let requester = on_time(&intent.requester, snapshot);
    plan(&Intent { requester, ..intent.clone() }, snapshot)
}

fn delete_never_late(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    plan_delete(&on_time(requester, snapshot), id, window, snapshot)
}

fn adopt_from_the_deleted(intent: &Intent, snapshot: &Snapshot) -> Plan {
    match plan(intent, snapshot) {
        Plan::Adopt(mut item, mut changes) => {
            let before = snapshot.version(item.version).filter(|before| before.retired.is_some());
            if let Some(VersionItem { owner, token, trigger, .. }) = before.cloned() {
                item.adopted_from.insert(0, AdoptedFrom { owner, token, trigger, retained_at: None, at: None });
                changes.update.retain(|other| other.version != item.version);
                changes.update.push(*item.clone());
            }
            Plan::Adopt(item, changes)
        }
        other => other,
    }
}

fn delete_goes_back(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    let mut planned = plan_delete(requester, id, window, snapshot);
    let older = snapshot.versions.iter().rfind(|item| {
        item.owner == requester.me && item.version < id.version && item.is_retained() && item.adopted_from.is_empty()
    });
    if let (DeletePlan::Apply { changes, more: false }, Some(older)) = (&mut planned, older)
        && changes.head.current == id.version
    {
        (changes.head.current, changes.head.retired) = (older.version, None);
        changes.update.retain(|item| item.version != older.version);
        changes.update.push(older.clone().revived());
    }
    planned
}

fn with_cause(snapshot: &Snapshot, from: Cause, to: Cause) -> Snapshot {
    let mut snapshot = snapshot.clone();
    for item in &mut snapshot.versions {
        if let Some(Superseded { cause, .. }) = &mut item.superseded
            && *cause == from
        {
            *cause = to;
        }
    }
    snapshot
}

fn delete_the_retained(
    requester: &Requester,
    id: &SecretId,
    window: RecoveryWindow,
    snapshot: &Snapshot,
) -> DeletePlan {
    plan_delete(requester, id, window, &with_cause(snapshot, Cause::Retained, Cause::Deleted))
}

fn made_room_is_deleted(intent: &Intent, snapshot: &Snapshot) -> Plan {
    plan(intent, &with_cause(snapshot, Cause::Retained, Cause::Deleted))
}

fn plan_anywhere(intent: &Intent, snapshot: &Snapshot) -> Plan {
    let requester = Requester { out_of_bounds: None, ..intent.requester.clone() };
    plan(&Intent { requester, ..intent.clone() }, snapshot)
}

fn delete_anywhere(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    plan_delete(&Requester { out_of_bounds: None, ..requester.clone() }, id, window, snapshot)
}

fn delete_erases_the_head(
    requester: &Requester,
    id: &SecretId,
    window: RecoveryWindow,
    snapshot: &Snapshot,
) -> DeletePlan {
    let mut planned = plan_delete(requester, id, window, snapshot);
    if let DeletePlan::Apply { changes, .. } = &mut planned
        && let Some(retirement) = &mut changes.head.retired
        && !changes.erase.is_empty()
    {
        retirement.expires_at = requester.now;
    }
    planned
}
