//! What one write and one item may be at most, as DynamoDB has it.

use secret_store::store::Limits;

/// TransactWriteItems takes 100 items (Amazon DynamoDB API reference), of which the head and a new version are two.
const CHANGED_VERSIONS: usize = 100 - 2;

/// An item has at most 400 KB (Amazon DynamoDB developer guide, "Item size").
const ITEM_BYTES: usize = 400 * 1024;

/// Of these, what is left for everything but the value: names, ids, former owners, public keys.
const REST_BYTES: usize = 9_600;

/// Values are stored as base64, which makes four bytes of three.
pub const LIMITS: Limits =
    Limits { changed_versions: CHANGED_VERSIONS, value_bytes: (ITEM_BYTES - REST_BYTES) / 4 * 3 };

const _: () = assert!(LIMITS.suffice(), "a table holds what a store must");
