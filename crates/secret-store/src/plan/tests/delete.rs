//! Deletes: what goes out of use, and what becomes of the head.

use super::*;

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
    let note = applied(unheard(&Snapshot::default())).head;
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
fn a_window_of_zero_erases_at_once_and_remembers_it_while_a_create_may_be_on_its_way() {
    let mine = item(1, me());
    let snapshot = snapshot(Some(head(1)), vec![mine.clone()]);
    let window = RecoveryWindow::from_days(0).unwrap();
    let plan = plan_delete(&requester("delete"), &identity().id(mine.version, mine.token), window, &snapshot);
    let changes = applied(plan);
    assert_eq!((&changes.erase, current(&changes)), (&vec![mine.version], (1, true)));
    let head = changes.head;
    assert_eq!(head.retired.map(|retired| retired.expires_at), Some(UnixTime(NOW.0 + 7200)));

    // The Create, once more: nobody tells it that its version is gone, but for the head.
    let mut again = create();
    again.requester.requested_at = UnixTime(NOW.0 - 1);
    assert_eq!(super::plan(&again, &Snapshot { head: Some(head), versions: vec![] }), Plan::Refuse(Refusal::Overtaken));
}

#[test]
fn a_repeated_delete_has_nothing_left_to_do() {
    let mine = retired(item(1, me()));
    let head = Head { retired: mine.retired, ..head(1) };
    assert_eq!(delete(&mine, &snapshot(Some(head), vec![mine.clone()])), DeletePlan::Nothing(Untouched::Done));
}

#[test]
fn what_was_deleted_before_it_was_adopted_is_kept_as_long_as_its_first_window_says() {
    let deleted = retired(item(1, stack("g1", "Db")));
    let until = deleted.retired.unwrap().expires_at;
    let adopted = deleted.adopted_by(me(), token("adopts"), rotation("t"), NOW);
    let delete = |now: UnixTime| {
        let id = identity().id(adopted.version, adopted.token);
        let window = RecoveryWindow::from_days(0).unwrap();
        let requester = Requester { now, requested_at: now, expires_at: None, answer_by: None, ..requester("delete") };
        applied(plan_delete(&requester, &id, window, &snapshot(Some(head(1)), vec![adopted.clone()])))
    };
    // A Create that adopted it and is rolled back, with a window of 0.
    let early = delete(NOW);
    assert_eq!(early.update[0].retired.map(|retirement| retirement.expires_at), Some(until));
    let late = delete(UnixTime(until.0 + 1));
    assert_eq!(late.erase, [adopted.version]);
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
        let head = changes.head;
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
fn a_note_keeps_a_head_that_is_about_to_expire() {
    let soon = Retirement { at: UnixTime(2), expires_at: UnixTime(NOW.0 + 1) };
    let snapshot = snapshot(Some(Head { retired: Some(soon), ..head(1) }), vec![]);
    let requester = requester("delete");
    let changes = applied(plan_unheard(&requester, Unheard::Create, RecoveryWindow::default(), &snapshot));
    let head = changes.head;
    assert_eq!((head.as_of, head.retired.unwrap().expires_at), (NOW, UnixTime(NOW.0 + 7200)));
}
