//! Secrets in an S3 bucket: the conformance suite, whatever may go wrong on the way, and the functions over it.

mod command;
mod conformance;
mod crashes;
mod hiding;
mod races;
mod requests;
mod scenarios;
