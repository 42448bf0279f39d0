//! roto: a second KMS and DynamoDB, for what ministack takes too lightly: it rejects a ciphertext that was changed.

use std::{net::SocketAddr, process::Command};

use tokio::sync::OnceCell;

use crate::{python, server_process::ServerProcess};

/// Its one account.
pub const ACCOUNT: &str = "123456789012";

/// The address of this process's roto, started on first use.
pub async fn address() -> SocketAddr {
    static SERVER: OnceCell<ServerProcess> = OnceCell::const_new();
    SERVER.get_or_init(|| ServerProcess::start("roto", "/", command)).await.address()
}

fn command(port: u16) -> Command {
    let mut command = Command::new(python::program("roto-server"));
    command.args(["--ephemeral", "--account-id", ACCOUNT, "--port", &port.to_string()]);
    command
}
