//! How fast `getall` of 1,000 is beside the original's, on a server that answers at once but for a pause as AWS has it.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use credstash_format::{Attribute, DataKey, Digest, Place as Keys, Version, seal};
use hyper::StatusCode;
use serde_json::{Value, json};
use tests::{
    http::{Reply, Request, Server},
    python,
};

/// What KMS and DynamoDB take inside a region.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs a command, throws its output away, and says what it took.
const MEASURE: &str = "
import json, os, resource, subprocess, sys, time
began = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
length = len(child.stdout.read())
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - began
print(json.dumps({'status': status, 'bytes': length, 'wall': wall, 'cpu': used.ru_utime + used.ru_stime, 'megabytes': used.ru_maxrss / 1024}))
";

/// A thousand credentials, all under one data key.
fn items() -> Vec<Value> {
    let key = DataKey::new(vec![7; 64]);
    let items = (0..1000).map(|number| {
        let keys = Keys { name: format!("service.{number:04}.password"), version: Version::first() };
        let item = seal(keys, format!("value {number} of a thousand").as_bytes(), &key, vec![1; 184], Digest::Sha256);
        let attributes = item.unwrap().to_attributes().into_iter().map(|(name, attribute)| match attribute {
            Attribute::Text(text) => (name, json!({"S": text})),
            Attribute::Bytes(bytes) => (name, json!({"B": STANDARD.encode(bytes)})),
        });
        Value::Object(attributes.collect())
    });
    items.collect()
}

async fn answer(request: Request, items: Arc<Vec<Value>>) -> Reply {
    tokio::time::sleep(PAUSE).await;
    let target = request.headers["x-amz-target"].to_str().unwrap();
    let body = || serde_json::from_slice::<Value>(&request.body).unwrap();
    let answer = match target.rsplit('.').next().unwrap() {
        "Scan" if body().get("ProjectionExpression").is_some() => {
            let some = |item: &Value| json!({"name": item["name"], "version": item["version"]});
            json!({"Items": items.iter().map(some).collect::<Vec<_>>(), "Count": items.len()})
        }
        "Scan" => json!({"Items": *items, "Count": items.len()}),
        "Query" => {
            let values = body()["ExpressionAttributeValues"].as_object().unwrap().clone();
            let found = items.iter().find(|item| values.values().any(|value| *value == item["name"]));
            json!({"Items": [found], "Count": 1})
        }
        "Decrypt" => json!({"Plaintext": STANDARD.encode([7; 64]), "KeyId": "key"}),
        other => panic!("{other}"),
    };
    Reply::new(StatusCode::OK, answer.to_string()).with_header("content-type", "application/x-amz-json-1.1")
}

#[tokio::test]
#[ignore = "`make credstash` builds what is shipped"]
async fn a_thousand_credentials() {
    let items = Arc::new(items());
    let server = Server::start(move |request| answer(request, items.clone())).await;
    let endpoint = format!("http://{}", server.address());
    let home = tests::command::home();
    let measure = async |program: &[&str]| -> Value {
        let mut command = Command::new(python::program_beside_credstash("python"));
        command
            .args(["-c", MEASURE])
            .args(program)
            .arg("getall")
            .current_dir(&home)
            .env_clear()
            .stderr(Stdio::inherit());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", &home).envs([
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let ours = std::env::var("CFN_SECRETS").expect("`make credstash` names the binary");
    let original = python::program_beside_credstash("credstash");
    let mut best = [json!(null), json!(null)];
    for round in 0..5 {
        for (place, program) in [&[ours.as_str(), "credstash"][..], &[original.to_str().unwrap()]].iter().enumerate() {
            let took = measure(program).await;
            assert!(took["status"] == 0 && took["bytes"].as_u64() > Some(50_000), "{took}");
            eprintln!("{round} {}: {took}", if place == 0 { "ours" } else { "credstash" });
            if best[place].is_null() || took["wall"].as_f64() < best[place]["wall"].as_f64() {
                best[place] = took;
            }
        }
    }
    let [ours, original] = best;
    let times = |what: &str| original[what].as_f64().unwrap() / ours[what].as_f64().unwrap();
    eprintln!("wall {:.1}, processor {:.1}, memory {:.1} times", times("wall"), times("cpu"), times("megabytes"));
    assert_eq!(ours["bytes"], original["bytes"]);
    // Times are for people to read.
    assert!(times("megabytes") > 5.0, "{ours} beside {original}");
}
