//! A Create that ends in the middle of its write has named what it may have made, so that its Delete finds it.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context as Poller, Poll, Waker};

use secret_store::plan::Changes;
use secret_store::store::Limits;
use secret_store::store::WriteError;

use super::*;

/// A table that may write without ever saying so.
#[derive(Default)]
struct Silent {
    table: MemoryTable,
    silent: Cell<bool>,
}

impl QueryVersions for &Silent {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.table.query(identity).await
    }
}

impl WriteVersions for &Silent {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.table.write(identity, changes, new).await?;
        if self.silent.get() { std::future::pending().await } else { Ok(()) }
    }
}

impl Silent {
    fn generator(&self) -> Generator<&Self, MemoryKey, ChaCha12Rng> {
        let InMemory { key, rng, settings, pause, .. } = deployed(&[]);
        Generator::new(self, key, rng.into_inner().unwrap(), pause, settings)
    }

    /// Lets a request run until its write is silent, and ends it there, as its deadline, a panic or the watchdog does.
    fn cut_off<T>(&self, request: impl Future<Output = T>) {
        self.silent.set(true);
        let polled = pin!(request).poll(&mut Poller::from_waker(Waker::noop()));
        self.silent.set(false);
        assert!(matches!(polled, Poll::Pending), "the write is waited for");
    }

    fn is_in_use_by(&self, logical_id: &str) -> bool {
        let stored = self.table.contents().into_values().flat_map(|stored| stored.records);
        stored.map(|record| record.item).any(|item| item.is_active() && item.owner.to_string().contains(logical_id))
    }
}

fn context_of(logical_id: &str, request: &str) -> Context {
    Context::builder(Clock::at(NOW))
        .stack_id("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a")
        .request_id(request)
        .logical_resource_id(logical_id)
        .build()
}

#[test]
fn a_create_that_is_cut_off_has_named_what_its_delete_must_find() {
    for (former, on_conflict) in [(None, "refuse"), (Some("Former"), "adopt")] {
        let table = Silent::default();
        let generator = table.generator();
        let template = || properties(&json!({"Env": "prod", "OnConflict": on_conflict}));
        if let Some(former) = former {
            at_once(generator.create(CreateRequest::new(template()), &context_of(former, "1"))).unwrap();
        }
        let context = context_of("DbSecret", "2");
        table.cut_off(generator.create(CreateRequest::new(template()), &context));
        assert!(table.is_in_use_by("DbSecret"));
        let id = context.begun().expect("a Create names what it is about to write").to_string();
        assert_eq!(without_tag(&id), "secrets/shop/prod/default@1");

        let delete = DeleteRequest::new(Some(id), template());
        at_once(generator.delete(delete, &context_of("DbSecret", "3"))).unwrap();
        assert!(!table.is_in_use_by("DbSecret"));
    }
}

/// CloudFormation would read another id as a replacement, and a rollback finds what an Update has made by itself.
#[test]
fn an_update_that_is_cut_off_names_nothing() {
    let table = Silent::default();
    let generator = table.generator();
    let template = |trigger| properties(&json!({"Env": "prod", "RotationTrigger": trigger}));
    let created = at_once(generator.create(CreateRequest::new(template("1")), &context_of("DbSecret", "1"))).unwrap();
    let update = UpdateRequest::new(created.physical_resource_id().to_string(), template("2"), template("1"));
    let context = context_of("DbSecret", "2");
    table.cut_off(generator.update(update, &context));
    assert_eq!(context.begun(), None);
}
