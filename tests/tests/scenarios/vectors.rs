//! Stored items of format 1, as files that never change: every release reads them, and this one writes the very same.
//!
//! `docs/format.md` is the prose to `tests/vectors/items`. All of its files together are two secrets of one table.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use aws_sdk_dynamodb::types::AttributeValue;
use secret_store::{
    AdoptedFrom, Cause, Ciphertext, Description, EncryptionContext, EntropyBits, Head, Identity, KeyArn,
    LogicalResourceId, Owner, PublicKey, Record, Retirement, StackId, Stored, Superseded, Trigger, UnixTime, Version,
    VersionItem,
    plan::Changes,
    store::{QueryVersions, StoreError, WriteVersions},
};
use serde_json::Value;
use store_dynamodb::{TableReader, TableWriter};
use tests::{
    aws::{Account, Engine, Item},
    conformance, paths,
    world::text,
};

#[tokio::test]
async fn every_vector_is_read() {
    let account = Account::new(Engine::Ministack).await;
    for (_, item) in vectors("items") {
        account.put_item(&item).await;
    }
    let (reader, writer) = (TableReader::new(account.dynamodb.clone()), TableWriter::new(account.dynamodb));
    for (identity, expected) in secrets() {
        let stored = conformance::stored(&reader, &identity).await.unwrap();
        assert_eq!(stored, expected);
        let snapshot = writer.query(&identity).await.unwrap();
        assert_eq!(snapshot.head, expected.head);
        assert!(snapshot.versions.iter().eq(expected.records.iter().map(|record| &record.item)));
    }
}

#[tokio::test]
async fn what_is_written_is_what_the_vectors_say() {
    let account = Account::new(Engine::Ministack).await;
    let table = TableWriter::new(account.dynamodb.clone());
    for (identity, Stored { head, records }) in secrets() {
        let head = head.unwrap();
        let mut read = None;
        for (record, revision) in records.iter().zip(0..) {
            let next = Head { revision, ..head.clone() };
            let changes =
                Changes { read: read.replace(next.clone()), head: next, update: Vec::new(), erase: Vec::new() };
            table.write(&identity, &changes, Some(record)).await.unwrap();
        }
        let changes = Changes { read, head, update: Vec::new(), erase: Vec::new() };
        table.write(&identity, &changes, None).await.unwrap();
    }
    let written: BTreeMap<String, Item> =
        account.items().await.into_iter().map(|item| (text(&item, "Env"), item)).collect();
    let expected: BTreeMap<String, Item> =
        vectors("items").into_values().map(|item| (text(&item, "Env"), item)).collect();
    assert_eq!(written, expected);
}

#[tokio::test]
async fn every_refused_vector_is_refused() {
    let [(identity, _), _] = secrets();
    for (name, item) in vectors("items/refused") {
        let account = Account::new(Engine::Ministack).await;
        account.put_item(&item).await;
        let table = TableReader::new(account.dynamodb);
        let read = conformance::stored(&table, &identity).await;
        assert!(matches!(read, Err(StoreError::Malformed { .. })), "{name}: {read:?}");
    }
}

