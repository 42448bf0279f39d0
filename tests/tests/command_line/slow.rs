//! A table that answers late, or page by page and in between with a refusal: it is waited for.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use serde_json::{Value, json};
use tests::{
    command,
    http::{Reply, Request, Server},
    ministack,
};

/// Longer than the SDK takes a request to have stopped on its way.
const LATE: Duration = Duration::from_secs(22);

fn answer(status: StatusCode, body: &Value) -> Reply {
    Reply::new(status, body.to_string()).with_header("content-type", "application/x-amz-json-1.0")
}

/// A page with one head, and a secret's version.
fn page(name: &str, is_last: bool) -> Value {
    let keys = |sort_key: &str| json!({"StackName": {"S": "shop"}, "Env": {"S": sort_key}});
    let mut head = keys(name);
    let version = keys(&format!("{name}#{:019}", 1));
    for (attribute, value) in [("CurrentVersion", "1"), ("AsOf", "0"), ("Revision", "1")] {
        head[attribute] = json!({"N": value});
    }
    let mut item = version.clone();
    for (attribute, value) in [("Format", "1"), ("CreatedAt", "1700000000")] {
        item[attribute] = json!({"N": value});
    }
    let token = "0".repeat(64);
    let manual = ("StackId", "manual");
    for (attribute, value) in [manual, ("LogicalResourceId", "manual"), ("RequestToken", &token), ("KeyArn", "key")] {
        item[attribute] = json!({"S": value});
    }
    let mut page = json!({"Items": [head, item], "Count": 2, "ScannedCount": 2});
    if !is_last {
        page["LastEvaluatedKey"] = version;
    }
    page
}

/// What `list` says of a table at this server.
async fn listed(server: &Server) -> Vec<String> {
    let mut list = Command::new(command::binary());
    list.args(["list", "--table", "secrets"]).env_clear().envs([
        ("HOME", command::home().to_str().unwrap()),
        ("AWS_REGION", ministack::REGION),
        ("AWS_ENDPOINT_URL", &format!("http://{}", server.address())),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
    ]);
    let output = tokio::task::spawn_blocking(move || list.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_late_answer_is_one() {
    let server = Server::start(async |_: Request| {
        tokio::time::sleep(LATE).await;
        answer(StatusCode::OK, &page("prod", true))
    })
    .await;
    assert_eq!(listed(&server).await, ["prod"]);
}

#[tokio::test]
async fn a_page_that_is_refused_costs_none_of_those_before_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Server::start(move |request: Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let is_first = body.get("ExclusiveStartKey").is_none();
        let asked = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match (is_first, asked) {
                (true, 0) => answer(StatusCode::OK, &page("dev", false)),
                (true, _) => panic!("the first page is asked for again"),
                // More often than the SDK by itself asks for the same.
                (false, 1..=7) => {
                    let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
                    answer(StatusCode::BAD_REQUEST, &json!({"__type": code, "message": "slow down"}))
                }
                (false, _) => answer(StatusCode::OK, &page("prod", true)),
            }
        }
    })
    .await;
    assert_eq!(listed(&server).await, ["dev", "prod"]);
    assert!(asked.load(Ordering::SeqCst) > 7);
}
