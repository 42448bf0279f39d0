//! A model of CloudFormation around the code that the Lambdas run, all in memory: histories of stack operations, with
//! everything that may go wrong on the way, and the promises that must hold after every step.
//!
//! - [`history`]: what a history is, and how proptest makes and shrinks one;
//! - [`stack`]: what a template says and what CloudFormation remembers of a resource;
//! - [`cloudformation`]: the operations, as sequences of events (create, update, delete); `rollback`: the ways back;
//!   `strangers`: late requests, and those of other accounts and regions;
//! - `requests`: one of those events at a time, sent and heard;
//! - `event`: what is sent and heard; [`pair`]: generator and getter, reached through faulty deliveries;
//! - `world`: the table and the key that they run on, and the faults of their calls; [`table`]: in memory, or [`over_s3`];
//! - [`gone`]: what CloudFormation can still name, and what it said of the rest;
//! - [`promises`]: what must hold, checked after every event and every operation;
//! - `operator`: somebody who does things by hand meanwhile; [`deeds`]: which; `off_hands`: whether they kept off what is a
//!   stack's;
//! - [`mutants`]: wrong decisions, each of which the promises must catch; `wrong_hand`: those of an operator;
//! - [`search`]: plays many histories;
//! - [`published`]: the same of the copies that the publisher makes.

pub mod cloudformation;
pub mod deeds;
pub mod event;
pub mod gone;
pub mod history;
pub mod mutants;
mod off_hands;
mod operator;
pub mod over_s3;
pub mod pair;
pub mod promises;
pub mod published;
mod requests;
mod rollback;
pub mod search;
pub mod stack;
mod strangers;
pub mod table;
mod world;
mod wrong_hand;

use cloudformation::CloudFormation;
use history::History;
use mutants::Mutant;
use secret_store::store::Limits;
use secret_store::testing::MemoryTable;
use table::Table;

/// A promise that did not hold, and where in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which promise, in words.
    pub promise: &'static str,
    /// What was seen instead.
    pub seen: String,
    /// The events up to there, one a line.
    pub log: Vec<String>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "broken: {}\n  {}", self.promise, self.seen)?;
        self.log.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// Plays a history against the real decisions, or a mutant's, on a store that promises this.
///
/// # Errors
/// The first promise that does not hold.
pub fn play(history: &History, mutant: Mutant, limits: Limits) -> Result<Played, Violation> {
    play_on(Table::Memory(MemoryTable::new()), limits, history, mutant)
}

/// The same on a store of your own.
///
/// # Errors
/// The first promise that does not hold.
pub fn play_on(table: Table, limits: Limits, history: &History, mutant: Mutant) -> Result<Played, Violation> {
    let mut cloudformation = CloudFormation::new(history, mutant, table, limits);
    for operation in &history.operations {
        cloudformation.run(operation)?;
    }
    cloudformation.pair.assert_in_order();
    Ok(cloudformation.played())
}

/// What a history exercised, so that a test can show that the interesting things happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Events delivered, repeats included.
    pub events: u64,
    /// Values made.
    pub minted: u64,
    /// Updates that were rolled back to the end.
    pub rollbacks: u64,
    /// Stack operations that reached their end.
    pub completed: u64,
    /// Versions taken over.
    pub adopted: u64,
    /// Updates that failed with rollback switched off and were taken back later.
    pub gone_back: u64,
    /// What an operator did.
    pub by_hand: u64,
}

impl std::ops::Add for Played {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            minted: self.minted + other.minted,
            rollbacks: self.rollbacks + other.rollbacks,
            completed: self.completed + other.completed,
            adopted: self.adopted + other.adopted,
            gone_back: self.gone_back + other.gone_back,
            by_hand: self.by_hand + other.by_hand,
        }
    }
}

impl std::ops::AddAssign for Played {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