/// What the vectors mean.
fn secrets() -> [(Identity, Stored); 2] {
    let (prod, reporting) = (identity("default"), identity("reporting"));
    let this = |id: &str| resource("11111111-2222-3333-4444-555555555555", id);
    let retired_until = |at| Some(Retirement { at: UnixTime(at), expires_at: UnixTime(at + 30 * 24 * 60 * 60) });

    let superseded = version(1, this("DbSecret"), rotation("2026-09"));
    let former_stack = resource("00000000-2222-3333-4444-555555555555", "DbSecret");
    let retired = version(2, former_stack, rotation("2026-10"));
    let adopted = version(3, this("Renamed"), rotation(""));
    let from = |owner, token: &str, trigger| AdoptedFrom {
        owner,
        token: token.repeat(32).parse().unwrap(),
        trigger,
        retained_at: None,
        at: None,
    };
    let adopted_from =
        vec![from(this("DbSecret"), "a3", rotation("2026-10")), from(Owner::Manual, "b3", Trigger::External)];
    let moved = version(6, this("Moved"), rotation("2026-11"));
    let records = [
        VersionItem {
            superseded: Some(Superseded { at: UnixTime(1_790_000_250), cause: Cause::Deleted }),
            ..superseded
        },
        VersionItem { retired: retired_until(1_790_000_300), ..retired },
        VersionItem { adopted_from, ..adopted },
        version(4, this("Imported"), Trigger::External),
        version(5, Owner::Manual, rotation("")),
        VersionItem { moved_from: Some("the-old.table".parse().unwrap()), ..moved },
    ];
    let mut records: Vec<Record> = records.into_iter().map(|item| record(&prod, item, &[])).collect();
    records.push(record(&prod, version(7, this("DbSecret"), rotation("2026-11")), &[("Team", "web")]));
    let described = |description| VersionItem { description, ..version(8, this("SshKey"), rotation("1")) };
    let public_key =
        PublicKey { openssh: "ssh-ed25519 AAAA".to_owned(), pem: "-----BEGIN PUBLIC KEY-----\n".to_owned() };
    let entropy = Some(EntropyBits::floor(128.0));
    records.push(record(&prod, described(Description { entropy, public_key: Some(public_key) }), &[]));
    let enveloped = record(&prod, version(9, this("Certificate"), Trigger::External), &[]);
    let ciphertext = Ciphertext::Envelope {
        sealed: b"nonce, ciphertext and tag of value 9".to_vec(),
        data_key: b"what KMS made of its data key".to_vec(),
    };
    records.push(Record { ciphertext, ..enveloped });
    let retained = VersionItem {
        version: number(10),
        token: "0a".repeat(32).parse().unwrap(),
        superseded: Some(Superseded { at: UnixTime(1_790_000_950), cause: Cause::Retained }),
        ..version(9, this("DbSecret"), rotation("2026-10"))
    };
    records.push(record(&prod, retained, &[]));
    let head = Head { current: number(7), as_of: UnixTime(1_790_000_700), retired: None, revision: 12 };
    let first = Stored { head: Some(head), records };

    let retired = retired_until(1_790_000_900);
    let item = VersionItem {
        superseded: Some(Superseded { at: UnixTime(1_790_000_850), cause: Cause::Deleted }),
        retired,
        token: "08".repeat(32).parse().unwrap(),
        created_at: UnixTime(1_790_000_800),
        ..version(1, this("Reporting"), rotation("1"))
    };
    let head = Head { current: Version::FIRST, as_of: UnixTime(1_790_000_800), retired, revision: 2 };
    let second = Stored { head: Some(head), records: vec![record(&reporting, item, &[])] };
    [(prod, first), (reporting, second)]
}

/// A version in use, whose token and time of birth follow its number.
fn version(version: u64, owner: Owner, trigger: Trigger) -> VersionItem {
    VersionItem {
        version: number(version),
        owner,
        token: format!("0{version}").repeat(32).parse().unwrap(),
        trigger,
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired: None,
        key_arn: KeyArn("arn:aws:kms:eu-west-1:123456789012:key/99999999-8888-7777-6666-555555555555".to_owned()),
        created_at: UnixTime(1_790_000_000 + 100 * version),
        description: Description::default(),
    }
}

fn record(identity: &Identity, item: VersionItem, added: &[(&str, &str)]) -> Record {
    let added = added.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let context = EncryptionContext::new(identity, item.version, &added).unwrap();
    let ciphertext = format!("what KMS made of value {}", item.version).into_bytes();
    Record { item, context, ciphertext: Ciphertext::Direct(ciphertext) }
}

fn resource(guid: &str, logical_resource_id: &str) -> Owner {
    Owner::Resource {
        stack_id: StackId::new(format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/{guid}")),
        logical_resource_id: LogicalResourceId::new(logical_resource_id),
    }
}

fn rotation(trigger: &str) -> Trigger {
    Trigger::Rotation(trigger.to_owned())
}

fn number(version: u64) -> Version {
    Version::new(version).unwrap()
}

fn identity(name: &str) -> Identity {
    Identity {
        store: "secrets".parse().unwrap(),
        stack_name: "shop".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: name.parse().unwrap(),
    }
}

/// The items of a folder of vectors, by file name.
fn vectors(folder: &str) -> BTreeMap<String, Item> {
    let folder = paths::repository().join("tests/vectors").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.map(|path| (path.file_name().unwrap().display().to_string(), vector(&path))).collect()
}

fn vector(path: &Path) -> Item {
    let file: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file.into_iter().map(|(name, value)| (name, attribute(&value))).collect()
}

/// An attribute value as DynamoDB's JSON has it: an object of one member, named for the type.
fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("L", Value::Array(items)) => AttributeValue::L(items.iter().map(attribute).collect()),
        ("M", Value::Object(members)) => {
            let members = members.iter().map(|(name, value)| (name.clone(), attribute(value)));
            AttributeValue::M(members.collect::<HashMap<_, _>>())
        }
        _ => panic!("no type of format 1: {kind}"),
    }
}
