//! Creates and Updates: what is made, what is kept, and what comes too late.

use super::*;

#[test]
fn the_first_create_mints_version_one() {
    let mint = minted(plan(&create(), &Snapshot::default()));
    assert_eq!(mint.version, Version::FIRST);
    assert_eq!(mint.changes.read, None);
    let expected = Head { current: Version::FIRST, as_of: NOW, retired: None, revision: 1 };
    assert_eq!(mint.changes.head, expected);
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
    unnamed.operation = Operation::Update { named: None, old_trigger: rotation("t1"), came_from: None };
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
    let noted = applied(delete(&one, &snapshot));
    assert_eq!((noted.update, noted.erase), (vec![], vec![]));
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
fn a_value_from_outside_is_stored_by_each_new_request() {
    let mut one = item(1, me());
    one.trigger = Trigger::External;
    let mut intent = update(&one, "", "");
    intent.trigger = Trigger::External;
    intent.operation = Operation::Update {
        named: Some(identity().id(one.version, one.token)),
        old_trigger: Trigger::External,
        came_from: None,
    };
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
