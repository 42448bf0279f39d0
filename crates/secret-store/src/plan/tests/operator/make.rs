//! Values by hand: `put` and `rotate`.

use super::*;

#[test]
fn a_value_by_hand_is_the_next_version_and_nobodys() {
    let mint = mint_of(put(&Snapshot::default(), &gone()));
    assert_eq!((mint.version.number(), current(&mint.changes)), (1, (1, false)));
    assert_eq!((mint.changes.read.clone(), as_of(&mint.changes)), (None, UnixTime::default()));

    let mint = mint_of(put(&snapshot(Some(head(1)), vec![by_hand(1)]), &gone()));
    assert_eq!((mint.version.number(), current(&mint.changes)), (2, (2, false)));
    // The one before stays readable by its number, and no request of a stack is late for it.
    assert!(mint.changes.update[0].superseded.is_some() && mint.changes.update[0].retired.is_none());
    assert_eq!(as_of(&mint.changes), head(1).as_of);
}

#[test]
fn a_value_by_hand_takes_the_address_of_what_is_out_of_use() {
    for version in [retained(item(1, me())), superseded(item(1, me())), retired(item(1, me()))] {
        let there = snapshot(Some(out_of_use(head(1))), vec![version]);
        let mint = mint_of(put(&there, &gone()));
        assert_eq!((current(&mint.changes), mint.changes.update.as_slice()), ((2, false), [].as_slice()));
    }
}

#[test]
fn an_orphan_in_use_is_to_be_retired_first() {
    let there = snapshot(Some(head(1)), vec![item(1, me())]);
    let refused = Refused::InUse { version: Version::FIRST, owner: me() };
    assert_eq!(put(&there, &gone()), PutPlan::Refuse(refused.clone()));
    assert_eq!(plan_rotate(&operator("rotate"), &identity(), &gone(), &there), PutPlan::Refuse(refused));
}

#[test]
fn what_a_living_stack_retained_keeps_the_address_for_it() {
    // The resource has another secret by now: going back, it would find this version by its trigger, and not the address.
    let elsewhere = owners(&[(&me(), OwnerState::Settled { names: vec![] })]);
    for version in [item(1, me()), retained(item(1, me()))] {
        let there = snapshot(Some(out_of_use(head(1))), vec![version]);
        assert!(matches!(put(&there, &elsewhere), PutPlan::Refuse(Refused::InUse { .. })));
    }
    mint_of(put(&snapshot(Some(out_of_use(head(1))), vec![retired(item(1, me()))]), &elsewhere));
}

#[test]
fn a_running_databases_password_never_takes_the_place_of_another() {
    let existing =
        |snapshot: &Snapshot| plan_put(&operator("put"), Manner::Existing, &identity(), &Owners::default(), snapshot);
    mint_of(existing(&Snapshot::default()));
    mint_of(existing(&snapshot(Some(out_of_use(head(1))), vec![retired(by_hand(1))])));
    let refused = existing(&snapshot(Some(head(1)), vec![by_hand(1)]));
    assert_eq!(refused, PutPlan::Refuse(Refused::InUse { version: Version::FIRST, owner: Owner::Manual }));
}

#[test]
fn a_stack_that_comes_anew_adopts_what_was_brought_in_however_early_it_asked() {
    let mint = mint_of(put(&Snapshot::default(), &gone()));
    let head = mint.changes.head;
    let there = snapshot(Some(head), vec![VersionItem { token: token("put"), ..by_hand(1) }]);
    let requester = Requester { requested_at: UnixTime(NOW.0 - 10), ..requester("new") };
    let adopting = Intent { on_conflict: OnConflict::Adopt, requester, ..create() };
    let Plan::Adopt(adopted, _) = plan(&adopting, &there) else { panic!("it is adopted") };
    assert_eq!((adopted.owner, adopted.adopted_from[0].owner.clone()), (me(), Owner::Manual));
    let Plan::Refuse(Refusal::Taken { adoptable: true, .. }) = plan(&create(), &there) else { panic!("it is refused") };
}

#[test]
fn a_wish_that_comes_twice_finds_what_it_made_even_with_a_stack_that_adopted_it() {
    let made = VersionItem { token: token("put"), ..by_hand(1) };
    let adopted = made.adopted_by(me(), token("new"), rotation("t"), NOW);
    for version in [made, adopted] {
        let there = snapshot(Some(head(1)), vec![version]);
        let PutPlan::Already(item) = put(&there, &Owners::default()) else { panic!("it was made before") };
        assert_eq!((item.version.number(), item.token), (1, token("put")));
    }
}

#[test]
fn only_what_is_there_and_by_hand_is_rotated_by_hand() {
    let rotate = |snapshot: &Snapshot| plan_rotate(&operator("rotate"), &identity(), &gone(), snapshot);
    assert_eq!(mint_of(rotate(&snapshot(Some(head(1)), vec![by_hand(1)]))).version.number(), 2);
    let retired = snapshot(Some(out_of_use(head(1))), vec![retired(by_hand(1))]);
    for there in [Snapshot::default(), retired] {
        assert_eq!(rotate(&there), PutPlan::Refuse(Refused::NoSecret));
    }
}
