//! How many bytes a store needs for a version, at most: known before anything is encrypted.
//!
//! A bound and not the size itself, because stores spell what they keep. It counts what they all do: the texts, names for
//! them, bytes as base64 and numbers as digits.

use std::collections::BTreeMap;

use ring::aead::MAX_TAG_LEN;

use crate::encryption_context::EncryptionContext;
use crate::id::Identity;
use crate::owner::Owner;
use crate::record::{Trigger, VersionItem};
use crate::seal::Nonce;
use crate::store::{DataKey, Encrypt};

/// Names of attributes, numbers, the token: whatever is in every version.
const FIXED_BYTES: usize = 1024;

/// What each former owner takes beside its texts: its token, and names for all of it.
const FORMER_OWNER_BYTES: usize = 160;

/// What each pair of a context takes beside its texts.
const PAIR_BYTES: usize = 8;

/// What a key's own ciphertext has more than its plaintext; some 150 bytes.
const KEY_OVERHEAD_BYTES: usize = 512;

/// The longest name of a key that a key answers with; those of today have some 80 bytes.
const KEY_ARN_BYTES: usize = 256;

/// What a value is before it is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsealed {
    /// A plaintext of so many bytes.
    Plaintext(usize),
    /// The ciphertext of a key, to be encrypted again.
    Ciphertext(usize),
}

impl Unsealed {
    /// What it will take in a store.
    fn sealed_bytes<K: Encrypt>(self) -> usize {
        match self {
            Self::Plaintext(bytes) if bytes > K::MAX_PLAINTEXT_BYTES => {
                base64_bytes(Nonce::BYTES + bytes + MAX_TAG_LEN) + base64_bytes(DataKey::BYTES + KEY_OVERHEAD_BYTES)
            }
            Self::Plaintext(bytes) | Self::Ciphertext(bytes) => base64_bytes(bytes + KEY_OVERHEAD_BYTES),
        }
    }
}

/// The most bytes that a store needs for a version of this secret, when the key `K` has encrypted its value. Which key
/// that will be is not known yet: there is room for any.
pub fn version_bytes<K: Encrypt>(
    identity: &Identity,
    item: &VersionItem,
    context: &EncryptionContext,
    value: Unsealed,
) -> usize {
    let Identity { store: _, stack_name, env, name } = identity;
    let address = stack_name.as_str().len() + env.as_str().len() + name.as_str().len();
    let former =
        item.adopted_from.iter().map(|former| FORMER_OWNER_BYTES + ownership_bytes(&former.owner, &former.trigger));
    let moved_from = item.moved_from.as_ref().map_or(0, |store| store.as_str().len());
    let public_key = item.description.public_key.as_ref().map_or(0, |key| key.openssh.len() + key.pem.len());
    FIXED_BYTES
        + address
        + ownership_bytes(&item.owner, &item.trigger)
        + former.sum::<usize>()
        + moved_from
        + public_key
        + context_bytes(context.pairs())
        + item.key_arn.0.len().max(KEY_ARN_BYTES)
        + value.sealed_bytes::<K>()
}

/// The most bytes that a store needs for these pairs of a context.
pub fn context_bytes(pairs: &BTreeMap<String, String>) -> usize {
    pairs.iter().map(|(key, value)| PAIR_BYTES + key.len() + value.len()).sum()
}

fn ownership_bytes(owner: &Owner, trigger: &Trigger) -> usize {
    let owner = match owner {
        Owner::Resource { stack_id, logical_resource_id } => {
            stack_id.as_str().len() + logical_resource_id.as_str().len()
        }
        Owner::Manual => 0,
    };
    let trigger = match trigger {
        Trigger::Rotation(trigger) => trigger.len(),
        Trigger::External => 0,
    };
    owner + trigger
}

/// The longest way in which a store keeps bytes.
const fn base64_bytes(bytes: usize) -> usize {
    4 * bytes.div_ceil(3)
}
