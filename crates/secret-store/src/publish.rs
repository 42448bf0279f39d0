//! **What is published**: whether a copy of a secret is written under a name where others look, and whether it may be removed.
//! Pure; no I/O, no clock.
//!
//! A *target* holds one copy under a name of the template's choice. Somebody else may write it, too, and it has neither our
//! conditions nor our history. So each version that is written carries a [`Mark`]: whose it is, for which request, of which
//! content, and when that was asked for. [`decide`] goes by the marks that it finds, and never by a value; the rules, in the
//! order in which they are tried, each with its reason:
//!
//! 1. **Answered already.** A version has the mark of this very request: answer with it, write nothing. Lambda delivers at
//!    least once, and a reply may be lost.
//! 2. **Overtaken.** What was asked for later stands there: refuse. A rotation that is delivered once more after its rollback
//!    must not publish the new value again.
//! 3. **Nothing there**: create it. What was published before and is gone was removed by somebody: that is told.
//! 4. **About to be erased**: somebody else's is refused, or taken over; what follows holds for it as well, but that it is
//!    brought back before it is written, if the request comes [`Arrival::Prompt`].
//! 5. **Of another kind**: refuse, whoever's it is. No write changes what it is.
//! 6. **As wanted**: answer, write nothing. But what may still come late has to find a later mark, so this one leaves its own, by
//!    a version of the same content: where a request before it wanted something else and left no mark, so that it failed; and
//!    where the name is taken up again, whose Delete was given up.
//! 7. **Given new values by somebody else's rotation**: refuse, whatever the template says. The next write would publish a
//!    value that the database no longer has.
//! 8. **Somebody else's**: refuse, or take it over where the template says so and the request comes [`Arrival::Prompt`].
//! 9. **Changed since**: somebody else wrote over ours. Refuse, or write over it where the template says so.
//! 10. **Write** the next version.
//!
//! A rollback is an Update with the old version: by the mark's request it is a write of its own, so that it reaches targets
//! which take a token that they know for a repetition.

mod carry_out;
mod mark;

use std::time::Duration;

pub use carry_out::{Done, MAX_LOOKS, Target, Unclear, Undone, Wrote, publish, remove};
pub use mark::{Claimant, Content, Mark, NotAMark, Place};

pub use crate::plan::OnConflict;
use crate::record::UnixTime;

/// The decisions as values. The publisher takes them as a parameter so that the model of published copies in the repository's
/// `tests` can show that it catches wrong ones.
#[derive(Clone, Copy, Debug)]
pub struct Decisions {
    /// For a Create and an Update.
    pub decide: fn(&Wish, &Standing) -> Decision,
    /// For a Delete.
    pub decide_removal: fn(&Removal, &Standing) -> RemovalDecision,
}

impl Default for Decisions {
    fn default() -> Self {
        Self { decide, decide_removal }
    }
}

/// What a request wants of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What the version will be marked with.
    pub mark: Mark,
    /// Whether this resource has published under this name before.
    pub before: Before,
    /// What the request before this one wanted.
    pub earlier: Earlier,
    /// What to do about somebody else's change.
    pub on_drift: OnDrift,
    /// What to do about what somebody else published.
    pub on_conflict: OnConflict,
    /// How long it has been on its way.
    pub arrival: Arrival,
}

/// Whether a resource has published under a name before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A Create, and an Update to another name.
    Never,
    /// An Update that keeps the name.
    Published,
}

/// What the request before this one wanted to be published, as far as is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// The same, or there was none.
    #[default]
    Same,
    /// Something else, or nobody can say: if it is not there, a rollback goes back from what was never done.
    Other,
}

/// What to do about a copy that somebody else has changed or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDrift {
    /// Say so.
    #[default]
    Refuse,
    /// Publish all the same.
    Overwrite,
}

/// How long a request has been on its way. CloudFormation may have given up and deleted what it asked for by the time that a
/// late one is carried out, and nothing at the target would tell: so a late one takes nothing over, and brings nothing back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// As long as requests are.
    #[default]
    Prompt,
    /// Longer than [`Arrival::PROMPT`].
    Late,
}

