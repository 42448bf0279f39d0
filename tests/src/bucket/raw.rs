//! What an engine's buckets are told and asked past all adapters and rules: set-up, objects, versions, markers.

use std::net::SocketAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use store_s3::{Prefix, setup};

use crate::{aws::Item, http, ministack};

/// Makes a bucket for this account, as the template has it.
pub async fn create(address: SocketAddr, account: &str, name: &str) {
    create_bare(address, account, name).await;
    protect(address, account, name).await;
}

/// One that has versions and nothing else of what the template says.
pub async fn create_bare(address: SocketAddr, account: &str, name: &str) {
    make(address, account, name).await;
    let versions = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    exchange_as(account, address, "PUT", &format!("{name}?versioning"), versions).await.unwrap();
}

/// Lets its policy refuse each put without a condition, as the template has it, and its lifecycle erase after 30 days.
pub async fn protect(endpoint: SocketAddr, account: &str, name: &str) {
    let policy = setup::policy(None, PARTITION, &name.parse().unwrap());
    let lifecycle = setup::lifecycle(None, &setup::rule(30, &Prefix::default()));
    let documents = [("policy", policy), ("lifecycle", lifecycle), ("publicAccessBlock", setup::public_access())];
    for (respect, document) in documents {
        set_up((endpoint, ministack::REGION), account, name, respect, &document).await;
    }
}

/// Sets it up in one respect, where it is.
pub async fn set_up(place: (SocketAddr, &str), account: &str, name: &str, respect: &str, document: &str) {
    exchange_in(place, account, "PUT", &format!("{name}?{respect}"), document).await.unwrap();
}

/// How it is set up in one respect.
pub async fn told(place: (SocketAddr, &str), account: &str, name: &str, respect: &str) -> String {
    exchange_in(place, account, "GET", &format!("{name}?{respect}"), "").await.unwrap()
}

/// Moto passes over the condition of a statement that denies, and would deny each put: what is elsewhere it leaves alone.
const PARTITION: &str = "aws-cn";

/// Makes a bucket; who comes second is told that it is there.
pub(super) async fn make(address: SocketAddr, account: &str, name: &str) {
    let region = ministack::REGION;
    let place = format!("<LocationConstraint>{region}</LocationConstraint>");
    let place = format!("<CreateBucketConfiguration>{place}</CreateBucketConfiguration>");
    let _ = exchange_as(account, address, "PUT", name, &place).await;
}

/// Brings into sight what lies behind a delete marker below this prefix, as if nobody had come to hide it.
pub async fn unhide(address: SocketAddr, account: &str, name: &str, prefix: &str) {
    let list = exchange_as(account, address, "GET", &format!("{name}?versions&prefix={prefix}"), "").await.unwrap();
    for (key, id) in objects(&list, "DeleteMarker") {
        exchange_as(account, address, "DELETE", &format!("{name}/{key}?versionId={id}"), "").await.unwrap();
    }
}

/// Lets what is retired below this prefix have expired long ago.
pub async fn expire(address: SocketAddr, account: &str, name: &str, prefix: &str) {
    let list = exchange_as(account, address, "GET", &format!("{name}?list-type=2&prefix={prefix}"), "").await.unwrap();
    for key in list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()) {
        let path = format!("{name}/{key}");
        if !key.ends_with("/state.json") {
            continue;
        }
        let mut state: Value =
            serde_json::from_str(&exchange_as(account, address, "GET", &path, "").await.unwrap()).unwrap();
        for version in state["Versions"].as_array_mut().unwrap().iter_mut().filter(|v| v.get("ExpiresAt").is_some()) {
            version["ExpiresAt"] = 1_700_000_000.into();
        }
        exchange_as(account, address, "PUT", &path, &state.to_string()).await.unwrap();
    }
}

/// Each object that is in sight, as if it were an item of a table: under its key.
pub async fn items(address: SocketAddr, account: &str, name: &str) -> Vec<Item> {
    let list = exchange_as(account, address, "GET", &format!("{name}?list-type=2"), "").await.unwrap_or_default();
    let mut items = Vec::new();
    for key in list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()) {
        let Ok(object) = exchange_as(account, address, "GET", &format!("{name}/{key}"), "").await else { continue };
        let Value::Object(fields) = serde_json::from_str(&object).unwrap() else { panic!("{key} is no object") };
        let mut item: Item = fields.into_iter().map(|(name, value)| (name, attribute(value))).collect();
        item.insert("Env".to_owned(), AttributeValue::S(key.to_owned()));
        items.push(item);
    }
    items
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::S(text),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, attribute(value))).collect())
        }
        other => panic!("no attribute has {other}"),
    }
}

/// As the root of an account: ministack looks up the key id and takes any signature, and so does moto.
pub(super) async fn exchange_as(
    account: &str,
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<String, String> {
    exchange_in((address, ministack::REGION), account, method, path, body).await
}

async fn exchange_in(
    (address, region): (SocketAddr, &str),
    account: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Result<String, String> {
    let scope = format!("{account}/20260101/{region}/s3/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let headers = [("Authorization", authorization.as_str())];
    let target = format!("/{path}");
    let (head, body) = http::exchange(address, method, &target, &headers, body.to_owned()).await.unwrap();
    if head.status.is_success() { Ok(body) } else { Err(body) }
}

/// Keys, and S3's own ids of them, in a list of versions.
pub(super) fn objects(list: &str, kind: &str) -> Vec<(String, String)> {
    let (start, end) = (format!("<{kind}>"), format!("</{kind}>"));
    let objects = list.split(&start).skip(1).filter_map(|rest| rest.split(&end).next());
    objects.map(|object| (text(object, "Key"), text(object, "VersionId"))).collect()
}

pub(super) fn text(object: &str, name: &str) -> String {
    let (_, rest) = object.split_once(&format!("<{name}>")).unwrap();
    rest.split('<').next().unwrap().to_owned()
}
