//! Other clients of the same table: what they read of ours, and what ours reads of theirs.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tests::{moto, paths, python};

use crate::{
    interoperation::{credential, new_world, pairs, text},
    program::{Output, Place, Program, arguments},
};

/// Both in JavaScript: they know no SHA-1 by credstash's name, and nodecredstash spoils characters of four bytes.
fn for_javascript() -> Vec<Value> {
    let digests = ["SHA224", "SHA256", "SHA384", "SHA512", "MD5"];
    let mut all: Vec<_> =
        digests.map(|digest| credential(&format!("of.{digest}"), "of a digest", "1", digest, &[])).into();
    for (length, name) in [(16, "16"), (17, "17"), (5000, "5000"), (300_000, "long")] {
        all.push(credential(name, &"0123456789abcdefg".repeat(length / 17 + 1)[..length], "1", "SHA256", &[]));
    }
    all.push(credential("clé/☃", "ünï☃\r\n\t\"'\\", "1", "SHA256", &["key=ß"]));
    all.push(credential("bound", "of a context", "1", "SHA256", &["env=prod", "app=web"]));
    all
}

fn client(place: &Place, module: &str, verb: &str, credentials: &[Value]) -> Vec<Value> {
    let clients = std::env::var("CLIENTS").expect("`make credstash` installs them");
    let script = paths::repository().join("tests/tests/credstash/clients/client.js");
    let mut node = Command::new("node");
    node.arg(script).args([module, verb]).env_clear().envs(&place.environment).env("CLIENTS", clients);
    node.env("AWS_REGION", moto::REGION).current_dir(place.current());
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(credentials).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{module} {verb}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ours_puts(place: &Place, credentials: &[Value]) {
    for credential in credentials {
        let pairs = pairs(credential);
        let mut line = vec!["put", text(&credential["name"]), "-", "-d", text(&credential["digest"])];
        line.extend(pairs.iter().map(String::as_str));
        let ran = place.run(Program::Ours, &arguments(&line), text(&credential["value"]).as_bytes(), Output::Kept);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
    }
}

fn ours_gets(place: &Place, credentials: &[Value]) {
    for credential in credentials {
        let pairs = pairs(credential);
        let mut line = vec!["get", "-n", text(&credential["name"])];
        line.extend(pairs.iter().map(String::as_str));
        let ran = place.run(Program::Ours, &arguments(&line), b"", Output::Kept);
        assert!(ran.exit == Some(0) && ran.text() == text(&credential["value"]), "{line:?}: {}", ran.stderr);
    }
}

#[tokio::test]
#[ignore = "`make credstash` installs the clients"]
async fn those_in_javascript() {
    for module in ["nodecredstash", "aws-credstash"] {
        ours_to_theirs(module).await;
        theirs_to_ours(module).await;
    }
}

async fn ours_to_theirs(module: &str) {
    let (place, _alone) = new_world().await;
    ours_puts(&place, &for_javascript());
    let read = client(&place, module, "get", &for_javascript());
    for (credential, read) in for_javascript().iter().zip(read) {
        assert_eq!(credential["value"], read, "{module}: {}", credential["name"]);
    }
}

async fn theirs_to_ours(module: &str) {
    let (place, _alone) = new_world().await;
    client(&place, module, "put", &for_javascript());
    ours_gets(&place, &for_javascript());
}

#[tokio::test]
async fn credsmash() {
    let (place, _alone) = new_world().await;
    let config = place.folder.join("credsmash.cfg");
    let named = "table_name = credential-store\nkey_service = kms\nalgorithm = aes-ctr-legacy\n";
    fs::write(&config, format!("[credsmash]\n{named}[credsmash:key_service:kms]\nkey_id = alias/credstash\n")).unwrap();
    let smash = |line: &[&str]| {
        let mut command = Command::new(python::program_beside_credstash("credsmash"));
        command.arg("-c").arg(&config).args(line).env_clear().envs(&place.environment).current_dir(place.current());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let credentials =
        [credential("a", "value of 17 bytes", "1", "SHA256", &[]), credential("b", "other", "1", "SHA512", &[])];
    ours_puts(&place, &credentials);
    for credential in &credentials {
        let read: PathBuf = place.folder.join("read");
        smash(&["get", "-f", "raw", text(&credential["name"]), read.to_str().unwrap()]);
        assert_eq!(fs::read_to_string(&read).unwrap(), text(&credential["value"]));
    }
    let written = place.folder.join("written");
    fs::write(&written, "ünï of credsmash").unwrap();
    smash(&["put", "-f", "raw", "c", written.to_str().unwrap()]);
    ours_gets(&place, &[credential("c", "ünï of credsmash", "1", "SHA256", &[])]);
}
