//! What is asked of S3: no put without a condition, no request too many, and what is made of each refusal.

use secret_store::{
    KeyArn, Retirement, UnixTime, VersionItem,
    plan::Changes,
    store::{
        Capacity, GetHead, GetVersion, QueryVersions, Reencrypted, ReplaceCiphertext, ScanVersions, StoreError,
        WriteError, WriteVersions,
    },
};
use store_s3::BUCKET;
use tests::{
    bucket::{Asked, Bucket, Engine, Fate},
    conformance::{self, Secret},
};

/// What an `aws s3api` call would be named, and what it is about.
fn kinds(heard: &[Asked]) -> Vec<String> {
    let kinds = heard.iter().map(|asked| {
        let about = if asked.target.contains("/v/") {
            "value"
        } else if asked.target.ends_with("state.json") {
            "state"
        } else {
            "list"
        };
        format!("{} {about}", asked.method)
    });
    kinds.collect()
}

/// The bucket's policy lets nothing else pass, and no engine evaluates it.
#[tokio::test]
async fn every_put_has_its_condition() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (by_wire.writers(), by_wire.reader());
    conformance::a_mint_writes_head_and_version_together(&writers, &reader).await;
    conformance::a_revival_takes_every_trace_of_a_retirement_away(&writers, &reader).await;
    conformance::what_is_erased_is_gone(&writers, &reader).await;
    conformance::only_what_expires_as_it_was_read_is_erased(&writers, &reader).await;
    let puts: Vec<_> = wire.heard().into_iter().filter(|asked| asked.method == "PUT").collect();
    assert!(puts.len() > 10);
    for put in puts {
        let condition = put.condition.as_deref().unwrap_or_default();
        let is_create = condition == "if-none-match: *";
        assert!(is_create || condition.starts_with("if-match: \""), "{put:?}");
        assert!(is_create || put.target.ends_with("state.json"), "a value is put once: {put:?}");
    }

    // The one exception is an operator's, and has one as well.
    conformance::a_value_gets_another_key_and_nothing_else(&writers, &reader).await;
    assert!(wire.heard().iter().all(|asked| asked.method != "PUT" || asked.condition.is_some()));
}

#[tokio::test]
async fn requests_are_counted() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (by_wire.writers(), by_wire.reader());
    let secret = Secret::new("counted", &writers, &reader);
    writers.write(&secret.identity, &secret.changes(1).await, Some(&secret.record(1))).await.unwrap();
    let about_the_bucket = wire.heard().into_iter().filter(|asked| asked.target.contains("/secrets?")).count();
    assert_eq!(about_the_bucket, 2, "versions and policy, once");
    let secret = Secret::new("counted-2", &writers, &reader);
    let counted = |expected: &[&str], what: &str| assert_eq!(kinds(&wire.heard()), expected, "{what}");
    let (changes, record) = (secret.changes(1).await, secret.record(1));
    wire.heard();

    writers.query(&secret.identity).await.unwrap();
    counted(&["GET state"], "a look");
    writers.write(&secret.identity, &changes, Some(&record)).await.unwrap();
    counted(&["GET state", "PUT value", "PUT state"], "a mint");

    let (head, tag) = reader.get_head_and_tag(&secret.identity).await.unwrap().unwrap();
    reader.get_by_tag(&secret.identity, head.current, tag).await.unwrap().unwrap();
    counted(&["GET state", "GET value"], "by address");
    let tag = Some(record.item.token.tag());
    reader.get_by_tag(&secret.identity, record.item.version, tag).await.unwrap().unwrap();
    counted(&["GET value"], "by id");
    reader.get(&secret.identity, record.item.version).await.unwrap().unwrap();
    counted(&["GET state", "GET value"], "by number");
}

/// What is retired is looked for where it is, and hidden once; of what has not expired, nothing is listed.
#[tokio::test]
async fn requests_about_what_is_retired_are_counted() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (by_wire.writers(), by_wire.reader());
    let secret = Secret::new("counted-3", &writers, &reader);
    let counted = |expected: &[&str], what: &str| assert_eq!(kinds(&wire.heard()), expected, "{what}");
    let record = secret.mint().await;
    let retired = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(9_999_999_999) });
    secret.update(VersionItem { retired, ..record.item.clone() }).await;
    let (changes, next) = (secret.changes(2).await, secret.record(2));
    wire.heard();
    reader.get(&secret.identity, record.item.version).await.unwrap().unwrap();
    counted(&["GET state", "GET value"], "what is retired, by number");
    writers.write(&secret.identity, &changes, Some(&next)).await.unwrap();
    counted(&["GET state", "PUT value", "PUT state"], "a mint beside what is retired, which is hidden once");
    secret.update(record.item.clone()).await;
    wire.heard();
    let (head, tag) = reader.get_head_and_tag(&secret.identity).await.unwrap().unwrap();
    reader.get_by_tag(&secret.identity, head.current, tag).await.unwrap().unwrap();
    counted(
        &["GET state", "GET state", "GET value"],
        "what was brought back, by address: it is not where its tag says",
    );
    secret.update(VersionItem { retired, ..record.item }).await;

    let erase = Changes { erase: vec![next.item.version], ..secret.changes(2).await };
    wire.heard();
    writers.write(&secret.identity, &erase, None).await.unwrap();
    counted(&["GET state", "PUT state", "DELETE value", "PUT state"], "an erasure");
}

