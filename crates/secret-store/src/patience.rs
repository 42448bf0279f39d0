//! **What will pass is waited for**: how long, and when to give up. Time passes only through a [`Pause`] that is handed in.
//!
//! Each pause is drawn evenly from zero up to a bound that doubles from try to try: "full jitter", which brings a crowd
//! that failed together through in the least time and with the fewest calls (Amazon Builders' Library, "Timeouts,
//! retries, and backoff with jitter"; AWS SDKs and Tools Reference Guide, "Retry behavior"). There is no number of tries:
//! the request's own deadline ends them. And the bound is never more than a part of the time that is left: who has waited
//! longest asks most often, so that newcomers do not take from the old ones, again and again, what little there is.

pub mod pages;

use std::pin::Pin;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::record::RequestToken;
use crate::store::{StoreError, WriteError};

/// The bound of a pause is at most one part in so many of the time that is left.
const PART_OF_WHAT_IS_LEFT: u32 = 4;

/// And at least this.
const LEAST: Duration = Duration::from_millis(50);

/// How soon to ask again for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// What is mostly over at once: a lost race, a broken connection.
    Quick,
    /// Capacity, which comes back by and by.
    Slow,
    /// Who asks and whether they may: put straight a moment ago or not at all, and some seconds tell.
    Granted,
}

impl Pace {
    /// The bound of the first pause.
    const fn first(self) -> Duration {
        match self {
            Self::Quick => LEAST,
            Self::Slow | Self::Granted => Duration::from_secs(1),
        }
    }

    /// How long it is waited for, where that is less than the request's time.
    const fn longest(self) -> Duration {
        match self {
            Self::Quick => OUTAGE,
            Self::Slow => Duration::MAX,
            Self::Granted => GRANTED,
        }
    }
}

/// What does not answer for so long is not there, or there is no way to it.
const OUTAGE: Duration = Duration::from_secs(60);

/// IAM is eventually consistent, and mostly so within seconds: its user guide names no figure ("Changes that I make are not
/// always immediately visible"). Whose template lacks a right should not wait for the answer much longer than that.
const GRANTED: Duration = Duration::from_secs(10);

/// One part in so many of a request's time is left for its last call and for the answer,
const RESERVED_PART: u32 = 5;

/// and no more than a call takes at most.
const MOST_RESERVED: Duration = Duration::from_secs(5);

/// Lets time pass.
pub type Pause = fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The pause after so many failed tries; `None` where it does not fit into the time that is left.
///
/// `share` is drawn from 0 to 1.
fn next_pause(pace: Pace, tries: u32, share: f64, left: Duration) -> Option<Duration> {
    let doubled = pace.first().saturating_mul(1_u32.checked_shl(tries).unwrap_or(u32::MAX));
    let bound = doubled.min(left / PART_OF_WHAT_IS_LEFT).max(LEAST);
    let pause = bound.mul_f64(share.clamp(0.0, 1.0));
    (pause < left).then_some(pause)
}

/// An error that may be gone when the same thing is tried again.
pub trait MayPass {
    /// How soon it may; `None` where it does not pass.
    fn passes(&self) -> Option<Pace>;

    /// Whether it may.
    fn may_pass(&self) -> bool {
        self.passes().is_some()
    }
}

/// What one request has of patience: the time that it has left, and a jitter of its own.
pub struct Patience<'a> {
    pause: Pause,
    remaining: &'a (dyn Fn() -> Duration + Send + Sync),
    at_first: Duration,
    paused: Duration,
    token: RequestToken,
    drawn: u32,
}

impl<'a> Patience<'a> {
    /// The patience of a request that has `remaining` time at each moment.
    ///
    /// The jitter comes from its token: it need not be unpredictable, only different from one request to the next.
    pub fn new(pause: Pause, token: RequestToken, remaining: &'a (dyn Fn() -> Duration + Send + Sync)) -> Self {
        Self { pause, remaining, at_first: remaining(), paused: Duration::ZERO, token, drawn: 0 }
    }

