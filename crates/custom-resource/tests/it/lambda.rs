//! Lambda for a function that runs as a process: a small Runtime API of our own, and AWS's own emulator where it is
//! installed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, Once, OnceLock};
use std::time::{Duration, SystemTime};

use custom_resource::Clock;

/// The function's timeout.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// A bound for everything that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What an invocation came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// The function returned this.
    Returned(String),
    /// The function reported an error of this text.
    Failed(String),
    /// The process ended or never started.
    Exited,
    /// Lambda ended it.
    TimedOut,
}

/// A function in Lambda.
pub(crate) struct Lambda {
    host: Host,
    output: PathBuf,
}

enum Host {
    /// Ours: starts the process for the first event and again when it has ended.
    Own { api: Arc<RuntimeApi>, port: u16, environment: Vec<(String, String)>, process: Option<Child> },
    /// AWS's emulator, which does the same.
    Aws { emulator: Child, port: u16 },
}

/// Each Lambda that this machine has, with `environment` for the function. AWS's is left out, loudly, where it is not
/// installed.
pub(crate) fn lambdas(environment: &[(&str, &str)]) -> Vec<Lambda> {
    let mut lambdas = vec![Lambda::own(environment)];
    match emulator() {
        Some(path) => lambdas.push(Lambda::aws(&path, environment)),
        None => say_that_the_emulator_is_missing(),
    }
    lambdas
}

/// Straight to stderr, since what a passing test prints is not shown.
fn say_that_the_emulator_is_missing() {
    static SAID: Once = Once::new();
    let text = "!! SKIPPED under AWS's runtime emulator, which is not installed: AWS_LAMBDA_RIE names it\n";
    SAID.call_once(|| std::io::stderr().write_all(text.as_bytes()).unwrap());
}

/// The emulator that `AWS_LAMBDA_RIE` names, or that of aws-sam-cli, which `make sam` puts into the checkout.
#[expect(clippy::disallowed_methods, reason = "a test's own settings")]
fn emulator() -> Option<PathBuf> {
    if let Ok(path) = std::env::var("AWS_LAMBDA_RIE") {
        return Some(PathBuf::from(path));
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-sam/bin/aws-lambda-rie");
    let found = installed.exists().then_some(installed);
    assert!(found.is_some() || std::env::var("REQUIRE_RIE").is_err(), "REQUIRE_RIE is set, but there is no emulator");
    found
}

/// The function under test: an example, which is built here, because not every way of running a test builds examples.
fn function() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // The test's own place is <target>/<profile>/deps.
        let tests = std::env::current_exe().unwrap();
        let profile = tests.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "function", "--manifest-path"]);
        cargo.args([concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--target-dir"]).arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        // Build scripts that watch what cargo says about this package would run anew, and dirty what was built before.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().unwrap().success(), "the function does not build");
        profile.join("examples/function")
    })
}

/// A new file for what a function and its Lambda print.
fn output_file() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("output-{}-{number}", std::process::id()))
}

fn spawn(command: &mut Command, environment: &[(String, String)], output: &Path) -> Child {
    let file = File::options().create(true).append(true).open(output).unwrap();
    command
        .env_remove("AWS_SAM_LOCAL")
        .env_remove("RUST_BACKTRACE")
        .env_remove("AWS_CA_BUNDLE")
        .env_remove("SSL_CERT_DIR")
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap()
}

impl Lambda {
    fn own(environment: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, api) = (listener.local_addr().unwrap().port(), Arc::<RuntimeApi>::default());
        let served = Arc::clone(&api);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let api = Arc::clone(&served);
                std::thread::spawn(move || api.serve(&connection));
            }
        });
        let environment = owned(environment);
        Self { host: Host::Own { api, port, environment, process: None }, output: output_file() }
    }

    fn aws(path: &Path, environment: &[(&str, &str)]) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (port, api, output) = (free(), free(), output_file());
        let mut command = Command::new(path);
        command
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
            .args(["--runtime-api-address", &format!("127.0.0.1:{api}")])
            .arg(function())
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", TIMEOUT.as_secs().to_string());
        let emulator = spawn(&mut command, &owned(environment), &output);
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).ok());
        Self { host: Host::Aws { emulator, port }, output }
    }

    /// Invokes the function with these bytes, and waits.
    pub(crate) fn invoke(&mut self, event: &[u8]) -> Ended {
        match &mut self.host {
            Host::Own { api, port, environment, process } => {
                let child = process.get_or_insert_with(|| start(*port, environment, &self.output));
                let ended = api.invoke(event, child);
                if matches!(ended, Ended::Exited | Ended::TimedOut) {
                    *process = None;
                }
                ended
            }
            Host::Aws { port, .. } => {
                let (status, body) = post(*port, event);
                match body.as_str() {
                    text if text.starts_with("Task timed out") => Ended::TimedOut,
                    _ if status == 502 => Ended::Exited,
                    text if text.contains("\"errorType\"") => Ended::Failed(body),
                    _ => Ended::Returned(body),
                }
            }
        }
    }

    /// Everything that was printed so far.
    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        match &mut self.host {
            Host::Own { api, process: Some(process), .. } => {
                api.close();
                wait_for(|| process.try_wait().unwrap());
            }
            Host::Own { .. } => {}
            Host::Aws { emulator, .. } => {
                let _ = emulator.kill();
                let _ = emulator.wait();
            }
        }
        let _ = std::fs::remove_file(&self.output);
    }
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn start(port: u16, environment: &[(String, String)], output: &Path) -> Child {
    let mut command = Command::new(function());
    command
        .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
    spawn(&mut command, environment, output)
}

