//! What a user reads when it is no: one sentence, what led to it, and a hint. Nothing secret enters here.

mod store;

use std::error::Error as StdError;
use std::fmt::{self, Display};

use crate::exit::Kind;

/// Why a command ends before its end.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Of which kind: the exit code.
    pub(crate) kind: Kind,
    /// One sentence without a full stop: what came in, unless it may be secret, and what is allowed.
    pub(crate) message: String,
    /// What to do, a sentence each.
    pub(crate) hints: Vec<String>,
    /// What led to it, for `--debug`, the last cause last.
    pub(crate) causes: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Display) -> Self {
        Self { kind, message: message.to_string(), hints: Vec::new(), causes: Vec::new() }
    }

    pub(crate) fn refused(message: impl Display) -> Self {
        Self::new(Kind::Refused, message)
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn bug(message: impl Display) -> Self {
        Self::new(Kind::Bug, message).hint("this is a fault of cfn-secrets: please report it, without any secret")
    }

    /// What to do.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// What led to it: the texts of the errors, never their `Debug`, which may hold whole answers.
    pub(crate) fn because(mut self, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error: Box<dyn StdError + Send + Sync> = error.into();
        let mut next: Option<&(dyn StdError + 'static)> = Some(error.as_ref());
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }
}

/// Writing to stdout: who closed it has seen enough.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Kind::ClosedPipe, "the output was closed"),
            _ => Self::refused(format!("the output cannot be written: {error}")),
        }
    }
}
