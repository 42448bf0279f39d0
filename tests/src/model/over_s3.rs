//! Buckets on an engine as the store of the model, by the adapter that ships: over a wire that loses replies, answers 409 and
//! is cut off. The wire tells the model's time, and the lifecycle is played here, since no engine has one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use secret_store::patience::MayPass;
use secret_store::plan::Changes;
use secret_store::plan::operator::Expired;
use secret_store::store::{
    EraseExpired, Erasure, GetHead, GetVersion, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError, WriteError,
    WriteVersions,
};
use secret_store::{Head, Identity, Record, Snapshot, Stored, Tag, Version};
use store_s3::BucketReader;
use tokio::runtime::Runtime;

use super::stack::TABLES;
use crate::bucket::{Asked, Bucket, Engine, Fate, Wire, Writers};

/// For the servers and wires of all histories.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads"));

/// One request in so many of the pair goes wrong where nothing else does.
const WRONG: u64 = 12;

/// By which way somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    /// One on which nothing goes wrong.
    Straight,
    /// The pair's.
    Wire,
}

/// What becomes of the pair's requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// Now and then one goes wrong in a manner that nobody may notice.
    #[default]
    Usual,
    /// Whoever commits does not hear that it is done.
    LosesTheCommit,
    /// It is cut off after so many requests, or where something is about to be committed.
    EndsBefore(u64),
    /// It is cut off when something has been committed.
    EndsAfter,
    /// It is cut off.
    Ended,
}

/// The buckets of one history.
pub struct OverS3 {
    places: Vec<Bucket>,
    straight: (Writers, BucketReader),
    by_wire: (Writers, BucketReader),
    wires: [Wire; 2],
    way: Arc<Mutex<Way>>,
    /// What is there by the adapter's own reader.
    seen: RefCell<BTreeMap<Identity, Stored>>,
    /// Since when the lifecycle counts, for each object behind a marker: its key, and S3's own id of it.
    hidden: RefCell<BTreeMap<(usize, String, String), u64>>,
}

impl fmt::Debug for OverS3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverS3").field("places", &self.places).finish_non_exhaustive()
    }
}

impl OverS3 {
    /// Empty ones; what goes wrong on the way to them follows from the seed.
    pub fn new(engine: Engine, seed: u64) -> Self {
        RUNTIME.block_on(async {
            let first = Bucket::with_versions(TABLES[0], engine).await;
            let second = first.beside(TABLES[1]).await;
            let (straight, fine) = first.by_wire().await;
            let (by_wire, wire) = first.by_wire().await;
            let way = Arc::<Mutex<Way>>::default();
            wire.let_decide(decisions(Arc::clone(&way), seed));
            Self {
                straight: (straight.writers(), straight.reader()),
                by_wire: (by_wire.writers(), by_wire.reader()),
                places: vec![first, second],
                wires: [fine, wire],
                way,
                seen: RefCell::default(),
                hidden: RefCell::default(),
            }
        })
    }

    pub(super) fn go(&self, way: Way) {
        *self.way.lock().expect("nobody panics with it") = way;
    }

    pub(super) fn tell_time(&self, now: u64) {
        for wire in &self.wires {
            wire.tell_time(now);
        }
        RUNTIME.block_on(self.notice(now));
    }

    pub(super) fn contents(&self) -> BTreeMap<Identity, Stored> {
        self.seen.borrow().clone()
    }

    pub(super) fn query(&self, via: Via, identity: &Identity) -> Result<Snapshot, StoreError> {
        RUNTIME.block_on(self.ports(via).0.query(identity))
    }

    pub(super) fn write(
        &self,
        via: Via,
        identity: &Identity,
        changes: &Changes,
        new: Option<&Record>,
    ) -> Result<(), WriteError> {
        let written = RUNTIME.block_on(self.ports(via).0.write(identity, changes, new));
        self.look(identity);
        written
    }

