//! The ends of an invocation: when the handler must be done, when it counts as blocked, when the answer must be out.

use std::time::{Duration, Instant};

/// The share of a short time that is kept back: one third, so that Lambda's default of 3 seconds leaves 2 to the
/// handler.
const RESERVE_DIVISOR: u32 = 3;

/// The share of the reserve that passes before a handler counts as blocking its thread; most of it is left for the
/// answer.
const GRACE_DIVISOR: u32 = 5;

/// Kept between the last attempt and the end of the invocation, so that its failure is still reported and logged.
const EPILOGUE: Duration = Duration::from_millis(100);

/// Lambda's default timeout, taken where the deadline has passed before the event came: a clock is wrong then, not
/// Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// No invocation lasts longer: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html> allows a
/// quarter of it.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);

/// The length and the three ends of an invocation.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// All of it.
    pub(crate) length: Duration,
    /// The handler must be done: its future is dropped.
    pub(crate) cut_off: Instant,
    /// The handler cannot be dropped, because it blocks the thread: the watchdog answers.
    pub(crate) blocked_after: Duration,
    /// Delivery must be done.
    pub(crate) deadline: Instant,
}

impl Times {
    /// Of an invocation that has `remaining` left `now`, of which at most `reserve` is kept back for the answer.
    pub(crate) fn new(remaining: Duration, now: Instant, reserve: Duration) -> Self {
        let remaining = if remaining.is_zero() { DEFAULT_TIMEOUT } else { remaining.min(MAX_TIMEOUT) };
        let reserve = (remaining / RESERVE_DIVISOR).min(reserve);
        Self {
            length: remaining,
            cut_off: now + remaining - reserve,
            blocked_after: remaining - reserve + reserve / GRACE_DIVISOR,
            deadline: now + remaining - EPILOGUE.min(reserve / 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// The three ends of an invocation of so many milliseconds.
    fn times(remaining: u64) -> [u64; 3] {
        times_with(remaining, 5000)
    }

    fn times_with(remaining: u64, reserve: u64) -> [u64; 3] {
        let now = Clock::at(0).monotonic();
        let times = Times::new(Duration::from_millis(remaining), now, Duration::from_millis(reserve));
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        [millis(times.cut_off - now), millis(times.blocked_after), millis(times.deadline - now)]
    }

    #[test]
    fn the_answer_gets_five_seconds_or_a_third() {
        assert_eq!(times(900_000), [895_000, 896_000, 899_900]);
        assert_eq!(times(30_000), [25_000, 26_000, 29_900]);
        assert_eq!(times(15_000), [10_000, 11_000, 14_900]);
        assert_eq!(times(3000), [2000, 2200, 2900]);
        assert_eq!(times(300), [200, 220, 250]);
    }

    #[test]
    fn the_reserve_is_what_it_was_told_to_be_up_to_a_third() {
        assert_eq!(times_with(30_000, 2000), [28_000, 28_400, 29_900]);
        assert_eq!(times_with(30_000, 60_000), [20_000, 22_000, 29_900]);
    }

    #[test]
    fn a_time_that_can_not_be_is_replaced() {
        assert_eq!(times(0), times(3000));
        assert_eq!(times(u64::MAX), times(3_600_000));
    }
}
