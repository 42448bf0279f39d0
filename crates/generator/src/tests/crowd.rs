//! Many requests at the same time, in a time that passes only when all of them wait: a crowd gets through, whether it
//! wants one secret or more than a small table can write.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context as Poller, Poll, Waker};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use secret_store::plan::Changes;
use secret_store::store::{Capacity, DataKey, Limits, Resource, Sealed, Service, WriteError};
use secret_store::{EncryptionContext, KeyId, Record, SourceContext};

use super::*;

thread_local! {
    /// The time since the test began, and when the next one wakes who waits.
    static TIME: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static NEXT: Cell<Duration> = const { Cell::new(Duration::MAX) };
}

/// A pause of this time.
fn pause(pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let due = TIME.get() + pause;
    Box::pin(std::future::poll_fn(move |_| {
        if TIME.get() >= due {
            return Poll::Ready(());
        }
        NEXT.set(NEXT.get().min(due));
        Poll::Pending
    }))
}

/// The outputs of all futures, at most so many of them at the same time, and how long each took.
fn run<T>(futures: Vec<impl Future<Output = T>>, at_once: usize) -> Vec<(T, Duration)> {
    let mut waiting = futures.into_iter().map(Box::pin).collect::<std::collections::VecDeque<_>>();
    let (mut running, mut done) = (Vec::new(), Vec::new());
    while !(waiting.is_empty() && running.is_empty()) {
        NEXT.set(Duration::MAX);
        let free = at_once - running.len();
        let started: Vec<_> = waiting.drain(..free.min(waiting.len())).map(|future| (future, TIME.get())).collect();
        running.extend(started);
        let before = done.len();
        running.retain_mut(|(future, began)| match future.as_mut().poll(&mut Poller::from_waker(Waker::noop())) {
            Poll::Ready(output) => {
                done.push((output, TIME.get() - *began));
                false
            }
            Poll::Pending => true,
        });
        if done.len() == before && NEXT.get() != Duration::MAX {
            TIME.set(NEXT.get());
        }
    }
    done
}

/// A table whose calls take time and, if it has a bucket, units of write capacity: one comes back each second.
struct Table {
    memory: MemoryTable,
    bucket: Option<RefCell<(f64, Duration)>>,
    throttled: Cell<u32>,
    conflicts: Cell<u32>,
}

/// As DynamoDB takes it, roughly.
const CALL: Duration = Duration::from_millis(10);

/// DynamoDB saves up the unused capacity of five minutes (Amazon DynamoDB developer guide, "Burst capacity").
const SAVED_UP: f64 = 300.0;

/// A write of an item of up to 1 KB takes one unit, and twice that in a transaction.
const UNITS_OF_AN_ITEM: usize = 2;

impl Table {
    fn new(bucket: Option<f64>) -> Self {
        let bucket = bucket.map(|units| RefCell::new((units, TIME.get())));
        Self { memory: MemoryTable::new(), bucket, throttled: Cell::new(0), conflicts: Cell::new(0) }
    }

    fn take(&self, items: usize) -> Result<(), StoreError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let mut bucket = bucket.borrow_mut();
        let (left, since) = *bucket;
        let units = f64::from(u32::try_from(items * UNITS_OF_AN_ITEM).unwrap());
        let left = (left + (TIME.get() - since).as_secs_f64()).min(SAVED_UP);
        let enough = left >= units;
        *bucket = (if enough { left - units } else { left }, TIME.get());
        if enough {
            return Ok(());
        }
        self.throttled.set(self.throttled.get() + 1);
        let resource = Resource::Store(Service { name: "DynamoDB", noun: "table", requirement: "" });
        Err(StoreError::Throttled { resource, capacity: Capacity::Writes, source: "made up".into() })
    }
}

impl QueryVersions for &Table {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        pause(CALL).await;
        self.memory.query(identity).await
    }
}

impl WriteVersions for &Table {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        pause(CALL).await;
        self.take(1 + usize::from(new.is_some()) + changes.update.len())?;
        let written = self.memory.write(identity, changes, new).await;
        self.conflicts.set(self.conflicts.get() + u32::from(written.is_err()));
        written
    }
}

/// A key whose calls take time as well.
#[derive(Debug)]
struct Key;

impl Encrypt for Key {
    const MAX_PLAINTEXT_BYTES: usize = MemoryKey::MAX_PLAINTEXT_BYTES;

