//! Two who want one secret: who is refused, who adopts, and what goes back to whom.

use super::*;

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
            at: Some(NOW),
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

/// A Delete while the stack is told to be in this state.
fn delete_of(item: &VersionItem, state: StackState, snapshot: &Snapshot) -> DeletePlan {
    let requester = Requester { stack: StackNews::Told(state), ..requester("delete") };
    plan_delete(&requester, &identity().id(item.version, item.token), RecoveryWindow::default(), snapshot)
}

#[test]
fn who_came_back_to_what_it_had_adopted_and_is_rolled_back_goes_on_with_its_own() {
    let sibling = item(1, stack("g2", "Other"));
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    let (mine, _) = adopted(&intent, &snapshot(Some(head(1)), vec![sibling.clone()]));
    let rolled_back = |own: VersionItem| {
        applied(delete_of(&mine, StackState::RollsBack, &snapshot(Some(head(1)), vec![mine.clone(), own])))
    };
    let made = |after| VersionItem { created_at: UnixTime(NOW.0 + after), ..retained(item(2, me())) };
    // The rotation that came after the adoption is current again, and the other has its version as before.
    let changes = rolled_back(made(1));
    assert_eq!(current(&changes), (2, false));
    assert_eq!(changes.update, [sibling.clone(), made(1).revived()]);
    // What was left before the adoption stays behind.
    let changes = rolled_back(made(0));
    assert_eq!((current(&changes), changes.update), ((1, false), vec![sibling]));
}

#[test]
fn who_comes_anew_has_retained_what_it_had_before() {
    // Renamed and renamed back, and the Delete after the first time never arrived.
    let former =
        AdoptedFrom { owner: me(), token: token("before"), trigger: rotation("t1"), retained_at: None, at: Some(NOW) };
    let sibling = VersionItem { adopted_from: vec![former], ..item(1, stack("g2", "Other")) };
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    let (mine, _) = adopted(&intent, &snapshot(Some(head(1)), vec![sibling]));
    let retained: Vec<bool> = mine.adopted_from.iter().map(|former| former.retained_at.is_some()).collect();
    assert_eq!(retained, [false, true]);
}

#[test]
fn who_took_over_its_own_value_and_goes_back_has_it_as_before() {
    // Env a, then b, which failed with rollback switched off; then a again with adopt, which failed and is rolled back.
    let before = item(1, me());
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    let (mine, _) = adopted(&intent, &snapshot(Some(head(1)), vec![before.clone()]));
    let taken_over = snapshot(Some(head(1)), vec![mine.clone()]);
    let going_back = Intent { requester: requester("back"), ..update(&mine, "t1", "new") };
    let (_, changes) = answered(plan(&going_back, &taken_over));
    let [back] = &changes.unwrap().update[..] else { panic!("one version") };
    assert_eq!((back.token, &back.trigger), (before.token, &before.trigger));
    // And has it anew if that fails in turn; the Delete of the id that comes to nothing forgets it.
    let back = snapshot(Some(head(1)), vec![back.clone()]);
    let (_, changes) = answered(plan(&Intent { requester: requester("again"), ..update(&before, "new", "t1") }, &back));
    assert_eq!(changes.unwrap().update[0].token, mine.token);
    assert_eq!(applied(delete(&mine, &back)).update, std::slice::from_ref(&before));
    // A rollback without an Update back.
    let changes = applied(delete_of(&mine, StackState::RollsBack, &taken_over));
    assert_eq!((current(&changes), changes.update), ((1, false), vec![before]));
    // The end of the resource.
    let changes = applied(delete_of(&mine, StackState::Lives, &taken_over));
    assert!(changes.update[0].is_retained());
}

#[test]
fn a_rollback_takes_nothing_back_that_another_has_by_now() {
    let intent = Intent { on_conflict: OnConflict::Adopt, ..create() };
    let (mine, _) = adopted(&intent, &snapshot(Some(head(1)), vec![item(1, me())]));
    let theirs = mine.adopted_by(stack("g2", "Renamed"), token("theirs"), rotation("t1"), NOW);
    let changes = applied(delete_of(&mine, StackState::RollsBack, &snapshot(Some(head(1)), vec![theirs.clone()])));
    // One write of the version, and it stays theirs.
    let [left] = &changes.update[..] else { panic!("{:?}", changes.update) };
    assert_eq!((&left.owner, left.token), (&theirs.owner, theirs.token));
}

#[test]
fn what_another_has_of_a_resource_that_ends_does_not_come_back_in_use() {
    let former =
        AdoptedFrom { owner: me(), token: token("before"), trigger: rotation("t1"), retained_at: None, at: Some(NOW) };
    let lent = VersionItem { adopted_from: vec![former], ..superseded(item(1, stack("g2", "Other"))) };
    let mine = item(2, me());
    let changes = applied(delete(&mine, &snapshot(Some(head(2)), vec![lent, mine.clone()])));
    assert!(changes.update[0].retired.is_some());
    assert!(changes.update[1].handed_back().unwrap().is_retained());
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
        // Its first owner's window is not over yet.
        let end = changes.update[0].retired.map(|retirement| retirement.expires_at);
        assert_eq!((end, current(&changes)), (mine.kept_until, (1, true)));
    }
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
            at: Some(NOW),
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
fn the_outcome_of_two_resources_on_one_secret_does_not_depend_on_who_comes_first() {
    for requested_at in [NOW, UnixTime(NOW.0 - 60)] {
        let mut second = create();
        second.requester.requested_at = requested_at;
        let first = item(1, stack("g2", "Other"));
        let plan = plan(&second, &snapshot(Some(head(1)), vec![first]));
        assert!(matches!(plan, Plan::Refuse(Refusal::Taken { adoptable: true, .. })), "{plan:?}");
    }
}
