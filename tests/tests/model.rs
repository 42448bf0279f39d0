//! Many thousand histories of stack operations, played against the real decisions and against wrong ones.
//!
//! `MODEL_HISTORIES` and `MODEL_SEED` say how many and which; a failure prints its seed, and the shrunken history.

#![expect(clippy::expect_used, reason = "helpers of a test; what they expect is said")]

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use proptest::test_runner::{TestCaseError, TestRunner};
use secret_store::store::Limits;
use tests::bucket::Engine;
use tests::model::history::{History, histories};
use tests::model::mutants::Mutant;
use tests::model::over_s3::OverS3;
use tests::model::search::{self, runner, setting};
use tests::model::table::Table;
use tests::model::{Played, Violation, play, play_on};

/// The longest history, in operations.
const LENGTH: usize = 14;

/// Wrong decisions are caught within so many histories.
const PATIENCE: u64 = 60_000;

/// Plays histories until one breaks a promise; returns it, shrunken.
fn first_violation(
    runner: TestRunner,
    mutant: Mutant,
    limits: Limits,
    seen: impl FnMut(Played),
) -> Option<(History, Violation)> {
    // What the real decisions break as well says nothing of a wrong one.
    let passed_over = |history: &History| mutant != Mutant::None && play(history, Mutant::None, limits).is_err();
    let histories = histories(LENGTH, limits.windows);
    search::first_violation(runner, &histories, |history| play(history, mutant, limits), passed_over, seen)
}

#[test]
fn no_history_breaks_a_promise() {
    println!("{}", no_history_breaks_what_is_promised(Limits::LEAST, setting("MODEL_HISTORIES", 100_000)));
}

/// The same decisions over a store that promises what a bucket does: a tenth as many, for they differ in little.
#[test]
fn no_history_breaks_a_promise_of_a_bucket() {
    println!("{}", no_history_breaks_what_is_promised(store_s3::LIMITS, setting("MODEL_HISTORIES", 100_000) / 10));
}

/// By the adapter that ships, on both engines: the decisions and the store together, with what goes wrong between them.
#[test]
fn no_history_breaks_a_promise_over_s3() {
    let wanted = setting("MODEL_HISTORIES_OVER_S3", 3);
    let seed = setting("MODEL_SEED", 2016);
    let of_engine = |engine, seed| {
        let strategy = histories(LENGTH, store_s3::LIMITS.windows);
        // What goes wrong on the way of each history follows from the seed as well.
        let way = AtomicU64::new(seed);
        let total = RefCell::new(Played::default());
        let outcome = runner(seed, wanted, 60).run(&strategy, |history| {
            let table = Table::OverS3(Box::new(OverS3::new(engine, way.fetch_add(1, Relaxed))));
            let played = play_on(table, store_s3::LIMITS, &history, Mutant::None);
            *total.borrow_mut() += played.map_err(|violation| TestCaseError::fail(violation.to_string()))?;
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("MODEL_SEED={seed} on {engine:?}: {error}");
        }
        println!("{wanted} histories over S3 on {engine:?} from seed {seed}: {:?}", total.into_inner());
    };
    std::thread::scope(|scope| {
        scope.spawn(|| of_engine(Engine::Moto, seed + 1));
        of_engine(Engine::Ministack, seed);
    });
}

/// What was played, in a line.
fn no_history_breaks_what_is_promised(limits: Limits, wanted: u64) -> String {
    let seed = setting("MODEL_SEED", 2016);
    let threads = 2;
    let totals: Vec<Played> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let mut total = Played::default();
                    let runner = runner(seed + worker, wanted / threads, 20_000);
                    let violation = first_violation(runner, Mutant::None, limits, |played| total += played);
                    if let Some((history, violation)) = violation {
                        panic!("MODEL_SEED={}\n{history:#?}\n{violation}", seed + worker);
                    }
                    total
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("no promise is broken")).collect()
    });
    let total = totals.into_iter().fold(Played::default(), |sum, part| sum + part);
    // The histories are not empty talk: what they are about happens often.
    assert!(total.minted > wanted && total.rollbacks > wanted / 10 && total.adopted > wanted / 100, "{total:?}");
    assert!(total.by_hand > wanted / 10, "{total:?}");
    format!("{wanted} histories from seed {seed}, {:?}: {total:?}", limits.windows)
}

#[test]
fn the_model_catches_wrong_decisions() {
    let seed = setting("MODEL_SEED", 2016);
    let catch = |mutant: &Mutant| {
        let tried = AtomicU64::new(1);
        let violation = first_violation(runner(seed, PATIENCE, 0), *mutant, Limits::LEAST, |_| {
            tried.fetch_add(1, Relaxed);
        });
        match violation {
            Some((_, violation)) => {
                println!("{mutant:?}: caught by history {}: {}", tried.load(Relaxed), violation.promise);
                None
            }
            None => Some(*mutant),
        }
    };
    let halves = Mutant::ALL.split_at(Mutant::ALL.len() / 2);
    let uncaught: Vec<Mutant> = std::thread::scope(|scope| {
        let other = scope.spawn(|| halves.1.iter().filter_map(catch).collect::<Vec<_>>());
        let mut uncaught: Vec<Mutant> = halves.0.iter().filter_map(catch).collect();
        uncaught.extend(other.join().expect("the other half was played"));
        uncaught
    });
    assert!(uncaught.is_empty(), "wrong decisions that no promise catches: {uncaught:?}");
}
