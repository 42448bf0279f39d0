//! How a decision about a copy is carried out: look, decide, write, and look again where it is not clear what came of it.
//!
//! A write is never simply repeated: where the target takes no token, that would be one version more, and after a newer
//! request's write it would put the old value in front again.

use secrecy::SecretString;

use super::{Decision, Decisions, How, Left, Mark, Refusal, Removal, RemovalDecision, Standing, Wish};
use crate::patience::{MayPass, Pace, Patience};

/// How often a target is looked at that is never as it was written.
pub const MAX_LOOKS: u32 = 8;

/// An error after which the call may have been carried out all the same.
pub trait Unclear: MayPass {
    /// Whether it may.
    fn is_unclear(&self) -> bool;
}

/// Where copies are published. It cannot read a value back.
pub trait Target {
    /// What a copy is called there and how it is kept.
    type Order;
    /// What a write has to know of what was found.
    type Seen;
    /// How a call fails.
    type Error: Unclear;

    /// What stands there.
    fn look(&self, order: &Self::Order) -> impl Future<Output = Result<(Standing, Self::Seen), Self::Error>>;

    /// Writes a version with this mark.
    fn write(
        &self,
        order: &Self::Order,
        how: How,
        seen: &Self::Seen,
        mark: &Mark,
        text: &SecretString,
    ) -> impl Future<Output = Result<Wrote, Self::Error>>;

    /// Gives the copy the tags of the order, and takes away those of these keys.
    fn retag(&self, order: &Self::Order, stale: &[String]) -> impl Future<Output = Result<(), Self::Error>>;

    /// Removes the copy with all its versions. One that is gone is removed.
    fn remove(&self, order: &Self::Order) -> impl Future<Output = Result<(), Self::Error>>;
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// Readers get this version now.
    Current(String),
    /// Somebody else was there first, or readers get something else.
    Overtaken,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The target's own name for the version.
    pub version: String,
    /// Whether this request wrote it, as far as it knows.
    pub how: Option<How>,
}

/// Why nothing is published.
#[derive(Debug, thiserror::Error)]
pub enum Undone<E> {
    /// It must not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others write all the time.
    #[error("what is published changes again and again")]
    Contended,
    /// The target failed.
    #[error("the target failed")]
    Failed(E),
}

/// Publishes a copy.
///
/// # Errors
/// Where that is refused, or the target fails until there is no time left.
pub async fn publish<T: Target>(
    target: &T,
    order: &T::Order,
    wish: &Wish,
    text: &SecretString,
    decisions: &Decisions,
    patience: &mut Patience<'_>,
) -> Result<Done, Undone<T::Error>> {
    let mut looks = 0;
    loop {
        let (standing, seen) = patience.ask(async || target.look(order).await).await.map_err(Undone::Failed)?;
        let how = match (decisions.decide)(wish, &standing) {
            Decision::Answer(version) => return Ok(Done { version, how: None }),
            Decision::Refuse(refusal) => return Err(refusal.into()),
            Decision::Write(how) => how,
        };
        // What certainly was not done is tried again as it is.
        let write = async || match target.write(order, how, &seen, &wish.mark, text).await {
            Err(error) if error.is_unclear() => Ok(Err(error)),
            result => result.map(Ok),
        };
        let failed = match patience.ask(write).await.map_err(Undone::Failed)? {
            Ok(Wrote::Current(version)) => return Ok(Done { version, how: Some(how) }),
            Ok(Wrote::Overtaken) => Undone::Contended,
            Err(error) => Undone::Failed(error),
        };
        looks += 1;
        if looks == MAX_LOOKS || !patience.pause(Pace::Quick, looks).await {
            return Err(failed);
        }
    }
}

/// Removes a copy, if it is still what was published.
///
/// # Errors
/// Where the target fails until there is no time left.
pub async fn remove<T: Target>(
    target: &T,
    order: &T::Order,
    removal: &Removal,
    decisions: &Decisions,
    patience: &mut Patience<'_>,
) -> Result<Option<Left>, T::Error> {
    let mut looks = 0;
    loop {
        let (standing, _) = patience.ask(async || target.look(order).await).await?;
        if let RemovalDecision::Leave(left) = (decisions.decide_removal)(removal, &standing) {
            return Ok(Some(left));
        }
        // What was carried out all the same may not be done twice.
        let remove = async || match target.remove(order).await {
            Err(error) if error.is_unclear() => Ok(Err(error)),
            result => result.map(Ok),
        };
        let failed = match patience.ask(remove).await {
            Ok(Ok(())) => return Ok(None),
            Ok(Err(unclear)) => unclear,
            Err(refused) => refused,
        };
        // Somebody else, or this very request, may have been first: once more one looks even after a refusal.
        let is_final = failed.passes().is_none() && looks > 0;
        looks += 1;
        if is_final || looks == MAX_LOOKS || !patience.pause(Pace::Quick, looks).await {
            return Err(failed);
        }
    }
}

#[cfg(test)]
mod tests;
