//! What is kept of an account: how its password was hashed and under which key the hash was authenticated, but neither the
//! password nor the hash.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::hash::{Cost, Salt, Tag};
use crate::{Seconds, UserName};

/// Says of a MAC that it is one of a password of this format, so that the key never makes one for two purposes.
const PURPOSE: &[u8] = b"cfn-secrets/accounts/password/1\0";

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How the password was hashed.
    pub cost: Cost,
    /// With which salt.
    pub salt: Salt,
    /// What the key made of it: [`mac_message`].
    pub mac: Mac,
    /// Which key that was.
    pub key: String,
    /// Counts the passwords of the account, from 1: a session of an earlier one has ended.
    pub generation: u64,
    /// Since when there has been an account.
    pub created_at: Seconds,
    /// Set by an operator who learns that the password is known to others: nobody is let in with it any more, but it can
    /// still be changed.
    pub must_change: bool,
}

/// HMAC-SHA-256 of a key that nobody can read.
#[derive(Clone, Copy, Debug)]
pub struct Mac(pub [u8; 32]);

impl PartialEq for Mac {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Mac {}

/// What the key authenticates: the hash, how it was made, and whose it is. So no record is worth anything under another
/// name or with other parameters. All but the name has a fixed length.
pub fn mac_message(cost: Cost, salt: &Salt, tag: &Tag, user: &UserName) -> Vec<u8> {
    let cost = Sha256::digest(cost.as_str());
    [PURPOSE, cost.as_slice(), &salt.0, &tag.0, user.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_makes_another_message() {
        let user = |name| UserName::new(name).unwrap();
        let base = mac_message(Cost::M19456T2, &Salt([1; 16]), &Tag([2; 32]), &user("anna"));
        for other in [
            mac_message(Cost::M12288T3, &Salt([1; 16]), &Tag([2; 32]), &user("anna")),
            mac_message(Cost::M19456T2, &Salt([3; 16]), &Tag([2; 32]), &user("anna")),
            mac_message(Cost::M19456T2, &Salt([1; 16]), &Tag([3; 32]), &user("anna")),
            mac_message(Cost::M19456T2, &Salt([1; 16]), &Tag([2; 32]), &user("anne")),
        ] {
            assert_ne!(base, other);
        }
        let longest = mac_message(Cost::CURRENT, &Salt([0; 16]), &Tag([0; 32]), &user(&"🐠".repeat(64)));
        assert!(longest.len() <= 4096, "the most that KMS takes");
    }
}
