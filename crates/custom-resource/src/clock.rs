//! The clock as a parameter: wall time and monotonic time travel together, so that no other file asks the machine.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Where this crate gets the time from: made once, in `main`, and handed down.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    monotonic: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Clock {
    /// The machine's own clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn system() -> Self {
        Self::new(SystemTime::now, Instant::now)
    }

    /// A clock made of two functions: the time of day, and time that never goes back.
    pub fn new(
        wall: impl Fn() -> SystemTime + Send + Sync + 'static,
        monotonic: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Self {
        Self { wall: Arc::new(wall), monotonic: Arc::new(monotonic) }
    }

    /// A clock for tests: the time of day stands still at `unix_seconds`, monotonic time runs as the machine's does.
    #[expect(clippy::disallowed_methods, reason = "an Instant cannot be made from a number")]
    pub fn at(unix_seconds: u64) -> Self {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(unix_seconds);
        Self::new(move || wall, Instant::now)
    }

    /// The time of day.
    pub fn wall(&self) -> SystemTime {
        (self.wall)()
    }

    /// Time that never goes back; for measuring durations only.
    pub fn monotonic(&self) -> Instant {
        (self.monotonic)()
    }

    /// The time of day in whole seconds since 1970-01-01 UTC; 0 for a clock that is set before that.
    pub fn unix_seconds(&self) -> u64 {
        self.wall().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reads_whole_seconds_and_zero_before_1970() {
        let start = Clock::at(0).monotonic();
        let early = Clock::new(|| SystemTime::UNIX_EPOCH - Duration::from_secs(1), move || start);

        assert_eq!(early.unix_seconds(), 0);
        assert_eq!(early.monotonic(), start);
        assert_eq!(Clock::at(1_700_000_000).unix_seconds(), 1_700_000_000);
        assert_eq!(format!("{early:?}"), "Clock");
    }
}
