//! What a list makes of each object that lies in a bucket, and of what happens meanwhile.

use std::collections::BTreeSet;

use secret_store::store::{ScanVersions, StoreError};
use tests::{
    bucket::{Asked, Bucket, Engine, Fate},
    conformance::Secret,
};

fn is_state(asked: &Asked) -> bool {
    asked.method == "GET" && asked.target.ends_with("/state.json")
}

/// What is taken for nameless, an operator's `prune` hides: neither what is named, nor what somebody is about to name, nor what a
/// state may name that nobody can read.
#[tokio::test]
async fn what_nothing_names_is_found_whatever_lies_beside_it() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        let secret = Secret::new("whole", &writers, &reader);
        let item = secret.mint().await.item;
        let value =
            |stack: &str, revision: &str| format!("{stack}/prod/default/v/{:019}.{}{revision}", 1, item.token.tag());
        // The same place in another secret; one that nobody can read; one that an older revision has left, and one that is awaited.
        let nameless = [value("nobody", ""), value("whole", ".1")];
        let others = [value("broken", ""), "broken/prod/default/state.json".to_owned(), value("whole", ".7")];
        for key in nameless.iter().chain(&others) {
            bucket.put(key).await;
        }
        let listed = bucket.lister().unnamed(&secret.identity.store).await.unwrap();
        let listed: BTreeSet<_> = listed
            .iter()
            .map(|value| (value.identity.stack_name.as_str().to_owned(), value.place.brought_back))
            .collect();
        assert_eq!(listed, BTreeSet::from([("nobody".to_owned(), None), ("whole".to_owned(), Some(1))]), "{engine:?}");

        let inventory = bucket.lister().scan(&secret.identity.store, |_| {}).await.unwrap();
        assert_eq!(inventory.secrets.keys().collect::<Vec<_>>(), [&secret.identity]);
        let [(key, StoreError::Malformed { .. })] = &inventory.unreadable[..] else {
            panic!("{:?}", inventory.unreadable)
        };
        assert!(key.ends_with(&others[1]), "{key}");
    }
}

#[tokio::test]
async fn what_is_gone_since_it_was_listed_is_no_secret() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("gone", &writers, &reader);
    secret.mint().await;
    let (by_wire, wire) = bucket.by_wire().await;
    wire.let_decide(|asked| if is_state(asked) { Fate::Answer(404, "NoSuchKey") } else { Fate::Pass });
    let inventory = by_wire.lister().scan(&secret.identity.store, |_| {}).await.unwrap();
    assert!(inventory.secrets.is_empty() && inventory.unreadable.is_empty(), "{inventory:?}");
}

/// Half a list would be taken for a whole one.
#[tokio::test]
async fn a_list_that_may_not_read_a_state_is_none() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("denied", &writers, &reader);
    secret.mint().await;
    let (by_wire, wire) = bucket.by_wire().await;
    wire.let_decide(|asked| if is_state(asked) { Fate::Answer(403, "AccessDenied") } else { Fate::Pass });
    let scanned = by_wire.lister().scan(&secret.identity.store, |_| {}).await;
    assert!(matches!(scanned, Err(StoreError::Denied { action: "s3:GetObject", .. })), "{scanned:?}");
}
