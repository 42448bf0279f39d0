//! Many thousand histories of stacks whose secrets are published, played against the publisher and against wrong ones.
//!
//! `MODEL_HISTORIES` and `MODEL_SEED` say how many and which; a failure prints its seed, and the shrunken history.

#![expect(clippy::expect_used, reason = "helpers of a test; what they expect is said")]

use std::cell::RefCell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tests::model::Violation;
use tests::model::published::hand::Deed;
use tests::model::published::history::{Fate, Fault, History, Operation, Rollback, histories};
use tests::model::published::mutants::Mutant;
use tests::model::published::stack::{CopySpec, Edit, Template};
use tests::model::published::{Played, play};

/// The longest history, in operations.
const LENGTH: usize = 12;

/// Of processor time some fifteen seconds, unless told otherwise.
const HISTORIES: u64 = 5_000;

/// Wrong decisions are caught within so many histories.
const PATIENCE: u64 = 6_000;

fn setting(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the test's own settings")]
    let text = std::env::var(name).unwrap_or_default();
    if text.is_empty() { default } else { text.parse().unwrap_or_else(|_| panic!("{name} must be a number")) }
}

fn runner(seed: u64, histories: u64, shrink: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(histories).expect("fewer histories than that"),
        max_shrink_iters: shrink,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Plays histories until one fails; returns it, shrunken.
fn first_violation(mut runner: TestRunner, mutant: Mutant, seen: impl FnMut(Played)) -> Option<(History, Violation)> {
    let seen = RefCell::new(seen);
    let outcome = runner.run(&histories(LENGTH), |history| match play(&history, mutant) {
        Ok(played) => {
            seen.borrow_mut()(played);
            Ok(())
        }
        // What the real publisher breaks as well says nothing of a wrong one.
        Err(_) if mutant != Mutant::None && play(&history, Mutant::None).is_err() => Ok(()),
        Err(violation) => Err(TestCaseError::fail(violation.promise)),
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(_, history)) => {
            let violation = play(&history, mutant).expect_err("the shrunken history fails as well");
            Some((history, violation))
        }
        Err(TestError::Abort(reason)) => panic!("no histories could be made: {reason}"),
    }
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
