//! Many thousand histories of stacks whose secrets are published, played against the publisher and against wrong ones.
//!
//! `MODEL_HISTORIES` and `MODEL_SEED` say how many and which; a failure prints its seed, and the shrunken history.

use proptest::test_runner::TestRunner;
use tests::model::Violation;
use tests::model::published::hand::Deed;
use tests::model::published::history::{Fate, Fault, History, Operation, Rollback, histories};
use tests::model::published::mutants::Mutant;
use tests::model::published::stack::{CopySpec, Edit, Template};
use tests::model::published::{Played, play};
use tests::model::search::{self, runner, setting};

/// The longest history, in operations.
const LENGTH: usize = 12;

/// Of processor time some fifteen seconds, unless told otherwise.
const HISTORIES: u64 = 5_000;

/// Wrong decisions are caught within so many histories.
const PATIENCE: u64 = 6_000;

/// Plays histories until one breaks a promise; returns it, shrunken.
fn first_violation(runner: TestRunner, mutant: Mutant, seen: impl FnMut(Played)) -> Option<(History, Violation)> {
    // What the real publisher breaks as well says nothing of a wrong one.
    let passed_over = |history: &History| mutant != Mutant::None && play(history, Mutant::None).is_err();
    search::first_violation(runner, &histories(LENGTH), |history| play(history, mutant), passed_over, seen)
}

#[test]
fn readers_have_what_the_database_has_in_every_history() {
    let wanted = setting("MODEL_HISTORIES", HISTORIES);
    let seed = setting("MODEL_SEED", 2026);
    let mut total = Played::default();
    if let Some((history, violation)) =
        first_violation(runner(seed, wanted, 20_000), Mutant::None, |played| total += played)
    {
        panic!("MODEL_SEED={seed}\n{history:#?}\n{violation}");
    }
    println!("{wanted} histories from seed {seed}: {total:?}");
    // The histories are not empty talk: what they are about happens often.
    assert!(total.written > wanted && total.read_right > wanted && total.removed > wanted / 4, "{total:?}");
    assert!(total.rollbacks > wanted / 4 && total.at_once > wanted / 10 && total.by_hand > wanted / 4, "{total:?}");
    assert!(total.read_changed < total.read_right / 2, "most copies are looked at: {total:?}");
}

#[test]
fn what_was_given_up_takes_nothing_over() {
    let published = CopySpec { parameter: Some(0), ..CopySpec::default() };
    let template = |copy| Template { trigger: 0, copies: [copy, None] };
    let adopting = Edit::Toggle(0, CopySpec { adopt: true, ..published });
    let (fate, rollback) = (Fate::Succeeds, Rollback::UpdatesBack);
    let history = History {
        operations: vec![
            Operation::Create { stack: 0, template: template(Some(published)), fate },
            Operation::Create { stack: 1, template: template(None), fate },
            Operation::Update { stack: 1, edits: vec![adopting], fate, rollback },
            Operation::StrayArrives { which: 0 },
        ],
        faults: vec![Fault::None, Fault::HeldBack],
    };
    assert!(play(&history, Mutant::None).is_ok());
    let violation = play(&history, Mutant::AdoptsLate).expect_err("it takes over what the other stack publishes");
    assert_eq!(violation.promise, "what is somebody else's is not written over unless that is wanted");
}

#[test]
fn a_way_back_that_changes_nothing_leaves_a_mark() {
    let published = CopySpec { parameter: Some(0), ..CopySpec::default() };
    let (fate, back) = (Fate::Succeeds, Rollback::UpdatesBack);
    holds(&History {
        operations: vec![
            Operation::Create { stack: 0, template: Template { trigger: 1, copies: [Some(published), None] }, fate },
            Operation::Update { stack: 0, edits: vec![Edit::Trigger(0)], fate, rollback: Rollback::Off },
            Operation::Update { stack: 0, edits: vec![Edit::Trigger(1)], fate, rollback: back },
            Operation::StrayArrives { which: 0 },
        ],
        // The rotation comes after all: behind the Update back, which was never carried out, and the rollback of that.
        faults: vec![Fault::None, Fault::HeldBack, Fault::NothingDone],
    });
}

#[test]
fn what_is_delivered_once_more_and_fails_takes_nothing_back_that_is_alive() {
    let published = CopySpec { secret: Some(0), ..CopySpec::default() };
    let (fate, rollback) = (Fate::Succeeds, Rollback::UpdatesBack);
    holds(&History {
        operations: vec![
            Operation::Create { stack: 0, template: Template { trigger: 0, copies: [Some(published), None] }, fate },
            Operation::Update { stack: 0, edits: vec![Edit::Parameter(0, Some(0))], fate, rollback },
            Operation::Hand(Deed::Schedules { name: 0 }),
            Operation::StrayArrives { which: 0 },
        ],
        faults: vec![Fault::None, Fault::TwiceMuchLater],
    });
}

fn holds(history: &History) {
    if let Err(violation) = play(history, Mutant::None) {
        panic!("{violation}");
    }
}

#[test]
fn wrong_publishers_are_caught() {
    let seed = setting("MODEL_SEED", 2026);
    let mut uncaught = Vec::new();
    for mutant in Mutant::ALL {
        let mut tried = 1;
        match first_violation(runner(seed, PATIENCE, 0), mutant, |_| tried += 1) {
            Some((_, violation)) => println!("{mutant:?}: caught by history {tried}: {}", violation.promise),
            None => uncaught.push(mutant),
        }
    }
    assert!(uncaught.is_empty(), "wrong publishers that no promise catches: {uncaught:?}");
}
