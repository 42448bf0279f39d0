//! CloudFormation: what a stack is doing, for the generator; which stacks there are, for whoever runs the pair, behind the
//! feature `operator`, which no function has.

#[cfg(feature = "operator")]
mod operator;
mod state;

#[cfg(feature = "operator")]
pub use operator::{Progress, STACKS, StackFacts, StackInspector, StackUpdater, Stacks, Updatable};
pub use state::StackStates;
