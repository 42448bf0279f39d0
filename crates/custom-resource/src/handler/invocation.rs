//! What a handler may know of an event that CloudFormation did not send.

use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::config::Arrival;

/// The circumstances of a direct invocation: an event that CloudFormation did not send.
#[derive(Clone, Debug)]
pub struct Invocation {
    arrival: Arrival,
    clock: Clock,
    cut_off: Instant,
}

impl Invocation {
    /// An invocation for a handler's own tests, with `remaining` time left as of now.
    pub fn new(request_id: impl Into<String>, remaining: Duration, clock: Clock) -> Self {
        let cut_off = clock.monotonic() + remaining;
        Self::of(Arrival::new(request_id, remaining), clock, cut_off)
    }

    pub(crate) fn of(arrival: Arrival, clock: Clock, cut_off: Instant) -> Self {
        Self { arrival, clock, cut_off }
    }

    /// Lambda's id of this invocation.
    pub fn request_id(&self) -> &str {
        &self.arrival.request_id
    }

    /// This function's ARN, as it was invoked; `None` where the host does not say.
    pub fn function_arn(&self) -> Option<&str> {
        self.arrival.function_arn.as_deref()
    }

    /// The id of the invocation's X-Ray trace, in the form of the header `X-Amzn-Trace-Id`, if there is one.
    pub fn trace_id(&self) -> Option<&str> {
        self.arrival.trace_id.as_deref()
    }

    /// The time left until the future is dropped and the caller gets an error.
    pub fn remaining(&self) -> Duration {
        self.cut_off.saturating_duration_since(self.clock.monotonic())
    }

    /// The time of day, in Unix seconds, of the clock that was handed in.
    pub fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }
}
