//! The wire between a function and AWS with an answer put in: whatever AWS says in this situation, word for word, so often.
//! A key of another region is refused as KMS refuses it; everything else is passed on to ministack byte for byte, so that
//! signatures hold. It can also let the table write no more than a provisioned one, and lose what is answered.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::{
    aws::Function,
    http::{self, Reply, Request, Server},
    world::World,
};

/// What AWS answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    /// An error of this code, with this text.
    pub fn error(code: &str, message: &str) -> Self {
        Self { status: 400, body: json!({"__type": format!("com.amazonaws.v1#{code}"), "message": message}) }
    }

    /// A transaction that was cancelled for these reasons, one for each of its items.
    pub fn cancelled(codes: &[&str]) -> Self {
        let reasons: Vec<Value> = codes.iter().map(|code| json!({"Code": code, "Message": "made up"})).collect();
        let mut answer = Self::error("TransactionCanceledException", "Transaction cancelled");
        answer.body["CancellationReasons"] = json!(reasons);
        answer
    }

    /// The same, each of whose items says this.
    #[must_use]
    pub fn saying(mut self, message: &str) -> Self {
        for reason in self.body["CancellationReasons"].as_array_mut().unwrap() {
            reason["Message"] = json!(message);
        }
        self
    }

    /// The same, with another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// One function's wire; its connections end when this is dropped.
#[derive(Debug)]
pub struct FaultyWire {
    server: Server,
    faults: Arc<Mutex<Faults>>,
}

#[derive(Debug, Default)]
struct Faults {
    rules: Vec<Rule>,
    lost: Vec<(&'static str, u32)>,
    bucket: Option<Bucket>,
}

/// What a provisioned table can write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WriteCapacity {
    /// Write units that come back each second.
    pub units_a_second: f64,
    /// Write units that are there at first, and at most.
    pub saved_up: f64,
}

#[derive(Debug)]
struct Bucket {
    capacity: WriteCapacity,
    left: f64,
    since: Instant,
    throttled: u32,
}

/// A write of an item of up to 1 KB takes one unit, and twice that in a transaction (Amazon DynamoDB developer guide,
/// "Transactional write capacity units").
const UNITS_OF_AN_ITEM: usize = 2;

impl Bucket {
    /// Takes so many units if they are there.
    fn take(&mut self, units: f64) -> bool {
        let earned = self.since.elapsed().as_secs_f64() * self.capacity.units_a_second;
        self.left = (self.left + earned).min(self.capacity.saved_up);
        self.since = Instant::now();
        let enough = self.left >= units;
        if enough {
            self.left -= units;
        } else {
            self.throttled += 1;
        }
        enough
    }
}

#[derive(Debug)]
struct Rule {
    operation: &'static str,
    about: String,
    answer: Answer,
    left: u32,
    given: u32,
}

impl FaultyWire {
    /// From now on this function reaches AWS by a wire of its own; it starts anew.
    pub async fn start(world: &World, function: Function) -> Self {
        let faults = Arc::<Mutex<Faults>>::default();
        let (aws, shared) = (world.account.endpoint, Arc::clone(&faults));
        let server = Server::start(move |request| answer(request, aws, Arc::clone(&shared))).await;
        world.configure(function, &[("AWS_ENDPOINT_URL", &format!("http://{}", server.address()))]);
        Self { server, faults }
    }

    /// The next calls of this operation that are about this env, so many, are answered with this.
    pub fn put_in(&self, operation: &'static str, env: &str, answer: &Answer, times: u32) {
        let rule = Rule { operation, about: env.to_owned(), answer: answer.clone(), left: times, given: 0 };
        self.faults().rules.push(rule);
    }

    /// The same for these services alone, which are found at this address.
    pub async fn towards(world: &World, function: Function, services: &[&str], address: SocketAddr) -> Self {
        let faults = Arc::<Mutex<Faults>>::default();
        let shared = Arc::clone(&faults);
        let server = Server::start(move |request| answer(request, address, Arc::clone(&shared))).await;
        let url = format!("http://{}", server.address());
        let variables: Vec<_> = services.iter().map(|service| format!("AWS_ENDPOINT_URL_{service}")).collect();
        world.configure(function, &variables.iter().map(|variable| (variable.as_str(), &*url)).collect::<Vec<_>>());
        Self { server, faults }
    }