/// Of this answer to each request of a kind, what a write makes.
async fn written(fate: Fate, is_hit: fn(&Asked) -> bool) -> Result<(), WriteError> {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("refused", &writers, &reader);
    secret.mint().await;
    let before = secret.stored().await;
    wire.let_decide(move |asked| if is_hit(asked) { fate } else { Fate::Pass });
    let (changes, record) = (secret.changes(2).await, secret.record(2));
    let written = by_wire.writers().write(&secret.identity, &changes, Some(&record)).await;
    assert_eq!(secret.stored().await, before, "nothing changed");
    // And it blocks nobody.
    secret.mint().await;
    written
}

#[tokio::test]
async fn a_refusal_is_told_as_what_it_is() {
    let is_put = |asked: &Asked| asked.method == "PUT";
    let is_commit = |asked: &Asked| asked.method == "PUT" && asked.target.ends_with("state.json");
    for (status, code) in [(409, "ConditionalRequestConflict"), (412, "PreconditionFailed"), (404, "NoSuchKey")] {
        let conflict = written(Fate::Answer(status, code), is_commit).await;
        assert!(matches!(conflict, Err(WriteError::Conflict)), "{code}: {conflict:?}");
    }
    let conflict = written(Fate::Answer(409, "ConditionalRequestConflict"), is_put).await;
    assert!(matches!(conflict, Err(WriteError::Conflict)), "{conflict:?}");
    let refused = async |status, code| match written(Fate::Answer(status, code), is_put).await {
        Err(WriteError::Store(error)) => error,
        other => panic!("{code}: {other:?}"),
    };
    let slow = refused(503, "SlowDown").await;
    assert!(matches!(slow, StoreError::Throttled { capacity: Capacity::Requests, .. }), "{slow:?}");
    let denied = refused(403, "AccessDenied").await;
    assert!(matches!(denied, StoreError::Denied { action: "s3:PutObject", .. }), "{denied:?}");
    let missing = refused(404, "NoSuchBucket").await;
    assert!(matches!(&missing, StoreError::Missing { name: Some(name), .. } if name == "secrets"), "{missing:?}");
    for code in ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed"] {
        let unknown = refused(403, code).await;
        assert!(matches!(unknown, StoreError::Unauthenticated(BUCKET, _)), "{unknown:?}");
    }
    for (status, code) in [(503, "ServiceUnavailable"), (409, "OperationAborted")] {
        let busy = refused(status, code).await;
        assert!(matches!(busy, StoreError::Throttled { capacity: Capacity::Requests, .. }), "{busy:?}");
    }
    for (status, code) in [
        (301, "PermanentRedirect"),
        (400, "AuthorizationHeaderMalformed"),
        (400, "InvalidBucketName"),
        (409, "BucketAlreadyExists"),
        (400, "TooManyBuckets"),
        (400, "MalformedPolicy"),
        (400, "InvalidRequest"),
        (400, "InvalidArgument"),
        (405, "MethodNotAllowed"),
        (403, "InvalidObjectState"),
    ] {
        let wrong = refused(status, code).await;
        assert!(matches!(wrong, StoreError::Rejected(BUCKET, _)), "{wrong:?}");
    }
    assert!(matches!(refused(500, "InternalError").await, StoreError::Unavailable(BUCKET, _)));
}

/// Whoever may not hide does not hear that all is done.
#[tokio::test]
async fn what_is_not_hidden_is_not_answered_with_done() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("shown", &writers, &reader);
    let item = secret.mint().await.item;
    let retired = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(9_999_999_999) });
    let changes = Changes { update: vec![VersionItem { retired, ..item }], ..secret.changes(1).await };
    wire.let_decide(|asked| if asked.method == "DELETE" { Fate::Answer(403, "AccessDenied") } else { Fate::Pass });
    let written = by_wire.writers().write(&secret.identity, &changes, None).await;
    let denied = matches!(written, Err(WriteError::Store(StoreError::Denied { action: "s3:DeleteObject", .. })));
    assert!(denied, "{written:?}");
}

/// Somebody else puts the value, or the state, at this moment.
#[tokio::test]
async fn another_key_waits_for_its_turn() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("turn", &writers, &reader);
    let read = secret.mint().await;
    let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
    let lost = Fate::Answer(412, "PreconditionFailed");
    wire.let_decide(move |asked| if asked.method == "PUT" && asked.target.contains("/v/") { lost } else { Fate::Pass });
    let late = by_wire.writers();
    let replaced = late.replace_ciphertext(&secret.identity, &read, &new).await;
    assert!(matches!(replaced, Err(WriteError::Conflict)), "{replaced:?}");
    assert_eq!(secret.get(1).await.as_ref(), Some(&read));

    let mut is_first = true;
    wire.let_decide(move |asked| {
        let hit = asked.method == "PUT" && asked.target.ends_with("state.json") && is_first;
        is_first &= !hit;
        if hit { lost } else { Fate::Pass }
    });
    late.replace_ciphertext(&secret.identity, &read, &new).await.unwrap();
    assert_eq!(writers.query(&secret.identity).await.unwrap().versions[0].key_arn, new.key_arn, "told once more");
}

