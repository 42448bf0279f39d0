//! Lambda, for one process at a time: its Runtime API, its share of the CPU, and the process's own clocks.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

use crate::mocks::read;

/// The memory size at which a function has one whole core:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
const MEGABYTES_PER_CORE: u64 = 1769;

/// How often a share of the CPU is dealt out.
const PERIOD_US: u64 = 20_000;

/// Nothing that is measured here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A function that was started and has asked for its first event.
pub(crate) struct Instance {
    process: Child,
    heard: Receiver<Heard>,
    events: Sender<String>,
    limit: Option<PathBuf>,
    /// From exec to the first question for an event.
    pub(crate) init: Duration,
}

/// What the function says to the Runtime API.
enum Heard {
    Next(Instant),
    Done(Instant, bool),
}

impl Instance {
    /// Starts `command`; its share of the CPU begins with its first event, as in Lambda.
    pub(crate) fn start(command: &mut Command, megabytes: Option<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        command.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string());
        let ((say, heard), (events, queue)) = (channel(), channel());
        std::thread::spawn(move || {
            // One function, one connection after the other.
            for stream in listener.incoming().map_while(Result::ok) {
                if serve(stream, &say, &queue).is_none() {
                    return;
                }
            }
        });
        let started = Instant::now();
        let process = command.spawn().unwrap();
        let mut instance = Self { process, heard, events, limit: None, init: Duration::ZERO };
        instance.init = instance.next() - started;
        instance.limit = megabytes.map(|megabytes| limit(instance.process.id(), megabytes).unwrap());
        instance
    }

    /// One event, from when it is handed out to the function's answer.
    pub(crate) fn invoke(&self, event: &str) -> Duration {
        let started = Instant::now();
        self.events.send(event.to_owned()).unwrap();
        let Ok(Heard::Done(at, good)) = self.heard.recv_timeout(PATIENCE) else {
            panic!("the function did not answer");
        };
        assert!(good, "the function failed");
        self.next();
        at - started
    }

    fn next(&self) -> Instant {
        match self.heard.recv_timeout(PATIENCE) {
            Ok(Heard::Next(at)) => at,
            _ => panic!("the function did not ask for an event"),
        }
    }

    /// CPU time so far, of all threads that there ever were.
    pub(crate) fn cpu(&self) -> Duration {
        clock_getcpuclockid(self.pid()).unwrap().now().unwrap().into()
    }

    /// The most memory that it ever had, in MB.
    pub(crate) fn max_rss_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// Frozen for so long, as between two events.
    pub(crate) fn freeze(&self, time: Duration, meanwhile: impl FnOnce()) {
        kill(self.pid(), Signal::SIGSTOP).unwrap();
        meanwhile();
        std::thread::sleep(time);
        kill(self.pid(), Signal::SIGCONT).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().try_into().unwrap())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(folder) = &self.limit {
            // The kernel takes a moment to see that nobody is left in it.
            while fs::remove_dir(folder).is_err_and(|error| error.kind() == std::io::ErrorKind::ResourceBusy) {
                std::thread::yield_now();
            }
        }
    }
}

/// Answers one connection until it ends; `None` when the driver has gone.
fn serve(stream: TcpStream, say: &Sender<Heard>, events: &Receiver<String>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    while let Ok((head, _)) = read(&mut stream) {
        let now = Instant::now();
        let answer = if head.starts_with("get ") {
            say.send(Heard::Next(now)).ok()?;
            let event = events.recv().ok()?;
            let deadline = SystemTime::now() + Duration::from_secs(30);
            let deadline = deadline.duration_since(UNIX_EPOCH).ok()?.as_millis();
            format!(
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 11111111-2222-3333-4444-555555555555\r\n\
                 Lambda-Runtime-Deadline-Ms: {deadline}\r\nLambda-Runtime-Invoked-Function-Arn: \
                 arn:aws:lambda:eu-west-1:123456789012:function:bench\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{event}",
                event.len()
            )
        } else {
            let good = head.lines().next().is_some_and(|line| line.contains("/response "));
            say.send(Heard::Done(now, good)).ok()?;
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".to_owned()
        };
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            break;
        }
    }
    Some(())
}

/// Puts a process under the CPU quota of a function of that size: cgroup version 2, or 1 where that is mounted.
fn limit(process: u32, megabytes: u64) -> std::io::Result<PathBuf> {
    let quota = PERIOD_US * megabytes / MEGABYTES_PER_CORE;
    let name = format!("cfn-secrets-bench-{process}");
    let old = PathBuf::from("/sys/fs/cgroup/cpu");
    let folder = if old.join("cpu.cfs_quota_us").exists() || old.exists() { old } else { "/sys/fs/cgroup".into() };
    let folder = folder.join(name);
    fs::create_dir(&folder)?;
    if folder.join("cpu.max").exists() {
        fs::write(folder.join("cpu.max"), format!("{quota} {PERIOD_US}"))?;
    } else {
        fs::write(folder.join("cpu.cfs_period_us"), PERIOD_US.to_string())?;
        fs::write(folder.join("cpu.cfs_quota_us"), quota.to_string())?;
    }
    fs::write(folder.join("cgroup.procs"), process.to_string())?;
    Ok(folder)
}

/// Whether this machine lets us limit a process's share of the CPU.
pub(crate) fn can_limit() -> Result<(), std::io::Error> {
    let mut sleeper = Command::new("sleep").arg("60").spawn()?;
    let result = limit(sleeper.id(), 128);
    sleeper.kill()?;
    sleeper.wait()?;
    let folder = result?;
    while fs::remove_dir(&folder).is_err_and(|error| error.kind() == std::io::ErrorKind::ResourceBusy) {
        std::thread::yield_now();
    }
    Ok(())
}
