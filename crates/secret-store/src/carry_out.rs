//! **Read, decide, write, and again**: how a decision is carried out on what others write to as well.
//!
//! A decision rests on what was read. Where somebody was faster, its write does nothing, and it is made anew; what may pass
//! is waited for, both as long as the [`Patience`] lasts. Requests of stacks and the operator's hand go through here.

pub mod by_hand;

use crate::id::Identity;
use crate::patience::{Pace, Patience};
use crate::plan::Changes;
use crate::record::{Record, Snapshot};
use crate::store::{QueryVersions, StoreError, WriteError, WriteVersions};

/// What a decision wants next.
#[derive(Debug)]
pub enum Next<T> {
    /// Nothing, any more: this is what came of it.
    Done(T),
    /// A write.
    Write {
        /// What changes.
        changes: Changes,
        /// What is made.
        new: Option<Box<Record>>,
        /// What came of it, once it is written; `None` where one write cannot take it all: read and decide again.
        then: Option<T>,
    },
}

/// Why a decision was not carried out.
#[derive(Debug)]
pub enum Unfinished<T, E> {
    /// It was not made.
    Undecided(E),
    /// What is stored could not be read.
    Unread(StoreError),
    /// A write failed. It may have been stored all the same, if its error [may pass](crate::patience::MayPass).
    Unconfirmed {
        /// How.
        error: StoreError,
        /// What would have come of it.
        then: Option<T>,
    },
    /// Others wrote in every round, or the time was over before all was written.
    Contended,
}

/// Carries a decision out.
///
/// # Errors
/// What stands in the way to the end.
pub async fn carry_out<S, T, E>(
    store: &S,
    identity: &Identity,
    patience: &mut Patience<'_>,
    mut decide: impl AsyncFnMut(&Snapshot, &mut Patience<'_>) -> Result<Next<T>, E>,
) -> Result<T, Unfinished<T, E>>
where
    S: QueryVersions + WriteVersions,
{
    let mut lost_races = 0;
    loop {
        let snapshot = patience.ask(async || store.query(identity).await).await.map_err(Unfinished::Unread)?;
        let (changes, new, then) = match decide(&snapshot, patience).await.map_err(Unfinished::Undecided)? {
            Next::Done(done) => return Ok(done),
            Next::Write { changes, new, then } => (changes, new, then),
        };
        match patience.ask(async || store.write(identity, &changes, new.as_deref()).await).await {
            Ok(()) => match then {
                Some(done) => return Ok(done),
                None if patience.has_time() => {}
                None => return Err(Unfinished::Contended),
            },
            // Perhaps it was this very write, its reply lost: the next round's decision recognizes its own version.
            Err(WriteError::Conflict) if patience.pause(Pace::Quick, lost_races).await => lost_races += 1,
            Err(WriteError::Conflict) => return Err(Unfinished::Contended),
            Err(WriteError::Store(error)) => return Err(Unfinished::Unconfirmed { error, then }),
        }
    }
}
