//! What every store of secrets must do, one aspect in each function, so that the table in memory may stand in for
//! DynamoDB: a test runs all of them on both.
//!
//! Each aspect works on a stack name of its own; a store may therefore be shared by all of them. A write is decided
//! here by hand, without the rules of [`secret_store::plan`].

mod listing;
pub mod promises;

use std::collections::BTreeMap;

use secret_store::{
    AdoptedFrom, Cause, Ciphertext, Description, EncryptionContext, EntropyBits, Head, Identity, KeyArn,
    LogicalResourceId, Owner, PublicKey, Record, RequestToken, Retirement, Snapshot, StackId, Stored, Superseded,
    Trigger, UnixTime, Version, VersionItem,
    plan::{Changes, operator::Expired},
    seal::Nonce,
    store::{
        EraseExpired, Erasure, GetHead, GetVersion, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError,
        WriteError, WriteVersions,
    },
};

pub use listing::a_list_has_what_the_queries_have;

/// The name of the table that a store must have.
pub const TABLE: &str = "secrets";

/// More than DynamoDB returns at once: a Query ends after 1 MB (Amazon DynamoDB API reference, `Query`).
const MANY_VERSIONS: u64 = 120;
const LARGE_VALUE: usize = 10_000;

/// What AES-256-GCM adds at the end (NIST SP 800-38D).
const TAG_BYTES: usize = 16;

/// What the generator has, and what an operator has beside it.
pub trait Writer: QueryVersions + WriteVersions + ReplaceCiphertext + EraseExpired {}
impl<T: QueryVersions + WriteVersions + ReplaceCiphertext + EraseExpired> Writer for T {}

/// What the getter has.
pub trait Reader: QueryVersions + GetHead + GetVersion {}
impl<T: QueryVersions + GetHead + GetVersion> Reader for T {}

/// All that is stored of a secret, as a reader gets it: the head and each version by its number.
pub async fn stored(reader: &impl Reader, identity: &Identity) -> Result<Stored, StoreError> {
    let Snapshot { head, versions } = reader.query(identity).await?;
    assert_eq!(reader.get_head(identity).await?, head);
    let mut records = Vec::new();
    for item in versions {
        let record = reader.get(identity, item.version).await?.expect("what a query has found is there");
        assert_eq!(record.item, item);
        records.push(record);
    }
    Ok(Stored { head, records })
}

/// Of a secret that nobody made, there is nothing.
pub async fn an_unknown_secret_is_empty(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("unknown", writer, reader);
    assert_eq!(secret.stored().await, Stored::default());
    assert_eq!(secret.get(1).await, None);
}

/// A new version and the head that names it are there together, as they were written.
pub async fn a_mint_writes_head_and_version_together(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("mint", writer, reader);
    let first = secret.mint().await;
    assert_eq!(secret.stored().await, Stored { head: Some(head(1, 1)), records: vec![first.clone()] });
    let second = secret.mint().await;
    assert_eq!(secret.stored().await, Stored { head: Some(head(2, 2)), records: vec![first.clone(), second.clone()] });
    assert_eq!(secret.get(1).await, Some(first));
    assert_eq!(secret.get(2).await, Some(second));
    assert_eq!(secret.get(3).await, None);
}

