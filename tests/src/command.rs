//! The command line as somebody uses it: the real binary in an environment of its own, with the scenario's account behind it.
//!
//! What it says on stderr, and on stdout where it is not asked for values, goes through the leak test; so does each process's
//! list of arguments, which everybody on a machine can read.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    function,
    iam::Session,
    leaks::Place,
    ministack::REGION,
    paths, random,
    world::{World, session_variables},
};

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }
}

/// A command to run.
#[derive(Debug)]
pub struct CommandLine<'w> {
    world: &'w World,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    stdin: Vec<u8>,
    reveals: Reveals,
}

/// Whether its stdout is there to hold values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reveals {
    Values,
    Nothing,
}

/// The binary, built once; or CFN_SECRETS, as it is shipped.
pub fn binary() -> PathBuf {
    std::env::var_os("CFN_SECRETS").map_or_else(
        || {
            function::build_once();
            paths::profile_folder().join("cfn-secrets")
        },
        PathBuf::from,
    )
}

/// A home without any configuration, for one test.
pub fn home() -> PathBuf {
    let home = paths::scratch().join(format!("home-{}", random::hex(8)));
    std::fs::create_dir_all(&home).unwrap();
    home
}

impl World {
    /// A command with all rights that never prints a value.
    pub fn command(&self, arguments: &[&str]) -> CommandLine<'_> {
        CommandLine {
            world: self,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment: self.command_environment(),
            stdin: Vec::new(),
            reveals: Reveals::Nothing,
        }
    }

    /// What a command finds in its environment: the account, its table, and nothing of the machine that it runs on.
    pub fn command_environment(&self) -> BTreeMap<String, String> {
        let path = std::env::var("PATH").unwrap();
        [
            ("PATH", path),
            ("HOME", home().to_str().unwrap().to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.account.endpoint)),
            ("AWS_ACCESS_KEY_ID", self.account.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "root".to_owned()),
            ("CFN_SECRETS_TABLE", self.account.table.clone()),
            ("RUST_LOG", "trace".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

impl CommandLine<'_> {
    /// Values are what it prints.
    #[must_use]
    pub fn for_values(mut self) -> Self {
        self.reveals = Reveals::Values;
        self
    }

    /// With the rights of this session alone.
    #[must_use]
    pub fn as_session(mut self, session: &Session) -> Self {
        self.environment.extend(session_variables(session));
        self
    }

    /// With a variable more, or another value for one.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Without a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// With this on its standard input.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it to its end.
    pub async fn run(self) -> Ran {
        let mut command = Command::new(binary());
        command.args(&self.arguments).env_clear().envs(&self.environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let stdin = self.stdin;
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A command that does not read may have closed it.
            let _ = child.stdin.take().unwrap().write_all(&stdin);
            child.wait_with_output().unwrap()
        });
        let output = output.await.unwrap();
        self.world.heard(Place::Arguments, self.arguments.join("\n").into_bytes());
        self.world.heard(Place::Stderr, output.stderr.clone());
        if self.reveals == Reveals::Nothing {
            self.world.heard(Place::Stdout, output.stdout.clone());
        }
        Ran { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8(output.stderr).unwrap() }
    }
}
