//! moto: DynamoDB, KMS and STS as credstash's answers were recorded on, Parameter Store and Secrets Manager; emptied at will.

use std::{net::SocketAddr, process::Command};

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::{http, python, server_process::ServerProcess};

/// Where nobody says a region.
pub const REGION: &str = "us-east-1";

/// This process's moto, started on first use.
pub async fn address() -> SocketAddr {
    static SERVER: OnceCell<ServerProcess> = OnceCell::const_new();
    SERVER.get_or_init(|| ServerProcess::start("moto", "/moto-api/", command)).await.address()
}

fn command(port: u16) -> Command {
    let mut command = Command::new(python::program_beside_credstash("python"));
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    command
}

/// Nobody else of this process until it is dropped: there is one account, and each test empties it.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

/// Forgets all that was made.
pub async fn reset() {
    let (head, body) = http::exchange(address().await, "POST", "/moto-api/reset", &[], "").await.unwrap();
    assert!(head.status.is_success(), "{body}");
}

/// A call of DynamoDB.
pub async fn dynamodb(action: &str, body: Value, region: &str) -> Value {
    call("dynamodb", &format!("DynamoDB_20120810.{action}"), body, region).await
}

/// A call of KMS.
pub async fn kms(action: &str, body: Value, region: &str) -> Value {
    call("kms", &format!("TrentService.{action}"), body, region).await
}

/// A call of Parameter Store.
pub async fn ssm(action: &str, body: Value, region: &str) -> Value {
    call("ssm", &format!("AmazonSSM.{action}"), body, region).await
}

async fn call(service: &str, target: &str, body: Value, region: &str) -> Value {
    let credential = format!("Credential=testing/20260101/{region}/{service}/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0");
    let headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("X-Amz-Target", target),
        ("Authorization", authorization.as_str()),
    ];
    let answer = http::exchange(address().await, "POST", "/", &headers, body.to_string()).await;
    let (head, text) = answer.unwrap();
    assert!(head.status.is_success(), "{target} {body}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// A key with an alias.
pub async fn create_key(alias: &str, region: &str) {
    let key = kms("CreateKey", json!({}), region).await;
    kms("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key["KeyMetadata"]["KeyId"]}), region).await;
}

/// A table of credstash's.
pub async fn create_table(name: &str, region: &str) {
    let table = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "name", "AttributeType": "S"},
            {"AttributeName": "version", "AttributeType": "S"},
        ],
    });
    dynamodb("CreateTable", table, region).await;
}

/// All items of a table, as the API has them.
pub async fn items(table: &str, region: &str) -> Vec<Value> {
    let found = dynamodb("Scan", json!({"TableName": table}), region).await;
    found["Items"].as_array().unwrap().clone()
}
