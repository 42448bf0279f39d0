//! A value, sealed into an item and opened again: AES in counter mode, then an HMAC of the ciphertext.
//!
//! The counter is the whole block of 16 bytes, big-endian, and begins at 1 for every value: safe only because each value
//! has a data key of its own. The HMAC covers the ciphertext alone, not the name: an item that somebody copies to another
//! name opens there as well, unless the encryption context says which it is of.

use std::fmt;

use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use aes::{Aes128, Aes192, Aes256};
use ctr::Ctr128BE;
use secrecy::{ExposeSecret as _, SecretSlice};
use zeroize::Zeroizing;

use crate::{Digest, Item, Place};

/// How long a data key is asked for: half of it for AES-256, half for the HMAC.
pub const DATA_KEY_BYTES: usize = 64;

/// A data key in the clear.
#[derive(Clone)]
pub struct DataKey(SecretSlice<u8>);

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotOpened {
    /// Another ciphertext, another HMAC or another key than when it was sealed.
    #[error("the value is not what was stored: its HMAC does not match")]
    WrongHmac,
    /// The data key is of a length that no writer uses.
    #[error("the data key has {0} bytes, and 32, 48 or 64 are usual")]
    KeyLength(usize),
}

impl DataKey {
    /// As KMS hands it out.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The half that encrypts and the half that authenticates.
    fn halves(&self) -> (&[u8], &[u8]) {
        let bytes = self.0.expose_secret();
        bytes.split_at(bytes.len() / 2)
    }

    /// Encrypts and decrypts, which is the same.
    ///
    /// # Errors
    /// For half a key that is none of AES.
    fn apply(&self, text: &mut [u8]) -> Result<(), NotOpened> {
        let mut start = [0; 16];
        start[15] = 1;
        let (key, _) = self.halves();
        let wrong = |_| NotOpened::KeyLength(self.0.expose_secret().len());
        match key.len() {
            // nodecredstash, and whoever asks KMS for less.
            16 => Ctr128BE::<Aes128>::new_from_slices(key, &start).map_err(wrong)?.apply_keystream(text),
            24 => Ctr128BE::<Aes192>::new_from_slices(key, &start).map_err(wrong)?.apply_keystream(text),
            _ => Ctr128BE::<Aes256>::new_from_slices(key, &start).map_err(wrong)?.apply_keystream(text),
        }
        Ok(())
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}

/// The item of a value. `encrypted_key` is the data key as KMS encrypted it.
///
/// # Errors
/// For a data key of a wrong length.
pub fn seal(
    place: Place,
    value: &[u8],
    key: &DataKey,
    encrypted_key: Vec<u8>,
    digest: Digest,
) -> Result<Item, NotOpened> {
    let mut ciphertext = value.to_vec();
    key.apply(&mut ciphertext)?;
    let hmac = digest.hmac(key.halves().1, &ciphertext);
    Ok(Item { place, encrypted_key, ciphertext, hmac, digest, comment: None })
}

/// The value of an item, whose HMAC is checked before anything is decrypted.
///
/// # Errors
/// For a value that is not what was stored.
pub fn open(item: &Item, key: &DataKey) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    if !item.digest.verifies(key.halves().1, &item.ciphertext, &item.hmac) {
        return Err(NotOpened::WrongHmac);
    }
    let mut value = Zeroizing::new(item.ciphertext.clone());
    key.apply(&mut value)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    #[test]
    fn half_a_key_is_one_of_aes() {
        let place = Place { name: "a".to_owned(), version: Version::first() };
        for (bytes, value) in [(32, &b"value"[..]), (48, b"value"), (64, b"value")] {
            let key = DataKey::new(vec![7; bytes]);
            let item = seal(place.clone(), value, &key, Vec::new(), Digest::Sha256).unwrap();
            assert_eq!(**open(&item, &key).unwrap(), *value);
        }
        let key = DataKey::new(vec![7; 20]);
        assert_eq!(seal(place, b"value", &key, Vec::new(), Digest::Md5), Err(NotOpened::KeyLength(20)));
        assert_eq!(format!("{key:?}"), "DataKey");
    }
}
