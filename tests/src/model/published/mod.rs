//! The model of the published copy: the publisher as it is shipped, over a table, a Parameter Store and a Secrets Manager in
//! memory, and stacks whose database takes a generated secret that is published where consumers look.
//!
//! - [`history`]: what a history is; [`stack`]: what a template says and what CloudFormation remembers;
//! - [`cloudformation`]: the operations, as sequences of events; `rollback`: the ways back; `requests`: one of them at a time;
//!   `strays`: what nobody waits for;
//! - [`function`]: the publisher, and the generator beside it, reached through faulty deliveries;
//! - [`aws`]: whoever is asked, with what goes wrong there; `parameter_store`, `secrets_manager`: as they behave; [`hand`]:
//!   somebody else's;
//! - [`promises`]: what must hold;
//! - [`mutants`]: wrong decisions, and services that are asked wrongly, each of which the promises must catch.

pub mod aws;
pub mod cloudformation;
pub mod function;
pub mod hand;
pub mod history;
pub mod mutants;
mod parameter_store;
pub mod promises;
mod requests;
mod rollback;
mod secrets_manager;
pub mod stack;
mod strays;

use std::rc::Rc;

use super::Violation;
use cloudformation::CloudFormation;
use history::History;
use mutants::Mutant;

/// Plays a history against the real publisher, or a mutant.
///
/// # Errors
/// The first promise that does not hold.
pub fn play(history: &History, mutant: Mutant) -> Result<Played, Violation> {
    let cloudformation = Rc::new(CloudFormation::new(history, mutant));
    for operation in &history.operations {
        cloudformation.run(operation)?;
    }
    Ok(cloudformation.played())
}

/// What a history exercised, so that a test can show that the interesting things happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Invocations of the publisher.
    pub events: u64,
    /// Versions that it wrote.
    pub written: u64,
    /// Copies that it removed.
    pub removed: u64,
    /// Updates that were rolled back to the end.
    pub rollbacks: u64,
    /// Copies whose reader was looked at after an operation, and had what the database has.
    pub read_right: u64,
    /// Copies that somebody else had changed since.
    pub read_changed: u64,
    /// Requests that were carried out while another one was.
    pub at_once: u64,
    /// What somebody did by hand.
    pub by_hand: u64,
}

impl std::ops::AddAssign for Played {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.written += other.written;
        self.removed += other.removed;
        self.rollbacks += other.rollbacks;
        self.read_right += other.read_right;
        self.read_changed += other.read_changed;
        self.at_once += other.at_once;
        self.by_hand += other.by_hand;
    }
}
