//! Where the handler lives: Lambda's Runtime API and its log.

pub(crate) mod lambda;
pub mod logging;
