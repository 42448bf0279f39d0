//! A Create that ends in the middle of its write has named what it may have made, so that its Delete finds it, or stops
//! it where it is still on its way.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::task::{Context as Poller, Poll, Waker};

use custom_resource::ContextBuilder;
use secret_store::plan::Changes;
use secret_store::store::Limits;
use secret_store::store::WriteError;

use super::*;

/// What a table does with a write.
#[derive(Clone, Copy, Default, PartialEq)]
enum Writes {
    #[default]
    AndSaysSo,
    /// It is done, and nobody hears of it.
    Silently,
    /// It arrives when it is let through.
    Late,
}

/// A table that may write without ever saying so, or not yet.
#[derive(Default)]
struct Silent {
    table: MemoryTable,
    writes: Cell<Writes>,
    on_its_way: RefCell<Option<(Identity, Changes, Option<Record>)>>,
}

impl QueryVersions for &Silent {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.table.query(identity).await
    }
}

impl WriteVersions for &Silent {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        match self.writes.get() {
            Writes::AndSaysSo => return self.table.write(identity, changes, new).await,
            Writes::Silently => self.table.write(identity, changes, new).await?,
            Writes::Late => {
                self.on_its_way.replace(Some((identity.clone(), changes.clone(), new.cloned())));
            }
        }
        std::future::pending().await
    }
}

impl Silent {
    fn generator(&self) -> Generator<&Self, MemoryKey, ChaCha12Rng> {
        let InMemory { key, rng, settings, pause, .. } = deployed(&[]);
        Generator::new(self, key, rng.into_inner().unwrap(), pause, settings)
    }

    /// Lets a request run until its write, and ends it there, as its deadline, a panic or the watchdog does.
    fn cut_off<T>(&self, writes: Writes, request: impl Future<Output = T>) {
        self.writes.set(writes);
        let polled = pin!(request).poll(&mut Poller::from_waker(Waker::noop()));
        self.writes.set(Writes::AndSaysSo);
        assert!(matches!(polled, Poll::Pending), "the write is waited for");
    }

    /// Lets the write through that was on its way.
    fn let_through(&self) -> Result<(), WriteError> {
        let (identity, changes, new) = self.on_its_way.take().expect("a write is on its way");
        at_once(self.table.write(&identity, &changes, new.as_ref()))
    }

    fn is_in_use_by(&self, logical_id: &str) -> bool {
        let stored = self.table.contents().into_values().flat_map(|stored| stored.records);
        stored.map(|record| record.item).any(|item| item.is_active() && item.owner.to_string().contains(logical_id))
    }
}

fn context_of(logical_id: &str, request: &str) -> Context {
    told(logical_id, request).build()
}

/// A request that was made a minute before.
fn an_older(logical_id: &str, request: &str) -> Context {
    told(logical_id, request)
        .response_url("https://example.com/?X-Amz-Date=20270115T075900Z&X-Amz-Expires=7200")
        .build()
}

fn told(logical_id: &str, request: &str) -> ContextBuilder {
    Context::builder(Clock::at(NOW))
        .stack_id("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a")
        .request_id(request)
        .logical_resource_id(logical_id)
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
        table.cut_off(Writes::Silently, generator.create(CreateRequest::new(template()), &context));
        assert!(table.is_in_use_by("DbSecret"));
        let id = context.begun().expect("a Create names what it is about to write").to_string();
        assert_eq!(without_tag(&id), "secrets/shop/prod/default@1");

        let delete = DeleteRequest::new(Some(id), template());
        at_once(generator.delete(delete, &context_of("DbSecret", "3"))).unwrap();
        assert!(!table.is_in_use_by("DbSecret"));
    }
}

/// A connection that is given up may still carry the write to the table, later than the Delete that answers its failure.
/// Nor may a duplicate of that Create begin anew.
#[test]
fn a_delete_that_overtakes_its_create_stops_it() {
    for (former, on_conflict) in [(None, "refuse"), (Some("Former"), "refuse"), (Some("Former"), "adopt")] {
        let table = Silent::default();
        let generator = table.generator();
        let template = || properties(&json!({"Env": "prod", "OnConflict": on_conflict}));
        if let Some(former) = former {
            let made = at_once(generator.create(CreateRequest::new(template()), &an_older(former, "1"))).unwrap();
            if on_conflict == "refuse" {
                let id = made.physical_resource_id().to_string();
                let delete = DeleteRequest::new(Some(id), template());
                at_once(generator.delete(delete, &an_older(former, "1b"))).unwrap();
            }
        }
        let context = an_older("DbSecret", "2");
        table.cut_off(Writes::Late, generator.create(CreateRequest::new(template()), &context));
        let id = context.begun().expect("a Create names what it is about to write").to_string();

        let delete = DeleteRequest::new(Some(id), template());
        for _duplicate in 0..2 {
            at_once(generator.delete(delete.clone(), &context_of("DbSecret", "3"))).unwrap();
        }
        assert!(matches!(table.let_through(), Err(WriteError::Conflict)), "{former:?}, {on_conflict}");
        let duplicate = an_older("DbSecret", "2");
        let refused = at_once(generator.create(CreateRequest::new(template()), &duplicate)).unwrap_err().to_string();
        assert!(refused.contains("newer request"), "{refused}");
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
    table.cut_off(Writes::Silently, generator.update(update, &context));
    assert_eq!(context.begun(), None);
}
