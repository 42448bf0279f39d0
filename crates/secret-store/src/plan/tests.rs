//! The decisions, one at a time. Whole histories are tried by the model in the repository's `tests`.

use super::delete::{DeletePlan, RecoveryWindow, Unheard, Untouched, plan_delete, plan_unheard};
use super::*;
use crate::description::Description;
use crate::id::Identity;
use crate::owner::{LogicalResourceId, StackId};
use crate::record::{AdoptedFrom, Cause, Head, KeyArn, RequestToken, Retirement, Trigger, UnixTime};

const NOW: UnixTime = UnixTime(1_000_000);

fn identity() -> Identity {
    Identity {
        store: "table".parse().unwrap(),
        stack_name: "app".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    }
}

fn stack(guid: &str, logical: &str) -> Owner {
    Owner::Resource {
        stack_id: StackId::new(format!("arn:aws:cloudformation:eu-west-1:1:stack/app/{guid}")),
        logical_resource_id: LogicalResourceId::new(logical),
    }
}

fn me() -> Owner {
    stack("g2", "Db")
}

fn token(of: &str) -> RequestToken {
    RequestToken::manual(of)
}

fn rotation(text: &str) -> Trigger {
    Trigger::Rotation(text.to_owned())
}

/// Version `number` of `owner`, made by the request `v{number}` with the trigger `t{number}`.
fn item(number: u64, owner: Owner) -> VersionItem {
    VersionItem {
        version: Version::new(number).unwrap(),
        owner,
        token: token(&format!("v{number}")),
        trigger: rotation(&format!("t{number}")),
        adopted_from: Vec::new(),
        moved_from: None,
        superseded: None,
        retired: None,
        key_arn: KeyArn("key".to_owned()),
        created_at: UnixTime(1),
        description: Description::default(),
    }
}

fn superseded(item: VersionItem) -> VersionItem {
    item.set_aside(UnixTime(2), Cause::Deleted)
}

fn retained(item: VersionItem) -> VersionItem {
    item.set_aside(UnixTime(2), Cause::Retained)
}

fn retired(item: VersionItem) -> VersionItem {
    VersionItem { retired: Some(Retirement { at: UnixTime(2), expires_at: UnixTime(NOW.0 + 100) }), ..item }
}

fn expired(item: VersionItem) -> VersionItem {
    VersionItem { retired: Some(Retirement { at: UnixTime(2), expires_at: NOW }), ..item }
}

fn head(current: u64) -> Head {
    Head { current: Version::new(current).unwrap(), as_of: UnixTime(NOW.0 - 50), retired: None, revision: 7 }
}

fn snapshot(head: Option<Head>, versions: Vec<VersionItem>) -> Snapshot {
    Snapshot { head, versions }
}

fn requester(of: &str) -> Requester {
    Requester {
        me: me(),
        token: token(of),
        requested_at: NOW,
        expires_at: Some(UnixTime(NOW.0 + 1)),
        answer_by: Some(NOW),
        now: NOW,
        out_of_bounds: None,
    }
}

fn create() -> Intent {
    Intent {
        requester: requester("new"),
        identity: identity(),
        trigger: rotation("new"),
        on_conflict: OnConflict::Refuse,
        operation: Operation::Create,
    }
}

fn update(named: &VersionItem, trigger: &str, old_trigger: &str) -> Intent {
    let named = Some(identity().id(named.version, named.token));
    Intent {
        trigger: rotation(trigger),
        operation: Operation::Update { named, old_trigger: rotation(old_trigger) },
        ..create()
    }
}

