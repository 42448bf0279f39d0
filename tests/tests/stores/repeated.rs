//! What comes twice, at once, or without an answer: a wire between the command and moto loses answers, says that there is too much
//! to do, or lets somebody else be faster.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hyper::StatusCode;
use serde_json::{Value, json};
use tests::{
    http::{self, Reply, Request, Server},
    moto, random,
};

use crate::shop::{PLACES, SECRETS, SSM, Shop};

/// What happens to a call.
#[derive(Clone, Debug)]
enum Fault {
    /// It is done, and nobody hears of it.
    AnswerLost,
    /// It is not done: there is too much to do.
    Throttled,
    /// Somebody else calls this first.
    Overtaken(&'static str, Value),
    /// It is not done: this is why.
    Refused(&'static str),
}

/// A wire with faults: each once, for the first call of its operation.
struct Wire {
    server: Server,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    async fn new(faults: &[(&'static str, Fault)]) -> Self {
        let (faults, calls) = (Arc::new(Mutex::new(faults.to_vec())), Arc::<Mutex<Vec<String>>>::default());
        let (aws, heard) = (moto::address().await, Arc::clone(&calls));
        let server = Server::start(move |request| {
            let (faults, heard) = (Arc::clone(&faults), Arc::clone(&heard));
            answer(request, aws, faults, heard)
        });
        Self { server: server.await, calls }
    }

    fn address(&self) -> Option<SocketAddr> {
        Some(self.server.address())
    }

    fn count(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| *call == operation).count()
    }
}

async fn answer(
    request: Request,
    aws: SocketAddr,
    faults: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    heard: Arc<Mutex<Vec<String>>>,
) -> Reply {
    let target = request.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    heard.lock().unwrap().push(operation.clone());
    let fault = {
        let mut faults = faults.lock().unwrap();
        let found = faults.iter().position(|(of, _)| *of == operation);
        found.map(|index| faults.remove(index).1)
    };
    match fault {
        Some(Fault::Throttled) => return error("ThrottlingException"),
        Some(Fault::Refused(code)) => return error(code),
        Some(Fault::Overtaken(operation, body)) => drop(moto::ssm(operation, body, moto::REGION).await),
        Some(Fault::AnswerLost) => {
            let _ = http::pass_on(aws, request).await;
            return Reply::HangUp;
        }
        None => {}
    }
    match http::pass_on(aws, request).await {
        Ok((head, body)) => Reply::new(head.status, body),
        Err(_) => Reply::HangUp,
    }
}

fn error(code: &str) -> Reply {
    // What a service says beside its code may quote what it was sent.
    let body = json!({"__type": code, "message": "Value 'hunter2hunter2' at 'value' failed"});
    Reply::new(StatusCode::BAD_REQUEST, body.to_string())
}

async fn versions(shop: &Shop, at: &str, name: &str) -> usize {
    let history = shop.run(&["--store", at, "history", name, "--output", "json"]).await.done();
    history.json().as_array().unwrap().len()
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_version() {
    let shop = Shop::new().await;
    for (place, first, next) in [(&SSM, "PutParameter", "PutParameter"), (&SECRETS, "CreateSecret", "PutSecretValue")] {
        let name = place.name("lost");
        for (number, operation) in [(1, first), (2, next)] {
            let value = random::hex(24);
            shop.learn(&value);
            let wire = Wire::new(&[(operation, Fault::AnswerLost)]).await;
            let put = ["--store", place.at, "put", &name];
            shop.run_by(wire.address(), &put, &value, false).await.done();
            assert_eq!(versions(&shop, place.at, &name).await, number, "{operation}");
            assert_eq!(shop.get(place, "lost").await.done().stdout, value);
        }
    }
    // In credstash's table and the pair's, whose SDK tries again by itself.
    for (place, operation) in [(&PLACES[1], "PutItem"), (&PLACES[0], "TransactWriteItems")] {
        let (name, value) = (place.name("lost"), random::hex(24));
        shop.learn(&value);
        let wire = Wire::new(&[(operation, Fault::AnswerLost)]).await;
        shop.run_by(wire.address(), &["--store", place.at, "put", &name], &value, false).await.done();
        assert_eq!(versions(&shop, place.at, &name).await, 1, "{operation}");
    }
}

#[tokio::test]
async fn what_is_throttled_is_waited_for() {
    let shop = Shop::new().await;
    for (place, operations) in [
        (&SSM, ["DescribeParameters", "PutParameter", "GetParameters"]),
        (&SECRETS, ["DescribeSecret", "CreateSecret", "GetSecretValue"]),
    ] {
        let value = random::hex(24);
        shop.learn(&value);
        let wire = Wire::new(&operations.map(|operation| (operation, Fault::Throttled))).await;
        let name = place.name("busy");
        shop.run_by(wire.address(), &["--store", place.at, "put", &name], &value, false).await.done();
        let read = shop.run_by(wire.address(), &["--store", place.at, "get", &name], "", true).await.done();
        assert_eq!(read.stdout, value);
        assert!(operations.iter().all(|operation| wire.count(operation) >= 2), "{:?}", wire.calls);
        assert_eq!(versions(&shop, place.at, &name).await, 1);
    }
}

#[tokio::test]
async fn a_parameter_that_somebody_else_wrote_meanwhile_is_told() {
    let shop = Shop::new().await;
    let name = SSM.name("raced");
    let theirs = |value: &str, overwrite: bool| json!({"Name": "/shop/prod/raced", "Value": value, "Type": "SecureString", "Overwrite": overwrite});
    for (number, theirs) in [(1, theirs("theirs at first", false)), (3, theirs("theirs again", true))] {
        let value = random::hex(24);
        shop.learn(&value);
        let wire = Wire::new(&[("PutParameter", Fault::Overtaken("PutParameter", theirs))]).await;
        let put = shop.run_by(wire.address(), &["--store", SSM.at, "put", &name], &value, false).await;
        put.refused(5, &format!("version {number} of `/shop/prod/raced` is somebody else's"));
        assert_eq!(shop.get(&SSM, "raced").await.done().stdout, value);
    }
    assert_eq!(shop.get(&SSM, "raced@1").await.done().stdout, "theirs at first");
    assert_eq!(shop.get(&SSM, "raced@3").await.done().stdout, "theirs again");
}

#[tokio::test]
async fn an_overwritten_parameter_keeps_its_key_its_tier_and_what_is_said_of_it() {
    let shop = Shop::new().await;
    let (name, value) = (SSM.name("kept"), random::hex(24));
    let first = ["--key", "alias/pair", "--tier", "advanced", "--comment", "why it is"];
    shop.put(&SSM, "kept", &value, &first).await.done();
    shop.put(&SSM, "kept", &random::hex(24), &[]).await.done();
    let filter = json!({"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": [name]}]});
    let found = moto::ssm("DescribeParameters", filter, moto::REGION).await;
    let found = &found["Parameters"][0];
    let kept = ["KeyId", "Tier", "Type", "Description"].map(|attribute| found[attribute].as_str().unwrap());
    assert_eq!(kept, ["alias/pair", "Advanced", "SecureString", "why it is"]);
    assert_eq!(found["Version"], 2);

    // One in the clear stays one, and is no place for a secret.
    let clear = json!({"Name": "/shop/prod/clear", "Value": "in the clear", "Type": "String"});
    moto::ssm("PutParameter", clear, moto::REGION).await;
    shop.put(&SSM, "clear", &value, &[]).await.refused(1, "is not encrypted, and stays so");
}

#[tokio::test]
async fn a_label_keeps_the_oldest_of_a_hundred_versions_and_that_is_told() {
    let shop = Shop::new().await;
    let name = "/shop/prod/old";
    for number in 1..=100 {
        let put = json!({"Name": name, "Value": format!("value {number}"), "Type": "SecureString", "Overwrite": true});
        moto::ssm("PutParameter", put, moto::REGION).await;
    }
    let label = |labels: &[&str]| json!({"Name": name, "ParameterVersion": 1, "Labels": labels});
    moto::ssm("LabelParameterVersion", label(&["live"]), moto::REGION).await;
    let value = random::hex(24);
    shop.put(&SSM, "old", &value, &[]).await.refused(1, "the oldest, 1, has a label (live)");
    assert_eq!(shop.get(&SSM, "old@live").await.done().stdout, "value 1");
    moto::ssm("UnlabelParameterVersion", label(&["live"]), moto::REGION).await;
    shop.put(&SSM, "old", &value, &[]).await.done();
    assert_eq!(shop.get(&SSM, "old").await.done().stdout, value);
}

#[tokio::test]
async fn a_token_stores_a_wish_once_and_another_value_under_it_is_refused() {
    let shop = Shop::new().await;
    let (value, token) = (random::hex(24), ["--client-request-token", "deploy 17"]);
    let first = shop.put(&SECRETS, "once", &value, &token).await.done().json();
    let again = shop.put(&SECRETS, "once", &value, &token).await.done().json();
    assert_eq!(first, again);
    shop.put(&SECRETS, "once", &random::hex(24), &token).await.refused(1, "this token");
    // A new value, then the old one under its old token: nothing is written, and that is no success.
    shop.put(&SECRETS, "once", &random::hex(24), &[]).await.done();
    let old = shop.put(&SECRETS, "once", &value, &token).await;
    old.refused(1, "another one is current by now");
    for place in [&SSM, &PLACES[1]] {
        shop.put(place, "once", &value, &token).await.refused(2, "knows no wish again by a token");
    }
}

#[tokio::test]
async fn what_a_service_says_of_a_value_is_never_repeated() {
    let shop = Shop::new().await;
    let value = "hunter2hunter2";
    shop.learn(value);
    for (place, operation) in [(&SSM, "PutParameter"), (&SECRETS, "CreateSecret")] {
        for code in ["ValidationException", "InvalidParameterException", "InvalidKeyId", "AccessDeniedException"] {
            let wire = Wire::new(&[(operation, Fault::Refused(code))]).await;
            let ran = shop.run_by(wire.address(), &["--store", place.at, "put", &place.name("x")], value, false).await;
            assert!(matches!(ran.code, Some(1 | 4)) && !ran.stderr.contains("hunter2"), "{code}: {ran:?}");
        }
    }
}
