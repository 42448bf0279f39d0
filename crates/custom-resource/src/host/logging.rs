//! Logs as JSON lines on stdout, of chosen targets only: what may quote an event never gets a word in, at any level.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How much is logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what is odd.
    Warn,
    /// And what was done; the default.
    #[default]
    Info,
    /// And how.
    Debug,
}

impl LogLevel {
    /// Reads the value of an environment variable such as `LOG_LEVEL`; letter case does not count.
    ///
    /// # Errors
    /// For anything but `error`, `warn`, `info` and `debug`. There is no `trace`: it is where libraries show payloads.
    pub fn parse(value: &str) -> Result<Self, UnknownLogLevel> {
        match value.to_ascii_lowercase().as_str() {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            _ => Err(UnknownLogLevel),
        }
    }

    /// The same for a variable that may be unset or wrong: the default then, since a typing error there must not keep a
    /// function from answering. Log the error once [`init`] is done.
    pub fn from_env_value(value: Option<&str>) -> (Self, Option<UnknownLogLevel>) {
        match value.map(Self::parse) {
            None => (Self::default(), None),
            Some(Ok(level)) => (level, None),
            Some(Err(error)) => (Self::default(), Some(error)),
        }
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
        }
    }
}

/// A log level that is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the log level must be error, warn, info or debug; info is used")]
#[non_exhaustive]
pub struct UnknownLogLevel;

/// Starts logging, for this crate and for `targets` (names of crates) alone. A second call changes nothing.
///
/// `lambda_runtime`, `hyper` and the AWS SDK log whole payloads at some level, so they are never let through. A panic's
/// message goes to stderr all the same, unless [`redact_panics`] is called.
pub fn init(level: LogLevel, targets: &[&str]) {
    let allowed = targets.iter().chain(&[env!("CARGO_CRATE_NAME")]).map(|target| (*target, level.filter()));
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    // Refused where there is a subscriber already.
    let _ = tracing_subscriber::registry().with(lines).with(Targets::new().with_targets(allowed)).try_init();
}

/// Takes the process's panic hook: of a panic only its place is logged, since its message may quote a value.
pub fn redact_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_level_is_the_default_and_told() {
        assert_eq!(LogLevel::from_env_value(None), (LogLevel::Info, None));
        assert_eq!(LogLevel::from_env_value(Some("DEBUG")), (LogLevel::Debug, None));
        for odd in ["trace", "", "verbose"] {
            assert_eq!(LogLevel::from_env_value(Some(odd)), (LogLevel::Info, Some(UnknownLogLevel)));
        }
    }

    #[test]
    fn levels_are_those_of_tracing() {
        for (name, filter) in [("error", LevelFilter::ERROR), ("warn", LevelFilter::WARN), ("info", LevelFilter::INFO)]
        {
            assert_eq!(LogLevel::parse(name).unwrap().filter(), filter);
        }
        assert_eq!(LogLevel::Debug.filter(), LevelFilter::DEBUG);
    }
}
