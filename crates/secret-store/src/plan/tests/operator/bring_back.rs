//! Back into use: `restore`.

use super::*;

fn restored(changes: &Changes) -> &VersionItem {
    let [one] = changes.update.as_slice() else { panic!("one version") };
    assert_eq!(one.retired, None);
    one
}

#[test]
fn a_deleted_stacks_secret_is_as_it_was_and_current() {
    let there = snapshot(Some(out_of_use(head(1))), vec![retired(item(1, me()))]);
    let changes = changes_of(restore(1, &there, &gone()));
    assert_eq!(*restored(&changes), item(1, me()));
    assert_eq!((current(&changes), as_of(&changes)), ((1, false), head(1).as_of));
    // A stack of that name that comes back is not refused for it.
    let head = changes.head.clone();
    let back = Intent { requester: Requester { me: stack("g3", "Db"), ..requester("new") }, ..create() };
    minted(plan(&back, &snapshot(Some(head), changes.update)));
}

#[test]
fn what_was_made_by_hand_is_in_use_again() {
    let there = snapshot(Some(out_of_use(head(1))), vec![retired(by_hand(1))]);
    let changes = changes_of(restore(1, &there, &Owners::default()));
    assert_eq!((restored(&changes), current(&changes)), (&by_hand(1), (1, false)));
}

#[test]
fn what_was_retained_or_deleted_is_so_again_and_the_head_stays() {
    for version in [retained(item(1, me())), superseded(item(1, me()))] {
        let there = snapshot(
            Some(head(2)),
            vec![VersionItem { retired: retired(item(1, me())).retired, ..version.clone() }, item(2, me())],
        );
        for owners in [lives_with(&item(2, me())), gone()] {
            let changes = changes_of(restore(1, &there, &owners));
            assert_eq!((restored(&changes), current(&changes)), (&version, (2, false)));
        }
    }
}

#[test]
fn a_living_stacks_own_is_readable_again_but_never_in_use_nor_found_by_its_trigger() {
    let elsewhere = owners(&[(&me(), OwnerState::Settled { names: vec![] })]);
    for owners in [elsewhere, owners(&[(&me(), OwnerState::Changing)]), Owners::default()] {
        let there = snapshot(Some(out_of_use(head(1))), vec![retired(item(1, me()))]);
        let changes = changes_of(restore(1, &there, &owners));
        assert_eq!(restored(&changes).superseded.map(|superseded| superseded.cause), Some(Cause::Deleted));
        assert_eq!(current(&changes), (1, true));
    }
}

#[test]
fn beside_what_is_in_use_it_is_only_readable() {
    for one in [item(1, me()), by_hand(1)] {
        let there = snapshot(Some(head(2)), vec![retired(one), by_hand(2)]);
        let changes = changes_of(restore(1, &there, &gone()));
        assert!(restored(&changes).superseded.is_some());
        assert_eq!(current(&changes), (2, false));
    }
    // A living stack would find what it retained by the trigger, and be refused the address.
    let one = VersionItem { retired: retired(item(1, me())).retired, ..retained(item(1, me())) };
    let elsewhere = owners(&[(&me(), OwnerState::Settled { names: vec![] })]);
    let changes = changes_of(restore(1, &snapshot(Some(head(2)), vec![one, by_hand(2)]), &elsewhere));
    assert!(!restored(&changes).is_retained());
}

#[test]
fn what_is_over_stays_over() {
    let there = snapshot(Some(head(2)), vec![expired(item(1, me())), item(2, me())]);
    let one = Version::FIRST;
    assert_eq!(restore(1, &there, &gone()), HandPlan::Refuse(Refused::WindowOver(one)));
    assert_eq!(restore(2, &there, &gone()), HandPlan::Nothing);
    let nine = Version::new(9).unwrap();
    assert_eq!(restore(9, &there, &gone()), HandPlan::Refuse(Refused::NoVersion(nine)));
}
