//! A target in memory, which remembers as much or as little as the real ones do, and may lose replies.

use std::cell::RefCell;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::patience::{MayPass, Pace, Patience};
use crate::testing::{at_once, no_pause};

/// What a target remembers of its versions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Memory {
    /// Of every one, and takes no token: each write is a version.
    All,
    /// Of the current one and the one before, and a token that it knows writes nothing.
    Two,
}

/// A target in memory.
#[derive(Debug)]
pub(super) struct Copies {
    memory: Memory,
    pub(super) versions: RefCell<Vec<(Option<Mark>, String)>>,
    /// The position of the current one.
    current: RefCell<usize>,
    claimed_by: RefCell<Option<Claimant>>,
    /// Of the next calls: whether the reply to a write is lost.
    loses: RefCell<Vec<bool>>,
}

#[derive(Debug)]
pub(super) struct ReplyLost;

impl MayPass for ReplyLost {
    fn passes(&self) -> Option<Pace> {
        Some(Pace::Quick)
    }
}

impl Unclear for ReplyLost {
    fn is_unclear(&self) -> bool {
        true
    }
}

impl Copies {
    pub(super) fn new(memory: Memory, loses: Vec<bool>) -> Self {
        let (versions, current, claimed_by) = Default::default();
        Self { memory, versions, current, claimed_by, loses: RefCell::new(loses) }
    }

    pub(super) fn value(&self) -> Option<String> {
        self.versions.borrow().get(*self.current.borrow()).map(|(_, value)| value.clone())
    }

    pub(super) fn put(&self, mark: Option<Mark>, value: &str) {
        let mut versions = self.versions.borrow_mut();
        versions.push((mark, value.to_owned()));
        *self.current.borrow_mut() = versions.len() - 1;
    }

    pub(super) fn clear(&self) {
        self.versions.borrow_mut().clear();
        *self.claimed_by.borrow_mut() = None;
    }
}

impl Target for Copies {
    type Order = ();
    type Seen = ();
    type Error = ReplyLost;

    async fn look(&self, (): &()) -> Result<(Standing, ()), ReplyLost> {
        let versions = self.versions.borrow();
        let written = |index: usize| written(&index.to_string(), versions[index].0);
        if versions.is_empty() {
            return Ok((Standing::Nothing, ()));
        }
        let current = *self.current.borrow();
        let known = match self.memory {
            Memory::All => 0..versions.len(),
            Memory::Two => current.saturating_sub(1)..current + 1,
        };
        let others = known.filter(|index| *index != current).map(written).collect();
        let claimed_by = *self.claimed_by.borrow();
        Ok((Standing::There(There { current: written(current), others, claimed_by, ..There::default() }), ()))
    }

    async fn write(&self, (): &(), how: How, (): &(), mark: &Mark, text: &SecretString) -> Result<Wrote, ReplyLost> {
        let known = self.versions.borrow().iter().position(|(found, _)| found.as_ref() == Some(mark));
        if let (Memory::Two, Some(known)) = (self.memory, known) {
            // It succeeds and does nothing.
            return Ok(if known == *self.current.borrow() {
                Wrote::Current(known.to_string())
            } else {
                Wrote::Overtaken
            });
        }
        if matches!(how, How::Create) && !self.versions.borrow().is_empty() {
            return Ok(Wrote::Overtaken);
        }
        if let Memory::Two = self.memory {
            *self.claimed_by.borrow_mut() = Some(mark.claimant);
        }
        self.put(Some(*mark), text.expose_secret());
        match self.loses.borrow_mut().pop() {
            Some(true) => Err(ReplyLost),
            _ => Ok(Wrote::Current((self.versions.borrow().len() - 1).to_string())),
        }
    }

    async fn retag(&self, (): &(), _: &[String]) -> Result<(), ReplyLost> {
        Ok(())
    }

    async fn remove(&self, (): &()) -> Result<(), ReplyLost> {
        assert!(self.value().is_some(), "what is removed already is not removed again");
        self.clear();
        if self.loses.borrow_mut().pop() == Some(true) { Err(ReplyLost) } else { Ok(()) }
    }
}

pub(super) fn published(copies: &Copies, wish: &Wish, value: &str) -> Result<Done, Undone<ReplyLost>> {
    let remaining = || Duration::from_secs(25);
    let mut patience = Patience::new(no_pause, RequestToken::manual("patience"), &remaining);
    at_once(publish(copies, &(), wish, &SecretString::from(value), &Decisions::default(), &mut patience))
}
