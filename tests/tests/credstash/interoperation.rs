//! What ours writes the original reads, and the reverse: every digest, contexts, versions, and values of all lengths.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use credstash_format::{DataKey, Digest, Place as Keys, Version, seal};
use serde_json::{Value, json};
use tests::{moto, python};
use tokio::sync::MutexGuard;

use crate::program::{Output, Place, Program, arguments};

/// The original as a library, which its command is a wrapper of: one start of Python for many credentials.
const LIBRARY: &str = "
import json, sys, credstash
def put(e):
    credstash.putSecret(e['name'], e['value'], version=e['version'], context=e['context'], digest=e['digest'], comment=e['comment'], region='us-east-1')
def get(e):
    return credstash.getSecret(e['name'], version=e['version'], context=e['context'], region='us-east-1')
print(json.dumps([globals()[sys.argv[1]](e) for e in json.load(sys.stdin)]))
";

/// A credential as both write it.
pub(crate) fn credential(name: &str, value: &str, version: &str, digest: &str, context: &[&str]) -> Value {
    let pairs = context.iter().map(|pair| pair.split_once('=').unwrap());
    let context: Value = Value::Object(pairs.map(|(key, value)| (key.to_owned(), value.into())).collect());
    json!({"name": name, "value": value, "version": version, "digest": digest, "context": context, "comment": "why"})
}

fn credentials() -> Vec<Value> {
    let digests = Digest::ALL.map(Digest::as_str);
    let mut all: Vec<_> =
        digests.map(|digest| credential(&format!("of.{digest}"), "of a digest", "1", digest, &[])).into();
    for (length, name) in [(0, "empty"), (15, "15"), (16, "16"), (17, "17"), (5000, "5000"), (300_000, "long")] {
        let value: String = "0123456789abcdefg".chars().cycle().take(length).collect();
        all.push(credential(name, &value, "1", "SHA256", &[]));
    }
    all.push(credential("pässwörd/☃", "ünï☃𝄞\r\n\t\"'\\", "1", "SHA256", &["key=ß", "é=☃"]));
    all.push(credential("bound", "of a context", "1", "SHA512", &["env=prod", "app=web"]));
    all.push(credential("versions", "zero", "0", "SHA256", &[]));
    all.push(credential("versions", "ten", "10", "SHA256", &[]));
    all.push(credential("versions", "a word", "2024-01-02T03:04:05Z", "SHA256", &[]));
    all
}

pub(crate) async fn new_world() -> (Place, MutexGuard<'static, ()>) {
    let alone = moto::alone().await;
    moto::reset().await;
    moto::create_key("alias/credstash", moto::REGION).await;
    moto::create_table("credential-store", moto::REGION).await;
    (Place::new().await, alone)
}

