//! `--store` and `copy`, end to end: the real binary over moto, whose Parameter Store and Secrets Manager keep what AWS's keep;
//! every command is looked through for the values that it was given.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests, on the real clock")]

mod adopted;
mod conformance;
mod copied;
mod copying;
mod importing;
mod models;
mod repeated;
mod shop;