impl Arrival {
    /// Lambda waits for so long before it delivers a failed event once more (Lambda, "How Lambda handles errors and retries
    /// with asynchronous invocation"). The first delivery comes within seconds.
    pub const PROMPT: Duration = Duration::from_secs(60);

    /// Of what was asked for then and is carried out now.
    pub fn of(asked_at: UnixTime, now: UnixTime) -> Self {
        if now.0.saturating_sub(asked_at.0) < Self::PROMPT.as_secs() { Self::Prompt } else { Self::Late }
    }
}

/// What stands at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// Somebody had it deleted; it can still be brought back, and its name is not free.
    Leaving(There),
    /// A copy.
    There(There),
}

/// A copy as it is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct There {
    /// The version that readers get.
    pub current: Written,
    /// Others, as far as they are known and have a mark.
    pub others: Vec<Written>,
    /// Whom the copy itself says that it belongs to, where it can.
    pub claimed_by: Option<Claimant>,
    /// Who gives it its values.
    pub hand: Hand,
    /// What it is, where that is not what is published.
    pub other_kind: Option<String>,
}

/// A version of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The target's own name for it.
    pub version: String,
    /// Its mark, where it is one of ours.
    pub mark: Option<Mark>,
}

/// Who gives a copy its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// Whoever writes.
    #[default]
    Anybody,
    /// A rotation of the target's own, from time to time.
    Rotation,
    /// A rotation that has begun and not ended.
    RotationAtWork,
}

/// What to do about a [`Wish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This version is what is wanted; nothing is written.
    Answer(String),
    /// Write.
    Write(How),
    /// Change nothing and say why.
    Refuse(Refusal),
}

/// How a version is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As the first one, on condition that nothing is there.
    Create,
    /// After the copy was brought back.
    Restore(Claim),
    /// As the next one.
    Next(Claim),
}

/// Whether the copy is this resource's already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is.
    Ours,
    /// It is taken over.
    TakenOver,
}

/// Why nothing is published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was asked for later is published already.
    #[error("a newer request was carried out before this one")]
    Overtaken,
    /// Somebody else removed what was published.
    #[error("what was published is gone")]
    Gone,
    /// The name is kept for what is about to be erased.
    #[error("the copy is about to be erased")]
    Leaving,
    /// Something else has the name.
    #[error("the copy is {0}")]
    OtherKind(String),
    /// Somebody else's rotation gives it its values.
    #[error("a rotation gives the copy its values")]
    Rotated(Hand),
    /// Somebody else published it.
    #[error("the copy is somebody else's")]
    Taken,
    /// It would be taken over or brought back, but for that the request is late.
    #[error("a late request takes nothing over and brings nothing back")]
    TooLate,
    /// Somebody else wrote over it.
    #[error("the copy was changed since")]
    Changed {
        /// The version that is theirs.
        version: String,
    },
}

/// What a Delete wants gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Who had it published.
    pub claimant: Claimant,
    /// Under which names.
    pub place: Place,
    /// When the Delete was asked for.
    pub at: UnixTime,
}

/// What to do about a [`Removal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalDecision {
    /// It is still ours: remove it.
    Remove,
    /// Leave it as it is.
    Leave(Left),
}

/// Why a copy is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Left {
    /// There is none, or not for long.
    #[error("it is gone already")]
    Gone,
    /// Somebody else published it, wrote over it, or it is a newer one.
    #[error("it is no longer what was published")]
    NotOurs,
}

impl There {
    fn marks(&self) -> impl Iterator<Item = (&str, &Mark)> {
        let written = std::iter::once(&self.current).chain(&self.others);
        written.filter_map(|written| Some((&*written.version, written.mark.as_ref()?)))
    }

