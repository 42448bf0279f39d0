//! What comes from outside: the clock, the sender of answers, where this runs, and what Lambda says about one
//! invocation.

use std::time::Duration;

use crate::answer::delivery::Delivery;
use crate::clock::Clock;

/// What every event is handled with; made once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The time.
    pub clock: Clock,
    /// The sender of answers.
    pub delivery: Delivery,
    /// Whether this runs on a developer's machine.
    pub local: LocalMode,
    /// How long things may take.
    pub limits: Limits,
}

impl Config {
    /// All of it, with the usual limits.
    pub fn new(clock: Clock, delivery: Delivery, local: LocalMode) -> Self {
        Self { clock, delivery, local, limits: Limits::default() }
    }

    /// With other limits.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use custom_resource::{Clock, Config, Delivery, Limits, LocalMode};
    /// # let (delivery, _) = Delivery::in_memory();
    /// let mut limits = Limits::default();
    /// limits.reserve = Duration::from_secs(10);
    /// let config = Config::new(Clock::system(), delivery, LocalMode::Off).with_limits(limits);
    /// ```
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// How long things may take. The defaults are measured: see [the reserve](crate#the-reserve-measured).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// What is kept back of the function's timeout for the answer, but never more than a third of it; 5 seconds. Two
    /// attempts at least, however the first one fails.
    pub reserve: Duration,
    /// How long delivery is tried, however late the deadline is; a minute. After this Lambda's own retry is the better
    /// try, and nobody is billed for a 15-minute function that only waits.
    pub trying: Duration,
    /// The shortest time that one attempt at delivery gets, if that much is left; half a second. A TLS handshake on a
    /// 128 MB function's share of a core, with room.
    pub shortest_attempt: Duration,
    /// The longest that one attempt may take, from the name look-up to the status; 5 seconds. S3 takes milliseconds; what
    /// takes longer than this is a route that leads nowhere.
    pub longest_attempt: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            reserve: Duration::from_secs(5),
            trying: Duration::from_secs(60),
            shortest_attempt: Duration::from_millis(500),
            longest_attempt: Duration::from_secs(5),
        }
    }
}

/// Whether the function runs under `sam local invoke`, where nobody listens at the ResponseURL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LocalMode {
    /// In Lambda: the function returns nothing, because whatever it returns may end up in a destination's queue.
    Off,
    /// Under `sam local invoke`: the answer is also what the function returns, and an unreachable ResponseURL is told
    /// in it (`DeliveryError`), not an error.
    Sam,
}

impl LocalMode {
    /// Reads the value of the environment variable `AWS_SAM_LOCAL`, which `sam local invoke` sets to `true`.
    pub fn from_env_value(value: Option<&str>) -> Self {
        if value == Some("true") { Self::Sam } else { Self::Off }
    }
}

/// One event's arrival: what Lambda says about the invocation.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Arrival {
    /// Lambda's id of the invocation, which its log lines carry.
    pub request_id: String,
    /// The time left until Lambda ends the invocation.
    pub remaining: Duration,
    /// The function's ARN, as it was invoked.
    pub function_arn: Option<String>,
    /// The id of the X-Ray trace.
    pub trace_id: Option<String>,
}

impl Arrival {
    /// An invocation that ends after `remaining`.
    pub fn new(request_id: impl Into<String>, remaining: Duration) -> Self {
        Self { request_id: request_id.into(), remaining, function_arn: None, trace_id: None }
    }

    /// Of the function with this ARN.
    #[must_use]
    pub fn with_function_arn(mut self, function_arn: impl Into<String>) -> Self {
        self.function_arn = Some(function_arn.into());
        self
    }

    /// As a part of this X-Ray trace.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.trace_id = Some(trace_id.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_that_sam_sets_turns_local_mode_on() {
        assert_eq!(LocalMode::from_env_value(Some("true")), LocalMode::Sam);
        for other in [None, Some(""), Some("false"), Some("1")] {
            assert_eq!(LocalMode::from_env_value(other), LocalMode::Off);
        }
    }
}
