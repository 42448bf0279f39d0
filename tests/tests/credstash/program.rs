//! A program with credstash's command line, in a world of its own: ours, and the original.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use rexpect::{process::WaitStatus, session::spawn_command};
use tests::{command, moto, paths, python, random};

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) exit: Option<i32>,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `cfn-secrets credstash`.
    Ours,
    /// The same under the name `credstash`.
    Linked,
    /// credstash 1.17.1, as PyPI has it.
    Original,
}

/// Where standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// To the test.
    Kept,
    /// Into a pipe that nobody reads.
    ClosedPipe,
    /// Onto a disk that is full.
    FullDisk,
}

/// A home and a current folder, and what the environment says.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Place {
    /// Empty folders, moto behind them.
    pub(crate) async fn new() -> Self {
        let folder = paths::scratch().join(format!("credstash-{}", random::hex(8)));
        for name in ["home", "cwd"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        let environment = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", folder.join("home").to_str().unwrap().to_owned()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", moto::address().await)),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_DEFAULT_REGION", moto::REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Self { folder, environment: environment.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub(crate) fn current(&self) -> PathBuf {
        self.folder.join("cwd")
    }

    fn command(&self, program: Program, arguments: &[OsString]) -> Command {
        let mut command = match program {
            Program::Ours => Command::new(command::binary()),
            Program::Linked => {
                let link = self.folder.join("credstash");
                std::os::unix::fs::symlink(command::binary(), &link).unwrap();
                Command::new(link)
            }
            Program::Original => Command::new(python::program_beside_credstash("credstash")),
        };
        if program == Program::Ours {
            command.arg("credstash");
        }
        command.args(arguments).env_clear().envs(&self.environment).current_dir(self.current());
        command
    }

    /// Runs it to its end, without a terminal. The server runs in a process of its own.
    pub(crate) fn run(&self, program: Program, arguments: &[OsString], stdin: &[u8], output: Output) -> Ran {
        let mut command = self.command(program, arguments);
        // In a session of its own there is no terminal to open.
        let mut alone = Command::new("setsid");
        alone.arg("--wait").arg(command.get_program()).args(command.get_args());
        alone.env_clear().envs(&self.environment).current_dir(self.current());
        command = alone;
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(match output {
            Output::Kept => Stdio::piped(),
            Output::ClosedPipe => std::io::pipe().unwrap().1.into(),
            Output::FullDisk => File::options().write(true).open("/dev/full").unwrap().into(),
        });
        let mut child: Child = command.spawn().unwrap();
        drop(command);
        // Who does not read has closed it.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { stdout: output.stdout, stderr, exit: code(output.status) }
    }

    /// Runs it on a terminal whose prompt is answered; its stdout and stderr are no terminal.
    pub(crate) fn run_on_a_terminal(&self, program: Program, arguments: &[OsString], prompt: &str, typed: &str) -> Ran {
        let command = self.command(program, arguments);
        let (out, err) = (self.folder.join("out"), self.folder.join("err"));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", r#"exec "$@" >"$OUT" 2>"$ERR""#, "sh"]).arg(command.get_program()).args(command.get_args());
        shell.env_clear().envs(&self.environment).env("OUT", &out).env("ERR", &err).current_dir(self.current());
        let mut terminal = spawn_command(shell, Some(20_000)).unwrap();
        terminal.exp_string(prompt).unwrap();
        terminal.send_line(typed).unwrap();
        terminal.exp_eof().unwrap();
        let exit = match terminal.process().wait().unwrap() {
            WaitStatus::Exited(_, code) => Some(code),
            _ => None,
        };
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        Ran { stdout: text(&out).into_bytes(), stderr: text(&err), exit }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn code(status: ExitStatus) -> Option<i32> {
    status.code()
}

/// Arguments, as they are.
pub(crate) fn arguments(texts: &[&str]) -> Vec<OsString> {
    texts.iter().map(OsString::from).collect()
}
