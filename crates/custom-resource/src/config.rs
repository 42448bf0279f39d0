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
}

impl Config {
    /// All of it.
    pub fn new(clock: Clock, delivery: Delivery, local: LocalMode) -> Self {
        Self { clock, delivery, local }
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
}

impl Arrival {
    /// An invocation that ends after `remaining`.
    pub fn new(request_id: impl Into<String>, remaining: Duration) -> Self {
        Self { request_id: request_id.into(), remaining }
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
