//! **The port**: what a store must offer to be worked on by hand, whichever service it is. A trait for each right, so that
//! `list` cannot read a value, by type; what a store lacks stands in its [`Capabilities`], and is refused by name.

use std::collections::BTreeMap;

use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use secret_store::{RequestToken, UnixTime};

use super::at::At;
use super::capabilities::Capabilities;
use crate::failure::Failure;

/// What comes of a question.
pub(super) type Answer<'a, T> = LocalBoxFuture<'a, Result<T, Failure>>;

/// What is told of a secret without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// As the service spells it.
    pub(super) name: String,
    /// The current version, as the service names it.
    pub(super) version: String,
    /// When it was made or changed, where the store says so.
    pub(super) at: Option<UnixTime>,
    /// What somebody said of it.
    pub(super) comment: Option<String>,
}

/// What is told of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Past {
    /// As the service names it.
    pub(super) version: String,
    /// What it is, or what somebody called it.
    pub(super) labels: Vec<String>,
    /// Whether its value is to be had, as far as that is known.
    pub(super) readable: bool,
    /// When it was made.
    pub(super) at: Option<UnixTime>,
    /// What somebody said of it.
    pub(super) comment: Option<String>,
}

/// A value that is stored.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The value.
    pub(super) value: SecretString,
    /// Its version.
    pub(super) version: String,
    /// What its ciphertext is bound to beside what the store itself binds it to.
    pub(super) context: BTreeMap<String, String>,
}

/// A value to store.
#[derive(Clone, Debug)]
pub(super) struct New {
    /// The value.
    pub(super) value: SecretString,
    /// What is said of it; `None` leaves what is said of the secret, where that is no matter of a version.
    pub(super) comment: Option<String>,
    /// What its ciphertext is to be bound to.
    pub(super) context: BTreeMap<String, String>,
    /// The version that it would have, where versions can be chosen.
    pub(super) version: Option<String>,
    /// The same for each try of one wish.
    pub(super) token: RequestToken,
    /// What is known of what is there.
    pub(super) there: There,
}

/// What is known of what is there before a write. It spares a question, and is no condition: who finds it wrong asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    #[default]
    Unknown,
    /// There was no such secret a moment ago.
    Absent,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its version.
    pub(super) version: String,
    /// The version of somebody else that came between, and is not current any more.
    pub(super) over: Option<String>,
}

/// For whoever looks.
pub(super) trait List {
    /// Where it is.
    fn at(&self) -> &At;

    /// What it keeps and takes.
    fn capabilities(&self) -> &'static Capabilities;

    /// Every secret, in the order of their names. `seen` hears how many there are so far.
    fn list<'a>(&'a self, seen: &'a dyn Fn(usize)) -> Answer<'a, Vec<Listed>>;

    /// Every version of a secret, the newest first; none where there is no such secret.
    fn history<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<Past>>;
}

/// For whoever reads.
pub(super) trait Read: List {
    /// Looks at many secrets at once, where the store can: what is asked of each from then on need not be asked of it again.
    fn look_ahead<'a>(&'a self, _names: &'a [String]) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// One version of a secret, or its current one.
    fn get<'a>(&'a self, name: &'a str, version: Option<&'a str>) -> Answer<'a, Option<Held>>;

    /// The current values of as many secrets as [`Capabilities::batch`] says, each for itself.
    fn current<'a>(&'a self, names: &'a [String]) -> LocalBoxFuture<'a, Vec<Result<Option<Held>, Failure>>> {
        Box::pin(async move {
            let mut found = Vec::new();
            for name in names {
                found.push(self.get(name, None).await);
            }
            found
        })
    }
}

/// For whoever writes.
pub(super) trait Write: List {
    /// Whether the store would take it, as far as that is known before it is asked to: name, size, comment, whose it is.
    fn check<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, ()>;

    /// Stores a value, as the version that readers get from now on. What a lost answer leaves in doubt is looked at.
    fn put<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, Stored>;

    /// Takes a secret out of use; for so many days it can be brought back, where the store can do that.
    fn delete<'a>(&'a self, name: &'a str, days: Option<u16>) -> Answer<'a, ()>;
}

/// Whatever can be done in a store.
pub(super) trait Store: Read + Write {}
impl<S: Read + Write> Store for S {}
