//! Carries one answer to its URL: attempts inside the deadline, with pauses in between.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::delivery::{Delivery, DeliveryError};
use crate::error::causes;
use crate::response::Body;
use crate::response_url::ResponseUrl;
use crate::token::RequestToken;

/// The longest that one attempt may take, from the name look-up to the status. S3 takes milliseconds; what takes longer
/// than this is a route that leads nowhere.
const MAX_ATTEMPT: Duration = Duration::from_secs(5);

/// The shortest time that an attempt gets, if that much is left: a TLS handshake on a 128 MB function's share of a
/// core, with room.
const MIN_ATTEMPT: Duration = Duration::from_millis(500);

/// How long delivery is tried, however late the deadline is: after this Lambda's own retry, a minute later, is the
/// better try, and nobody is billed for a 15-minute function that only waits.
const MAX_TRYING: Duration = Duration::from_secs(60);

/// What it takes to deliver the answer to one request.
#[derive(Clone, Debug)]
pub(crate) struct Courier {
    pub(crate) delivery: Delivery,
    pub(crate) url: ResponseUrl,
    pub(crate) token: RequestToken,
    pub(crate) clock: Clock,
    pub(crate) deadline: Instant,
}

impl Courier {
    /// Delivers `body`: connection errors, 5xx and 429 are tried again after a pause, as long as there is time.
    pub(crate) async fn deliver(&self, body: Body) -> Result<(), DeliveryError> {
        let bytes = Bytes::from_owner(body.bytes);
        let stop = self.deadline.min(self.clock.monotonic() + MAX_TRYING);
        let mut backoff = Backoff::new(self.token);
        loop {
            let Err(failure) = self.attempt(&bytes, stop).await else {
                return Ok(());
            };
            let pause = backoff.next_pause();
            if !failure.is_transient() || pause >= self.left(stop) {
                return Err(failure);
            }
            tracing::warn!(error = %failure, causes = causes(&failure), "the answer was not delivered; trying again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Tries once, for an endpoint that probably does not exist.
    pub(crate) async fn deliver_once(&self, body: Body) -> Result<(), DeliveryError> {
        self.attempt(&Bytes::from_owner(body.bytes), self.deadline).await
    }

    async fn attempt(&self, bytes: &Bytes, stop: Instant) -> Result<(), DeliveryError> {
        let limit = attempt_limit(self.left(stop));
        let attempt = tokio::time::timeout(limit, self.delivery.put(&self.url, bytes)).await;
        attempt.unwrap_or(Err(DeliveryError::TimedOut))
    }

    fn left(&self, stop: Instant) -> Duration {
        stop.saturating_duration_since(self.clock.monotonic())
    }
}

/// Half of what is left, so that a second attempt always fits, within the bounds of one attempt.
fn attempt_limit(left: Duration) -> Duration {
    (left / 2).clamp(MIN_ATTEMPT, MAX_ATTEMPT).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_gets_half_of_what_is_left_within_bounds() {
        for (left, limit) in
            [(60_000, 5000), (10_000, 5000), (5000, 2500), (1200, 600), (900, 500), (500, 500), (300, 300), (0, 0)]
        {
            assert_eq!(attempt_limit(Duration::from_millis(left)), Duration::from_millis(limit), "{left} ms left");
        }
    }
}