    /// The next calls of this operation, so many, are carried out, and whoever made them hears nothing of it.
    pub fn lose(&self, operation: &'static str, times: u32) {
        self.faults().lost.push((operation, times));
    }

    /// How many answers are still to be lost.
    pub fn left_to_lose(&self) -> u32 {
        self.faults().lost.iter().map(|(_, left)| left).sum()
    }

    /// Nothing about this env is put in any more; returns how often it was.
    pub fn clear(&self, env: &str) -> u32 {
        self.faults().rules.extract_if(.., |rule| rule.about == env).map(|rule| rule.given).sum()
    }

    /// From now on the table writes no more than this.
    pub fn provision(&self, capacity: WriteCapacity) {
        let bucket = Bucket { capacity, left: capacity.saved_up, since: Instant::now(), throttled: 0 };
        self.faults().bucket = Some(bucket);
    }

    /// How many writes found too few units.
    pub fn throttled(&self) -> u32 {
        self.faults().bucket.as_ref().map_or(0, |bucket| bucket.throttled)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }
}

async fn answer(request: Request, aws: SocketAddr, faults: Arc<Mutex<Faults>>) -> Reply {
    if let Some(Answer { status, body }) = put_in(&request, &mut faults.lock().unwrap()) {
        let reply = Reply::new(StatusCode::from_u16(status).unwrap(), body.to_string());
        return reply.with_header("content-type", "application/x-amz-json-1.0");
    }
    if let Some(region) = foreign_region(&request) {
        let refusal = Answer::error("NotFoundException", &format!("Invalid arn {region}"));
        return Reply::new(StatusCode::BAD_REQUEST, refusal.body.to_string());
    }
    let is_lost = is_lost(&request, &mut faults.lock().unwrap());
    match http::pass_on(aws, request).await {
        Ok(_) if is_lost => Reply::HangUp,
        Ok((head, body)) => {
            let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok());
            let reply = Reply::new(head.status, body);
            reply.with_header("content-type", content_type.unwrap_or("application/x-amz-json-1.0"))
        }
        Err(_) => Reply::HangUp,
    }
}

/// The region of the key that is asked for, where it is not the one that the request was signed for: KMS refuses that, and
/// ministack does not.
fn foreign_region(request: &Request) -> Option<String> {
    let target = request.headers.get("x-amz-target")?.to_str().ok()?;
    let credential = request.headers.get("authorization")?.to_str().ok()?.split("Credential=").nth(1)?;
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let region = body["KeyId"].as_str()?.strip_prefix("arn:")?.split(':').nth(2)?;
    let is_foreign = target.starts_with("TrentService.") && credential.split('/').nth(2)? != region;
    is_foreign.then(|| region.to_owned())
}

fn operation(request: &Request) -> Option<&str> {
    Some(request.headers.get("x-amz-target")?.to_str().ok()?.rsplit_once('.')?.1)
}

fn is_lost(request: &Request, faults: &mut Faults) -> bool {
    let operation = operation(request);
    let lost = faults.lost.iter_mut().find(|(lost, left)| Some(*lost) == operation && *left > 0);
    lost.map(|(_, left)| *left -= 1).is_some()
}

fn put_in(request: &Request, faults: &mut Faults) -> Option<Answer> {
    let operation = operation(request)?;
    let body = String::from_utf8_lossy(&request.body);
    let fits = |rule: &&mut Rule| rule.operation == operation && rule.left > 0 && body.contains(&rule.about);
    if let Some(rule) = faults.rules.iter_mut().find(fits) {
        rule.left -= 1;
        rule.given += 1;
        return Some(rule.answer.clone());
    }
    (operation == "TransactWriteItems").then(|| throttled(&body, faults.bucket.as_mut()?)).flatten()
}

/// A write for which there are too few units, in one of the two shapes in which DynamoDB says so.
fn throttled(body: &str, bucket: &mut Bucket) -> Option<Answer> {
    let items = serde_json::from_str::<Value>(body).ok()?["TransactItems"].as_array()?.len();
    if bucket.take(f64::from(u32::try_from(items * UNITS_OF_AN_ITEM).ok()?)) {
        return None;
    }
    let code = "ProvisionedThroughputExceeded";
    Some(match bucket.throttled % 2 {
        0 => Answer::error(&format!("{code}Exception"), "made up"),
        _ => Answer::cancelled(&vec![code; items]),
    })
}
