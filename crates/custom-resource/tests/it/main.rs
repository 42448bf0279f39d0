//! The crate from outside: events in, answers at a real endpoint, every way in which either may go wrong.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod continuations;
mod created;
mod deadline;
mod delivery;
mod endpoint;
mod events;
mod failures;
mod handlers;
mod lambda;
mod leaks;
mod outcomes;
mod processes;
mod properties;
mod send;
mod tls;
