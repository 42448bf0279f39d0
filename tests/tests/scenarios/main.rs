//! The pair, end to end: each module tells the stories of one capability, each story runs inside the leak test, and one
//! ministack serves them all.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests, on the real clock")]

mod bad_input;
mod cached_reads;
mod calls;
mod conformance;
mod create_and_get;
mod crowds;
mod delete;
mod delivery;
mod direct_invocation;
mod events;
mod faults;
mod frozen;
mod harness;
mod integrity;
mod kinds;
mod least_privilege;
mod limits;
mod malformed;
mod networks;
mod ownership;
mod publishing;
mod publishing_conflicts;
mod publishing_faults;
mod regions;
mod repeats;
mod update;
mod values;
mod vectors;
mod waiting;
