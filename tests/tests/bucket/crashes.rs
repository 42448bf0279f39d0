//! A writer is cut off at every request that it makes, before or after S3 carries that one out. What is stored then is what was
//! there before or what was to be there, nobody's way is blocked, and whoever comes next finishes it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use secret_store::{
    Cause, Record, RequestToken, Retirement, Snapshot, Superseded, UnixTime, VersionItem,
    plan::Changes,
    select,
    store::{GetVersion, QueryVersions, StoreError, WriteError, WriteVersions},
};
use store_s3::BucketReader;
use tests::{
    bucket::{Bucket, Engine, Fate, Writers},
    conformance::Secret,
};

type Stored<'b> = Secret<'b, Writers, BucketReader>;

/// Long after these tests.
const LATER: UnixTime = UnixTime(9_999_999_999);

/// A decision, by what is stored.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Mint,
    Retire,
    Revive,
    Erase,
    RetireAndMint,
}

fn retired(item: &VersionItem) -> VersionItem {
    let retired = Some(Retirement { at: UnixTime(10), expires_at: LATER });
    VersionItem { retired, superseded: Some(Superseded { at: UnixTime(9), cause: Cause::Deleted }), ..item.clone() }
}

impl Deed {
    /// What is there before: one version that is in use, and one that is retired.
    async fn prepare(secret: &Stored<'_>) {
        let first = secret.mint().await;
        secret.mint().await;
        secret.update(retired(&first.item)).await;
    }

    async fn decide(self, secret: &Stored<'_>) -> (Changes, Option<Record>) {
        let changes = secret.changes(2).await;
        let (one, two, three) = (secret.record(1), secret.record(2), secret.record(3));
        match self {
            Self::Mint => (secret.changes(3).await, Some(three)),
            Self::Retire => (Changes { update: vec![retired(&two.item)], ..changes }, None),
            Self::Revive => (Changes { update: vec![one.item], ..changes }, None),
            Self::Erase => (Changes { erase: vec![two.item.version], ..changes }, None),
            Self::RetireAndMint => {
                let changes = secret.changes(3).await;
                (Changes { update: vec![retired(&two.item)], ..changes }, Some(three))
            }
        }
    }
}

/// What by its id can be read is what the state has in use, and holds the same by its number.
async fn assert_in_order(secret: &Stored<'_>, reader: &BucketReader) {
    // Who decides reads first, and finishes what was left.
    let stored = secret.stored().await;
    for record in &stored.records {
        let id = secret.identity.id(record.item.version, record.item.token);
        let by_id = reader.get_by_tag(&secret.identity, record.item.version, Some(id.tag)).await.unwrap();
        match record.item.retired {
            None => assert_eq!(select::by_id(by_id, &id).unwrap().ciphertext, record.ciphertext),
            Some(_) => assert!(select::by_id(by_id, &id).is_err(), "{id} is retired"),
        }
    }
}

async fn cut_off_everywhere(engine: Engine, deeds: &[Deed], fates: &[Fate]) {
    let bucket = Bucket::new(engine).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    for deed in deeds {
        for &fate in fates {
            for step in 0.. {
                let stack = format!("{deed:?}-{fate:?}-{step}");
                let secret = Secret::new(&stack, &writers, &reader);
                Deed::prepare(&secret).await;
                let before = secret.snapshot().await;
                let (changes, new) = deed.decide(&secret).await;

                let was_cut = cut_off_at(&bucket, &secret, step, fate, &changes, new.as_ref()).await;
                assert_in_order(&secret, &reader).await;
                let after = secret.snapshot().await;
                let is_done = after.head.as_ref() == Some(&changes.head);
                assert!(is_done || after == before, "{stack}: {after:?}");

                // The same again, as a delivery that comes twice decides it; then somebody else makes one.
                if !is_done {
                    secret.write(&changes, new.as_ref()).await.unwrap();
                }
                assert_in_order(&secret, &reader).await;
                assert_eq!(secret.snapshot().await.head, Some(changes.head), "{stack}");
                let next = secret.mint().await;
                assert_eq!(secret.get(next.item.version.number()).await, Some(next), "{stack}");
                if !was_cut {
                    assert!(step > 1, "{stack}: nothing was cut off");
                    break;
                }
            }
        }
    }
}

/// Writes by a wire that dies at this request; whether it did.
async fn cut_off_at(
    bucket: &Bucket,
    secret: &Stored<'_>,
    step: usize,
    fate: Fate,
    changes: &Changes,
    new: Option<&Record>,
) -> bool {
    let (by_wire, wire) = bucket.by_wire().await;
    let dead = Arc::new(AtomicBool::new(false));
    let (cut, mut seen) = (Arc::clone(&dead), 0);
    wire.let_decide(move |_| {
        seen += 1;
        match seen - 1 {
            earlier if earlier < step => Fate::Pass,
            this => {
                cut.store(true, Ordering::Relaxed);
                if this == step { fate } else { Fate::Lose }
            }
        }
    });
    let written = by_wire.writers().write(&secret.identity, changes, new).await;
    let dead = dead.load(Ordering::Relaxed);
    assert_eq!(written.is_err(), dead, "{written:?}");
    dead
}

