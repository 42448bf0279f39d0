//! The command line beside its peers: credstash and the AWS CLI, each as a process of its own, in turn.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::mocks::{MANY, Mocks};
use crate::ms;
use crate::report::Results;

/// The word of `--only` for these.
pub(crate) const COMMANDS: &str = "commands";

/// The binary.
pub(crate) const BINARY: &str = "cfn-secrets";

/// One command.
struct Row {
    name: &'static str,
    program: Program,
    arguments: &'static [&'static str],
    /// What its output must have.
    says: &'static str,
    lines: usize,
}

#[derive(Clone, Copy)]
enum Program {
    Ours,
    /// A program of the peers' environment.
    Peer(&'static str),
}

const HELP: &str = "cfn-secrets --help";
const GET: &str = "cfn-secrets get";
const GET_ALL: &str = "cfn-secrets get-all";
const CREDSTASH_GET: &str = "credstash get";
const CREDSTASH_GET_ALL: &str = "credstash getall";
const APPLET_GET_ALL: &str = "cfn-secrets credstash getall";
const AWS_GET: &str = "aws dynamodb get-item";
const VALUE: &str = "abcdefghijklmnopqrstuvwxyz123456";

const ROWS: [Row; 7] = [
    Row { name: HELP, program: Program::Ours, arguments: &["--help"], says: "Exit codes:", lines: 1 },
    Row {
        name: GET,
        program: Program::Ours,
        arguments: &["get", "crowd/prod/n0001", "--table", "crowd"],
        says: VALUE,
        lines: 1,
    },
    Row {
        name: CREDSTASH_GET,
        program: Program::Peer("credstash"),
        arguments: &["get", "n0001"],
        says: VALUE,
        lines: 1,
    },
    Row {
        name: AWS_GET,
        program: Program::Peer("aws"),
        arguments: &[
            "dynamodb",
            "get-item",
            "--table-name",
            "credential-store",
            "--key",
            "{\"name\": {\"S\": \"n0001\"}}",
        ],
        says: "n0001",
        lines: 1,
    },
    Row {
        name: GET_ALL,
        program: Program::Ours,
        arguments: &["get-all", "--table", "crowd", "--output", "json"],
        says: VALUE,
        lines: MANY,
    },
    Row { name: APPLET_GET_ALL, program: Program::Ours, arguments: &["credstash", "getall"], says: VALUE, lines: MANY },
    Row {
        name: CREDSTASH_GET_ALL,
        program: Program::Peer("credstash"),
        arguments: &["getall"],
        says: VALUE,
        lines: MANY,
    },
];

/// What must be reached.
const TARGETS: [(&str, &str, Option<&str>, &str, f64); 7] = [
    ("processor time of get, ms", GET, None, "cpu_ms", 20.0),
    ("processor time of get, to credstash", GET, Some(CREDSTASH_GET), "cpu_ms", 25.0),
    ("processor time of get, to the AWS CLI", GET, Some(AWS_GET), "cpu_ms", 25.0),
    ("get-all of 1,000, to credstash", GET_ALL, Some(CREDSTASH_GET_ALL), "wall_ms", 20.0),
    ("credstash's getall of 1,000, to credstash", APPLET_GET_ALL, Some(CREDSTASH_GET_ALL), "wall_ms", 20.0),
    ("--help, ms", HELP, None, "wall_ms", 5.0),
    ("binary, MB", BINARY, None, "binary_mb", 9.0),
];

/// Runs each in turn; a first round is not counted.
pub(crate) fn run(rounds: usize, target: &Path, mocks: &Mocks, results: &mut Results) {
    mocks.shared.set_latency(Duration::ZERO, Duration::ZERO);
    for round in 0..=rounds {
        for row in &ROWS {
            let measured = measured(row, target, mocks);
            if round > 0 {
                results.add(row.name, "", measured);
            }
        }
        eprintln!("commands: round {round} of {rounds}");
    }
}

fn measured(row: &Row, target: &Path, mocks: &Mocks) -> Vec<(&'static str, f64)> {
    let mut command = row.command(target, mocks);
    let (cpu, started) = (cpu_of_children(), Instant::now());
    let output = command.output().unwrap();
    let (wall, cpu) = (started.elapsed(), cpu_of_children() - cpu);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let right = output.status.success() && stdout.matches(row.says).count() == row.lines;
    assert!(right, "{}: {}{stdout}", row.name, String::from_utf8_lossy(&output.stderr));
    vec![("wall_ms", ms(wall)), ("cpu_ms", ms(cpu))]
}

/// Of all that were waited for, of all their threads.
fn cpu_of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(microseconds.try_into().unwrap())
}

impl Row {
    fn command(&self, target: &Path, mocks: &Mocks) -> Command {
        let program: PathBuf = match self.program {
            Program::Ours => target.join("bench/bin").join(BINARY),
            Program::Peer(name) => target.join("bench/venv-commands/bin").join(name),
        };
        let mut command = Command::new(program);
        let (roots, folder) = (target.join("bench/roots.pem"), target.join("bench"));
        command.args(self.arguments).env_clear().current_dir(&folder).stdin(Stdio::null()).envs([
            ("PATH", "/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ]);
        command.env("AWS_CA_BUNDLE", &roots).env("HOME", &folder);
        command.env("AWS_ENDPOINT_URL_KMS", format!("https://localhost:{}", mocks.kms));
        command.env("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{}", mocks.dynamodb));
        command
    }
}

/// A table of medians, and what was to be reached.
pub(crate) fn report(results: &Results) -> String {
    let mut text = "commands\n\n| | processor time, ms | time, ms |\n|---|---:|---:|\n".to_owned();
    let of = |name: &'static str, metric: &str| results.median(name, metric).unwrap_or(f64::NAN);
    for row in &ROWS {
        writeln!(text, "| {} | {:.1} | {:.1} |", row.name, of(row.name, "cpu_ms"), of(row.name, "wall_ms")).unwrap();
    }
    text.push_str("\n| target | wanted | measured | |\n|---|---|---|---|\n");
    for (what, name, peer, metric, bound) in TARGETS {
        let own = of(name, metric);
        let (measured, wanted, reached) = match peer {
            None => (own, format!("at most {bound}"), own <= bound),
            Some(peer) => {
                let ratio = of(peer, metric) / own;
                (ratio, format!("at least x {bound} less"), ratio >= bound)
            }
        };
        let word = if reached { "reached" } else { "MISSED" };
        writeln!(text, "| {what} | {wanted} | {measured:.2} | {word} |").unwrap();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_medians() {
        let mut results = Results::default();
        for (name, cpu) in [(GET, 10.0), (CREDSTASH_GET, 500.0), (AWS_GET, 200.0)] {
            results.add(name, "", vec![("cpu_ms", cpu)]);
        }
        let report = report(&results);
        assert!(report.contains("to credstash | at least x 25 less | 50.00 | reached"), "{report}");
        assert!(report.contains("to the AWS CLI | at least x 25 less | 20.00 | MISSED"), "{report}");
    }
}