/// Polls until there is something.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let (clock, start) = (Clock::system(), Clock::system().monotonic());
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.monotonic() - start < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The part of the Lambda Runtime API that a function needs:
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
#[derive(Default)]
struct RuntimeApi {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Option<Vec<u8>>,
    /// Of the event that the function has taken.
    deadline: Option<SystemTime>,
    ended: Option<Ended>,
    invocations: usize,
    is_closed: bool,
}

impl RuntimeApi {
    fn invoke(&self, event: &[u8], process: &mut Child) -> Ended {
        self.state.lock().unwrap().waiting = Some(event.to_vec());
        self.changed.notify_all();
        let clock = Clock::system();
        let ended = wait_for(|| {
            let ended = self.state.lock().unwrap().ended.take();
            let exited = || process.try_wait().unwrap().map(|_| Ended::Exited);
            let deadline = self.state.lock().unwrap().deadline;
            let is_over = deadline.is_some_and(|deadline| clock.wall() > deadline);
            ended.or_else(exited).or_else(|| is_over.then_some(Ended::TimedOut))
        });
        if ended == Ended::TimedOut {
            let _ = process.kill();
            let _ = process.wait();
        }
        let mut state = self.state.lock().unwrap();
        (state.waiting, state.deadline) = (None, None);
        ended
    }

    fn serve(&self, connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        let mut connection = connection;
        while let Some((line, body)) = read_request(&mut reader) {
            let text = String::from_utf8_lossy(&body).into_owned();
            let answer = if line.starts_with("GET") {
                self.next().unwrap_or_default()
            } else {
                let ended = if line.contains("/response") { Ended::Returned(text) } else { Ended::Failed(text) };
                self.state.lock().unwrap().ended = Some(ended);
                b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_vec()
            };
            if answer.is_empty() || connection.write_all(&answer).is_err() {
                return;
            }
        }
    }

    /// Breaks off the connection on which the function waits for its next event, so that it ends by itself.
    fn close(&self) {
        self.state.lock().unwrap().is_closed = true;
        self.changed.notify_all();
    }

    /// The next event; `None` once closed.
    fn next(&self) -> Option<Vec<u8>> {
        let state = self.state.lock().unwrap();
        let is_idle = |state: &mut State| state.waiting.is_none() && !state.is_closed;
        let mut state = self.changed.wait_while(state, is_idle).unwrap();
        let event = state.waiting.take()?;
        state.invocations += 1;
        let deadline = Clock::system().wall() + TIMEOUT;
        state.deadline = Some(deadline);
        let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let head = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: invocation-{}\r\nLambda-Runtime-Deadline-Ms: {}\r\nContent-Length: {}\r\n\r\n",
            state.invocations,
            deadline.as_millis(),
            event.len(),
        );
        Some([head.into_bytes(), event].concat())
    }
}

/// The first line and the body of an HTTP message; `None` at the end.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        if first.is_empty() {
            line.clone_into(&mut first);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, body))
}

/// Invokes what AWS's emulator runs.
fn post(port: u16, event: &[u8]) -> (u16, String) {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let path = "/2015-03-31/functions/function/invocations";
    let length = event.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    connection.write_all(&[head.as_bytes(), event].concat()).unwrap();
    let (first, body) = read_request(&mut BufReader::new(&connection)).unwrap();
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, String::from_utf8_lossy(&body).into_owned())
}
