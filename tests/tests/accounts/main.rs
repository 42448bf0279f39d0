//! The sign-up and login application: its real binaries, on the events of real gateways, with the rights of its template.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests, which look at the clock")]

mod conditions;
mod contract;
mod crowd;
mod example;
mod faults;
mod least_privilege;
mod template;
