//! Many write to one secret at the same moment.

use std::collections::BTreeSet;

use secret_store::{
    Record, RequestToken,
    patience::MayPass,
    store::{GetVersion, QueryVersions, WriteError, WriteVersions},
};
use store_s3::BucketReader;
use tests::{
    bucket::{Bucket, Engine, Writers},
    conformance::Secret,
    together,
};

const WRITERS: u64 = 16;

/// Makes the next version for this request, as often as others are faster; a repeat finds its own.
async fn mint(secret: &Secret<'_, Writers, BucketReader>, writers: &Writers, request: &str, value: u64) -> Record {
    let token = RequestToken::manual(request);
    loop {
        let snapshot = writers.query(&secret.identity).await.unwrap();
        if let Some(made) = snapshot.versions.iter().find(|item| item.token == token) {
            return secret.get(made.version.number()).await.unwrap();
        }
        let next = snapshot.versions.last().map_or(1, |item| item.version.number() + 1);
        let mut record = Record { ciphertext: secret.record(1000 + value).ciphertext, ..secret.record(next) };
        record.item.token = token;
        let changes = secret.changes_of(snapshot.head, next);
        match writers.write(&secret.identity, &changes, Some(&record)).await {
            Ok(()) | Err(WriteError::Conflict) => {}
            // A crowd on a busy machine is slow to be served.
            Err(error) if error.may_pass() => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn sixteen_writers_make_sixteen_versions() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("race", &writers, &reader);
        let all = (0..WRITERS).map(async |writer| mint(&secret, &bucket.writers(), &writer.to_string(), writer).await);
        let made = together::all(all).await;
        let stored = secret.stored().await;
        assert_eq!(stored.head.unwrap().revision, WRITERS);
        assert_eq!(stored.records.len(), made.len());
        let values: BTreeSet<_> = stored.records.iter().map(|record| format!("{:?}", record.ciphertext)).collect();
        assert_eq!(values.len(), made.len(), "each has its own");
        assert!(made.iter().all(|record| stored.records.contains(record)));
    }
}

#[tokio::test]
async fn one_request_that_comes_sixteen_times_makes_one_version() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("repeat", &writers, &reader);
        let all = (0..WRITERS).map(async |value| mint(&secret, &bucket.writers(), "the same", value).await);
        let made = together::all(all).await;
        let stored = secret.stored().await;
        assert_eq!(stored.records.len(), 1);
        assert!(made.iter().all(|record| *record == stored.records[0]), "each hears the same value");
        let tag = Some(made[0].item.token.tag());
        let by_id = reader.get_by_tag(&secret.identity, made[0].item.version, tag).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&stored.records[0]));
    }
}
