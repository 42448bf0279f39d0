//! How a command ends: one enum, one function for the exit codes. They are part of the interface, and never change.

/// What kind of failure it is. Each has its number, and its name in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whoever reads stdout has seen enough: the quiet end of `| head`.
    ClosedPipe,
    /// The answer is no, for a reason that the user can act on.
    Refused,
    /// The command line makes no sense.
    Usage,
    /// Nobody says who asks, or where; or they are not believed.
    NoCredentials,
    /// AWS does not let who asks.
    AccessDenied,
    /// Some of it is done, and some is not.
    Partial,
    /// It may be well in a moment.
    TryAgain,
    /// Ours.
    Bug,
    /// `exec`: the command is there and cannot be run (POSIX, `env`).
    CannotRun,
    /// `exec`: there is no such command.
    NoSuchCommand,
}

impl Kind {
    /// The exit code. Those of `exec`'s command are its own; ours stay out of their way.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NoCredentials => 3,
            Self::AccessDenied => 4,
            Self::Partial => 5,
            Self::TryAgain => 6,
            Self::Bug => 70,
            Self::CannotRun => 126,
            Self::NoSuchCommand => 127,
        }
    }

    /// Its name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClosedPipe => "closed-pipe",
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::NoCredentials => "no-credentials",
            Self::AccessDenied => "access-denied",
            Self::Partial => "partial",
            Self::TryAgain => "try-again",
            Self::Bug => "bug",
            Self::CannotRun => "cannot-run",
            Self::NoSuchCommand => "no-such-command",
        }
    }
}

/// What `--help` says of them.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done, or whoever reads the output closed it
    1  no, for a reason to act on: not found, refused
    2  the command line is wrong
    3  no region or credentials, or expired ones
    4  access denied
    5  done in part
    6  throttled or unreachable: try again
   70  a bug of cfn-secrets
  126  exec: the command cannot be run; 127: it is not there; else it ends as the command does";
