//! A function that leaks its event in the way that `LEAK` names: the leak test must catch each
//! (`tests/scenarios/harness.rs`).

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it does on purpose what functions must not do"
)]

use std::net::SocketAddr;

use serde_json::{Value, json};
use tests::http::exchange;

const RUNTIME: &str = "/2018-06-01/runtime/invocation";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let api: SocketAddr = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap().parse().unwrap();
    let way = std::env::var("LEAK").unwrap();
    loop {
        let (head, event) = exchange(api, "GET", &format!("{RUNTIME}/next"), &[], "").await.unwrap();
        let id = head.headers["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
        let event: Value = serde_json::from_str(&event).unwrap();
        answer(&event, &leak(&way, "response", &event)).await;
        match way.as_str() {
            "stdout" => println!("{event}"),
            "stderr" => eprintln!("{event}"),
            _ => {}
        }
        let (call, body) = match way.as_str() {
            "error" => ("error", json!({"errorMessage": event.to_string()})),
            way => ("response", json!({"said": leak(way, "return", &event)})),
        };
        exchange(api, "POST", &format!("{RUNTIME}/{id}/{call}"), &[], body.to_string()).await.unwrap();
    }
}

/// The event, if this is the way it leaks.
fn leak(way: &str, this: &str, event: &Value) -> String {
    if way == this { event.to_string() } else { "nothing".to_owned() }
}

async fn answer(event: &Value, reason: &str) {
    let url = event["ResponseURL"].as_str().unwrap();
    let (host, _) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let target = url.strip_prefix(&format!("http://{host}")).unwrap();
    let response = json!({
        "Status": "SUCCESS",
        "Reason": reason,
        "PhysicalResourceId": "leaky",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    });
    exchange(host.parse().unwrap(), "PUT", target, &[], response.to_string()).await.unwrap();
}
