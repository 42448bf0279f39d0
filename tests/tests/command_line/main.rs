//! The command line, end to end: each story runs the real binary, inside the leak test, over an account that the real
//! functions have filled.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests, on the real clock, that say what very many secrets took"
)]

mod archives;
mod by_hand;
mod completing;
mod delivery;
mod doctor;
mod filled;
mod killed;
mod leaks;
mod least_privilege;
mod living;
mod orphans;
mod profiles;
mod reading;
mod scale;
mod setup;
mod slow;
mod snapshots;
mod starting;
mod terminal;
mod values;