fn library(place: &Place, verb: &str, credentials: &[Value]) -> Vec<Value> {
    let mut command = Command::new(python::program_beside_credstash("python"));
    command.args(["-c", LIBRARY, verb]).env_clear().envs(&place.environment).current_dir(place.current());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(credentials).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{verb}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Its context, as arguments.
pub(crate) fn pairs(credential: &Value) -> Vec<String> {
    let context = credential["context"].as_object().unwrap();
    context.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn what_the_original_writes_is_read() {
    let (place, _alone) = new_world().await;
    library(&place, "put", &credentials());
    for credential in credentials() {
        let pairs = pairs(&credential);
        let (name, version) = (text(&credential["name"]), text(&credential["version"]));
        let mut line = vec!["get", "-n", name, "-v", version];
        line.extend(pairs.iter().map(String::as_str));
        let ran = place.run(Program::Ours, &arguments(&line), b"", Output::Kept);
        assert!(ran.exit == Some(0) && ran.text() == text(&credential["value"]), "{line:?}: {}", ran.stderr);
        // Without its context, or with another.
        if !pairs.is_empty() {
            for context in [None, Some("env=dev")] {
                let line: Vec<_> = ["get", name].into_iter().chain(context).collect();
                let ran = place.run(Program::Ours, &arguments(&line), b"", Output::Kept);
                assert!(ran.exit == Some(1) && ran.stderr.contains("may not match the one used"), "{ran:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_ours_writes_the_original_reads() {
    let (place, _alone) = new_world().await;
    for credential in credentials() {
        let pairs = pairs(&credential);
        let [name, version, digest, comment] =
            ["name", "version", "digest", "comment"].map(|key| text(&credential[key]));
        let mut line = vec!["put", name, "-", "-v", version, "-d", digest, "-c", comment];
        line.extend(pairs.iter().map(String::as_str));
        let ran = place.run(Program::Ours, &arguments(&line), text(&credential["value"]).as_bytes(), Output::Kept);
        assert!(ran.exit == Some(0) && ran.stderr.is_empty(), "{line:?}: {ran:?}");
    }
    let read = library(&place, "get", &credentials());
    for (credential, read) in credentials().iter().zip(read) {
        assert_eq!(credential["value"], read, "{}", credential["name"]);
    }
    for verb in ["list", "keys"] {
        let [ours, original] = [Program::Ours, Program::Original]
            .map(|program| place.run(program, &arguments(&[verb]), b"", Output::Kept));
        assert!(ours.exit == Some(0) && ours.text() == original.text(), "{verb}: {ours:?}, {original:?}");
    }
}

#[tokio::test]
async fn a_binary_value_is_printed_as_it_is() {
    let (place, _alone) = new_world().await;
    let generated = json!({"KeyId": "alias/credstash", "NumberOfBytes": 64});
    let generated = moto::kms("GenerateDataKey", generated, moto::REGION).await;
    let [key, encrypted] = ["Plaintext", "CiphertextBlob"].map(|name| STANDARD.decode(text(&generated[name])).unwrap());
    let keys = Keys { name: "binary".to_owned(), version: Version::first() };
    let value: Vec<u8> = (0..=255).collect();
    let item = seal(keys, &value, &DataKey::new(key), encrypted, Digest::Sha256).unwrap();
    let attributes = item.to_attributes().into_iter().map(|(name, attribute)| {
        let value = match attribute {
            credstash_format::Attribute::Text(text) => json!({"S": text}),
            credstash_format::Attribute::Bytes(bytes) => json!({"B": STANDARD.encode(bytes)}),
        };
        (name, value)
    });
    let put = json!({"TableName": "credential-store", "Item": Value::Object(attributes.collect())});
    moto::dynamodb("PutItem", put, moto::REGION).await;
    let get = |line: &[&str]| place.run(Program::Ours, &arguments(line), b"", Output::Kept);
    assert_eq!(get(&["get", "-n", "binary"]).stdout, value);
    let ran = get(&["getall"]);
    assert!(ran.exit == Some(1) && ran.stderr.contains("'binary'") && ran.stdout.is_empty(), "{ran:?}");
}

#[tokio::test]
async fn under_its_own_name_it_is_nothing_else_and_warns_of_a_secret_that_is_seen() {
    let (place, _alone) = new_world().await;
    let put = place.run(Program::Linked, &arguments(&["put", "a", "a secret that is seen"]), b"", Output::Kept);
    assert_eq!((put.exit, put.text().as_str()), (Some(0), "a has been stored\n"), "{put:?}");
    assert_eq!(put.stderr.matches("warning: the secret stands on the command line").count(), 1, "{put:?}");
    assert!(!put.stderr.contains("a secret that is seen"), "{put:?}");
    for (line, stdin) in [(&["put", "b", "-"][..], "value"), (&["put", "c", ""], ""), (&["get", "a"], "")] {
        let ran = place.run(Program::Ours, &arguments(line), stdin.as_bytes(), Output::Kept);
        assert!(ran.exit == Some(0) && ran.stderr.is_empty(), "{line:?}: {ran:?}");
    }
}

#[tokio::test]
async fn two_who_count_at_a_time_are_both_stored() {
    let (place, _alone) = new_world().await;
    let place = &place;
    let put =
        |value: &str| place.run(Program::Ours, &arguments(&["put", "-a", "a", "-"]), value.as_bytes(), Output::Kept);
    std::thread::scope(|scope| {
        let running = ["1", "2", "3", "4", "5", "6"].map(|value| scope.spawn(move || put(value)));
        for ran in running.map(|running| running.join().unwrap()) {
            assert_eq!(ran.exit, Some(0), "{ran:?}");
        }
    });
    let listed = place.run(Program::Ours, &arguments(&["list"]), b"", Output::Kept);
    assert!(listed.text().lines().count() == 6 && listed.text().contains("0000000000000000006"), "{listed:?}");
}
