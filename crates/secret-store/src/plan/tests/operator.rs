//! What an operator does by hand: never over a stack that lives, and never so that one that comes back is late.

use super::super::operator::*;
use super::*;
use crate::record::UnixTime;

mod bring_back;
mod clean_up;
mod make;

/// A stack of which nobody knows anything unless a test says so.
fn stranger() -> Owner {
    stack("g1", "Db")
}

fn stack_id(owner: &Owner) -> StackId {
    match owner {
        Owner::Resource { stack_id, .. } => stack_id.clone(),
        Owner::Manual => panic!("no stack"),
    }
}

fn owners(states: &[(&Owner, OwnerState)]) -> Owners {
    Owners::new(states.iter().map(|(owner, state)| (stack_id(owner), state.clone())))
}

fn gone() -> Owners {
    owners(&[(&me(), OwnerState::Gone), (&stranger(), OwnerState::Gone)])
}

/// My stack lives and is at rest, and its resource has this version.
fn lives_with(item: &VersionItem) -> Owners {
    let names = vec![(LogicalResourceId::new("Db"), identity().id(item.version, item.token))];
    owners(&[(&me(), OwnerState::Settled { names }), (&stranger(), OwnerState::Gone)])
}

fn operator(of: &str) -> Operator {
    Operator { token: token(of), now: NOW }
}

fn by_hand(number: u64) -> VersionItem {
    VersionItem { trigger: Trigger::External, ..item(number, Owner::Manual) }
}

fn out_of_use(head: Head) -> Head {
    Head { retired: Some(Retirement { at: UnixTime(2), expires_at: UnixTime(NOW.0 + 100) }), ..head }
}

fn put(snapshot: &Snapshot, owners: &Owners) -> PutPlan {
    plan_put(&operator("put"), Manner::Next, &identity(), owners, snapshot)
}

fn retire(which: Which, snapshot: &Snapshot, owners: &Owners) -> HandPlan {
    plan_retire(&identity(), which, RecoveryWindow::default(), NOW, owners, snapshot)
}

fn restore(number: u64, snapshot: &Snapshot, owners: &Owners) -> HandPlan {
    plan_restore(&identity(), Version::new(number).unwrap(), NOW, owners, snapshot)
}

#[track_caller]
fn mint_of(plan: PutPlan) -> Mint {
    match plan {
        PutPlan::Mint(mint) => mint,
        other => panic!("expected a new version, got {other:?}"),
    }
}

#[track_caller]
fn changes_of(plan: HandPlan) -> Changes {
    match plan {
        HandPlan::Apply { changes, more: false } => changes,
        other => panic!("expected changes, got {other:?}"),
    }
}

/// The head's time, which no operator moves.
fn as_of(changes: &Changes) -> UnixTime {
    changes.head.as_of
}

/// Every decision about what the stack of `item` has, by name.
fn every_decision(snapshot: &Snapshot, owners: &Owners) -> Vec<(&'static str, Option<Refused>)> {
    let of_put = |plan| match plan {
        PutPlan::Refuse(refused) => Some(refused),
        PutPlan::Already(_) | PutPlan::Mint(_) => None,
    };
    let of_hand = |plan| match plan {
        HandPlan::Refuse(refused) => Some(refused),
        HandPlan::Apply { .. } | HandPlan::Nothing => None,
    };
    vec![
        ("put", of_put(put(snapshot, owners))),
        ("put --existing", of_put(plan_put(&operator("put"), Manner::Existing, &identity(), owners, snapshot))),
        ("rotate", of_put(plan_rotate(&operator("rotate"), &identity(), owners, snapshot))),
        ("retire", of_hand(retire(Which::All, snapshot, owners))),
    ]
}

#[test]
fn what_a_living_stack_has_is_refused_with_the_change_of_its_template() {
    let versions = vec![retired(item(1, me())), item(2, me())];
    let there = snapshot(Some(head(2)), versions.clone());
    let changes = every_decision(&there, &lives_with(&versions[1])).into_iter().map(|(verb, refused)| match refused {
        Some(Refused::TheTemplates { stack_id: stack, logical_resource_id, change }) => {
            assert_eq!((stack, logical_resource_id.as_str()), (stack_id(&me()), "Db"), "{verb}");
            change
        }
        other => panic!("{verb}: {other:?}"),
    });
    let rotation = TemplateChange::Rotation { from: "t2".to_owned() };
    let expected = [TemplateChange::Value, TemplateChange::Value, rotation, TemplateChange::Removal];
    assert!(changes.eq(expected));
}

#[test]
fn a_stack_that_moves_or_that_nobody_knows_of_is_let_alone() {
    // Whatever the versions are: it may come back to each of them.
    for version in [item(2, me()), retained(item(2, me())), superseded(item(2, me()))] {
        let there = snapshot(Some(head(2)), vec![retired(item(1, me())), version]);
        let stack = stack_id(&me());
        for (verb, refused) in every_decision(&there, &owners(&[(&me(), OwnerState::Changing)])) {
            assert_eq!(refused, Some(Refused::Changing(stack.clone())), "{verb}");
        }
        for owners in [Owners::default(), owners(&[(&me(), OwnerState::Unknown)])] {
            for (verb, refused) in every_decision(&there, &owners) {
                assert_eq!(refused, Some(Refused::OwnerUnknown(stack.clone())), "{verb}");
            }
        }
    }
}

#[test]
fn a_former_owner_that_lives_keeps_its_id_of_an_adopted_version() {
    let adopted = item(1, stack("g2", "Old")).adopted_by(me(), token("new"), rotation("t"), NOW);
    let there = snapshot(Some(head(1)), vec![adopted]);
    let names = vec![(LogicalResourceId::new("Old"), identity().id(Version::FIRST, token("v1")))];
    let refused = retire(Which::All, &there, &owners(&[(&me(), OwnerState::Settled { names })]));
    assert!(matches!(refused, HandPlan::Refuse(Refused::TheTemplates { .. })), "{refused:?}");
}

#[test]
fn the_stacks_to_ask_for_are_all_that_ever_had_a_version() {
    let adopted = item(1, stranger()).adopted_by(me(), token("new"), rotation("t"), NOW);
    let there = snapshot(None, vec![adopted, by_hand(2)]);
    assert!(Owners::to_ask_for(&there).into_iter().eq([stack_id(&stranger()), stack_id(&me())]));
}