/// Every kind of owner, trigger and context comes back as it was.
pub async fn every_part_of_a_version_comes_back(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("parts", writer, reader);
    let added = BTreeMap::from([("Team".to_owned(), "web & söhne".to_owned())]);
    let mut record = secret.record(1);
    record.item.owner = Owner::Manual;
    record.item.trigger = Trigger::External;
    record.item.created_at = UnixTime(u64::from(u32::MAX) + 1);
    record.context = EncryptionContext::new(&secret.identity, Version::FIRST, &added).unwrap();
    record.ciphertext = Ciphertext::Direct((0..=255).collect());
    record.item.description.entropy = Some(EntropyBits::floor(190.5));
    secret.write(&secret.changes(1).await, Some(&record)).await.unwrap();
    assert_eq!(secret.get(1).await, Some(record.clone()));

    record.item = VersionItem { version: number(2), trigger: Trigger::Rotation(String::new()), ..record.item };
    record.context = secret.record(2).context;
    record.ciphertext = Ciphertext::Envelope { sealed: (0..=255).collect(), data_key: vec![7; 184] };
    let public_key = PublicKey { openssh: "ssh-ed25519 AAAA".to_owned(), pem: "-----BEGIN\n".to_owned() };
    record.item.description = Description { entropy: None, public_key: Some(public_key) };
    secret.write(&secret.changes(2).await, Some(&record)).await.unwrap();
    assert_eq!(secret.get(2).await, Some(record));
}

/// A number is given once: whoever comes second changes nothing, not even the head.
pub async fn a_taken_number_conflicts_and_changes_nothing(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("taken", writer, reader);
    secret.mint().await;
    secret.mint().await;
    let before = secret.stored().await;
    let mut other = secret.record(1);
    other.ciphertext = Ciphertext::Direct(b"another value".to_vec());
    secret.conflicts(&secret.changes(1).await, Some(&other)).await;
    assert_eq!(secret.stored().await, before);
}

/// What was decided on another head than there is by now changes nothing.
pub async fn a_stale_head_conflicts_and_changes_nothing(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("stale", writer, reader);
    let before_the_first = secret.changes(3).await;
    secret.mint().await;
    let before_the_second = secret.changes(3).await;
    secret.mint().await;
    let before = secret.stored().await;
    let now = secret.changes(3).await;
    let reborn = Changes { read: Some(Head { as_of: UnixTime(7), ..now.read.clone().unwrap() }), ..now };
    for stale in [before_the_first, before_the_second, reborn] {
        secret.conflicts(&stale, Some(&secret.record(3))).await;
        assert_eq!(secret.stored().await, before);
    }

    let gone = Secret::new("stale-and-gone", writer, reader);
    let changes = Changes { read: Some(head(1, 1)), ..gone.changes(1).await };
    gone.conflicts(&changes, Some(&gone.record(1))).await;
    assert_eq!(gone.stored().await, Stored::default());
}

/// A version that is gone is not made anew by a change of it, and what stands beside that change is not done either.
pub async fn a_change_of_a_gone_version_conflicts(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("gone", writer, reader);
    secret.mint().await;
    let before = secret.stored().await;
    let read = secret.changes(1).await;
    let superseded = VersionItem {
        superseded: Some(Superseded { at: UnixTime(5), cause: Cause::Deleted }),
        ..secret.record(1).item
    };
    let update = Changes { update: vec![superseded.clone(), secret.record(2).item], ..read.clone() };
    let erase = Changes { update: vec![superseded], erase: vec![number(2)], ..read };
    for changes in [update, erase] {
        secret.conflicts(&changes, Some(&secret.record(3))).await;
        assert_eq!(secret.stored().await, before);
    }
}

/// Owner and state change; value, key, context and time of birth never do.
pub async fn a_change_of_state_leaves_the_value_alone(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("state", writer, reader);
    let before = secret.mint().await;
    let changed = VersionItem {
        owner: owner("New"),
        token: RequestToken::manual("new"),
        trigger: Trigger::Rotation("new".to_owned()),
        superseded: Some(Superseded { at: UnixTime(5), cause: Cause::Deleted }),
        ..before.item.clone()
    };
    let forged = VersionItem {
        key_arn: KeyArn("another".to_owned()),
        created_at: UnixTime(9),
        description: Description { entropy: Some(EntropyBits::floor(1.0)), public_key: None },
        ..changed.clone()
    };
    secret.update(forged).await;
    assert_eq!(secret.get(1).await, Some(Record { item: changed, ..before }));
}

