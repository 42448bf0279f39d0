//! A function as Lambda runs it: instances of the real binary, each with a Runtime API of its own; an idle one is used
//! again, a busy one is joined by another, a dead one is replaced.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    task::JoinHandle,
};

use crate::{
    paths,
    runtime_api::{Outcome, RuntimeApi},
};

/// How long Lambda lets an invocation run: the template's `Timeout`.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The handler returned this.
    Returned(Value),
    /// The handler failed; Lambda retries an asynchronous event.
    Failed(Value),
    /// The process ended.
    Crashed,
    /// The process was still running at its deadline and was killed.
    TimedOut,
}

/// A deployed function.
#[derive(Debug)]
pub struct Deployed {
    name: &'static str,
    arn: String,
    program: Mutex<PathBuf>,
    environment: Mutex<BTreeMap<String, String>>,
    time_limit: Mutex<Duration>,
    kilobytes: Mutex<Option<u32>>,
    idle: Mutex<Vec<Instance>>,
    output: Arc<Mutex<Vec<u8>>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    heard: Mutex<Vec<Vec<u8>>>,
}

impl Deployed {
    /// A function from a binary of this workspace, with this ARN, and with this environment besides what Lambda itself sets.
    pub fn new(binary: &'static str, arn: String, environment: BTreeMap<String, String>) -> Self {
        build_once();
        Self {
            name: binary,
            arn,
            program: Mutex::new(paths::profile_folder().join(binary)),
            environment: Mutex::new(environment),
            time_limit: Mutex::new(TIME_LIMIT),
            kilobytes: Mutex::default(),
            idle: Mutex::default(),
            output: Arc::default(),
            readers: Mutex::default(),
            heard: Mutex::default(),
        }
    }

    /// Changes environment variables; as in Lambda, every instance starts anew.
    pub fn configure(&self, variables: impl IntoIterator<Item = (String, String)>) {
        self.environment.lock().unwrap().extend(variables);
        let stopped = std::mem::take(&mut *self.idle.lock().unwrap());
        stopped.into_iter().for_each(|instance| self.retire(instance));
    }

    /// Deploys another program in its place.
    pub fn replace(&self, program: impl Into<PathBuf>) {
        *self.program.lock().unwrap() = program.into();
        self.configure([]);
    }

    /// Sets the function's `Timeout`.
    pub fn set_time_limit(&self, time_limit: Duration) {
        *self.time_limit.lock().unwrap() = time_limit;
    }

    /// Delivers one event and waits for the end of the invocation.
    pub async fn invoke(&self, event: Vec<u8>) -> Ending {
        let time_limit = *self.time_limit.lock().unwrap();
        let idle = self.idle.lock().unwrap().pop();
        let mut instance = match idle {
            Some(instance) => instance,
            None => self.start().await,
        };
        let outcome = instance.api.deliver(event, time_limit);
        let ending = tokio::select! {
            outcome = outcome => match outcome.unwrap() {
                Outcome::Returned(value) => Ending::Returned(value),
                Outcome::Failed(error) => Ending::Failed(error),
            },
            _ = instance.process.wait() => Ending::Crashed,
            () = tokio::time::sleep(time_limit) => Ending::TimedOut,
        };
        match ending {
            Ending::Returned(_) | Ending::Failed(_) => self.idle.lock().unwrap().push(instance),
            Ending::Crashed | Ending::TimedOut => self.retire(instance),
        }
        ending
    }

