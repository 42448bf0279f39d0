//! The configuration of a function that needs no other: the only file that reads the environment.

use crate::answer::delivery::{Delivery, DeliverySetupError};
use crate::answer::tls::{Roots, tls_config};
use crate::clock::Clock;
use crate::config::{Config, LocalMode};

impl Config {
    /// The machine's clock, a [`Delivery`] that trusts whom `AWS_CA_BUNDLE` says, and [`LocalMode`] as `AWS_SAM_LOCAL` says.
    ///
    /// # Errors
    /// As [`tls_config`] and [`Delivery::with_tls`].
    #[expect(clippy::disallowed_methods, reason = "what main.rs would do, for functions that do nothing else there")]
    pub fn from_env() -> Result<Self, DeliverySetupError> {
        let variable = |name: &str| std::env::var(name).ok();
        let local = LocalMode::from_env_value(variable("AWS_SAM_LOCAL").as_deref());
        let tls = tls_config(&Roots::from_env(variable))?;
        Ok(Self::new(Clock::system(), Delivery::with_tls(tls)?, local))
    }
}
