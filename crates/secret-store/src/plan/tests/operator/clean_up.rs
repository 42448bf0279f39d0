//! Out of use and gone: `retire`, `prune`, and which versions `reencrypt` takes.

use super::*;

#[test]
fn what_was_retained_is_retired_for_the_window_and_can_be_told_from_the_deleted() {
    let versions = vec![retained(item(1, me())), item(2, me())];
    let there = snapshot(Some(head(2)), versions.clone());
    let changes = changes_of(retire(Which::Version(Version::FIRST), &there, &lives_with(&versions[1])));
    let [one] = changes.update.as_slice() else { panic!("one version") };
    let expires_at = UnixTime(NOW.0 + 30 * 24 * 60 * 60);
    assert_eq!(one.retired, Some(Retirement { at: NOW, expires_at }));
    assert_eq!(one.superseded, versions[0].superseded);
    assert_eq!((current(&changes), as_of(&changes)), ((2, false), head(2).as_of));
}

#[test]
fn what_a_gone_stack_left_is_retired_whole_and_the_head_with_it() {
    let there = snapshot(Some(head(2)), vec![retained(item(1, me())), item(2, me()), retired(item(3, me()))]);
    let changes = changes_of(retire(Which::All, &there, &gone()));
    assert!(changes.update.iter().map(|item| item.version.number()).eq([1, 2]));
    assert_eq!((current(&changes), as_of(&changes)), ((2, true), head(2).as_of));
}

#[test]
fn the_head_goes_on_to_what_somebody_else_has_in_use() {
    let there = snapshot(Some(head(2)), vec![by_hand(1), item(2, me())]);
    let changes = changes_of(retire(Which::Version(Version::new(2).unwrap()), &there, &gone()));
    assert_eq!((current(&changes), as_of(&changes)), ((1, false), head(2).as_of));
}

#[test]
fn a_version_that_no_resource_has_any_more_is_the_operators_although_its_stack_lives() {
    // Taken out of the template with `DeletionPolicy: Retain`: no Delete came, and it stayed in use.
    let there = snapshot(Some(head(1)), vec![item(1, me())]);
    let changes = changes_of(retire(Which::All, &there, &owners(&[(&me(), OwnerState::Settled { names: vec![] })])));
    assert_eq!(current(&changes), (1, true));
}

#[test]
fn without_a_window_it_is_kept_as_long_as_the_request_that_made_it_may_come_twice() {
    let there = snapshot(Some(head(1)), vec![item(1, me())]);
    let none = RecoveryWindow::from_days(0).unwrap();
    let changes = changes_of(plan_retire(&identity(), Which::All, none, NOW, &gone(), &there));
    let head @ Head { retired: Some(retirement), .. } = changes.head else { panic!("the head stays") };
    assert_eq!(retirement.expires_at, UnixTime(NOW.0 + 2 * 60 * 60));
    assert_eq!(changes.update[0].retired, Some(retirement));
    let twice = Intent { requester: requester("v1"), ..create() };
    let (version, changes) = answered(plan(&twice, &snapshot(Some(head), changes.update)));
    assert_eq!((version, changes), (1, None));
}

#[test]
fn where_there_is_no_head_one_is_made_so_that_nobody_comes_between_unseen() {
    let headless = |item| snapshot(None, vec![item]);
    let expired_head = |changes: &Changes| (changes.read.clone(), current(changes), as_of(changes));
    let expected = (None, (1, true), UnixTime::default());
    assert_eq!(expired_head(&changes_of(retire(Which::All, &headless(retained(item(1, me()))), &gone()))), expected);
    let changes = changes_of(restore(1, &headless(retired(retained(item(1, me())))), &gone()));
    assert_eq!(expired_head(&changes), expected);
}

#[test]
fn retiring_twice_does_nothing_and_what_is_not_there_is_named() {
    let there = snapshot(Some(out_of_use(head(1))), vec![retired(by_hand(1))]);
    assert_eq!(retire(Which::All, &there, &gone()), HandPlan::Nothing);
    let nine = Version::new(9).unwrap();
    assert_eq!(retire(Which::Version(nine), &there, &gone()), HandPlan::Refuse(Refused::NoVersion(nine)));
    assert_eq!(retire(Which::All, &Snapshot::default(), &gone()), HandPlan::Refuse(Refused::NoSecret));
}

#[test]
fn more_than_one_write_takes_is_done_one_write_after_the_other() {
    let many = (1..=MAX_CHANGED_VERSIONS as u64 + 1).map(|number| superseded(item(number, me()))).collect();
    let there = snapshot(Some(head(99)), many);
    let HandPlan::Apply { changes, more: true } = retire(Which::All, &there, &gone()) else { panic!("more is left") };
    assert_eq!(changes.update.len(), MAX_CHANGED_VERSIONS);
    assert_eq!(current(&changes), (99, false));
}

#[test]
fn only_what_has_expired_is_pruned_whatever_the_head_says() {
    let kept = [item(1, me()), retained(item(2, me())), superseded(item(3, me())), retired(item(4, me())), by_hand(5)];
    assert_eq!(plan_prune(NOW, &snapshot(Some(head(1)), kept.to_vec())), []);

    let over = expired(item(1, me()));
    let expires_at = over.retired.unwrap().expires_at;
    let expected = [Expired { version: Version::FIRST, expires_at }];
    for head in [None, Some(head(1)), Some(out_of_use(head(1)))] {
        assert_eq!(plan_prune(NOW, &snapshot(head.clone(), vec![over.clone(), retired(item(2, me()))])), expected);
        assert_eq!(plan_prune(UnixTime(expires_at.0 - 1), &snapshot(head.clone(), vec![over.clone()])), []);
        assert_eq!(plan_prune(NOW, &snapshot(head, vec![])), []);
    }
}

#[test]
fn every_version_that_can_still_be_read_or_restored_gets_the_new_key() {
    let new = KeyArn("new".to_owned());
    let adopted = item(1, stranger()).adopted_by(me(), token("new"), rotation("t"), NOW);
    for version in [item(1, me()), retained(item(1, me())), superseded(item(1, me())), retired(item(1, me())), adopted]
    {
        assert_eq!(plan_reencrypt(&version, &new, NOW), Reencryption::Rewrite, "{version:?}");
        assert_eq!(plan_reencrypt(&version, &version.key_arn, NOW), Reencryption::Done);
    }
    assert_eq!(plan_reencrypt(&expired(item(1, me())), &new, NOW), Reencryption::Expired);
}