    async fn encrypt(&self, k: &KeyId, p: &SecretString, c: &EncryptionContext) -> Result<Sealed, StoreError> {
        pause(CALL).await;
        MemoryKey.encrypt(k, p, c).await
    }
}

impl GenerateDataKey for Key {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        MemoryKey.generate_data_key(key, context).await
    }
}

impl ReEncrypt for Key {
    async fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        MemoryKey.re_encrypt(key, ciphertext, source, context).await
    }
}

fn generator(table: &Table) -> Generator<&Table, Key, ChaCha12Rng> {
    let variable = |name: &str| match name {
        "TABLE_NAME" => Some("secrets".to_owned()),
        "KMS_KEY_ID" => Some("key".to_owned()),
        _ => None,
    };
    Generator::new(table, Key, ChaCha12Rng::seed_from_u64(1), pause, Settings::read(variable).unwrap())
}

/// The clock of the test's time.
#[expect(clippy::disallowed_methods, reason = "an Instant cannot be made from a number")]
fn clock() -> Clock {
    let begin = Instant::now();
    let wall = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    Clock::new(move || wall + TIME.get(), move || begin + TIME.get())
}

#[test]
fn sixty_four_writers_to_one_secret_all_have_an_answer() {
    let (table, clock) = (Table::new(None), clock());
    let generator = generator(&table);
    let writer = async |number: u32| {
        let token = format!("writer-{number}");
        let event = json!({"StackName": "hand", "Env": "prod", "ClientRequestToken": token});
        let invocation = Invocation::new(token, Duration::from_secs(25), clock.clone());
        let answer = generator.invoke(event, &invocation).await.map_err(|error| error.to_string());
        answer.map(|data| data["Version"].as_str().unwrap().parse::<u32>().unwrap())
    };
    let (answers, times): (Vec<_>, Vec<_>) = run((0..64).map(writer).collect(), 64).into_iter().unzip();
    let mut versions = answers.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    versions.sort_unstable();
    assert_eq!(versions, (1..=64).collect::<Vec<_>>());
    println!("64 writers: {} lost races, the last answer after {:?}", table.conflicts.get(), times.iter().max());
    assert!(table.conflicts.get() > 64, "they were in each other's way");
}

/// What a handler has of the template's `Timeout`.
const LIMIT: Duration = Duration::from_secs(175);

/// The answers to 110 Creates of one stack over a table of one write unit a second, so many at the same time.
fn creates_on_a_small_table(saved_up: f64, at_once: usize) -> (Vec<Result<(), String>>, Duration, u32) {
    let (table, clock) = (Table::new(Some(saved_up)), clock());
    let generator = generator(&table);
    let create = async |number: u32| {
        let context = Context::builder(clock.clone())
            .remaining(LIMIT)
            .stack_id("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a")
            .request_id(format!("request-{number}"))
            .logical_resource_id(format!("Secret{number}"))
            .build();
        let template = properties(&json!({"Env": "prod", "Name": format!("secret-{number}")}));
        let created = generator.create(CreateRequest::new(template), &context).await;
        created.map(drop).map_err(|error| error.to_string())
    };
    let done = run((0..110).map(create).collect(), at_once);
    let longest = done.iter().map(|(_, time)| *time).max().unwrap();
    (done.into_iter().map(|(answer, _)| answer).collect(), longest, table.throttled.get())
}

#[test]
fn a_small_table_carries_a_hundred_and_ten_creates_of_one_stack() {
    for at_once in [1, 2, 10, 50, 110] {
        let (answers, longest, throttled) = creates_on_a_small_table(SAVED_UP, at_once);
        println!("{at_once} at once: the longest took {longest:?}, {throttled} calls were throttled");
        assert!(throttled > 0, "what is saved up is not enough");
        assert_eq!(answers.into_iter().collect::<Result<Vec<_>, _>>().map(drop), Ok(()), "{at_once} at once");
    }
}

#[test]
fn a_table_that_is_too_small_by_far_is_told_with_what_to_raise() {
    let (answers, longest, _) = creates_on_a_small_table(0.0, 110);
    let reasons: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!reasons.is_empty() && longest < LIMIT, "{longest:?}");
    assert!(reasons.iter().all(|reason| reason.contains("throttled") && reason.contains("WriteCapacityUnits")));
}
