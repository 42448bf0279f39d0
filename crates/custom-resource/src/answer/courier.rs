//! Carries one answer to its URL: attempts inside the deadline, with pauses in between.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::answer::backoff::Backoff;
use crate::answer::delivery::{Delivery, DeliveryError};
use crate::answer::response::Body;
use crate::clock::Clock;
use crate::config::Limits;
use crate::event::idempotency_token::IdempotencyToken;
use crate::event::response_url::ResponseUrl;
use crate::handler::error::causes;

/// What it takes to deliver the answer to one request.
#[derive(Clone, Debug)]
pub(crate) struct Courier {
    pub(crate) delivery: Delivery,
    pub(crate) url: ResponseUrl,
    pub(crate) token: IdempotencyToken,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) deadline: Instant,
}

impl Courier {
    /// Delivers `body`: connection errors, 5xx and 429 are tried again after a pause, as long as there is time.
    pub(crate) async fn deliver(&self, body: Body) -> Result<(), DeliveryError> {
        let bytes = Bytes::from_owner(body.bytes);
        let stop = self.deadline.min(self.clock.monotonic() + self.limits.trying);
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
        let limit = attempt_limit(self.left(stop), self.limits);
        let attempt = tokio::time::timeout(limit, self.delivery.put(&self.url, bytes)).await;
        attempt.unwrap_or(Err(DeliveryError::TimedOut))
    }

    fn left(&self, stop: Instant) -> Duration {
        stop.saturating_duration_since(self.clock.monotonic())
    }
}

/// Half of what is left, so that a second attempt always fits, within the bounds of one attempt.
fn attempt_limit(left: Duration, limits: Limits) -> Duration {
    (left / 2).max(limits.shortest_attempt).min(limits.longest_attempt).min(left)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::SystemTime;

    use super::*;
    use crate::answer::response;
    use crate::event::reply_to::ReplyTo;
    use crate::handler::context::Context;
    use crate::handler::outcome::Outcome;
    use crate::handler::physical_resource_id::PhysicalResourceId;

    /// How many seconds go by until delivery is given up to somebody who takes connections and says nothing.
    async fn seconds_of_trying(until_the_deadline: u64, limits: Limits) -> u64 {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/answer", silent.local_addr().unwrap());
        // The executor's time, which is paused and jumps to the next timer.
        let clock = Clock::new(|| SystemTime::UNIX_EPOCH, || tokio::time::Instant::now().into_std());
        let start = clock.monotonic();
        let courier = Courier {
            delivery: Delivery::new().unwrap(),
            url: ResponseUrl::parse(&url).unwrap(),
            token: Context::builder(clock.clone()).build().idempotency_token(),
            clock: clock.clone(),
            limits,
            deadline: start + Duration::from_secs(until_the_deadline),
        };
        let reply_to = ReplyTo::parse(&serde_json::Value::Null);
        let body = response::success(&reply_to, &Outcome::new(PhysicalResourceId::from_static("x"))).unwrap();
        let trying = tokio::time::timeout(Duration::from_secs(3600), courier.deliver(body)).await;
        assert!(matches!(trying, Ok(Err(DeliveryError::TimedOut))));
        (clock.monotonic() - start).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_until_the_deadline_but_no_longer_than_a_minute() {
        assert!((50..=60).contains(&seconds_of_trying(900, Limits::default()).await));
        assert!((15..=20).contains(&seconds_of_trying(20, Limits::default()).await));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_as_long_as_it_was_told_to_be() {
        let limits = Limits { trying: Duration::from_secs(10), ..Limits::default() };
        assert!((5..=10).contains(&seconds_of_trying(900, limits).await));
    }

    #[test]
    fn limits_that_contradict_each_other_still_give_one() {
        let limits = Limits { longest_attempt: Duration::from_millis(100), ..Limits::default() };
        assert_eq!(attempt_limit(Duration::from_secs(9), limits), Duration::from_millis(100));
    }

    #[test]
    fn an_attempt_gets_half_of_what_is_left_within_bounds() {
        for (left, limit) in
            [(60_000, 5000), (10_000, 5000), (5000, 2500), (1200, 600), (900, 500), (500, 500), (300, 300), (0, 0)]
        {
            assert_eq!(
                attempt_limit(Duration::from_millis(left), Limits::default()),
                Duration::from_millis(limit),
                "{left} ms left"
            );
        }
    }
}