    fn is_of(&self, claimant: Claimant) -> bool {
        match &self.current.mark {
            Some(mark) => mark.claimant == claimant,
            // Somebody else's version stands in front of ours.
            None => {
                self.claimed_by == Some(claimant)
                    || self.claimed_by.is_none() && self.marks().any(|(_, mark)| mark.claimant == claimant)
            }
        }
    }
}

/// Decides what a request does to a copy: the rules of the module's page.
pub fn decide(wish: &Wish, standing: &Standing) -> Decision {
    let mark = &wish.mark;
    let there = match standing {
        Standing::Nothing if wish.before == Before::Published && wish.on_drift == OnDrift::Refuse => {
            return Decision::Refuse(Refusal::Gone);
        }
        Standing::Nothing => return Decision::Write(How::Create),
        Standing::Leaving(there) | Standing::There(there) => there,
    };
    let is_there = matches!(standing, Standing::There(_));
    if is_there && let Some((version, _)) = there.marks().find(|(_, found)| found.is_same_write(mark)) {
        return Decision::Answer(version.to_owned());
    }
    if there.marks().any(|(_, found)| found.at > mark.at) {
        return Decision::Refuse(Refusal::Overtaken);
    }
    if !is_there {
        // It was this request's, and was deleted since.
        if there.marks().any(|(_, found)| found.is_same_write(mark)) {
            return Decision::Refuse(Refusal::Overtaken);
        }
        match claim(wish, there) {
            Err(Refusal::Taken) => return Decision::Refuse(Refusal::Leaving),
            Err(refusal) => return Decision::Refuse(refusal),
            Ok(_) if wish.arrival == Arrival::Late => return Decision::Refuse(Refusal::TooLate),
            Ok(_) => {}
        }
    }
    if let Some(kind) = &there.other_kind {
        return Decision::Refuse(Refusal::OtherKind(kind.clone()));
    }
    if is_there && there.current.mark.as_ref().is_some_and(|found| found.is_same_content(mark)) {
        let may_be_late = wish.earlier == Earlier::Other || wish.before == Before::Never;
        return match there.hand {
            Hand::Anybody if may_be_late => Decision::Write(How::Next(Claim::Ours)),
            _ => Decision::Answer(there.current.version.clone()),
        };
    }
    if there.hand != Hand::Anybody {
        return Decision::Refuse(Refusal::Rotated(there.hand));
    }
    match claim(wish, there) {
        Err(refusal) => Decision::Refuse(refusal),
        Ok(Claim::Ours) if there.current.mark.is_none() && wish.on_drift == OnDrift::Refuse => {
            Decision::Refuse(Refusal::Changed { version: there.current.version.clone() })
        }
        Ok(claim) if is_there => Decision::Write(How::Next(claim)),
        Ok(claim) => Decision::Write(How::Restore(claim)),
    }
}

/// Whether the copy is, or becomes, the one of who asks.
fn claim(wish: &Wish, there: &There) -> Result<Claim, Refusal> {
    match (wish.on_conflict, wish.arrival) {
        _ if there.is_of(wish.mark.claimant) => Ok(Claim::Ours),
        (OnConflict::Refuse, _) => Err(Refusal::Taken),
        (OnConflict::Adopt, Arrival::Late) => Err(Refusal::TooLate),
        (OnConflict::Adopt, Arrival::Prompt) => Ok(Claim::TakenOver),
    }
}

/// Decides whether a Delete removes a copy: only what is still what this resource published under these names, and nothing
/// that was published since. A resource that keeps one of its two names when the other one changes is replaced, and the
/// Delete of the replaced one names both.
pub fn decide_removal(removal: &Removal, standing: &Standing) -> RemovalDecision {
    let Standing::There(there) = standing else { return RemovalDecision::Leave(Left::Gone) };
    let is_ours =
        |mark: &Mark| mark.claimant == removal.claimant && mark.place == removal.place && mark.at <= removal.at;
    match &there.current.mark {
        Some(mark) if is_ours(mark) => RemovalDecision::Remove,
        _ => RemovalDecision::Leave(Left::NotOurs),
    }
}

#[cfg(test)]
mod tests;
