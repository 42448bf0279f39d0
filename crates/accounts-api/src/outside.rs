//! What both functions take from outside: the environment, the system's random source, its clock. Nothing else does.

use std::time::{SystemTime, UNIX_EPOCH};

use accounts_api::World;
use rand::rand_core::UnwrapErr;
use rand::{Rng, rngs::SysRng};

pub(crate) const WORLD: World = World { env, fill, now };

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The system's own source, asked each time: a snapshot of the process holds no state that could repeat.
fn fill(bytes: &mut [u8]) {
    UnwrapErr(SysRng).fill_bytes(bytes);
}

#[expect(clippy::disallowed_methods, reason = "the clock is read here and nowhere else")]
fn now() -> u64 {
    // Before 1970 a clock is wrong, and everybody's wait is over.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
