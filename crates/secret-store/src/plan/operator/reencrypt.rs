//! The same value under another key: which versions it takes, and what must not have changed meanwhile.

use crate::record::{KeyArn, UnixTime, VersionItem};

/// What to do about one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reencryption {
    /// Encrypt it under the key; write that only over the ciphertext that was read.
    Rewrite,
    /// It is under the key already.
    Done,
    /// Nobody can read it any more, nor restore it: it goes with its expiry.
    Expired,
}

/// Decides it from the version alone. Whose it is does not matter, nor whether it is set aside or retired: all that can
/// still be read or restored must be readable when the old key is gone. Neither owner nor state changes by it.
pub fn plan_reencrypt(item: &VersionItem, key: &KeyArn, now: UnixTime) -> Reencryption {
    if item.is_expired(now) {
        Reencryption::Expired
    } else if item.key_arn == *key {
        Reencryption::Done
    } else {
        Reencryption::Rewrite
    }
}