    /// Freezes every idle instance, as Lambda does between two events.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets every instance go on, as Lambda does when an event comes.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        for instance in self.idle.lock().unwrap().iter() {
            let kill = format!("kill -{signal} {}", instance.process.id().unwrap());
            assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        }
    }

    /// Limits the address space of every instance, which from then on starts anew.
    pub fn limit_memory(&self, kilobytes: u32) {
        *self.kilobytes.lock().unwrap() = Some(kilobytes);
        self.configure([]);
    }

    /// The most memory that an idle instance has had resident, in kilobytes.
    pub fn peak_memory(&self) -> u32 {
        let idle = self.idle.lock().unwrap();
        let peaks = idle.iter().map(|instance| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", instance.process.id().unwrap())).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            peak.trim().strip_suffix(" kB").unwrap().parse().unwrap()
        });
        peaks.max().unwrap_or_default()
    }

    /// How many instances wait for an event.
    pub fn idle_instances(&self) -> usize {
        self.idle.lock().unwrap().len()
    }

    /// Kills every instance and gives back all that was ever written to standard output and error, and all that was
    /// ever said to the Runtime API.
    pub async fn stop(&self) -> (Vec<u8>, Vec<Vec<u8>>) {
        self.configure([]);
        let readers = std::mem::take(&mut *self.readers.lock().unwrap());
        for reader in readers {
            reader.await.unwrap();
        }
        (self.output.lock().unwrap().clone(), self.heard.lock().unwrap().clone())
    }

    async fn start(&self) -> Instance {
        let api = RuntimeApi::start(&self.arn).await;
        let program = self.program.lock().unwrap().clone();
        let limit = *self.kilobytes.lock().unwrap();
        let mut command = match limit {
            None => Command::new(program),
            Some(kilobytes) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &format!("ulimit -v {kilobytes}; exec \"$0\"")]).arg(program);
                shell
            }
        };
        let mut process = command
            .env_clear()
            .envs(lambda_environment(self.name))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .envs(self.environment.lock().unwrap().iter())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        self.read(process.stdout.take().unwrap());
        self.read(process.stderr.take().unwrap());
        Instance { api, process }
    }

    fn read(&self, mut pipe: impl AsyncRead + Unpin + Send + 'static) {
        let output = self.output.clone();
        let reader = tokio::spawn(async move {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
                output.lock().unwrap().extend_from_slice(&chunk[..length]);
            }
        });
        self.readers.lock().unwrap().push(reader);
    }

    /// Dropping the instance kills its process; what it said stays.
    fn retire(&self, instance: Instance) {
        self.heard.lock().unwrap().extend(instance.api.heard());
    }
}

impl Drop for Deployed {
    /// A test that fails shows what the function had to say.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("--- output of {} ---\n{}", self.name, String::from_utf8_lossy(&output));
        }
    }
}

#[derive(Debug)]
struct Instance {
    api: RuntimeApi,
    process: Child,
}

/// What Lambda sets for every function.
fn lambda_environment(name: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0".to_owned()),
        ("LD_LIBRARY_PATH", "/lib64:/usr/lib64".to_owned()),
    ]
}

/// Builds the functions into [`paths::profile_folder`], once: a test binary knows no binaries of other packages. They are
/// built in the same profile and target folder.
pub fn build_once() {
    static BUILT: LazyLock<bool> = LazyLock::new(|| {
        // Under nextest each test is a process; the first one of a run builds for all of them.
        let run = std::env::var("NEXTEST_RUN_ID").ok();
        let mark = paths::scratch().join("built-in-run");
        if run.is_some() && std::fs::read_to_string(&mark).ok() == run {
            return true;
        }
        let built = build();
        if let Some(run) = run.filter(|_| built) {
            std::fs::write(mark, run).unwrap();
        }
        built
    });
    assert!(*BUILT, "the binaries do not build");
}

fn build() -> bool {
    let folder = paths::profile_folder();
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(paths::repository());
    // Together with this package, so that features, and with them dependencies, are the same.
    cargo.args(["build", "--quiet", "--package", "tests"]);
    cargo.args(["--package", "generator", "--package", "getter", "--package", "publisher"]);
    cargo.args(["--package", "cli", "--package", "accounts-api"]);
    cargo.arg("--target-dir").arg(folder.parent().unwrap());
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    // What cargo says about this package. Build scripts that watch it (ring's watches CARGO_MANIFEST_DIR) would run anew,
    // and after them everything that is built on theirs.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo.status().unwrap().success()
}