#[tokio::test]
async fn a_writer_is_cut_off_everywhere_on_ministack() {
    let deeds = [Deed::Mint, Deed::Retire, Deed::Revive, Deed::Erase, Deed::RetireAndMint];
    cut_off_everywhere(Engine::Ministack, &deeds, &[Fate::Lose, Fate::LoseReply]).await;
}

#[tokio::test]
async fn a_writer_is_cut_off_everywhere_on_moto() {
    // It takes its time for each request: the two that differ most, as a second opinion.
    cut_off_everywhere(Engine::Moto, &[Deed::RetireAndMint, Deed::Revive], &[Fate::LoseReply]).await;
}

/// Cut off between value and state, then delivered again: another value was drawn by then, and the one that lies there is taken.
#[tokio::test]
async fn a_request_that_comes_again_takes_the_value_that_it_left() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("again", &writers, &reader);
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| {
            let is_state = asked.method == "PUT" && asked.target.ends_with("state.json");
            if is_state { Fate::Lose } else { Fate::Pass }
        });
        let (changes, first) = (secret.changes(1).await, secret.record(1));
        by_wire.writers().write(&secret.identity, &changes, Some(&first)).await.unwrap_err();
        assert_eq!(secret.snapshot().await, Snapshot::default());
        assert_eq!(bucket.keys().await.len(), 1, "the value alone");

        let anew = Record { ciphertext: secret.record(2).ciphertext, ..first.clone() };
        let written = secret.write(&changes, Some(&anew)).await;
        assert!(matches!(written, Err(WriteError::Conflict)), "{written:?}");
        assert_eq!(secret.stored().await.records, [first], "by whoever reads, what lies there");
    }
}

/// Eight digits of a token are in the key: the rest tells whose the value is that lies there.
#[tokio::test]
async fn a_value_is_not_taken_for_that_of_a_request_whose_token_begins_alike() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("alike", &writers, &reader);
    let (by_wire, wire) = bucket.by_wire().await;
    wire.let_decide(|asked| {
        let is_state = asked.method == "PUT" && asked.target.ends_with("state.json");
        if is_state { Fate::Lose } else { Fate::Pass }
    });
    let mut tokens = [[7; 32]; 2];
    tokens[1][31] = 8;
    let [left, own] = tokens.map(|token| {
        let mut record = secret.record(1);
        record.item.token = RequestToken::from_bytes(token);
        record
    });
    let changes = secret.changes(1).await;
    by_wire.writers().write(&secret.identity, &changes, Some(&left)).await.unwrap_err();
    let written = writers.write(&secret.identity, &changes, Some(&own)).await;
    assert!(matches!(written, Err(WriteError::Store(StoreError::Rejected(..)))), "{written:?}");
    assert_eq!(secret.snapshot().await, Snapshot::default());
}

/// What another request left is in nobody's way: the number is given again, and nothing names what lies beside it.
#[tokio::test]
async fn a_value_that_nothing_names_blocks_nobody_and_is_found() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("unnamed", &writers, &reader);
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| {
            let is_state = asked.method == "PUT" && asked.target.ends_with("state.json");
            if is_state { Fate::Lose } else { Fate::Pass }
        });
        let mut left = secret.record(1);
        left.item.token = RequestToken::manual("of a request that nobody repeats");
        by_wire.writers().write(&secret.identity, &secret.changes(1).await, Some(&left)).await.unwrap_err();

        let minted = secret.mint().await;
        assert_eq!(secret.stored().await.records, std::slice::from_ref(&minted));
        let unnamed = bucket.lister().unnamed(&secret.identity.store).await.unwrap();
        assert_eq!(unnamed.iter().map(|value| value.place.tag).collect::<Vec<_>>(), [left.item.token.tag()]);
        assert!(unnamed[0].put_at.starts_with("20"), "{}", unnamed[0].put_at);

        bucket.eraser().erase_unnamed(&unnamed[0]).await.unwrap();
        assert!(bucket.lister().unnamed(&secret.identity.store).await.unwrap().is_empty());
        assert_eq!(writers.query(&secret.identity).await.unwrap().versions, std::slice::from_ref(&minted.item));
        // One that was named since it was listed is let alone.
        let place = store_s3::Place { tag: minted.item.token.tag(), ..unnamed[0].place };
        let named = store_s3::Unnamed { place, ..unnamed[0].clone() };
        bucket.eraser().erase_unnamed(&named).await.unwrap();
        assert_eq!(bucket.keys().await.len(), 2);
        assert_eq!(secret.stored().await.records, [minted]);
    }
}