#[track_caller]
fn answered(plan: Plan) -> (u64, Option<Changes>) {
    match plan {
        Plan::Answer(item, changes) => (item.version.number(), changes),
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[track_caller]
fn minted(plan: Plan) -> Mint {
    match plan {
        Plan::Mint(mint) => mint,
        other => panic!("expected a new version, got {other:?}"),
    }
}

#[track_caller]
fn applied(plan: DeletePlan) -> Changes {
    match plan {
        DeletePlan::Apply { changes, more: false } => changes,
        other => panic!("expected changes, got {other:?}"),
    }
}

fn delete(item: &VersionItem, snapshot: &Snapshot) -> DeletePlan {
    let id = identity().id(item.version, item.token);
    plan_delete(&requester("delete"), &id, RecoveryWindow::default(), snapshot)
}

fn current(changes: &Changes) -> (u64, bool) {
    match &changes.head {
        HeadChange::Put(head) => (head.current.number(), head.retired.is_some()),
        other => panic!("expected a head, got {other:?}"),
    }
}

#[test]
fn the_first_create_mints_version_one() {
    let mint = minted(plan(&create(), &Snapshot::default()));
    assert_eq!(mint.version, Version::FIRST);
    assert_eq!(mint.changes.read, None);
    let expected = Head { current: Version::FIRST, as_of: NOW, retired: None, revision: 1 };
    assert_eq!(mint.changes.head, HeadChange::Put(expected));
}

#[test]
fn a_repeated_create_is_answered_with_what_it_made_and_writes_nothing() {
    for item in [item(3, me()), superseded(item(3, me())), retired(item(3, me()))] {
        let mut intent = create();
        intent.requester.token = item.token;
        // Too late and expired do not matter: nothing is changed.
        intent.requester.requested_at = UnixTime(0);
        intent.requester.expires_at = Some(UnixTime(0));
        assert_eq!(answered(plan(&intent, &snapshot(Some(head(3)), vec![item]))), (3, None));
    }
}

#[test]
fn somebody_elses_version_with_my_token_is_not_mine() {
    let mut intent = create();
    let theirs = item(1, stack("g2", "Other"));
    intent.requester.token = theirs.token;
    let plan = plan(&intent, &snapshot(Some(head(1)), vec![theirs]));
    assert!(matches!(plan, Plan::Refuse(Refusal::Taken { .. })));
}

#[test]
fn an_expired_request_changes_nothing() {
    let mut intent = create();
    intent.requester.expires_at = Some(NOW);
    assert_eq!(plan(&intent, &Snapshot::default()), Plan::Refuse(Refusal::Expired));

    let one = item(1, me());
    let mut requester = requester("delete");
    requester.expires_at = Some(NOW);
    let id = identity().id(one.version, one.token);
    let plan = plan_delete(&requester, &id, RecoveryWindow::default(), &snapshot(Some(head(1)), vec![one]));
    assert_eq!(plan, DeletePlan::Nothing(Untouched::Expired));
}

#[test]
fn an_unrelated_update_writes_nothing() {
    let one = item(1, me());
    let intent = update(&one, "t1", "t1");
    assert_eq!(answered(plan(&intent, &snapshot(Some(head(1)), vec![one]))), (1, None));
}

#[test]
fn a_new_trigger_mints_and_keeps_the_old_version_for_the_rollback() {
    let one = item(1, me());
    let mint = minted(plan(&update(&one, "t2", "t1"), &snapshot(Some(head(1)), vec![one])));
    assert_eq!(mint.version.number(), 2);
    assert_eq!(mint.changes.update.len(), 1);
    assert!(mint.changes.update[0].is_retained(), "until its Delete comes");
    assert_eq!(current(&mint.changes), (2, false));
}

#[test]
fn a_rollback_finds_the_old_version_and_moves_the_head_back() {
    let (one, two) = (item(1, me()), item(2, me()));
    let snapshot = snapshot(Some(head(2)), vec![one.clone(), two.clone()]);
    let rolled_back = |named: &VersionItem| {
        let (version, changes) = answered(plan(&update(named, "t1", "t2"), &snapshot));
        let changes = changes.unwrap();
        assert_eq!((version, current(&changes)), (1, (1, false)));
        changes
            .update
            .iter()
            .find(|item| item.version == two.version)
            .and_then(|item| item.superseded)
            .map(|it| it.cause)
    };
    // CloudFormation deletes the new version that it names; of one that it never heard of it says nothing.
    assert_eq!(rolled_back(&two), Some(Cause::Retained));
    assert_eq!(rolled_back(&one), Some(Cause::Deleted));
}

#[test]
fn a_step_forward_to_an_older_value_can_be_rolled_back() {
    // Version 1 was never deleted: its Delete failed, or its UpdateReplacePolicy is Retain.
    let (one, two) = (item(1, me()), item(2, me()));
    let before = snapshot(Some(head(2)), vec![one.clone(), two.clone()]);
    let (version, changes) = answered(plan(&update(&two, "t1", "t2"), &before));
    assert_eq!(version, 1);
    let updated = changes.unwrap().update;
    let versions = [one.clone(), two]
        .map(|item| updated.iter().find(|changed| changed.version == item.version).cloned().unwrap_or(item));
    let after = snapshot(Some(head(1)), versions.to_vec());
    let (version, changes) = answered(plan(&update(&one, "t2", "t1"), &after));
    assert_eq!((version, current(&changes.unwrap())), (2, (2, false)));
}

#[test]
fn the_former_owner_of_an_adopted_version_keeps_its_id() {
    let one = item(1, me());
    let sibling = stack("g2", "Renamed");
    let adopted = VersionItem {
        owner: sibling.clone(),
        token: token("adoption"),
        adopted_from: vec![AdoptedFrom {
            owner: me(),
            token: one.token,
            trigger: one.trigger.clone(),
            retained_at: None,
        }],
        ..one.clone()
    };
    let snapshot = snapshot(Some(head(1)), vec![adopted]);
    // Unrelated updates and late repeats are answered as before; nothing is taken back, nothing is retired.
    let unrelated = update(&one, "t1", "t1");
    assert_eq!(plan(&unrelated, &snapshot), Plan::Answer(Box::new(one.clone()), None));
    // A rollback too; the head stays, and remembers it.
    let (version, changes) = answered(plan(&update(&item(9, me()), "t1", "t9"), &snapshot));
    let changes = changes.unwrap();
    assert_eq!((version, current(&changes), changes.update), (1, (1, false), vec![]));
    let mut repeated = create();
    repeated.requester.token = one.token;
    assert_eq!(plan(&repeated, &snapshot), Plan::Answer(Box::new(one.clone()), None));

    // Its Delete says that it is gone for good: nothing will be handed back to it.
    let forgotten = applied(delete(&one, &snapshot)).update;
    assert_eq!((forgotten.len(), &forgotten[0].owner), (1, &sibling));
    assert!(forgotten[0].adopted_from.is_empty() && forgotten[0].is_active());
}

#[test]
fn a_named_version_is_restored() {
    for one in [retired(item(1, me())), superseded(item(1, me()))] {
        let retired_head = Head { retired: one.retired, ..head(1) };
        let (version, changes) = answered(plan(&update(&one, "t1", "t1"), &snapshot(Some(retired_head), vec![one])));
        let changes = changes.unwrap();
        assert_eq!(version, 1);
        assert!(changes.update[0].is_active());
        assert_eq!(current(&changes), (1, false));
    }
}

#[test]
fn what_was_erased_is_not_made_up() {
    let one = item(1, me());
    let two = item(2, stack("g1", "Db"));
    for versions in [vec![], vec![two.clone()], vec![expired(one.clone())]] {
        let plan = plan(&update(&one, "t1", "t1"), &snapshot(None, versions));
        assert_eq!(plan, Plan::Refuse(Refusal::Erased));
    }
    // A new trigger asks for a new value; so does a new identity, and an id that never was a version's.
    assert_eq!(minted(plan(&update(&one, "t2", "t1"), &Snapshot::default())).version, Version::FIRST);
    let mut moved = update(&one, "t1", "t1");
    moved.identity.env = "dev".parse().unwrap();
    assert_eq!(minted(plan(&moved, &Snapshot::default())).version, Version::FIRST);
    let mut unnamed = update(&one, "t1", "t1");
    unnamed.operation = Operation::Update { named: None, old_trigger: rotation("t1") };
    assert_eq!(minted(plan(&unnamed, &Snapshot::default())).version, Version::FIRST);
}

#[test]
fn an_item_of_the_same_number_but_another_tag_is_another_version() {
    let one = item(1, me());
    let mut other = one.clone();
    other.token = token("another");
    other.trigger = rotation("other");
    let snapshot = snapshot(Some(head(1)), vec![other]);
    assert_eq!(plan(&update(&one, "t1", "t1"), &snapshot), Plan::Refuse(Refusal::Erased));
    assert_eq!(delete(&one, &snapshot), DeletePlan::Nothing(Untouched::NotMine));
}

#[test]
fn a_late_request_does_not_move_the_head() {
    let one = item(1, me());
    let late = |mut intent: Intent| {
        intent.requester.requested_at = UnixTime(NOW.0 - 51);
        intent
    };
    let two = item(2, me());
    let snapshot = snapshot(Some(head(2)), vec![one.clone(), two.clone()]);

    let overtaken = Plan::Refuse(Refusal::Overtaken);
    assert_eq!(plan(&late(update(&one, "t3", "t1")), &snapshot), overtaken);
    assert_eq!(answered(plan(&late(update(&one, "t1", "t1")), &snapshot)), (1, None));
    assert_eq!(plan(&late(create()), &snapshot), overtaken);
    // A head from the future, which an earlier release believed, stands in nobody's way.
    let ahead = super::Snapshot { head: Some(Head { as_of: UnixTime(NOW.0 + 1), ..head(2) }), ..snapshot.clone() };
    assert_eq!(current(&minted(plan(&late(update(&two, "t3", "t2")), &ahead)).changes), (3, false));

    let mut requester = requester("delete");
    requester.requested_at = UnixTime(NOW.0 - 51);
    let plan = plan_delete(&requester, &identity().id(two.version, two.token), RecoveryWindow::default(), &snapshot);
    assert_eq!(plan, DeletePlan::Nothing(Untouched::Overtaken));
}

#[test]
fn who_may_take_the_place_of_whom() {
    use OnConflict::{Adopt, Refuse};
    let former = || item(1, stack("g1", "Db"));
    let sibling = || item(1, stack("g2", "Other"));
    let stranger = || {
        let stack_id = StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/other/g3");
        item(1, Owner::Resource { stack_id, logical_resource_id: LogicalResourceId::new("Db") })
    };
    let manual = || item(1, Owner::Manual);
    let cases = [
        (former(), Refuse, "mint 2"),
        (former(), Adopt, "adopt 1"),
        (retired(former()), Refuse, "mint 2"),
        (retired(former()), Adopt, "adopt 1"),
        (expired(former()), Adopt, "mint 2"),
        (sibling(), Refuse, "taken, adoptable"),
        (sibling(), Adopt, "adopt 1"),
        (retired(sibling()), Refuse, "mint 2"),
        (manual(), Refuse, "taken, adoptable"),
        (manual(), Adopt, "adopt 1"),
        (stranger(), Refuse, "taken"),
        (stranger(), Adopt, "taken"),
        (retired(stranger()), Adopt, "mint 2"),
        (item(1, me()), Refuse, "mint 2"),
        (retired(item(1, me())), Adopt, "adopt 1"),
    ];
    for (current, on_conflict, expected) in cases {
        let head = Head { retired: current.retired, ..head(1) };
        let intent = Intent { on_conflict, ..create() };
        let outcome = match plan(&intent, &snapshot(Some(head), vec![current.clone()])) {
            Plan::Mint(mint) => format!("mint {}", mint.version),
            Plan::Adopt(item, _) => format!("adopt {}", item.version),
            Plan::Refuse(Refusal::Taken { adoptable: true, .. }) => "taken, adoptable".to_owned(),
            Plan::Refuse(Refusal::Taken { adoptable: false, .. }) => "taken".to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, expected, "{on_conflict:?} {current:?}");
    }
}

#[track_caller]
fn adopted(intent: &Intent, snapshot: &Snapshot) -> (VersionItem, Changes) {
    match plan(intent, snapshot) {
        Plan::Adopt(item, changes) => (*item, changes),
        other => panic!("expected an adoption, got {other:?}"),
    }
}

#[test]
fn an_adopted_version_goes_back_as_its_owner_had_it() {
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    let (former, sibling) = (item(1, stack("g1", "Db")), item(1, stack("g2", "Other")));
    // A former stack's can only have been retained; another resource of mine may have it still.
    for (theirs, back) in [
        (former.clone(), former.set_aside(NOW, Cause::Retained)),
        (retained(former.clone()), retained(former)),
        (sibling.clone(), sibling),
        (item(1, Owner::Manual), item(1, Owner::Manual)),
    ] {
        let (mine, changes) = adopted(&intent, &snapshot(Some(head(1)), vec![theirs]));
        assert_eq!((&mine.owner, mine.token, &mine.trigger), (&me(), token("new"), &rotation("new")));
        assert!(mine.is_active());
        assert_eq!(current(&changes), (1, false));

        let changes = applied(delete(&mine, &snapshot(Some(head(1)), vec![mine.clone()])));
        assert_eq!(changes.update, std::slice::from_ref(&back));
        assert_eq!(current(&changes), (1, !back.is_active()));
    }
}

#[test]
fn what_was_deleted_and_then_adopted_is_deleted_with_its_adopter() {
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    for theirs in [retired(item(1, stack("g1", "Db"))), retired(item(1, stack("g2", "Other")))] {
        let retired_head = Head { retired: theirs.retired, ..head(1) };
        let (mine, changes) = adopted(&intent, &snapshot(Some(retired_head), vec![theirs]));
        assert!(mine.is_active() && mine.adopted_from.is_empty());
        assert_eq!(current(&changes), (1, false));
        let changes = applied(delete(&mine, &snapshot(Some(head(1)), vec![mine.clone()])));
        assert!(changes.update[0].retired.is_some());
        assert_eq!(current(&changes), (1, true));
        let id = identity().id(mine.version, mine.token);
        let at_once = RecoveryWindow::from_days(0).unwrap();
        let changes =
            applied(plan_delete(&requester("delete"), &id, at_once, &snapshot(Some(head(1)), vec![mine.clone()])));
        assert_eq!((changes.erase, changes.head), (vec![mine.version], HeadChange::Erase));
    }
}

#[test]
fn deleting_the_last_version_retires_all_of_mine_and_the_head() {
    let versions = vec![superseded(item(1, me())), retired(item(2, stack("g1", "Db"))), item(3, me())];
    let snapshot = snapshot(Some(head(3)), versions.clone());
    let changes = applied(delete(&versions[2], &snapshot));
    let retired: Vec<_> = changes.update.iter().map(|item| (item.version.number(), item.retired)).collect();
    let retirement = Some(Retirement { at: NOW, expires_at: UnixTime(NOW.0 + 30 * 24 * 60 * 60) });
    assert_eq!(retired, [(1, retirement), (3, retirement)]);
    assert_eq!(current(&changes), (3, true));
}

#[test]
fn the_head_goes_to_what_somebody_else_still_has() {
    let versions = vec![item(1, stack("g2", "Other")), item(2, me())];
    let snapshot = snapshot(Some(head(2)), versions.clone());
    assert_eq!(current(&applied(delete(&versions[1], &snapshot))), (1, false));
}

#[test]
fn deleting_an_older_version_only_supersedes_it() {
    let versions = vec![item(1, me()), item(2, me())];
    let snapshot = snapshot(Some(head(2)), versions.clone());
    let changes = applied(delete(&versions[0], &snapshot));
    assert_eq!(changes.update.len(), 1);
    assert!(changes.update[0].retired.is_none() && changes.update[0].superseded.is_some());
    assert_eq!(current(&changes), (2, false));
}

#[test]
fn the_head_never_moves_back_to_a_retained_version() {
    // As this release leaves it after a rotation without a Delete, and as an earlier one did.
    for one in [retained(item(1, me())), item(1, me())] {
        let versions = vec![one, item(2, me())];
        let changes = applied(delete(&versions[1], &snapshot(Some(head(2)), versions.clone())));
        let after = |number| changes.update.iter().find(|item| item.version.number() == number).unwrap_or(&versions[0]);
        assert!(after(1).is_retained() && after(2).retired.is_some());
        assert_eq!(current(&changes), (2, true));
    }
}

#[test]
fn a_retained_version_goes_with_its_own_delete() {
    let alone = vec![retained(item(1, me())), retired(item(2, me()))];
    let changes = applied(delete(&alone[0], &snapshot(Some(head(2)), alone.clone())));
    assert!(changes.update[0].retired.is_some());
    let beside = vec![retained(item(1, me())), item(2, me())];
    let changes = applied(delete(&beside[0], &snapshot(Some(head(2)), beside.clone())));
    assert_eq!(changes.update[0].superseded.map(|superseded| superseded.cause), Some(Cause::Deleted));
    assert_eq!(current(&changes), (2, false));
}

#[test]
fn a_delete_out_of_bounds_fails_if_it_would_change_something() {
    let one = item(1, me());
    let out = crate::scope::OutOfScope::OtherEnv("prod".parse().unwrap());
    let bounded = Requester { out_of_bounds: Some(out.clone()), ..requester("delete") };
    let decide = |item: &VersionItem| {
        let id = identity().id(item.version, item.token);
        plan_delete(&bounded, &id, RecoveryWindow::default(), &snapshot(Some(head(1)), vec![one.clone()]))
    };
    assert_eq!(decide(&one), DeletePlan::Refuse(out));
    assert_eq!(decide(&item(7, me())), DeletePlan::Nothing(Untouched::NotMine));
}

#[test]
fn a_delete_with_an_id_of_cloudformations_own_takes_what_was_made_just_now() {
    let window = RecoveryWindow::default();
    let unheard = |snapshot: &Snapshot| plan_unheard(&requester("delete"), Unheard::Create, window, snapshot);
    let made = VersionItem { created_at: UnixTime(NOW.0 - 60), ..item(1, me()) };
    let changes = applied(unheard(&snapshot(Some(head(1)), vec![made.clone()])));
    assert!(changes.update[0].retired.is_some());

    // What it made long ago may be what its template retained.
    let old_head = Head { as_of: UnixTime(1), ..head(1) };
    let changes = applied(unheard(&snapshot(Some(old_head), vec![item(1, me())])));
    assert_eq!((changes.update.len(), current(&changes)), (0, (1, false)));

    // Nothing is there yet: the Create that comes after its own Delete is recognized.
    let HeadChange::Put(note) = applied(unheard(&Snapshot::default())).head else { panic!("expected a note") };
    assert!(note.retired.is_some());
    let mut late = create();
    late.requester.requested_at = UnixTime(NOW.0 - 1);
    assert_eq!(plan(&late, &snapshot(Some(note), vec![])), Plan::Refuse(Refusal::Overtaken));
}

#[test]
fn a_delete_from_another_stack_of_the_same_name_touches_nothing() {
    let theirs = item(1, stack("g1", "Db"));
    assert_eq!(
        delete(&theirs, &snapshot(Some(head(1)), vec![theirs.clone()])),
        DeletePlan::Nothing(Untouched::NotMine)
    );
}

#[test]
fn retiring_mine_leaves_somebody_elses_head_alone() {
    let mine = item(1, me());
    let snapshot = snapshot(Some(head(2)), vec![mine.clone(), item(2, stack("g3", "Db"))]);
    let changes = applied(delete(&mine, &snapshot));
    assert_eq!(changes.update.len(), 1);
    assert_eq!(current(&changes), (2, false));
}

#[test]
fn a_window_of_zero_erases_at_once() {
    let mine = item(1, me());
    let snapshot = snapshot(Some(head(1)), vec![mine.clone()]);
    let window = RecoveryWindow::from_days(0).unwrap();
    let plan = plan_delete(&requester("delete"), &identity().id(mine.version, mine.token), window, &snapshot);
    let changes = applied(plan);
    assert_eq!((changes.erase, changes.head), (vec![mine.version], HeadChange::Erase));
}

#[test]
fn a_repeated_delete_has_nothing_left_to_do() {
    let mine = retired(item(1, me()));
    let head = Head { retired: mine.retired, ..head(1) };
    assert_eq!(delete(&mine, &snapshot(Some(head), vec![mine.clone()])), DeletePlan::Nothing(Untouched::Done));
}

#[test]
fn more_versions_than_one_write_takes_are_retired_in_several() {
    let mut stored = snapshot(Some(head(250)), (1..250).map(|number| superseded(item(number, me()))).collect());
    stored.versions.push(item(250, me()));
    let last = stored.versions[249].clone();
    let mut rounds = 0;
    loop {
        rounds += 1;
        let DeletePlan::Apply { changes, more } = delete(&last, &stored) else { panic!("nothing left too early") };
        assert!(changes.update.len() <= changes::MAX_CHANGED_VERSIONS);
        for update in changes.update {
            let at = stored.versions.iter().position(|item| item.version == update.version).unwrap();
            stored.versions[at] = update;
        }
        let HeadChange::Put(head) = changes.head else { panic!("no head") };
        stored.head = Some(head);
        if !more {
            break;
        }
    }
    assert_eq!(rounds, 3);
    assert!(stored.versions.iter().all(|item| item.retired.is_some()));
    assert!(stored.head.unwrap().retired.is_some());
    assert_eq!(
        delete(&last, &Snapshot { head: None, versions: stored.versions }),
        DeletePlan::Nothing(Untouched::Done)
    );
}

#[test]
fn a_former_owner_with_many_versions_is_forgotten_with_the_last_write() {
    let lent = VersionItem {
        owner: stack("g2", "Renamed"),
        token: token("adoption"),
        adopted_from: vec![AdoptedFrom {
            owner: me(),
            token: token("v200"),
            trigger: rotation("t200"),
            retained_at: None,
        }],
        ..item(200, me())
    };
    let mut stored = snapshot(Some(head(200)), (1..200).map(|number| superseded(item(number, me()))).collect());
    stored.versions.push(lent);
    let mut rounds = 0;
    loop {
        rounds += 1;
        let DeletePlan::Apply { changes, more } = delete(&item(200, me()), &stored) else {
            panic!("nothing left too early")
        };
        assert!(changes.update.len() <= changes::MAX_CHANGED_VERSIONS + 1);
        for update in changes.update {
            let at = stored.versions.iter().position(|item| item.version == update.version).unwrap();
            stored.versions[at] = update;
        }
        if !more {
            break;
        }
    }
    let (theirs, mine) = stored.versions.split_last().unwrap();
    assert_eq!(rounds, 3);
    assert!(theirs.is_active() && theirs.adopted_from.is_empty());
    assert!(mine.iter().all(|item| item.retired.is_some()));
}

#[test]
fn a_value_from_outside_is_stored_by_each_new_request() {
    let mut one = item(1, me());
    one.trigger = Trigger::External;
    let mut intent = update(&one, "", "");
    intent.trigger = Trigger::External;
    intent.operation =
        Operation::Update { named: Some(identity().id(one.version, one.token)), old_trigger: Trigger::External };
    assert_eq!(minted(plan(&intent, &snapshot(Some(head(1)), vec![one]))).version.number(), 2);
}

#[test]
fn numbers_go_on_after_what_head_or_versions_still_tell() {
    let far = snapshot(Some(head(9)), vec![item(3, me())]);
    assert_eq!(minted(plan(&create(), &far)).version.number(), 10);
    let near = snapshot(None, vec![expired(item(3, me()))]);
    assert_eq!(minted(plan(&create(), &near)).version.number(), 4);
}

#[test]
fn nothing_is_made_when_cloudformation_has_stopped_waiting() {
    let mut intent = create();
    intent.requester.answer_by = Some(UnixTime(NOW.0 - 1));
    assert_eq!(plan(&intent, &Snapshot::default()), Plan::Refuse(Refusal::Expired));
}

#[test]
fn going_back_after_failed_updates_finds_what_was_retained() {
    let versions = vec![retained(item(1, me())), retained(item(2, me())), item(3, me())];
    let (version, changes) =
        answered(plan(&update(&versions[2], "t1", "t3"), &snapshot(Some(head(3)), versions.clone())));
    assert_eq!((version, current(&changes.unwrap())), (1, (1, false)));
    // What was deleted is gone for an Update that does not name it.
    let versions = vec![superseded(item(1, me())), item(2, me())];
    let mint = minted(plan(&update(&versions[1], "t1", "t2"), &snapshot(Some(head(2)), versions.clone())));
    assert_eq!(mint.version.number(), 3);
}

#[test]
fn a_rotation_that_failed_with_rollback_switched_off_can_be_tried_again() {
    let one = item(1, me());
    assert_eq!(minted(plan(&update(&one, "t2", "t2"), &snapshot(Some(head(1)), vec![one]))).version.number(), 2);
}

#[test]
fn the_outcome_of_two_resources_on_one_secret_does_not_depend_on_who_comes_first() {
    for requested_at in [NOW, UnixTime(NOW.0 - 60)] {
        let mut second = create();
        second.requester.requested_at = requested_at;
        let first = item(1, stack("g2", "Other"));
        let plan = plan(&second, &snapshot(Some(head(1)), vec![first]));
        assert!(matches!(plan, Plan::Refuse(Refusal::Taken { adoptable: true, .. })), "{plan:?}");
    }
}

#[test]
fn out_of_bounds_nothing_is_written_and_what_is_there_is_answered() {
    let out = crate::scope::OutOfScope::OtherEnv("prod".parse().unwrap());
    let bounded = |mut intent: Intent| {
        intent.requester.out_of_bounds = Some(out.clone());
        intent
    };
    let (one, two) = (item(1, me()), item(2, me()));
    let stored = snapshot(Some(head(1)), vec![one.clone()]);
    let refused = Plan::Refuse(Refusal::OutOfBounds(out.clone()));
    assert_eq!(plan(&bounded(create()), &stored), refused);
    assert_eq!(plan(&bounded(update(&one, "t2", "t1")), &stored), refused);
    // The Update that rolls back what was refused.
    assert_eq!(answered(plan(&bounded(update(&one, "t1", "t2")), &stored)), (1, None));
    let moved = snapshot(Some(head(2)), vec![retained(one), two.clone()]);
    assert_eq!(plan(&bounded(update(&two, "t1", "t2")), &moved), refused);
}

#[test]
fn only_so_many_deleted_versions_are_kept() {
    let mut versions: Vec<_> = (1..=KEPT_DELETED as u64 + 3).map(|number| superseded(item(number, me()))).collect();
    versions[0] = retained(versions[0].clone());
    let newest = item(KEPT_DELETED as u64 + 4, me());
    versions.push(newest.clone());
    let mint = minted(plan(&update(&newest, "new", "t"), &snapshot(Some(head(newest.version.number())), versions)));
    let retired = mint.changes.update.iter().filter(|item| item.retired.is_some());
    assert_eq!(retired.map(|item| item.version.number()).collect::<Vec<_>>(), [2, 3]);
}
