//! What one write and one item may be at most, as DynamoDB has it.

use secret_store::store::{Limits, Windows};

/// TransactWriteItems takes 100 items (Amazon DynamoDB API reference), of which the head and a new version are two.
const CHANGED_VERSIONS: usize = 100 - 2;

/// An item has at most 400 KB (Amazon DynamoDB developer guide, "Item size").
const ITEM_BYTES: usize = 400 * 1024;

/// Of these, what is left for everything but the value: names, ids, former owners, public keys.
const REST_BYTES: usize = 9_600;

/// Values are stored as base64, which makes four bytes of three.
pub const LIMITS: Limits = Limits {
    changed_versions: CHANGED_VERSIONS,
    value_bytes: (ITEM_BYTES - REST_BYTES) / 4 * 3,
    version_bytes: ITEM_BYTES,
    windows: Windows::PerSecret,
};

const _: () = assert!(LIMITS.suffice(), "a table holds what a store must");

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_dynamodb::types::AttributeValue;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use secret_store::size::{Unsealed, version_bytes};
    use secret_store::store::Encrypt;
    use secret_store::testing::MemoryKey;
    use secret_store::{
        AdoptedFrom, Cause, Ciphertext, Description, EncryptionContext, EntropyBits, Identity, KeyArn,
        LogicalResourceId, Owner, PublicKey, Record, RequestToken, Retirement, StackId, Superseded, Trigger, UnixTime,
        Version, VersionItem,
    };

    use super::*;
    use crate::item::{Item, version_item};

    /// The size of an item (Amazon DynamoDB developer guide, "DynamoDB item sizes and formats").
    fn item_bytes(item: &Item) -> usize {
        item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
    }

    fn value_bytes(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            // About a byte for two digits, and one more; never more than 21.
            AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
            AttributeValue::M(map) => 3 + map.len() + item_bytes(map),
            AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
            other => panic!("no version has {other:?}"),
        }
    }

    fn owners() -> impl Strategy<Value = Owner> {
        prop_oneof![
            Just(Owner::Manual),
            (".{0,300}", ".{0,255}").prop_map(|(stack_id, logical)| Owner::Resource {
                stack_id: StackId::new(stack_id),
                logical_resource_id: LogicalResourceId::new(logical),
            }),
        ]
    }

    fn triggers() -> impl Strategy<Value = Trigger> {
        prop_oneof![Just(Trigger::External), ".{0,300}".prop_map(Trigger::Rotation)]
    }

    fn versions() -> impl Strategy<Value = VersionItem> {
        let former = (owners(), triggers()).prop_map(|(owner, trigger)| AdoptedFrom {
            owner,
            token: RequestToken::from_bytes([0xff; 32]),
            trigger,
            retained_at: Some(UnixTime(u64::MAX)),
            at: Some(UnixTime(u64::MAX)),
        });
        let public_key = (".{0,700}", ".{0,900}").prop_map(|(openssh, pem)| PublicKey { openssh, pem });
        let parts = (owners(), triggers(), vec(former, 0..=16), proptest::option::of(public_key), any::<u64>());
        parts.prop_map(|(owner, trigger, adopted_from, public_key, time)| VersionItem {
            version: Version::FIRST,
            owner,
            token: RequestToken::from_bytes([0xff; 32]),
            trigger,
            adopted_from,
            moved_from: Some("a".repeat(255).parse().unwrap()),
            kept_until: Some(UnixTime(u64::MAX)),
            superseded: Some(Superseded { at: UnixTime(time), cause: Cause::Retained }),
            retired: Some(Retirement { at: UnixTime(time), expires_at: UnixTime(time) }),
            key_arn: KeyArn(String::new()),
            created_at: UnixTime(time),
            description: Description { entropy: Some(EntropyBits::floor(12_345.67)), public_key },
        })
    }

    fn identity(name: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: "s".repeat(128).parse().unwrap(),
            env: "e".repeat(64).parse().unwrap(),
            name: name.parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn no_item_is_larger_than_was_reckoned(
            item in versions(),
            added in btree_map(".{0,40}", ".{0,200}", 0..20),
            plaintext in prop_oneof![0_usize..10_000, 0..300_000_usize],
            overhead in 0_usize..=512,
            name in "[a-z]{1,64}",
            key_arn in "[a-z]{0,256}",
        ) {
            let identity = identity(&name);
            let context = EncryptionContext::new(&identity, item.version, &added);
            prop_assume!(context.is_ok());
            let context = context.unwrap();
            let reckoned = version_bytes::<MemoryKey>(&identity, &item, &context, Unsealed::Plaintext(plaintext));
            let ciphertext = if plaintext > MemoryKey::MAX_PLAINTEXT_BYTES {
                Ciphertext::Envelope { sealed: vec![0; 12 + plaintext + 16], data_key: vec![0; 32 + overhead] }
            } else {
                Ciphertext::Direct(vec![0; plaintext + overhead])
            };
            let item = VersionItem { key_arn: KeyArn(key_arn), ..item };
            let stored = item_bytes(&version_item(&identity, &Record { item, context, ciphertext }));
            prop_assert!(stored <= reckoned, "{stored} bytes, more than {reckoned}");
        }
    }

    /// With the longest trigger and names, and what a template usually adds to the context.
    #[test]
    fn the_longest_value_fits() {
        let identity = identity(&"n".repeat(64));
        let added = BTreeMap::from([("Team".to_owned(), "x".repeat(1000))]);
        let context = EncryptionContext::new(&identity, Version::FIRST, &added).unwrap();
        let item = VersionItem {
            version: Version::FIRST,
            owner: Owner::Resource {
                stack_id: StackId::new("s".repeat(250)),
                logical_resource_id: LogicalResourceId::new("l".repeat(255)),
            },
            token: RequestToken::from_bytes([0; 32]),
            trigger: Trigger::Rotation("t".repeat(1024)),
            adopted_from: Vec::new(),
            moved_from: None,
            kept_until: None,
            superseded: None,
            retired: None,
            key_arn: KeyArn(String::new()),
            created_at: UnixTime(0),
            description: Description::default(),
        };
        let bytes = |value| version_bytes::<MemoryKey>(&identity, &item, &context, Unsealed::Plaintext(value));
        assert!(bytes(secret_store::seal::MAX_VALUE_BYTES) < LIMITS.version_bytes);
        assert!(bytes(310_000) > LIMITS.version_bytes);
    }
}