/// Former owners keep their order and their parts, and leave no trace once the last one has the version back.
pub async fn adoption_survives_a_round_trip(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("adoption", writer, reader);
    let before = secret.mint().await.item;
    let former = |owner, trigger, token, times: [Option<u64>; 2]| {
        let [retained_at, at] = times.map(|time| time.map(UnixTime));
        AdoptedFrom { owner, token: RequestToken::manual(token), trigger, retained_at, at }
    };
    let adopted_from = vec![
        former(owner("Second"), Trigger::Rotation("2".to_owned()), "second", [None, Some(7)]),
        former(Owner::Manual, Trigger::External, "first", [Some(5), Some(6)]),
        former(owner("Second"), Trigger::Rotation(String::new()), "again", [None, None]),
    ];
    let adopted = VersionItem { owner: owner("Third"), adopted_from, ..before.clone() };
    secret.update(adopted.clone()).await;
    assert_eq!(secret.only_version().await, adopted);
    secret.update(before.clone()).await;
    assert_eq!(secret.only_version().await, before);
}

/// The table that a version's owner came from is kept, and forgotten.
pub async fn a_move_survives_a_round_trip(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("move", writer, reader);
    let before = secret.mint().await.item;
    let moved = VersionItem {
        moved_from: Some("the-old.table".parse().unwrap()),
        kept_until: Some(UnixTime(4_000_000_000)),
        ..before.clone()
    };
    secret.update(moved.clone()).await;
    assert_eq!(secret.only_version().await, moved);
    secret.update(before.clone()).await;
    assert_eq!(secret.only_version().await, before);
}

/// Both times of a retirement are kept on version and head, and neither is left behind by a revival.
pub async fn a_revival_takes_every_trace_of_a_retirement_away(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("retirement", writer, reader);
    let before = secret.mint().await.item;
    let retired = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(20) });
    let out_of_use = VersionItem {
        retired,
        superseded: Some(Superseded { at: UnixTime(9), cause: Cause::Deleted }),
        ..before.clone()
    };
    let changes = secret.changes(1).await;
    let next = changes.head.clone();
    let head = Head { retired, ..next };
    let changes = Changes { head: head.clone(), update: vec![out_of_use.clone()], ..changes };
    secret.write(&changes, None).await.unwrap();
    assert_eq!(secret.snapshot().await, Snapshot { head: Some(head), versions: vec![out_of_use] });

    secret.update(before.clone()).await;
    let revived = secret.snapshot().await;
    assert_eq!(revived.head.unwrap().retired, None);
    assert_eq!(revived.versions, [before]);
}

/// What is erased is gone, the rest stays; the number is free again.
pub async fn what_is_erased_is_gone(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("erasure", writer, reader);
    secret.mint().await;
    let second = secret.mint().await;
    let changes = Changes { erase: vec![number(1)], ..secret.changes(2).await };
    secret.write(&changes, None).await.unwrap();
    assert_eq!(secret.stored().await.records, [second]);

    let changes = Changes { erase: vec![number(2)], ..secret.changes(2).await };
    secret.write(&changes, None).await.unwrap();
    assert_eq!(secret.stored().await, Stored { head: Some(head(2, 4)), records: vec![] });
    let anew = secret.record(2);
    secret.write(&secret.changes(2).await, Some(&anew)).await.unwrap();
    assert_eq!(secret.stored().await.records, [anew]);
}

