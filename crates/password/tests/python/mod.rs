//! Runs a Python script of this folder in the repository's virtual environment, as a second opinion.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

/// What a script exits with where a library that it needs is missing (automake's code for a skipped test).
const SKIPPED: i32 = 77;

/// Runs `script` with `input`: what it said, as an error if it is not content. Without the environment (it is made on
/// first use, from pinned packages) nothing.
pub(crate) fn ask(script: &str, input: String) -> Option<Result<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = Command::new(folder.join("../../tests/venv.sh")).output().unwrap();
    let python = if environment.status.success() {
        Path::new(String::from_utf8(environment.stdout).unwrap().trim()).join("bin/python3")
    } else {
        "python3".into()
    };
    let output = run(Command::new(python).arg(folder.join("tests/python").join(script)), input);
    let error = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(SKIPPED) {
        say_skipped(script, &error);
        return None;
    }
    Some(if output.status.success() { Ok(String::from_utf8(output.stdout).unwrap()) } else { Err(error) })
}

/// Says so past the test harness, which hides what tests print that pass.
pub(crate) fn say_skipped(what: &str, reason: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "\nSKIPPED {what}: {reason}").unwrap();
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command, input: String) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A script that gives up early closes its input; what it says then is the better failure.
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}