    /// The answer of `call`, asked again while it fails with what may pass and while there is time.
    ///
    /// # Errors
    /// The last one.
    pub async fn ask<T, E: MayPass>(&mut self, call: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
        let (mut tries, at_first) = (0, self.left());
        loop {
            match call().await {
                Err(error)
                    if let Some(pace) = error.passes()
                        && self.pause_within(self.left_for(pace, at_first), pace, tries).await =>
                {
                    tries += 1
                }
                result => return result,
            }
        }
    }

    /// Waits after so many failed tries; returns whether there is time for another one.
    pub async fn pause(&mut self, pace: Pace, tries: u32) -> bool {
        self.pause_within(self.left(), pace, tries).await
    }

    async fn pause_within(&mut self, left: Duration, pace: Pace, tries: u32) -> bool {
        let share = self.share();
        let Some(pause) = next_pause(pace, tries, share, left) else {
            return false;
        };
        self.paused += pause;
        (self.pause)(pause).await;
        true
    }

    /// Whether there is time to begin something new.
    pub fn has_time(&self) -> bool {
        self.left() > Duration::ZERO
    }

    /// The time that is left for waiting. A pause counts in full even where no time passes in it, as in tests.
    fn left(&self) -> Duration {
        let remaining = (self.remaining)().min(self.at_first.saturating_sub(self.paused));
        remaining.saturating_sub((self.at_first / RESERVED_PART).min(MOST_RESERVED))
    }

    /// The part of it that is for a call which was first made when so much was left.
    fn left_for(&self, pace: Pace, at_first: Duration) -> Duration {
        let left = self.left();
        left.min(pace.longest().saturating_sub(at_first.saturating_sub(left)))
    }

    fn share(&mut self) -> f64 {
        let digest = Sha256::new_with_prefix(self.token.to_string()).chain_update(self.drawn.to_be_bytes()).finalize();
        self.drawn = self.drawn.wrapping_add(1);
        let number = digest.iter().take(size_of::<u32>()).fold(0, |number, byte| number << 8 | u32::from(*byte));
        f64::from(number) / f64::from(u32::MAX)
    }
}

impl std::fmt::Debug for Patience<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patience").field("left", &self.left()).finish_non_exhaustive()
    }
}

impl MayPass for StoreError {
    fn passes(&self) -> Option<Pace> {
        match self {
            Self::Unavailable(..) => Some(Pace::Quick),
            Self::Throttled { .. } => Some(Pace::Slow),
            // A right that was granted a moment ago is not known everywhere yet.
            Self::Unauthenticated(..) | Self::Denied { .. } => Some(Pace::Granted),
            Self::Missing { .. }
            | Self::KeyUnusable(_)
            | Self::KeyElsewhere { .. }
            | Self::Undecryptable(_)
            | Self::NotText
            | Self::Rejected(..)
            | Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::Untrusted { .. } => None,
        }
    }
}

