//! The configuration of a function that needs no other: the only file that reads the environment.

use crate::answer::delivery::{Delivery, DeliverySetupError};
use crate::clock::Clock;
use crate::config::{Config, LocalMode};

impl Config {
    /// The machine's clock, a [`Delivery`] of its own, and [`LocalMode`] as `AWS_SAM_LOCAL` says.
    ///
    /// # Errors
    /// As [`Delivery::new`].
    #[expect(clippy::disallowed_methods, reason = "what main.rs would do, for functions that do nothing else there")]
    pub fn from_env() -> Result<Self, DeliverySetupError> {
        let local = LocalMode::from_env_value(std::env::var("AWS_SAM_LOCAL").ok().as_deref());
        Ok(Self::new(Clock::system(), Delivery::new()?, local))
    }
}
