//! A bucket of secrets on an engine, for whoever asks it in this process: straight, or by a wire that hears every request and
//! does to it what a test wants.

mod raw;
mod wire;
mod writers;

use std::net::SocketAddr;

use aws_session::Session;
use custom_resource::{Roots, tls_config};
use serde_json::Value;
use store_s3::{BucketEraser, BucketLister, BucketReader, BucketReencrypter, BucketWriter, Prefix};

use crate::{conformance, ministack, moto, random};

pub use raw::{create, create_bare, expire, items, protect, set_up, told, unhide};
pub use wire::{Asked, Fate, Wire};
pub use writers::Writers;

use raw::{exchange_as, make, objects, text};

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
        (Self { session: session(wire.address()), ..self.clone() }, wire)
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
        let body =
            self.exchange("GET", &format!("{}?list-type=2&prefix={}", self.name, self.prefix), "").await.unwrap();
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
            let state: Value = serde_json::from_str(&self.exchange("GET", &target, "").await.unwrap()).unwrap();
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
        let body = self.exchange("GET", &target, "").await.unwrap();
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
        self.exchange("DELETE", &target, "").await.unwrap();
    }

    /// Removes all that was ever put here: the engines go through a whole bucket for each list of a place in it.
    pub async fn empty(&self) {
        let target = format!("{}?versions&prefix={}", self.name, self.prefix);
        let body = self.exchange("GET", &target, "").await.unwrap();
        assert!(body.contains("<IsTruncated>false<"), "more than a page: {body}");
        let all = ["Version", "DeleteMarker"].map(|kind| objects(&body, kind)).concat();
        if all.is_empty() {
            return;
        }
        let object = |(key, id)| format!("<Object><Key>{key}</Key><VersionId>{id}</VersionId></Object>");
        let objects: String = all.into_iter().map(object).collect();
        let delete = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>");
        let told = self.exchange("POST", &format!("{}?delete", self.name), &delete).await.unwrap();
        assert!(!told.contains("<Error>"), "{told}");
    }

    /// Brings an object into sight that lies behind a delete marker, past all rules.
    pub async fn show(&self, key: &str) {
        unhide(self.address, KEYS[0], &self.name, &format!("{}{key}", self.prefix)).await;
    }

    /// Puts an object of no content, past all rules.
    pub async fn put(&self, key: &str) {
        self.exchange("PUT", &format!("{}/{}{key}", self.name, self.prefix), "").await.unwrap();
    }

    /// Hides an object behind a delete marker, past all rules.
    pub async fn hide(&self, key: &str) {
        let target = format!("{}/{}{key}", self.name, self.prefix);
        self.exchange("DELETE", &target, "").await.unwrap();
    }

    /// The side of who prunes.
    pub fn eraser(&self) -> BucketEraser {
        BucketEraser::connect(&self.session, self.prefix.clone())
    }

    async fn exchange(&self, method: &str, path: &str, body: &str) -> Result<String, String> {
        exchange_as(KEYS[0], self.address, method, path, body).await
    }
}

fn session(address: SocketAddr) -> Session {
    let tls = tls_config(&Roots::Machine).unwrap();
    Session::at(&format!("http://{address}"), ministack::REGION, KEYS, tls).unwrap()
}
