//! What is retired is out of sight and what is in use is not, whoever does what at the same moment.

use secret_store::{
    KeyArn, Retirement, UnixTime, VersionItem,
    plan::{Changes, operator::Expired},
    store::{
        EraseExpired, Erasure, GetVersion, QueryVersions, Reencrypted, ReplaceCiphertext, WriteError, WriteVersions,
    },
};
use tests::{
    bucket::{Bucket, Engine, Fate},
    conformance::Secret,
};

const LATER: UnixTime = UnixTime(9_999_999_999);

fn retired(item: &VersionItem) -> VersionItem {
    VersionItem { retired: Some(Retirement { at: UnixTime(10), expires_at: LATER }), ..item.clone() }
}

/// Brought back between the decision that retires it and the marker that hides it.
#[tokio::test]
async fn who_hides_too_late_shows_again() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("late", &writers, &reader);
        let item = secret.mint().await.item;
        let (by_wire, wire) = bucket.by_wire().await;
        let mut held = false;
        wire.let_decide(move |asked| {
            let holds = asked.method == "DELETE" && !held;
            held |= holds;
            if holds { Fate::Hold } else { Fate::Pass }
        });
        let late = by_wire.writers();
        let changes = Changes { update: vec![retired(&item)], ..secret.changes(1).await };
        let retire = async { late.write(&secret.identity, &changes, None).await.unwrap() };
        let revive = wire.meanwhile(secret.update(item.clone()));
        tokio::join!(retire, revive);
        assert_eq!(bucket.keys().await.len(), 2, "the state and the value, in sight");
        assert_eq!(secret.snapshot().await.versions, [item]);
    }
}

/// Hidden by somebody between the moment when it is shown and the decision that brings it back.
#[tokio::test]
async fn who_brings_back_keeps_it_in_sight() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("back", &writers, &reader);
        let item = secret.mint().await.item;
        secret.update(retired(&item)).await;
        assert_eq!(bucket.keys().await.len(), 1, "the state alone is in sight");
        let (by_wire, wire) = bucket.by_wire().await;
        let mut held = false;
        wire.let_decide(move |asked| {
            let holds = asked.method == "PUT" && !held;
            held |= holds;
            if holds { Fate::Hold } else { Fate::Pass }
        });
        let reviver = by_wire.writers();
        let changes = Changes { update: vec![item.clone()], ..secret.changes(1).await };
        let revive = async { reviver.write(&secret.identity, &changes, None).await.unwrap() };
        // Whoever looks in this moment finds what is retired in sight, and hides it.
        let look = wire.meanwhile(async { _ = secret.snapshot().await });
        tokio::join!(revive, look);
        assert_eq!(bucket.keys().await.len(), 2);
        assert_eq!(secret.snapshot().await.versions, [item]);
    }
}

/// Brought back while it gets another key: it lies elsewhere by then, and the state names it there.
#[tokio::test]
async fn what_gets_another_key_and_is_brought_back_at_once_is_not_lost() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("crossed", &writers, &reader);
        let minted = secret.mint().await;
        secret.update(retired(&minted.item)).await;
        let read = secret.get(1).await.unwrap();
        let (by_wire, wire) = bucket.by_wire().await;
        let mut held = false;
        wire.let_decide(move |asked| {
            let holds = asked.method == "PUT" && asked.target.ends_with("/state.json") && !held;
            held |= holds;
            if holds { Fate::Hold } else { Fate::Pass }
        });
        let late = by_wire.writers();
        let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
        let reencrypt = async { late.replace_ciphertext(&secret.identity, &read, &new).await.unwrap_err() };
        let (told, ()) = tokio::join!(reencrypt, wire.meanwhile(secret.update(minted.item.clone())));
        assert!(matches!(told, WriteError::Conflict), "{told:?}");
        // What is brought back is copied by S3's own id of it.
        secret.update(retired(&minted.item)).await;
        secret.update(minted.item.clone()).await;
        assert_eq!(secret.get(1).await, Some(minted));
    }
}

/// Even if it should stay hidden, it is read.
#[tokio::test]
async fn what_is_in_use_is_read_also_where_it_is_hidden() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("hidden", &writers, &reader);
    let record = secret.mint().await;
    let value = bucket.keys().await.into_iter().find(|key| key.contains("/v/")).unwrap();
    bucket.hide(&value).await;
    let tag = Some(record.item.token.tag());
    let by_id = reader.get_by_tag(&secret.identity, record.item.version, tag).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&record));
    assert_eq!(secret.get(1).await, Some(record));
}

