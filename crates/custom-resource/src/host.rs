//! Where the handler lives: the environment, Lambda's Runtime API, the log.

#[cfg(feature = "https")]
pub(crate) mod environment;
#[cfg(feature = "lambda")]
pub(crate) mod lambda;
#[cfg(feature = "logging")]
pub mod logging;