/// A conflict passes too, but not by the same write: it wants another decision.
impl MayPass for WriteError {
    fn passes(&self) -> Option<Pace> {
        match self {
            Self::Conflict => None,
            Self::Store(error) => error.passes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{at_once, no_pause};

    const SECONDS: Duration = Duration::from_secs(25);

    struct Passing(Pace);

    impl MayPass for Passing {
        fn passes(&self) -> Option<Pace> {
            Some(self.0)
        }
    }

    /// How long something is waited for that never passes.
    fn waited(pace: Pace, remaining: Duration) -> Duration {
        let remaining = || remaining;
        let mut patience = Patience::new(no_pause, RequestToken::manual("a"), &remaining);
        assert!(at_once(patience.ask(async || Err::<(), _>(Passing(pace)))).is_err());
        patience.paused
    }

    /// How often something is asked that never stops failing.
    fn tries(token: &str, remaining: Duration) -> u32 {
        let tries = Cell::new(0);
        let remaining = || remaining;
        let mut patience = Patience::new(no_pause, RequestToken::manual(token), &remaining);
        let result: Result<(), _> = at_once(patience.ask(async || {
            tries.set(tries.get() + 1);
            Err(Passing(Pace::Quick))
        }));
        assert!(result.is_err());
        tries.get()
    }

    proptest! {
        #[test]
        fn a_pause_stays_below_its_bounds_and_fits_into_what_is_left(
            pace in prop::sample::select(&[Pace::Quick, Pace::Slow, Pace::Granted][..]), tries in any::<u32>(),
            share in 0.0..=1.0_f64, left in 0..900_000_u64,
        ) {
            let left = Duration::from_millis(left);
            match next_pause(pace, tries, share, left) {
                Some(pause) => {
                    prop_assert!(pause <= pace.first().saturating_mul(2_u32.saturating_pow(tries)));
                    prop_assert!(pause < left && pause <= LEAST.max(left / PART_OF_WHAT_IS_LEFT));
                }
                None => prop_assert!(left <= LEAST),
            }
        }

        #[test]
        fn pauses_grow_with_the_tries_and_with_what_is_drawn(tries in 0..40_u32, share in 0.0..=1.0_f64) {
            let pause = |tries, share| next_pause(Pace::Slow, tries, share, Duration::MAX).unwrap();
            prop_assert!(pause(tries, share) <= pause(tries + 1, share));
            prop_assert!(pause(tries, share) <= pause(tries, 1.0));
            prop_assert_eq!(pause(tries, 0.0), Duration::ZERO);
        }

        #[test]
        fn who_has_less_time_left_asks_sooner(share in 0.0..=1.0_f64, left in 1..900_u64, less in 0.01..=1.0_f64) {
            let left = Duration::from_secs(left);
            let pause = |left| next_pause(Pace::Slow, 9, share, left);
            prop_assert!(pause(left.mul_f64(less)) <= pause(left));
        }

        #[test]
        fn every_request_gives_up_after_a_bounded_number_of_tries(token in "[a-z]{1,8}", seconds in 0..900_u64) {
            let tries = tries(&token, Duration::from_secs(seconds));
            prop_assert!(tries <= 100, "{} in {} s", tries, seconds);
        }
    }

    #[test]
    fn each_request_has_pauses_of_its_own_and_the_same_ones_again() {
        let shares = |token| {
            let mut patience = Patience::new(no_pause, RequestToken::manual(token), &|| SECONDS);
            (0..100).map(|_| patience.share()).collect::<Vec<_>>()
        };
        let drawn = shares("a");
        assert_eq!(drawn, shares("a"));
        assert_ne!(drawn, shares("b"));
        let mean = drawn.iter().sum::<f64>() / 100.0;
        assert!((0.4..0.6).contains(&mean) && drawn.iter().all(|share| (0.0..=1.0).contains(share)), "{mean}");
    }

    #[test]
    fn each_is_waited_for_as_long_as_it_may_take() {
        for (remaining, quick, slow, granted) in [(5, 4, 4, 4), (25, 20, 20, 10), (175, 60, 170, 10)] {
            for (pace, most) in [(Pace::Quick, quick), (Pace::Slow, slow), (Pace::Granted, granted)] {
                let waited = waited(pace, Duration::from_secs(remaining));
                let most = Duration::from_secs(most);
                assert!(
                    waited <= most && most < waited + Duration::from_secs(1),
                    "{pace:?} in {remaining} s: {waited:?}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_pass_is_asked_once() {
        let calls = Cell::new(0);
        let mut patience = Patience::new(no_pause, RequestToken::manual("a"), &|| SECONDS);
        let result = at_once(patience.ask(async || {
            calls.set(calls.get() + 1);
            Err::<(), _>(StoreError::NotText)
        }));
        assert!(matches!(result, Err(StoreError::NotText)) && calls.get() == 1);
        assert!(patience.has_time());
        assert!(!Patience::new(no_pause, RequestToken::manual("a"), &|| Duration::ZERO).has_time());
    }
}
