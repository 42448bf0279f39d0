//! A third-party server as a child process: on a free port, waited for, and gone when this process is gone.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{http, paths};

/// How long a server may take to start on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Runs its arguments until its standard input ends: also after a panic or a SIGKILL, nothing stays behind.
const UNTIL_STDIN_ENDS: &str = r#""$@" </dev/null & server=$!; cat >/dev/null; kill $server; wait $server"#;

/// The running server. It lives in a `static` and dies with the process that holds the other end of its standard input.
#[derive(Debug)]
pub struct ServerProcess {
    address: SocketAddr,
    _wrapper: Child,
}

impl ServerProcess {
    /// Starts `command(port)` with a clean environment and waits until a GET of `health` answers 2xx to 4xx.
    pub async fn start(name: &str, health: &str, command: impl Fn(u16) -> Command) -> Self {
        let log = paths::scratch().join(format!("{name}.log"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let wrapper = wrap(&command(address.port()))
            .stdin(Stdio::piped())
            .stdout(File::create(&log).unwrap())
            .stderr(File::options().append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + START_LIMIT;
        while !is_up(address, health).await {
            assert!(Instant::now() < deadline, "{name} does not start; see {}", log.display());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { address, _wrapper: wrapper }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn wrap(server: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", UNTIL_STDIN_ENDS, "sh"]).arg(server.get_program()).args(server.get_args());
    shell.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", paths::scratch()).current_dir(paths::scratch());
    shell.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// A port that was free a moment ago; servers that only take a number leave no better way.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

async fn is_up(address: SocketAddr, health: &str) -> bool {
    if tokio::net::TcpStream::connect(address).await.is_err() {
        return false;
    }
    http::exchange(address, "GET", health, &[], "").await.is_ok_and(|(head, _)| !head.status.is_server_error())
}