    pub(super) fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        let replaced = RUNTIME.block_on(self.straight.0.replace_ciphertext(identity, read, new));
        self.look(identity);
        replaced
    }

    pub(super) fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        let erased = RUNTIME.block_on(self.straight.0.erase_expired(identity, expired));
        self.look(identity);
        erased
    }

    /// The getter's, which no weather of the model hinders.
    pub(super) fn get_head_and_tag(&self, identity: &Identity) -> Result<Option<(Head, Option<Tag>)>, StoreError> {
        RUNTIME.block_on(self.straight.1.get_head_and_tag(identity))
    }

    pub(super) fn get_by_tag(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
    ) -> Result<Option<Record>, StoreError> {
        RUNTIME.block_on(self.straight.1.get_by_tag(identity, version, tag))
    }

    /// The lifecycle erases what was hidden then or before.
    pub(super) fn erase_what_is_hidden_since(&self, then: u64) {
        let mut hidden = self.hidden.borrow_mut();
        let is_over = |since: &u64| *since <= then;
        for (place, key, version_id) in hidden.iter().filter(|(_, since)| is_over(since)).map(|(object, _)| object) {
            RUNTIME.block_on(self.places[*place].erase(key, version_id));
        }
        hidden.retain(|_, since| !is_over(since));
        let known: Vec<Identity> = self.seen.borrow().keys().cloned().collect();
        self.seen.borrow_mut().clear();
        known.iter().for_each(|identity| self.look(identity));
    }

    pub(super) fn assert_in_order(&self) {
        let seen = self.contents();
        for (identity, stored) in seen {
            self.seen.borrow_mut().remove(&identity);
            self.look(&identity);
            assert_eq!(self.seen.borrow().get(&identity), Some(&stored), "{identity:?}");
        }
        for place in &self.places {
            RUNTIME.block_on(place.assert_in_use_is_in_sight(None));
        }
    }

    fn ports(&self, via: Via) -> &(Writers, BucketReader) {
        match via {
            Via::Straight => &self.straight,
            Via::Wire => &self.by_wire,
        }
    }

    /// Reads what is there now; a value that was read before, and has its key still, is not read again.
    fn look(&self, identity: &Identity) {
        let before = self.seen.borrow_mut().remove(identity).unwrap_or_default();
        let reader = &self.straight.1;
        let stored = RUNTIME.block_on(async {
            let Snapshot { head, versions } = at_last(async || reader.query(identity).await).await;
            let mut records = Vec::new();
            for item in versions {
                let is_this = |record: &&Record| {
                    let known = &record.item;
                    (known.version, known.created_at, &known.key_arn) == (item.version, item.created_at, &item.key_arn)
                };
                match before.records.iter().find(is_this) {
                    Some(known) => records.push(Record { item, ..known.clone() }),
                    None => records.extend(at_last(async || reader.get(identity, item.version).await).await),
                }
            }
            Stored { head, records }
        });
        self.seen.borrow_mut().insert(identity.clone(), stored);
    }

    /// From the moment that an object lies behind something else, the lifecycle counts.
    async fn notice(&self, now: u64) {
        let mut found = BTreeSet::new();
        for (place, bucket) in self.places.iter().enumerate() {
            let hidden = bucket.hidden().await.into_iter().filter(|(key, _)| key.contains("/v/"));
            found.extend(hidden.map(|(key, version_id)| (place, key, version_id)));
        }
        let mut hidden = self.hidden.borrow_mut();
        hidden.retain(|object, _| found.contains(object));
        for object in found {
            hidden.entry(object).or_insert(now);
        }
    }
}

impl Drop for OverS3 {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.places.iter().for_each(|place| RUNTIME.block_on(place.empty()));
        }
    }
}

/// The answer, however long a busy machine takes for it.
async fn at_last<T>(call: impl AsyncFn() -> Result<T, StoreError>) -> T {
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.may_pass(), "{error:?}"),
        }
    }
}

/// What becomes of each request, one after the other.
fn decisions(way: Arc<Mutex<Way>>, seed: u64) -> impl FnMut(&Asked) -> Fate + Send {
    let mut drawn = seed;
    let mut was_wrong = false;
    move |asked| {
        let is_put = asked.method == "PUT";
        let commits = is_put && asked.target.ends_with("/state.json");
        let mut way = way.lock().expect("nobody panics with it");
        match *way {
            Way::LosesTheCommit if commits => {
                *way = Way::Usual;
                Fate::LoseReply
            }
            Way::EndsAfter if commits => {
                *way = Way::Ended;
                Fate::LoseReply
            }
            Way::EndsBefore(left) if left == 0 || commits => {
                *way = Way::Ended;
                Fate::Lose
            }
            Way::EndsBefore(left) => {
                *way = Way::EndsBefore(left - 1);
                Fate::Pass
            }
            Way::Ended => Fate::Lose,
            Way::Usual | Way::LosesTheCommit | Way::EndsAfter => {
                // Knuth's linear congruential generator, for no more than variety.
                drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                was_wrong = !was_wrong && (drawn >> 33).is_multiple_of(WRONG);
                match (was_wrong, drawn >> 62) {
                    (true, 0) if is_put => Fate::Answer(409, "ConditionalRequestConflict"),
                    (true, 1) => Fate::Lose,
                    (true, _) => Fate::LoseReply,
                    (false, _) => Fate::Pass,
                }
            }
        }
    }
}
