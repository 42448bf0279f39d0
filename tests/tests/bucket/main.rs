//! Secrets in an S3 bucket: the conformance suite, whatever may go wrong on the way, and the functions over it.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests, one of which writes a page")]

mod command;
mod conformance;
mod crashes;
mod crossings;
mod doctor;
mod erasing;
mod hiding;
mod least_privilege;
mod listing;
mod races;
mod requests;
mod scenarios;
mod setup;
