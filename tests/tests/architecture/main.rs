//! The invariants of ARCHITECTURE.md that a test can check: which crate may use which, where third-party crates stay,
//! where clock and environment are read, that one crate is built as all are, that the Makefile asks for what is there, how long a
//! file may be. Each check is seen to fail on a planted fault.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod builds;
mod features;
mod graph;
mod sources;
