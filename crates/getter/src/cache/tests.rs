use std::collections::HashMap;

use proptest::prelude::*;
use secret_store::{
    Ciphertext, EncryptionContext, Identity, KeyArn, LogicalResourceId, Owner, RequestToken, StackId, Trigger, Version,
    VersionItem,
};

use super::*;

const AGE: u64 = 60;

/// Room for this many of the records below, and a little.
const ROOM: usize = 3;

fn limits(age: u64) -> Limits {
    Limits { max_age_seconds: age, max_bytes: ROOM * (OVERHEAD_BYTES + 8 + 3) + 10 }
}

/// Records that differ in one thing each: the number, the ciphertext, the key, the owner.
fn record(index: u8) -> Record {
    let identity = Identity {
        store: "secrets".parse().unwrap(),
        stack_name: "shop".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: Default::default(),
    };
    let version = Version::new(1 + u64::from(index % 2)).unwrap();
    Record {
        item: VersionItem {
            version,
            owner: Owner::Resource {
                stack_id: StackId::new("arn"),
                logical_resource_id: LogicalResourceId::new(format!("Secret{}", index / 8)),
            },
            token: RequestToken::from_bytes([0; 32]),
            trigger: Trigger::Rotation(String::new()),
            adopted_from: Vec::new(),
            moved_from: None,
            kept_until: None,
            superseded: None,
            retired: None,
            key_arn: KeyArn(format!("key-{}", index / 4 % 2)),
            created_at: UnixTime(0),
            description: Default::default(),
        },
        context: EncryptionContext::new(&identity, version, &Default::default()).unwrap(),
        ciphertext: Ciphertext::Direct(vec![index / 2 % 2; 8]),
    }
}

fn value(index: u8) -> SecretString {
    SecretString::from(format!("v{index:02}"))
}

fn read(cache: &Cache, index: u8, now: u64) -> Option<String> {
    cache.get(&record(index), UnixTime(now)).map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn limits_have_their_ranges() {
    assert_eq!(Limits::parse(None, None).unwrap(), Limits::default());
    let limits = Limits::parse(Some("300"), Some("64")).unwrap();
    assert_eq!(limits, Limits { max_age_seconds: 300, max_bytes: 65_536 });
    for (seconds, kilobytes) in
        [(Some("3601"), None), (Some("-1"), None), (Some("x"), None), (None, Some("0")), (None, Some("65537"))]
    {
        assert!(Limits::parse(seconds, kilobytes).is_err(), "{seconds:?} {kilobytes:?}");
    }
}

#[test]
fn nothing_is_kept_unless_asked_for() {
    let cache = Cache::new(limits(0));
    cache.put(&record(1), &value(1), UnixTime(100));
    assert_eq!(read(&cache, 1, 100), None);
    assert!(cache.entries().is_empty());
}

#[test]
fn a_value_is_given_again_until_it_is_too_old_and_is_gone_then() {
    let cache = Cache::new(limits(AGE));
    cache.put(&record(1), &value(1), UnixTime(100));
    assert_eq!(read(&cache, 1, 100 + AGE - 1).as_deref(), Some("v01"));
    cache.erase_expired(UnixTime(100 + AGE));
    assert!(cache.entries().is_empty(), "erased, not only hidden");
}

#[test]
fn a_clock_that_was_set_back_makes_no_value_last() {
    let cache = Cache::new(limits(AGE));
    cache.put(&record(1), &value(1), UnixTime(100));
    assert_eq!(read(&cache, 1, 99), None);
    assert_eq!(read(&cache, 1, 100), None);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let cache = Cache::new(limits(AGE));
    for index in 0..3 {
        cache.put(&record(index), &value(index), UnixTime(100));
    }
    assert!(read(&cache, 0, 101).is_some());
    cache.put(&record(3), &value(3), UnixTime(102));
    assert_eq!(read(&cache, 1, 103), None);
    assert!([0, 2, 3].iter().all(|index| read(&cache, *index, 103).is_some()));
}

#[test]
fn what_is_too_large_is_not_kept_and_pushes_nothing_out() {
    let cache = Cache::new(limits(AGE));
    cache.put(&record(1), &value(1), UnixTime(100));
    cache.put(&record(2), &SecretString::from("x".repeat(ROOM * OVERHEAD_BYTES)), UnixTime(100));
    assert_eq!(read(&cache, 2, 100), None);
    assert!(read(&cache, 1, 100).is_some());
}

#[test]
fn its_debug_shows_limits_only() {
    let cache = Cache::new(limits(AGE));
    cache.put(&record(1), &value(1), UnixTime(100));
    assert!(!format!("{cache:?}").contains("v01"));
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Get(u8),
    /// The clock moves, now and then back.
    Tick(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..16_u8, 0..99_u8).prop_map(|(record, value)| Step::Put(record, value)),
        (0..16_u8).prop_map(Step::Get),
        (-5..40_i64).prop_map(Step::Tick),
    ]
}

proptest! {
    /// Whatever happens: only the last value of the exact record, never too old, never more than there is room for.
    #[test]
    fn nothing_but_what_was_put_in_time(steps in proptest::collection::vec(step(), 1..200)) {
        let cache = Cache::new(limits(AGE));
        let mut put = HashMap::new();
        let mut now = 1_000_000_u64;
        for step in steps {
            match step {
                Step::Put(index, content) => {
                    cache.put(&record(index), &value(content), UnixTime(now));
                    put.insert(index, (content, now));
                }
                Step::Get(index) => {
                    if let Some(found) = cache.get(&record(index), UnixTime(now)) {
                        let (content, since) = put[&index];
                        let expected = value(content);
                        prop_assert_eq!(found.expose_secret(), expected.expose_secret());
                        prop_assert!(since <= now && now - since < AGE);
                    }
                }
                Step::Tick(seconds) => now = now.saturating_add_signed(seconds),
            }
            let entries = cache.entries();
            prop_assert!(entries.iter().map(Entry::bytes).sum::<usize>() <= limits(AGE).max_bytes);
            prop_assert!(entries.len() <= ROOM);
        }
    }
}
