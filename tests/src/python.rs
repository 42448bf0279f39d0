//! The virtual environment that holds the third-party servers and runs `tests/tools`; made on first use by
//! `tests/venv.sh`, which locks.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use crate::paths;

/// The path of a program inside the virtual environment.
pub fn program(name: &str) -> PathBuf {
    static ENVIRONMENT: LazyLock<PathBuf> = LazyLock::new(|| make_environment(&[]));
    ENVIRONMENT.join("bin").join(name)
}

/// The same inside the one that has credstash.
pub fn program_beside_credstash(name: &str) -> PathBuf {
    static ENVIRONMENT: LazyLock<PathBuf> =
        LazyLock::new(|| make_environment(&[".venv-credstash", "requirements-credstash.txt"]));
    ENVIRONMENT.join("bin").join(name)
}

/// A command that runs a tool of `tests/tools`. It starts in `tests`: paths given to it are absolute.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(program("python"));
    command.arg("-m").arg(format!("tools.{name}")).current_dir(paths::repository().join("tests"));
    command
}

fn make_environment(which: &[&str]) -> PathBuf {
    let script = paths::repository().join("tests/venv.sh");
    let output = Command::new(&script).args(which).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{} failed", script.display());
    Path::new(String::from_utf8(output.stdout).unwrap().trim_end()).to_owned()
}
