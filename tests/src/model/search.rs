//! Looks for a history that breaks a promise: how many are played, and from which seed, the environment may say.

use std::cell::RefCell;
use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::Violation;

/// A number from the environment.
///
/// # Panics
/// If it is there and is none.
pub fn setting(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the test's own settings")]
    let text = std::env::var(name).unwrap_or_default();
    if text.is_empty() { default } else { text.parse().unwrap_or_else(|_| panic!("{name} must be a number")) }
}

/// So many histories from a seed; one that fails is shrunken in so many steps.
///
/// # Panics
/// If there are more histories than proptest counts.
pub fn runner(seed: u64, histories: u64, shrink: u32) -> TestRunner {
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

/// Plays histories until one breaks a promise; returns it, shrunken. Those that are `passed_over` count as kept.
///
/// # Panics
/// If no histories can be made.
pub fn first_violation<H: Clone + Debug, P>(
    mut runner: TestRunner,
    histories: &impl Strategy<Value = H>,
    play: impl Fn(&H) -> Result<P, Violation>,
    passed_over: impl Fn(&H) -> bool,
    seen: impl FnMut(P),
) -> Option<(H, Violation)> {
    let seen = RefCell::new(seen);
    let outcome = runner.run(histories, |history| match play(&history) {
        Ok(played) => {
            seen.borrow_mut()(played);
            Ok(())
        }
        Err(_) if passed_over(&history) => Ok(()),
        Err(violation) => Err(TestCaseError::fail(violation.promise)),
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(_, history)) => {
            let violation = play(&history).err().expect("the shrunken history fails as well");
            Some((history, violation))
        }
        Err(TestError::Abort(reason)) => panic!("no histories could be made: {reason}"),
    }
}
