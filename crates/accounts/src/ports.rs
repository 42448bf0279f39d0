//! What sign-up and login need of the outside, a trait for each right that a role is given.

use crate::{Mac, Record, Seconds, Session, Subject, TokenHash, Tries, UserName};

/// A service that did not do what it was asked to. Its text and its source are for the log.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed")]
pub struct PortError {
    /// What was asked for.
    pub action: &'static str,
    /// Why it was not done.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Whether an account was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// By this form, now or when it was sent the first time.
    Now,
    /// By somebody else.
    Before,
}

/// Makes accounts and cannot read any.
pub trait CreateAccount {
    /// Makes an account unless there is one of that name. The same one again, not long after the first time, is made again.
    fn create(&self, user: &UserName, record: &Record) -> impl Future<Output = Result<Created, PortError>>;
}

/// Reads accounts.
pub trait ReadAccount {
    /// What is stored under a name.
    fn read(&self, user: &UserName) -> impl Future<Output = Result<Option<Record>, PortError>>;
}

/// Whether what is stored was still what had been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It was, and is replaced.
    Yes,
    /// Somebody was faster.
    No,
}

/// Replaces passwords and cannot make accounts.
pub trait ReplacePassword {
    /// Puts `new` in the place of `old`, if that is what is still there. That the password must be changed ends with
    /// another password, and not with the same one hashed anew.
    fn replace(&self, user: &UserName, old: &Record, new: &Record)
    -> impl Future<Output = Result<Replaced, PortError>>;
}

/// Counts tries.
pub trait CountTries {
    /// Counts a try for a name, if [`wait_for`](crate::wait_for) is over; else gives the tries so far. One write.
    fn try_name(&self, name: &Subject, now: Seconds) -> impl Future<Output = Result<Result<(), Tries>, PortError>>;

    /// Counts a try of a source, up to [`MAX_PER_SOURCE`](crate::MAX_PER_SOURCE); says whether it may go on. One write.
    fn try_source(&self, source: &Subject, now: Seconds) -> impl Future<Output = Result<bool, PortError>>;

    /// The tries for a name begin anew.
    fn forget(&self, name: &Subject) -> impl Future<Output = Result<(), PortError>>;
}

/// Keeps sessions.
pub trait KeepSessions {
    /// Stores one.
    fn open(&self, token: &TokenHash, session: &Session) -> impl Future<Output = Result<(), PortError>>;

    /// The one of a token.
    fn session(&self, token: &TokenHash) -> impl Future<Output = Result<Option<Session>, PortError>>;

    /// Ends one.
    fn close(&self, token: &TokenHash) -> impl Future<Output = Result<(), PortError>>;
}

/// The key that nobody can read.
pub trait Pepper {
    /// What a new MAC is made with.
    fn newest_key(&self) -> &str;

    /// The MAC of a message under a key.
    fn mac(&self, key: &str, message: &[u8]) -> impl Future<Output = Result<Mac, PortError>>;
}
