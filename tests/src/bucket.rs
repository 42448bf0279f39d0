//! A bucket of secrets on an engine, for whoever asks it in this process: straight, or by a wire that hears every request and
//! does to it what a test wants.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_session::Session;
use custom_resource::{Roots, tls_config};
use hyper::StatusCode;
use secret_store::{
    Identity, Record, Snapshot,
    plan::{Changes, operator::Expired},
    store::{
        EraseExpired, Erasure, Limits, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError, WriteError,
        WriteVersions,
    },
};
use store_s3::{BucketEraser, BucketLister, BucketReader, BucketReencrypter, BucketWriter, Prefix, setup};
use tokio::sync::Notify;

use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat as Format},
    types::AttributeValue,
};
use serde_json::Value;

use crate::{
    aws::{Function, Item},
    conformance,
    http::{self, Reply, Request, Server},
    ministack, moto, random,
    world::World,
};

/// Who plays S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// With ids of versions as long as UUIDs.
    Ministack,
    /// The second opinion.
    Moto,
}

/// Whom the engines take for the root of an account of these tests' own.
const KEYS: [&str; 2] = ["100000000000", "secret"];

/// A place in a bucket that nobody else uses.
#[derive(Clone, Debug)]
pub struct Bucket {
    session: Session,
    address: SocketAddr,
    /// Where in the bucket.
    pub prefix: Prefix,
    /// What the bucket is called.
    pub name: String,
}

impl Bucket {
    /// One with versions, on this engine.
    pub async fn new(engine: Engine) -> Self {
        Self::with_versions(conformance::TABLE, engine).await
    }

    /// One of this name.
    pub async fn with_versions(name: &str, engine: Engine) -> Self {
        let bucket = Self::called(name, engine).await;
        create(bucket.address, KEYS[0], &bucket.name).await;
        bucket
    }