/// Another key's ciphertext takes the place of the one that was read, in and out of an envelope, whatever the state; nothing
/// else of the version changes.
pub async fn a_value_gets_another_key_and_nothing_else(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("reencrypt", writer, reader);
    let envelope = Ciphertext::Envelope { sealed: (0..=255).collect(), data_key: vec![7; 184] };
    for (version, ciphertext) in [(1, Ciphertext::Direct(b"old".to_vec())), (2, envelope)] {
        let read = Record { ciphertext, ..secret.record(version) };
        secret.write(&secret.changes(version).await, Some(&read)).await.unwrap();
        // Owner and state of another request in between stay.
        let retired = Some(Retirement { at: UnixTime(10), expires_at: UnixTime(20) });
        let item = VersionItem { owner: Owner::Manual, retired, ..read.item.clone() };
        let update = Changes { update: vec![item.clone()], ..secret.changes(version).await };
        secret.write(&update, None).await.unwrap();

        let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
        writer.replace_ciphertext(&secret.identity, &read, &new).await.unwrap();
        let item = VersionItem { key_arn: new.key_arn.clone(), ..item };
        let ciphertext = read.ciphertext.reencrypted(new.ciphertext.clone());
        assert_eq!(secret.get(version).await, Some(Record { item, ciphertext, ..read.clone() }));
    }
}

/// What has expired is erased and nothing beside it; what is not to expire as it was read stays.
pub async fn only_what_expires_as_it_was_read_is_erased(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("expired", writer, reader);
    for _ in 0..2 {
        secret.mint().await;
    }
    let expired = Expired { version: number(1), expires_at: UnixTime(7) };
    let erase = async |expired: &Expired| writer.erase_expired(&secret.identity, expired).await.unwrap();
    let live = secret.stored().await;
    assert_eq!(erase(&expired).await, Erasure::LeftAlone);
    assert_eq!(secret.stored().await, live);

    let retired = Some(Retirement { at: UnixTime(1), expires_at: expired.expires_at });
    let item = VersionItem { retired, ..secret.record(1).item };
    secret.write(&Changes { update: vec![item], ..secret.changes(2).await }, None).await.unwrap();
    let before = secret.stored().await;
    for other in [Expired { expires_at: UnixTime(8), ..expired }, Expired { version: number(2), ..expired }] {
        assert_eq!(erase(&other).await, Erasure::LeftAlone);
    }
    assert_eq!(secret.stored().await, before);
    assert_eq!(erase(&expired).await, Erasure::Erased);
    assert_eq!(secret.stored().await, Stored { records: before.records[1..].to_vec(), ..before });
    assert_eq!(erase(&expired).await, Erasure::LeftAlone);
}

/// What was re-encrypted, erased or made anew since it was read is let alone.
pub async fn a_value_that_is_another_by_now_keeps_its_key(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("reencrypt-late", writer, reader);
    let new = Reencrypted { ciphertext: b"new".to_vec(), key_arn: KeyArn("another".to_owned()) };
    let conflicts = async |read: Record| {
        let before = secret.stored().await;
        let replaced = writer.replace_ciphertext(&secret.identity, &read, &new).await;
        assert!(matches!(replaced, Err(WriteError::Conflict)), "{replaced:?}");
        assert_eq!(secret.stored().await, before);
    };
    conflicts(secret.record(1)).await;
    let stored = secret.mint().await;
    conflicts(Record { ciphertext: Ciphertext::Direct(b"of another item".to_vec()), ..stored.clone() }).await;
    let item = VersionItem { key_arn: KeyArn("its former key".to_owned()), ..stored.item.clone() };
    conflicts(Record { item, ..stored.clone() }).await;
    let envelope = Ciphertext::Envelope { sealed: Vec::new(), data_key: b"of another item".to_vec() };
    conflicts(Record { ciphertext: envelope, ..stored }).await;
}

/// Secrets whose names begin alike do not mix.
pub async fn neighbors_do_not_mix(writer: &impl Writer, reader: &impl Reader) {
    let addresses = [
        ("neighbors", "prod", "default"),
        ("neighbors", "prod-eu", "default"),
        ("neighbors", "prod.eu", "default"),
        ("neighbors", "prod_", "default"),
        ("neighbors", "prod0", "default"),
        ("neighbors", "pro", "default"),
        ("neighbors", "prod", "NAME"),
        ("neighbors", "prod", "NAME-2"),
        ("neighbors-2", "prod", "default"),
    ];
    let secrets = addresses.map(|(stack, env, name)| Secret::at(stack, env, name, writer, reader));
    for (secret, versions) in secrets.iter().zip(1..) {
        for _ in 0..versions {
            secret.mint().await;
        }
    }
    for (secret, versions) in secrets.iter().zip(1..) {
        let records = (1..=versions).map(|version| secret.record(version)).collect();
        assert_eq!(secret.stored().await, Stored { head: Some(head(versions, versions)), records });
    }
}

