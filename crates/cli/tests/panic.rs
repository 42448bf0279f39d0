//! A fault of ours: the command ends at once, with its own exit code, and what the panic says is not told.

#![expect(clippy::disallowed_methods, reason = "the same program is the test and the command")]

use std::process::Command;

use cli::{Edge, Terminals};

/// Says that this process is the command that has the fault.
const FAULTY: &str = "CFN_SECRETS_TEST_FAULTY";

#[test]
fn a_panic_is_exit_code_70_and_does_not_tell_its_message() {
    if std::env::var_os(FAULTY).is_some() {
        let terminals = Terminals { stdin: false, stdout: false, stderr: false };
        let edge =
            Edge { env: |_| None, now: || panic!("hunter2"), folder: || None, random: || panic!("hunter2"), terminals };
        let _ = cli::run(["cfn-secrets", "list"].map(Into::into).into(), edge);
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_panic_is_exit_code_70_and_does_not_tell_its_message", "--nocapture"]);
    let ended = command.env(FAULTY, "").output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(70), "{told}");
    assert!(told.contains("error: the command broke off at ") && told.contains("please report it"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