/// What has expired and is out of sight, the next write forgets.
#[tokio::test]
async fn the_state_does_not_grow_for_ever() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("grows", &writers, &reader);
        for version in 1..=5 {
            let item = secret.mint().await.item;
            let over = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(20) });
            if version < 5 {
                secret.update(VersionItem { retired: over, ..item }).await;
            }
        }
        let numbers: Vec<_> = secret.snapshot().await.versions.iter().map(|item| item.version.number()).collect();
        assert_eq!(numbers, [5], "{engine:?}");
    }
}

/// What is in sight, wherever it lies, is named until it is hidden: nobody else would hide it. Another request's value under the
/// same number does not count.
#[tokio::test]
async fn the_state_forgets_what_is_out_of_sight_alone() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("forgets", &writers, &reader);
        let numbers = async || {
            let versions = reader.query(&secret.identity).await.unwrap().versions;
            versions.iter().map(|item| item.version.number()).collect::<Vec<_>>()
        };
        let item = secret.mint().await.item;
        let value = bucket.keys().await.into_iter().find(|key| key.contains("/v/")).unwrap();
        let over = VersionItem { retired: Some(Retirement { at: UnixTime(10), expires_at: UnixTime(20) }), ..item };
        secret.update(over.clone()).await;
        // What a decision changes is stored as it says, even if it has expired.
        secret.update(over.clone()).await;
        assert_eq!(numbers().await, [1], "{engine:?}");

        let (changes, second) = (secret.changes(2).await, secret.record(2));
        bucket.put(&format!("{value}.1")).await;
        writers.write(&secret.identity, &changes, Some(&second)).await.unwrap();
        assert_eq!(numbers().await, [1, 2], "left by whoever was overtaken bringing it back");

        let (changes, third) = (secret.changes(3).await, secret.record(3));
        let (place, _) = value.rsplit_once('.').unwrap();
        bucket.put(&format!("{place}.ffffffff")).await;
        writers.write(&secret.identity, &changes, Some(&third)).await.unwrap();
        assert_eq!(numbers().await, [2, 3]);
    }
}

/// Whoever looks next hides what somebody who was cut off has left in sight.
#[tokio::test]
async fn what_is_left_in_sight_is_hidden_by_whoever_looks_next() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("left", &writers, &reader);
        let item = secret.mint().await.item;
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| if asked.method == "DELETE" { Fate::Lose } else { Fate::Pass });
        let changes = Changes { update: vec![retired(&item)], ..secret.changes(1).await };
        by_wire.writers().write(&secret.identity, &changes, None).await.unwrap_err();
        assert_eq!(bucket.keys().await.len(), 2, "the state, and what it says is over");
        assert_eq!(secret.snapshot().await.versions, [retired(&item)]);
        assert_eq!(bucket.keys().await.len(), 1, "the state alone");
    }
}

/// What is retired gets another key out of sight, and once it has expired, nothing of it is left.
#[tokio::test]
async fn what_is_over_stays_out_of_sight_until_nothing_is_left() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("over", &writers, &reader);
        let item = secret.mint().await.item;
        secret.update(retired(&item)).await;
        let read = secret.get(1).await.unwrap();
        let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
        writers.replace_ciphertext(&secret.identity, &read, &new).await.unwrap();
        assert_eq!(bucket.keys().await.len(), 1, "the state alone is in sight");
        let values = async || bucket.hidden().await.into_iter().filter(|(key, _)| key.contains("/v/")).count();
        assert_eq!(values().await, 2, "under either key");
        let expired = Expired { version: item.version, expires_at: LATER };
        assert_eq!(writers.erase_expired(&secret.identity, &expired).await.unwrap(), Erasure::Erased);
        assert_eq!((values().await, bucket.keys().await.len()), (0, 1));
    }
}

/// Cut off between the put under another key and the marker: what is in sight then is nothing that the state knows.
#[tokio::test]
async fn who_is_cut_off_while_what_is_retired_gets_another_key_does_it_again() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("rekeyed", &writers, &reader);
        let item = secret.mint().await.item;
        secret.update(retired(&item)).await;
        let read = secret.get(1).await.unwrap();
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| if asked.method == "DELETE" { Fate::Lose } else { Fate::Pass });
        let new =
            |ciphertext: &[u8]| Reencrypted { ciphertext: ciphertext.to_vec(), key_arn: KeyArn("another".to_owned()) };
        by_wire.writers().replace_ciphertext(&secret.identity, &read, &new(b"first")).await.unwrap_err();
        assert_eq!(bucket.keys().await.len(), 2, "the state, and the value under another key");
        assert_eq!(reader.get(&secret.identity, item.version).await.unwrap().as_ref(), Some(&read));
        writers.replace_ciphertext(&secret.identity, &read, &new(b"second")).await.unwrap();
        assert_eq!(bucket.keys().await.len(), 1, "the state alone");
        assert_eq!(secret.get(1).await.unwrap().ciphertext.by_the_key(), b"second");
    }
}
