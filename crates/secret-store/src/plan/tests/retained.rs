//! What CloudFormation went on from without a Delete, and what it deleted for good.

use super::*;

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
fn a_delete_that_may_be_a_rollback_is_decided_by_what_the_stack_is_doing() {
    let versions = vec![retained(item(1, me())), item(2, me())];
    let rotated = snapshot(Some(head(2)), versions.clone());
    let decide = |stack, snapshot: &Snapshot, deleted: &VersionItem| {
        let id = identity().id(deleted.version, deleted.token);
        plan_delete(&Requester { stack, ..requester("delete") }, &id, RecoveryWindow::default(), snapshot)
    };
    assert_eq!(decide(StackNews::NotAsked, &rotated, &versions[1]), DeletePlan::AskForTheStack);
    for stack in [StackNews::NotTold, StackNews::Told(StackState::Lives), StackNews::Told(StackState::Gone)] {
        assert_eq!(current(&applied(decide(stack, &rotated, &versions[1]))), (2, true));
    }
    let changes = applied(decide(StackNews::Told(StackState::RollsBack), &rotated, &versions[1]));
    let after = |number| changes.update.iter().find(|item| item.version.number() == number).unwrap();
    assert!(after(1).is_active());
    assert!(after(2).retired.is_some());
    assert_eq!(current(&changes), (1, false));

    // Nothing to go back to, or another version in use: nobody is asked.
    for one in [superseded(item(1, me())), retired(item(1, me())), item(1, stack("other", "DbSecret"))] {
        let versions = vec![one, item(2, me())];
        let plan = decide(StackNews::NotAsked, &snapshot(Some(head(2)), versions.clone()), &versions[1]);
        assert_ne!(plan, DeletePlan::AskForTheStack);
    }
}

#[test]
fn what_a_resource_came_back_to_without_an_answer_is_retained_when_it_goes_on() {
    // 1, then 2, which failed with rollback switched off; then back to 1, of which CloudFormation never heard; now 3.
    let versions = vec![item(1, me()), retained(item(2, me()))];
    let mint = minted(plan(&update(&versions[1], "t3", "t2"), &snapshot(Some(head(1)), versions.clone())));
    assert!(mint.changes.update[0].is_retained(), "{:?}", mint.changes.update);
    // What came of an Update without an answer was never had.
    let versions = vec![retained(item(1, me())), item(2, me())];
    let mint = minted(plan(&update(&versions[0], "t3", "t1"), &snapshot(Some(head(2)), versions.clone())));
    assert_eq!(mint.changes.update[0].superseded.map(|superseded| superseded.cause), Some(Cause::Deleted));
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
fn going_back_to_what_was_adopted_back_finds_it_under_the_id_of_today() {
    // Mine, then another resource's, then mine again: as I have it now it has another id than as I had it first.
    let first = item(1, me());
    let theirs = first.adopted_by(stack("g2", "Other"), token("theirs"), first.trigger.clone(), NOW);
    let again = theirs.adopted_by(me(), token("again"), first.trigger.clone(), NOW);
    let versions = vec![retained(again.clone()), item(2, me())];
    let plan = plan(&update(&versions[1], "t1", "t2"), &snapshot(Some(head(2)), versions));
    let Plan::Answer(kept, Some(changes)) = plan else { panic!("{plan:?}") };
    assert_eq!((kept.version, kept.token), (again.version, again.token));
    assert_eq!(current(&changes), (1, false));
    assert!(changes.update.iter().any(|item| item.version == again.version && item.is_active()));
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