#[tokio::test]
async fn a_lost_reply_is_found_out() {
    // The one that is lost is asked again at once; it finds the value or the state that the first one put.
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("lost", &writers, &reader);
    for (version, of_state) in [(1, false), (2, true)] {
        let mut lost = false;
        wire.let_decide(move |asked| {
            let hit = asked.method == "PUT" && asked.target.ends_with("state.json") == of_state && !lost;
            lost |= hit;
            if hit { Fate::LoseReply } else { Fate::Pass }
        });
        let (changes, record) = (secret.changes(version).await, secret.record(version));
        let written = by_wire.writers().write(&secret.identity, &changes, Some(&record)).await;
        // Of the value it knows; of the state somebody else may have put it: read again.
        assert_eq!(written.is_ok(), !of_state, "{written:?}");
        assert_eq!(secret.get(version).await, Some(record));
    }
}

/// In either, something could be lost: nothing is put there.
#[tokio::test]
async fn a_bucket_without_versions_or_policy_is_refused_before_anything_is_put() {
    for engine in [Engine::Ministack, Engine::Moto] {
        for (bucket, word) in
            [(Bucket::without_versions(engine).await, "versions"), (Bucket::without_policy(engine).await, "policy")]
        {
            let (by_wire, wire) = bucket.by_wire().await;
            let (writers, reader) = (by_wire.writers(), by_wire.reader());
            let mut secret = Secret::new("bare", &writers, &reader);
            secret.identity.store = bucket.name.parse().unwrap();
            let (changes, record) = (secret.changes(1).await, secret.record(1));
            let written = writers.write(&secret.identity, &changes, Some(&record)).await;
            let Err(WriteError::Store(StoreError::Rejected(BUCKET, cause))) = written else { panic!("{written:?}") };
            assert!(cause.to_string().contains(word), "{cause}");
            assert!(wire.heard().iter().all(|asked| asked.method == "GET"));
        }
    }
}

/// Whoever may not look at it finds out by the first put.
#[tokio::test]
async fn a_bucket_that_keeps_no_versions_is_refused() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::without_versions(engine).await;
        let (by_wire, wire) = bucket.by_wire().await;
        wire.let_decide(|asked| match asked.target.split_once("/unversioned?") {
            Some(_) => Fate::Answer(403, "AccessDenied"),
            None => Fate::Pass,
        });
        let (writers, reader) = (by_wire.writers(), bucket.reader());
        let mut secret = Secret::new("unversioned", &writers, &reader);
        secret.identity.store = bucket.name.parse().unwrap();
        let written = writers.write(&secret.identity, &secret.changes(1).await, Some(&secret.record(1))).await;
        let Err(WriteError::Store(StoreError::Rejected(resource, _))) = written else { panic!("{written:?}") };
        assert!(resource.service().requirement.contains("versioning enabled"));
    }
}

#[tokio::test]
async fn another_key_is_told_to_the_state_also_after_a_crash() {
    let bucket = Bucket::new(Engine::Ministack).await;
    let (by_wire, wire) = bucket.by_wire().await;
    let (writers, reader) = (bucket.writers(), bucket.reader());
    let secret = Secret::new("another-key", &writers, &reader);
    let read = secret.mint().await;
    wire.let_decide(|asked| {
        let is_commit = asked.method == "PUT" && asked.target.ends_with("state.json");
        if is_commit { Fate::Lose } else { Fate::Pass }
    });
    let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
    by_wire.writers().replace_ciphertext(&secret.identity, &read, &new).await.unwrap_err();
    // The value has it, and says so; nothing is lost.
    let read = reader.get(&secret.identity, read.item.version).await.unwrap().unwrap();
    assert_eq!((&read.item.key_arn, read.ciphertext.by_the_key()), (&new.key_arn, &b"new"[..]));
    let again = Reencrypted { ciphertext: b"newer".to_vec(), key_arn: KeyArn("a third".to_owned()) };
    writers.replace_ciphertext(&secret.identity, &read, &again).await.unwrap();
    assert_eq!(secret.stored().await.records[0].item.key_arn, again.key_arn);
}

/// S3 lists at most 1,000 objects at a time (Amazon S3 API reference, `ListObjectsV2`), and so do the engines.
#[tokio::test]
async fn a_list_goes_on_after_a_page() {
    const OBJECTS: usize = 1001;
    let bucket = Bucket::with_versions("paged", Engine::Ministack).await;
    for number in 0..OBJECTS {
        bucket.put(&format!("no-secret-{number}")).await;
    }
    let mut pages = Vec::new();
    let inventory = bucket.lister().scan(&bucket.name.parse().unwrap(), |seen| pages.push(seen)).await.unwrap();
    assert_eq!((inventory.unreadable.len(), pages), (OBJECTS, vec![1000, OBJECTS]));
}
