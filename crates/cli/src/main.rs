//! `cfn-secrets`: the world is looked at here, once, and handed in.

// The futures of the AWS SDK inside those of a verb nest deeper than the default of 128.
#![recursion_limit = "256"]

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::SystemTime;

use cli::{Edge, Terminals};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> ExitCode {
    let terminals = Terminals {
        stdin: std::io::stdin().is_terminal(),
        stdout: std::io::stdout().is_terminal(),
        stderr: std::io::stderr().is_terminal(),
    };
    let folder = || std::env::current_dir().ok();
    let world = Edge { env, now, folder, random: || Box::new(UnwrapErr(SysRng)), terminals };
    cli::run(std::env::args_os().collect(), world)
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the clock is read")]
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
