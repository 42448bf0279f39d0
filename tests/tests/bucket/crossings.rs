//! Two meet: at every request of one, the other one does all of its work, and the first goes on, or is cut off. Whatever comes of
//! it, what is in use is in sight; a value that is in use behind a delete marker would be erased by the bucket's lifecycle.

use std::pin::pin;

use secret_store::{
    Retirement, UnixTime, VersionItem,
    plan::Changes,
    select,
    store::{GetVersion, QueryVersions, WriteError, WriteVersions},
};
use store_s3::BucketReader;
use tests::{
    bucket::{Bucket, Engine, Fate, Writers},
    conformance::Secret,
};
use tokio::select;

type Stored<'b> = Secret<'b, Writers, BucketReader>;

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    InUse,
    Retired,
    /// Whoever retired it was cut off before it was hidden.
    RetiredInSight,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Look,
    Retire,
    BringBack,
    /// One after the other, until it is in use again.
    RetireAndBringBack,
}

const CROSSINGS: [(Before, Deed, Deed); 9] = [
    (Before::InUse, Deed::Retire, Deed::RetireAndBringBack),
    (Before::InUse, Deed::Retire, Deed::Look),
    (Before::Retired, Deed::BringBack, Deed::BringBack),
    (Before::Retired, Deed::BringBack, Deed::RetireAndBringBack),
    (Before::RetiredInSight, Deed::Look, Deed::BringBack),
    (Before::RetiredInSight, Deed::Look, Deed::RetireAndBringBack),
    (Before::RetiredInSight, Deed::BringBack, Deed::Look),
    (Before::RetiredInSight, Deed::BringBack, Deed::BringBack),
    (Before::RetiredInSight, Deed::BringBack, Deed::RetireAndBringBack),
];

fn retired(item: &VersionItem) -> VersionItem {
    let retired = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(9_999_999_999) });
    VersionItem { retired, ..item.clone() }
}

fn in_use(item: &VersionItem) -> VersionItem {
    VersionItem { retired: None, ..item.clone() }
}

/// A decision on what there is now; a lost race or a wire that is cut is no matter.
async fn put(secret: &Stored<'_>, by: &Writers, state: fn(&VersionItem) -> VersionItem) {
    let Ok(snapshot) = by.query(&secret.identity).await else { return };
    let item = state(&snapshot.versions[0]);
    let changes = Changes { update: vec![item], ..secret.changes_of(snapshot.head, 1) };
    match by.write(&secret.identity, &changes, None).await {
        Ok(()) | Err(WriteError::Conflict | WriteError::Store(_)) => {}
    }
}

impl Deed {
    async fn done(self, secret: &Stored<'_>, by: &Writers) {
        match self {
            Self::Look => _ = by.query(&secret.identity).await,
            Self::Retire => put(secret, by, retired).await,
            Self::BringBack => put(secret, by, in_use).await,
            Self::RetireAndBringBack => {
                put(secret, by, retired).await;
                put(secret, by, in_use).await;
            }
        }
    }
}

impl Before {
    async fn prepare(self, bucket: &Bucket, secret: &Stored<'_>) {
        secret.mint().await;
        let (by_wire, wire) = bucket.by_wire().await;
        if self == Self::RetiredInSight {
            wire.let_decide(|asked| if asked.method == "DELETE" { Fate::Lose } else { Fate::Pass });
        }
        if self != Self::InUse {
            put(secret, &by_wire.writers(), retired).await;
        }
    }
}

/// Whether the first one made so many requests that the other came in between.
async fn meet(first: impl Future<Output = ()>, meanwhile: impl Future<Output = ()>) -> bool {
    let (mut first, mut meanwhile) = (pin!(first), pin!(meanwhile));
    select! {
        biased;
        () = &mut first => false,
        () = &mut meanwhile => {
            first.await;
            true
        }
    }
}

async fn cross(engine: Engine, crossings: &[(Before, Deed, Deed)]) {
    let bucket = Bucket::new(engine).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let mut places = 0;
    for (before, first, second) in crossings {
        for goes_on in [true, false] {
            for step in 0.. {
                let stack = format!("{before:?}-{first:?}-{second:?}-{goes_on}-{step}");
                let secret = Secret::new(&stack, &writers, &reader);
                before.prepare(&bucket, &secret).await;
                let (by_wire, wire) = bucket.by_wire().await;
                let mut seen = 0;
                wire.let_decide(move |_| {
                    seen += 1;
                    match seen - 1 {
                        this if this == step => Fate::Hold,
                        later if later > step && !goes_on => Fate::Lose,
                        _ => Fate::Pass,
                    }
                });
                let slow = by_wire.writers();
                let met = meet(first.done(&secret, &slow), wire.meanwhile(second.done(&secret, &writers))).await;
                bucket.assert_in_use_is_in_sight(Some(&stack)).await;
                assert_in_order(&secret, &reader).await;
                bucket.assert_in_use_is_in_sight(Some(&stack)).await;
                if !met {
                    assert!(step > 0, "{stack}: they never met");
                    break;
                }
                places += 1;
            }
        }
    }
    assert!(places > 2 * crossings.len());
}

/// Whoever comes next finds it in order: what is in use is read by its id, and what is retired is not.
async fn assert_in_order(secret: &Stored<'_>, reader: &BucketReader) {
    for record in secret.stored().await.records {
        let id = secret.identity.id(record.item.version, record.item.token);
        let by_id = reader.get_by_tag(&secret.identity, id.version, Some(id.tag)).await.unwrap();
        match record.item.retired {
            None => assert_eq!(select::by_id(by_id, &id).unwrap().ciphertext, record.ciphertext, "{id}"),
            Some(_) => assert!(select::by_id(by_id, &id).is_err(), "{id} is retired"),
        }
    }
}

#[tokio::test]
async fn what_is_in_use_is_in_sight_whoever_meets_on_ministack() {
    cross(Engine::Ministack, &CROSSINGS).await;
}

#[tokio::test]
async fn what_is_in_use_is_in_sight_whoever_meets_on_moto() {
    // It takes its time for each request: the two that differ most, as a second opinion.
    cross(Engine::Moto, &[CROSSINGS[0], CROSSINGS[4]]).await;
}
