//! The world as `main` finds it.

use secret_store::UnixTime;

/// What enters from outside.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The value of an environment variable.
    pub env: fn(&str) -> Option<String>,
    /// Seconds since 1970.
    pub now: fn() -> u64,
    /// The current folder, if it is there.
    pub folder: fn() -> Option<std::path::PathBuf>,
    /// A source of randomness for secrets.
    pub random: fn() -> Box<dyn rand::CryptoRng>,
    /// Which of the three streams somebody looks at.
    pub terminals: Terminals,
}

/// Which streams are terminals.
#[derive(Clone, Copy, Debug)]
pub struct Terminals {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

impl Edge {
    /// A variable that is set to something.
    pub(crate) fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// The time.
    pub(crate) fn time(&self) -> UnixTime {
        UnixTime((self.now)())
    }
}