    /// The same place in another bucket.
    pub async fn beside(&self, name: &str) -> Self {
        create(self.address, KEYS[0], name).await;
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// One that keeps what was put last and nothing else. Who comes second is told that it is there.
    pub async fn without_versions(engine: Engine) -> Self {
        Self::called("unversioned", engine).await
    }

    /// One whose policy refuses nothing.
    pub async fn without_policy(engine: Engine) -> Self {
        let bucket = Self::called("unprotected", engine).await;
        create_bare(bucket.address, KEYS[0], &bucket.name).await;
        bucket
    }

    async fn called(name: &str, engine: Engine) -> Self {
        let address = match engine {
            Engine::Ministack => ministack::address().await,
            Engine::Moto => moto::address().await,
        };
        make(address, KEYS[0], name).await;
        Self { session: session(address), address, prefix: random::hex(16).parse().unwrap(), name: name.to_owned() }
    }

    /// The same place by a wire.
    pub async fn by_wire(&self) -> (Self, Wire) {
        let wire = Wire::start(self.address).await;
        (Self { session: session(wire.server.address()), ..self.clone() }, wire)
    }

    /// The sides of all who write.
    pub fn writers(&self) -> Writers {
        let (session, prefix) = (&self.session, || self.prefix.clone());
        Writers(
            BucketWriter::connect(session, prefix()),
            BucketReencrypter::connect(session, prefix()),
            BucketEraser::connect(session, prefix()),
        )
    }

    /// The side of who reads.
    pub fn reader(&self) -> BucketReader {
        BucketReader::connect(&self.session, self.prefix.clone())
    }

    /// The side of who lists.
    pub fn lister(&self) -> BucketLister {
        BucketLister::connect(&self.session, self.prefix.clone())
    }

    /// The keys of this place that are in sight, without it.
    pub async fn keys(&self) -> Vec<String> {
        let body = exchange(self.address, "GET", &format!("{}?list-type=2&prefix={}", self.name, self.prefix), "")
            .await
            .unwrap();
        let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.map(|key| key.strip_prefix(&self.prefix.to_string()).unwrap_or(key).to_owned()).collect()
    }

    /// What each state has in use is in sight, or the lifecycle would erase it: of the stack of this name, or of all.
    ///
    /// # Panics
    /// If anything is not.
    pub async fn assert_in_use_is_in_sight(&self, stack: Option<&str>) {
        let keys = self.keys().await;
        let is_meant = |key: &&String| stack.is_none_or(|stack| key.starts_with(&format!("{stack}/")));
        for state_key in keys.iter().filter(is_meant).filter(|key| key.ends_with("/state.json")) {
            let target = format!("{}/{}{state_key}", self.name, self.prefix);
            let state: Value =
                serde_json::from_str(&exchange(self.address, "GET", &target, "").await.unwrap()).unwrap();
            let versions = state["Versions"].as_array().unwrap().iter();
            for version in versions.filter(|version| version.get("RetiredAt").is_none()) {
                let brought_back =
                    version.get("BroughtBack").map(|revision| format!(".{revision}")).unwrap_or_default();
                let (number, tag) = (version["Version"].as_u64().unwrap(), version["Tag"].as_str().unwrap());
                let value = format!("v/{number:019}.{tag}{brought_back}");
                let value = state_key.replace("state.json", &value);
                assert!(keys.contains(&value), "{value} is in use and hidden; in sight are {keys:?}");
            }
        }
    }

    /// What lies behind a delete marker, or a later object: keys without the place, and S3's own ids.
    pub async fn hidden(&self) -> Vec<(String, String)> {
        let target = format!("{}?versions&prefix={}", self.name, self.prefix);
        let body = exchange(self.address, "GET", &target, "").await.unwrap();
        let former = body.split("<Version>").skip(1).filter_map(|rest| rest.split("</Version>").next());
        let former = former.filter(|version| version.contains("<IsLatest>false</IsLatest>"));
        let prefix = self.prefix.to_string();
        former
            .map(|version| (text(version, "Key"), text(version, "VersionId")))
            .map(|(key, id)| (key.strip_prefix(&prefix).unwrap_or(&key).to_owned(), id))
            .collect()
    }

    /// Removes an object for good, as the lifecycle does.
    pub async fn erase(&self, key: &str, version_id: &str) {
        let target = format!("{}/{}{key}?versionId={version_id}", self.name, self.prefix);
        exchange(self.address, "DELETE", &target, "").await.unwrap();
    }

    /// Removes all that was ever put here: the engines go through a whole bucket for each list of a place in it.
    pub async fn empty(&self) {
        let target = format!("{}?versions&prefix={}", self.name, self.prefix);
        let body = exchange(self.address, "GET", &target, "").await.unwrap();
        assert!(body.contains("<IsTruncated>false<"), "more than a page: {body}");
        let all = ["Version", "DeleteMarker"].map(|kind| objects(&body, kind)).concat();
        if all.is_empty() {
            return;
        }
        let object = |(key, id)| format!("<Object><Key>{key}</Key><VersionId>{id}</VersionId></Object>");
        let objects: String = all.into_iter().map(object).collect();
        let delete = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>");
        let told = exchange(self.address, "POST", &format!("{}?delete", self.name), &delete).await.unwrap();
        assert!(!told.contains("<Error>"), "{told}");
    }

    /// Puts an object of no content, past all rules.
    pub async fn put(&self, key: &str) {
        exchange(self.address, "PUT", &format!("{}/{}{key}", self.name, self.prefix), "").await.unwrap();
    }

    /// Hides an object behind a delete marker, past all rules.
    pub async fn hide(&self, key: &str) {
        let target = format!("{}/{}{key}", self.name, self.prefix);
        exchange(self.address, "DELETE", &target, "").await.unwrap();
    }

    /// The side of who prunes.
    pub fn eraser(&self) -> BucketEraser {
        BucketEraser::connect(&self.session, self.prefix.clone())
    }
}

/// Keys, and S3's own ids of them, in a list of versions.
fn objects(list: &str, kind: &str) -> Vec<(String, String)> {
    let (start, end) = (format!("<{kind}>"), format!("</{kind}>"));
    let objects = list.split(&start).skip(1).filter_map(|rest| rest.split(&end).next());
    objects.map(|object| (text(object, "Key"), text(object, "VersionId"))).collect()
}

fn text(object: &str, name: &str) -> String {
    let (_, rest) = object.split_once(&format!("<{name}>")).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

fn session(address: SocketAddr) -> Session {
    let tls = tls_config(&Roots::Machine).unwrap();
    Session::at(&format!("http://{address}"), ministack::REGION, KEYS, tls).unwrap()
}

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
async fn make(address: SocketAddr, account: &str, name: &str) {
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

async fn exchange(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<String, String> {
    exchange_as(KEYS[0], address, method, path, body).await
}

/// As the root of an account: ministack looks up the key id and takes any signature, and so does moto.
async fn exchange_as(
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

/// What the generator has, and what an operator has beside it.
#[derive(Clone, Debug)]
pub struct Writers(BucketWriter, BucketReencrypter, BucketEraser);

impl QueryVersions for Writers {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.0.query(identity).await
    }
}

impl WriteVersions for Writers {
    const LIMITS: Limits = BucketWriter::LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.0.write(identity, changes, new).await
    }
}

impl ReplaceCiphertext for Writers {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        self.1.replace_ciphertext(identity, read, new).await
    }
}

impl EraseExpired for Writers {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        self.2.erase_expired(identity, expired).await
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Such as `PUT`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// `if-match` or `if-none-match`, with its value.
    pub condition: Option<String>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out and answered.
    Pass,
    /// It is carried out, and nobody hears of it.
    LoseReply,
    /// It never arrives.
    Lose,
    /// It waits on the way until it is let go.
    Hold,
    /// S3 answers with this status and code.
    Answer(u16, &'static str),
    /// It is carried out; that there is no such object is answered as S3 does to whoever may not list (Amazon S3 API
    /// reference, `GetObject`), which no engine does.
    HideAbsence,
}

type Fates = Box<dyn FnMut(&Asked) -> Fate + Send>;

/// A wire; its connections end when this is dropped.
pub struct Wire {
    server: Server,
    heard: Arc<Mutex<Vec<Asked>>>,
    fates: Arc<Mutex<Fates>>,
    held: Arc<Held>,
    /// What time it is at its end, where it is not now.
    time: Arc<AtomicU64>,
}

/// Requests that wait.
#[derive(Debug, Default)]
struct Held {
    came: Notify,
    go: Notify,
}

impl Wire {
    /// From now on this function reaches AWS by a wire of its own; it starts anew.
    pub async fn of(world: &World, function: Function) -> Self {
        let wire = Self::start(world.account.endpoint).await;
        world.configure(function, &[("AWS_ENDPOINT_URL", &format!("http://{}", wire.server.address()))]);
        wire
    }

    /// One that ends there.
    pub async fn start(aws: SocketAddr) -> Self {
        let (heard, fates) =
            (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Fates>>::new(Mutex::new(Box::new(|_| Fate::Pass))));
        let (log, decided, held) = (Arc::clone(&heard), Arc::clone(&fates), Arc::<Held>::default());
        let holds = Arc::clone(&held);
        let time = Arc::<AtomicU64>::default();
        let told = Arc::clone(&time);
        let server = Server::start(move |request| {
            let asked = asked(&request);
            log.lock().unwrap().push(asked.clone());
            let fate = decided.lock().unwrap()(&asked);
            carry_out(aws, request, fate, Arc::clone(&holds), told.load(Ordering::Relaxed))
        })
        .await;
        Self { server, heard, fates, held, time }
    }

    /// Waits until a request is held, lets something else happen, and then that one go.
    pub async fn meanwhile(&self, other: impl Future<Output = ()>) {
        self.held.came.notified().await;
        other.await;
        self.held.go.notify_one();
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// From now on each answer says that it is this time, in seconds since 1970.
    pub fn tell_time(&self, time: u64) {
        self.time.store(time, Ordering::Relaxed);
    }

    /// What was asked since this was last asked.
    pub fn heard(&self) -> Vec<Asked> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// From now on this decides what becomes of each request.
    pub fn let_decide(&self, fates: impl FnMut(&Asked) -> Fate + Send + 'static) {
        *self.fates.lock().unwrap() = Box::new(fates);
    }
}

fn asked(request: &Request) -> Asked {
    let header = |name: &str| Some(format!("{name}: {}", request.headers.get(name)?.to_str().ok()?));
    Asked {
        method: request.method.clone(),
        target: request.target.clone(),
        condition: header("if-match").or_else(|| header("if-none-match")),
    }
}

fn error(status: StatusCode, code: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>made up</Message></Error>");
    Reply::new(status, body)
}

async fn carry_out(aws: SocketAddr, request: Request, fate: Fate, held: Arc<Held>, time: u64) -> Reply {
    if fate == Fate::Hold {
        held.came.notify_one();
        held.go.notified().await;
    }
    match fate {
        Fate::Lose => Reply::HangUp,
        Fate::Answer(status, code) => error(StatusCode::from_u16(status).unwrap(), code),
        Fate::Pass | Fate::Hold | Fate::LoseReply | Fate::HideAbsence => match http::pass_on(aws, request).await {
            Ok((head, _)) if fate == Fate::HideAbsence && head.status == StatusCode::NOT_FOUND => {
                error(StatusCode::FORBIDDEN, "AccessDenied")
            }
            Ok((mut head, body)) if fate != Fate::LoseReply => {
                // The body is whole by now, and has a length of its own.
                head.headers.remove("transfer-encoding");
                head.headers.remove("content-length");
                let mut reply = hyper::Response::new(http_body_util::Full::new(body));
                *reply.status_mut() = head.status;
                *reply.headers_mut() = head.headers;
                if time > 0 {
                    let date = DateTime::from_secs(i64::try_from(time).unwrap()).fmt(Format::HttpDate).unwrap();
                    reply.headers_mut().insert("date", date.parse().unwrap());
                }
                Reply::Answer(reply)
            }
            _ => Reply::HangUp,
        },
    }
}
