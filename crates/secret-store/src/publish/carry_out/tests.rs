//! How often is looked, written and waited where a target never is as it was left.

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use super::*;
use crate::publish::{Arrival, Before, Claim, Claimant, Content, Earlier, OnConflict, OnDrift, Place, There, Written};
use crate::testing::at_once;
use crate::{Owner, RequestToken, UnixTime};

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Done,
    /// Somebody was first.
    Overtaken,
    Refused,
    ReplyLost,
}

/// A target that does not become what is wanted.
struct Stubborn {
    fate: Fate,
    /// From so many looks on there is nothing any more.
    gone_after: u32,
    looks: Cell<u32>,
    calls: Cell<u32>,
}

impl Stubborn {
    fn new(fate: Fate) -> Self {
        Self { fate, gone_after: u32::MAX, looks: Cell::default(), calls: Cell::default() }
    }

    fn called(&self) -> Result<(), Fate> {
        self.calls.set(self.calls.get() + 1);
        match self.fate {
            Fate::Refused | Fate::ReplyLost => Err(self.fate),
            Fate::Done | Fate::Overtaken => Ok(()),
        }
    }

    fn counts(&self) -> (u32, u32) {
        (self.looks.get(), self.calls.get())
    }
}

impl MayPass for Fate {
    fn passes(&self) -> Option<Pace> {
        (*self == Self::ReplyLost).then_some(Pace::Quick)
    }
}

impl Unclear for Fate {
    fn is_unclear(&self) -> bool {
        *self == Self::ReplyLost
    }
}

impl Target for Stubborn {
    type Order = ();
    type Seen = ();
    type Error = Fate;

    async fn look(&self, (): &()) -> Result<(Standing, ()), Fate> {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() > self.gone_after {
            return Ok((Standing::Nothing, ()));
        }
        let current = Written { version: "1".to_owned(), mark: Some(mark(1)) };
        Ok((Standing::There(There { current, ..There::default() }), ()))
    }

    async fn write(&self, (): &(), _: How, (): &(), _: &Mark, _: &SecretString) -> Result<Wrote, Fate> {
        self.called()?;
        Ok(if self.fate == Fate::Done { Wrote::Current("2".to_owned()) } else { Wrote::Overtaken })
    }

    async fn retag(&self, (): &(), _: &[String]) -> Result<(), Fate> {
        Ok(())
    }

    async fn remove(&self, (): &()) -> Result<(), Fate> {
        self.called()
    }
}

fn mark(at: u64) -> Mark {
    let (claimant, content) = (Claimant::of(&Owner::Manual), Content::of(&[], &[&at.to_string()]));
    Mark::new(UnixTime(at), claimant, Place::of(&["a"]), RequestToken::manual(&at.to_string()), content)
}

thread_local! {
    static PAUSES: Cell<u32> = const { Cell::new(0) };
}

fn counted(_: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    PAUSES.set(PAUSES.get() + 1);
    Box::pin(std::future::ready(()))
}

fn patiently<T>(then: impl AsyncFnOnce(&mut Patience<'_>) -> T) -> T {
    let remaining = || Duration::from_secs(600);
    at_once(then(&mut Patience::new(counted, RequestToken::manual("patience"), &remaining)))
}

#[test]
fn what_is_not_as_it_was_written_is_looked_at_again_and_not_for_ever() {
    let wish = Wish {
        mark: mark(2),
        before: Before::Published,
        earlier: Earlier::Same,
        on_drift: OnDrift::Refuse,
        on_conflict: OnConflict::Refuse,
        arrival: Arrival::Prompt,
    };
    for (fate, counts, pauses) in [
        (Fate::Done, (1, 1), 0),
        (Fate::Refused, (1, 1), 0),
        (Fate::Overtaken, (MAX_LOOKS, MAX_LOOKS), MAX_LOOKS - 1),
        (Fate::ReplyLost, (MAX_LOOKS, MAX_LOOKS), MAX_LOOKS - 1),
    ] {
        let (target, text) = (Stubborn::new(fate), SecretString::from("hunter2"));
        PAUSES.set(0);
        let done =
            patiently(async |patience| publish(&target, &(), &wish, &text, &Decisions::default(), patience).await);
        let is_right = match done {
            Ok(done) => fate == Fate::Done && done.how == Some(How::Next(Claim::Ours)),
            Err(Undone::Contended) => fate == Fate::Overtaken,
            Err(Undone::Failed(error)) => error == fate,
            Err(Undone::Refused(_)) => false,
        };
        assert!(is_right, "{fate:?}");
        assert_eq!((target.counts(), PAUSES.get()), (counts, pauses), "{fate:?}");
    }
}

#[test]
fn a_refused_removal_is_looked_at_once_more_and_an_unclear_one_not_for_ever() {
    let removal = Removal { claimant: mark(1).claimant, place: mark(1).place, at: UnixTime(2) };
    let removed = |target: &Stubborn| {
        patiently(async |patience| remove(target, &(), &removal, &Decisions::default(), patience).await)
    };
    for (fate, gone_after, result, counts) in [
        (Fate::Done, u32::MAX, Ok(None), (1, 1)),
        (Fate::Refused, u32::MAX, Err(Fate::Refused), (2, 2)),
        // Somebody else was first.
        (Fate::Refused, 1, Ok(Some(Left::Gone)), (2, 1)),
        (Fate::ReplyLost, 1, Ok(Some(Left::Gone)), (2, 1)),
        (Fate::ReplyLost, u32::MAX, Err(Fate::ReplyLost), (MAX_LOOKS, MAX_LOOKS)),
    ] {
        let target = Stubborn { gone_after, ..Stubborn::new(fate) };
        assert_eq!(removed(&target), result, "{fate:?}");
        assert_eq!(target.counts(), counts, "{fate:?}");
    }
}