/// More versions than DynamoDB returns at once are all there, in order.
pub async fn many_versions_are_read_whole(writer: &impl Writer, reader: &impl Reader) {
    let secret = Secret::new("many", writer, reader);
    let mut records = Vec::new();
    for version in 1..=MANY_VERSIONS {
        let record = Record { ciphertext: Ciphertext::Direct(vec![0x5a; LARGE_VALUE]), ..secret.record(version) };
        secret.write(&move_head_on(version), Some(&record)).await.unwrap();
        records.push(record);
    }
    let stored = secret.stored().await;
    assert_eq!(stored.head, Some(head(MANY_VERSIONS, MANY_VERSIONS)));
    // Not assert_eq!, which would print a megabyte.
    assert!(stored.records == records, "{} of {MANY_VERSIONS} versions", stored.records.len());
}

/// One write changes as many versions as the store says, beside the head and a new one.
pub async fn the_largest_write_fits<W: Writer>(writer: &W, reader: &impl Reader) {
    let secret = Secret::new("largest", writer, reader);
    let most = u64::try_from(W::LIMITS.changed_versions).unwrap();
    for version in 1..=most {
        secret.write(&move_head_on(version), Some(&secret.record(version))).await.unwrap();
    }
    let superseded = |version| VersionItem {
        superseded: Some(Superseded { at: UnixTime(5), cause: Cause::Deleted }),
        ..secret.record(version).item
    };
    let newest = most + 1;
    let changes = Changes { update: (1..=most).map(superseded).collect(), ..move_head_on(newest) };
    secret.write(&changes, Some(&secret.record(newest))).await.unwrap();
    let snapshot = secret.snapshot().await;
    let active = snapshot.versions.iter().filter(|item| item.is_active());
    assert!(active.map(|item| item.version).eq([number(newest)]));
}

/// A value as long as the store says fits into a version, in the envelope that it then has.
pub async fn the_longest_value_fits<W: Writer>(writer: &W, reader: &impl Reader) {
    let secret = Secret::new("longest", writer, reader);
    let sealed = vec![0x5a; Nonce::BYTES + W::LIMITS.value_bytes + TAG_BYTES];
    let record = Record { ciphertext: Ciphertext::Envelope { sealed, data_key: vec![7; 184] }, ..secret.record(1) };
    secret.write(&move_head_on(1), Some(&record)).await.unwrap();
    // Not assert_eq!, which would print a megabyte.
    assert!(secret.get(1).await == Some(record));
}

/// One secret of the store under test.
#[derive(Debug)]
pub struct Secret<'s, W, R> {
    writer: &'s W,
    reader: &'s R,
    /// Which one.
    pub identity: Identity,
}

impl<'s, W: Writer, R: Reader> Secret<'s, W, R> {
    /// That of a stack, under the usual Env and Name.
    pub fn new(stack: &str, writer: &'s W, reader: &'s R) -> Self {
        Self::at(stack, "prod", "default", writer, reader)
    }

    fn at(stack: &str, env: &str, name: &str, writer: &'s W, reader: &'s R) -> Self {
        let identity = Identity {
            store: TABLE.parse().unwrap(),
            stack_name: stack.parse().unwrap(),
            env: env.parse().unwrap(),
            name: name.parse().unwrap(),
        };
        Self { writer, reader, identity }
    }

