//! The pauses between attempts: doubling, bounded, and different for each request, so that a crowd does not come back
//! as one.

use std::time::Duration;

use crate::event::idempotency_token::IdempotencyToken;

/// The first pause: a connection that broke is worth a new one at once.
const FIRST: Duration = Duration::from_millis(50);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses of 50, 100, 200 ... milliseconds, each shortened by up to a half.
///
/// The jitter comes from the request's token: it need not be unpredictable, only different from one request to the
/// next.
pub(crate) struct Backoff {
    next: Duration,
    jitter: std::iter::Cycle<std::array::IntoIter<u8, 32>>,
}

impl Backoff {
    pub(crate) fn new(token: IdempotencyToken) -> Self {
        Self { next: FIRST, jitter: (*token.as_bytes()).into_iter().cycle() }
    }

    /// How long to wait this time.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let full = self.next;
        self.next = (full * 2).min(LONGEST);
        let share = f64::from(self.jitter.next().unwrap_or_default()) / f64::from(u8::MAX);
        full - full.mul_f64(share / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::handler::context::Context;

    fn pauses(request_id: &str) -> Vec<Duration> {
        let token = Context::builder(Clock::at(0)).request_id(request_id).build().idempotency_token();
        let mut backoff = Backoff::new(token);
        (0..40).map(|_| backoff.next_pause()).collect()
    }

    #[test]
    fn pauses_grow_to_a_bound_and_differ_between_requests() {
        for (attempt, pause) in pauses("a").into_iter().enumerate() {
            let full = FIRST.saturating_mul(2_u32.saturating_pow(attempt.try_into().unwrap())).min(LONGEST);
            assert!(full / 2 <= pause && pause <= full, "{attempt}: {pause:?}");
        }
        assert_ne!(pauses("a"), pauses("b"));
        assert_eq!(pauses("a"), pauses("a"));
    }
}
