//! What has expired is erased: whoever is cut off, refused or overtaken on the way leaves nothing in sight, and takes nothing
//! away that is still named.

use secret_store::{
    Retirement, UnixTime, VersionItem,
    plan::{Changes, operator::Expired},
    store::{EraseExpired, Erasure, GetVersion, QueryVersions, StoreError, WriteError, WriteVersions},
};
use store_s3::BucketReader;
use tests::{
    bucket::{Asked, Bucket, Engine, Fate, Writers},
    conformance::Secret,
};

const EXPIRES: UnixTime = UnixTime(9_999_999_999);

/// A request that removes an object or a marker for good.
fn removes(asked: &Asked) -> bool {
    asked.method == "DELETE" && asked.target.contains("versionId=")
}

/// How many values lie behind a marker.
async fn hidden_values(bucket: &Bucket) -> usize {
    bucket.hidden().await.into_iter().filter(|(key, _)| key.contains("/v/")).count()
}

/// Makes a version and retires it.
async fn retire(secret: &Secret<'_, Writers, BucketReader>) -> Expired {
    let item = secret.mint().await.item;
    let retired = Some(Retirement { at: UnixTime(10), expires_at: EXPIRES });
    secret.update(VersionItem { retired, ..item.clone() }).await;
    Expired { version: item.version, expires_at: EXPIRES }
}

/// An object lock, or a policy without `s3:DeleteObjectVersion`: the state names it no more, so nobody would hide it later.
#[tokio::test]
async fn what_may_not_be_removed_is_out_of_sight() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("locked", &writers, &reader);
        let expired = retire(&secret).await;
        let value = bucket.hidden().await.into_iter().find(|(key, _)| key.contains("/v/")).unwrap().0;
        // As if whoever retired it had been cut off before it was hidden.
        bucket.show(&value).await;
        assert_eq!(bucket.keys().await.len(), 2, "the state, and what it says is over");
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| if removes(asked) { Fate::Answer(403, "AccessDenied") } else { Fate::Pass });
        let erased = by_wire.writers().erase_expired(&secret.identity, &expired).await.unwrap();
        assert_eq!((erased, bucket.keys().await.len()), (Erasure::Erased, 1), "the state alone");
        assert_eq!(secret.snapshot().await.versions, []);
        assert_eq!(hidden_values(&bucket).await, 1, "for the lifecycle");
    }
}

/// The marker goes last: without it, the value would be in sight, and named by nothing.
#[tokio::test]
async fn who_is_cut_off_while_erasing_leaves_nothing_in_sight() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("half", &writers, &reader);
        let expired = retire(&secret).await;
        let (by_wire, wire) = bucket.by_wire().await;
        let mut removed = 0;
        wire.let_decide(move |asked| {
            removed += usize::from(removes(asked));
            if removed > 1 { Fate::Lose } else { Fate::Pass }
        });
        by_wire.writers().erase_expired(&secret.identity, &expired).await.unwrap_err();
        assert_eq!((bucket.keys().await.len(), hidden_values(&bucket).await), (1, 0), "the state and a marker");
    }
}

/// Somebody writes between the look and the state without it, and may have brought it back: nothing is removed.
#[tokio::test]
async fn who_erases_and_is_overtaken_removes_nothing() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("overtaken", &writers, &reader);
    let expired = retire(&secret).await;
    let before = secret.stored().await;
    let (by_wire, wire) = bucket.by_wire().await;
    wire.let_decide(|asked| if asked.method == "PUT" { Fate::Answer(412, "PreconditionFailed") } else { Fate::Pass });
    let erased = by_wire.writers().erase_expired(&secret.identity, &expired).await;
    assert!(matches!(erased, Err(WriteError::Conflict)), "{erased:?}");
    assert!(!wire.heard().iter().any(removes));
    assert_eq!(secret.stored().await, before);
}

/// It lies hidden where it was made, and where it was brought back to.
#[tokio::test]
async fn what_was_brought_back_once_is_erased_in_both_places() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("twice", &writers, &reader);
        let expired = retire(&secret).await;
        let item = secret.get(1).await.unwrap().item;
        secret.update(VersionItem { retired: None, ..item.clone() }).await;
        secret.update(item).await;
        assert_eq!(hidden_values(&bucket).await, 2);
        let (by_wire, wire) = bucket.by_wire().await;
        assert_eq!(by_wire.writers().erase_expired(&secret.identity, &expired).await.unwrap(), Erasure::Erased);
        assert_eq!(wire.heard().into_iter().filter(removes).count(), 4, "each with its marker");
        assert_eq!((hidden_values(&bucket).await, bucket.keys().await.len()), (0, 1), "the state alone");
    }
}

/// That it is gone is all that is wanted; anything else is told, unless it is forbidden.
#[tokio::test]
async fn what_is_not_removed_is_told_but_not_that_it_is_gone() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    for (stack, fate) in [("faster", Fate::Answer(404, "NoSuchVersion")), ("busy", Fate::Answer(503, "SlowDown"))] {
        let secret = Secret::new(stack, &writers, &reader);
        let expired = retire(&secret).await;
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(move |asked| if removes(asked) { fate } else { Fate::Pass });
        match by_wire.writers().erase_expired(&secret.identity, &expired).await {
            Ok(Erasure::Erased) => assert_eq!(stack, "faster"),
            Err(WriteError::Store(StoreError::Throttled { .. })) => assert_eq!(stack, "busy"),
            other => panic!("{stack}: {other:?}"),
        }
    }
}

/// By a window that is shorter than it once was: nothing of it comes back, and whoever decides next does not count on it.
#[tokio::test]
async fn what_the_lifecycle_erased_early_is_gone() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("early", &writers, &reader);
        let expired = retire(&secret).await;
        let other = secret.mint().await.item;
        let item = VersionItem { retired: None, ..secret.get(1).await.unwrap().item };
        let revive = Changes { update: vec![item], ..secret.changes(2).await };
        for (key, version_id) in bucket.hidden().await.into_iter().filter(|(key, _)| key.contains("/v/")) {
            bucket.erase(&key, &version_id).await;
        }
        assert_eq!(reader.get(&secret.identity, expired.version).await.unwrap(), None);
        // As S3 says it of an id that it knows no more (Amazon S3 API reference, "Error responses"); the engines say NoSuchKey.
        let (by_wire, wire) = bucket.by_wire().await;
        let is_by_id = |asked: &Asked| asked.target.contains("versionId=");
        wire.let_decide(move |asked| if is_by_id(asked) { Fate::Answer(404, "NoSuchVersion") } else { Fate::Pass });
        assert_eq!(by_wire.reader().get(&secret.identity, expired.version).await.unwrap(), None);
        let revived = writers.write(&secret.identity, &revive, None).await;
        assert!(matches!(revived, Err(WriteError::Conflict)), "{revived:?}");
        assert_eq!(writers.query(&secret.identity).await.unwrap().versions, [other]);
    }
}