    /// All that is stored. Both sides see the same of it.
    pub async fn stored(&self) -> Stored {
        let stored = stored(self.reader, &self.identity).await.unwrap();
        let snapshot = self.writer.query(&self.identity).await.unwrap();
        assert_eq!(snapshot.head, stored.head);
        assert!(snapshot.versions.iter().eq(stored.records.iter().map(|record| &record.item)));
        stored
    }

    /// The same without the values.
    pub async fn snapshot(&self) -> Snapshot {
        let Stored { head, records } = self.stored().await;
        Snapshot { head, versions: records.into_iter().map(|record| record.item).collect() }
    }

    async fn only_version(&self) -> VersionItem {
        let mut versions = self.snapshot().await.versions;
        assert_eq!(versions.len(), 1);
        versions.remove(0)
    }

    /// The version of that number.
    pub async fn get(&self, version: u64) -> Option<Record> {
        self.reader.get(&self.identity, number(version)).await.unwrap()
    }

    /// Writes what was decided by hand.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn write(&self, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.writer.write(&self.identity, changes, new).await
    }

    async fn conflicts(&self, changes: &Changes, new: Option<&Record>) {
        let written = self.write(changes, new).await;
        assert!(matches!(written, Err(WriteError::Conflict)), "{written:?}");
    }

    /// Stores the next version and makes it current.
    pub async fn mint(&self) -> Record {
        let newest = self.snapshot().await.versions.last().map_or(0, |item| item.version.number());
        let record = self.record(newest + 1);
        self.write(&self.changes(newest + 1).await, Some(&record)).await.unwrap();
        record
    }

    /// Stores another owner or state of a version.
    pub async fn update(&self, item: VersionItem) {
        let changes = self.changes(item.version.number()).await;
        self.write(&Changes { update: vec![item], ..changes }, None).await.unwrap();
    }

    /// A write that makes `current` current, decided on what is stored now.
    pub async fn changes(&self, current: u64) -> Changes {
        move_head(self.snapshot().await.head, current)
    }

    /// A write that makes `current` current, decided on this head.
    pub fn changes_of(&self, read: Option<Head>, current: u64) -> Changes {
        move_head(read, current)
    }

    /// The version of that number, each one different.
    pub fn record(&self, version: u64) -> Record {
        let number = number(version);
        let item = VersionItem {
            version: number,
            owner: owner("DbSecret"),
            token: RequestToken::manual(&format!("request {version}")),
            trigger: Trigger::Rotation(version.to_string()),
            adopted_from: Vec::new(),
            moved_from: None,
            kept_until: None,
            superseded: None,
            retired: None,
            key_arn: KeyArn("arn:aws:kms:eu-west-1:123456789012:key/1".to_owned()),
            created_at: UnixTime(version),
            description: Description::default(),
        };
        let context = EncryptionContext::new(&self.identity, number, &BTreeMap::new()).unwrap();
        let Identity { env, name, .. } = &self.identity;
        let ciphertext = format!("value {version} of {env}/{name}").into_bytes();
        Record { item, context, ciphertext: Ciphertext::Direct(ciphertext) }
    }
}

/// A write that makes `current` current.
fn move_head(read: Option<Head>, current: u64) -> Changes {
    let revision = read.as_ref().map_or(1, |head| head.revision + 1);
    Changes { read, head: head(current, revision), update: Vec::new(), erase: Vec::new() }
}

/// The same, where every write so far stored a version.
fn move_head_on(current: u64) -> Changes {
    move_head((current > 1).then(|| head(current - 1, current - 1)), current)
}

/// A head in use; its time follows its revision.
fn head(current: u64, revision: u64) -> Head {
    Head { current: number(current), as_of: UnixTime(1000 + revision), retired: None, revision }
}

fn owner(logical_resource_id: &str) -> Owner {
    Owner::Resource {
        stack_id: StackId::new("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"),
        logical_resource_id: LogicalResourceId::new(logical_resource_id),
    }
}

fn number(version: u64) -> Version {
    Version::new(version).unwrap()
}
