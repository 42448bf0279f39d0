//! ministack: KMS, DynamoDB, IAM and STS for all scenarios of a test binary. It enforces IAM policies, so each function
//! runs with its own role's rights and no more.

use std::{
    net::SocketAddr,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::sync::OnceCell;

use crate::{python, server_process::ServerProcess};

/// The region that everything pretends to be in.
pub const REGION: &str = "eu-west-1";

/// The address of this process's ministack, started on first use.
pub async fn address() -> SocketAddr {
    static SERVER: OnceCell<ServerProcess> = OnceCell::const_new();
    SERVER.get_or_init(|| ServerProcess::start("ministack", "/_ministack/health", command)).await.address()
}

/// The number of an AWS account that no other scenario uses: ministack takes an access key id of twelve digits for the
/// root of that account.
pub fn fresh_account() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(100_000_000_001);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

fn command(port: u16) -> Command {
    let mut command = Command::new(python::program("python"));
    command.args(["-m", "ministack"]).envs([
        ("AUTH", "true"),
        ("BIND_HOST", "127.0.0.1"),
        ("MINISTACK_HOST", "127.0.0.1"),
        ("MINISTACK_REGION", REGION),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    command.env("GATEWAY_PORT", port.to_string()).env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    command
}
