//! How a value becomes a ciphertext and back: by the key itself where it takes so much, else in an envelope.
//!
//! An envelope is AES-256-GCM under a data key that was made for this one value, and that is stored encrypted beside it.
//! The encryption context is bound twice: to the data key, and as the associated data of the value. As such it is JSON without white space, its keys in ascending order of their code points (`docs/format.md`).

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce as RingNonce, UnboundKey};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::encryption_context::EncryptionContext;
use crate::names::KeyId;
use crate::record::{Ciphertext, Record};
use crate::store::{DataKey, Decrypt, Encrypt, GenerateDataKey, Sealed, StoreError};

/// The longest value, whichever store it is for: each must [hold](crate::store::Limits::LEAST) so much.
pub const MAX_VALUE_BYTES: usize = 300_000;

/// Twelve random bytes; drawn for each value anew, although each has a key of its own.
#[derive(Clone, Copy, Debug)]
pub struct Nonce(pub [u8; Self::BYTES]);

impl Nonce {
    /// 96 bits, as AES-GCM wants them (NIST SP 800-38D, 5.2.1.1).
    pub const BYTES: usize = NONCE_LEN;
}

/// Encrypts a value of at most [`MAX_VALUE_BYTES`].
///
/// # Errors
/// Whatever the key has against it.
pub async fn seal<K: Encrypt + GenerateDataKey>(
    key: &K,
    key_id: &KeyId,
    plaintext: &SecretString,
    context: &EncryptionContext,
    nonce: Nonce,
) -> Result<Sealed, StoreError> {
    if plaintext.expose_secret().len() <= K::MAX_PLAINTEXT_BYTES {
        return key.encrypt(key_id, plaintext, context).await;
    }
    let data_key = key.generate_data_key(key_id, context).await?;
    let sealed = seal_envelope(&data_key, plaintext.expose_secret().as_bytes(), context, nonce);
    Ok(Sealed { ciphertext: Ciphertext::Envelope { sealed, data_key: data_key.encrypted }, key_arn: data_key.key_arn })
}

/// Decrypts the value of a record.
///
/// # Errors
/// Whatever the key has against it; [`StoreError::Undecryptable`] for an envelope that was changed, and
/// [`StoreError::NotText`] for a value that is not UTF-8, which only a value from outside can be.
pub async fn open(key: &impl Decrypt, record: &Record) -> Result<SecretString, StoreError> {
    let decrypt = |blob| key.decrypt(&record.item.key_arn, blob, &record.context);
    let plaintext = match &record.ciphertext {
        Ciphertext::Direct(blob) => decrypt(blob).await?,
        Ciphertext::Envelope { sealed, data_key } => {
            let data_key = decrypt(data_key).await?;
            open_envelope(&data_key, sealed, &record.context)
                .ok_or_else(|| StoreError::Undecryptable(Changed.into()))?
        }
    };
    match std::str::from_utf8(&plaintext) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => Err(StoreError::NotText),
    }
}

/// An envelope that was not made with this key for this context, or was changed since.
#[derive(Debug, thiserror::Error)]
#[error("the envelope does not authenticate")]
struct Changed;

/// Nonce, ciphertext and tag.
fn seal_envelope(data_key: &DataKey, plaintext: &[u8], context: &EncryptionContext, nonce: Nonce) -> Vec<u8> {
    let Nonce(nonce) = nonce;
    // The plaintext is encrypted in place, so no copy of it is left behind.
    let mut sealed = Vec::with_capacity(nonce.len() + plaintext.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let (_, value) = sealed.split_at_mut(nonce.len());
    let tag = cipher(&data_key.plaintext)
        .seal_in_place_separate_tag(RingNonce::assume_unique_for_key(nonce), associated_data(context), value)
        .unwrap_or_else(|_| unreachable!("AES-GCM takes 64 GiB"));
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

fn open_envelope(data_key: &[u8], sealed: &[u8], context: &EncryptionContext) -> Option<Zeroizing<Vec<u8>>> {
    let data_key: &[u8; DataKey::BYTES] = data_key.try_into().ok()?;
    let (nonce, sealed) = sealed.split_first_chunk()?;
    let mut value = Zeroizing::new(sealed.to_vec());
    let nonce = RingNonce::assume_unique_for_key(*nonce);
    let length = cipher(data_key).open_in_place(nonce, associated_data(context), &mut value).ok()?.len();
    value.truncate(length);
    Some(value)
}

fn cipher(key: &[u8; DataKey::BYTES]) -> LessSafeKey {
    // "Less safe" because ring leaves the nonces to us.
    let key = UnboundKey::new(&AES_256_GCM, key).unwrap_or_else(|_| unreachable!("the key has AES-256's length"));
    LessSafeKey::new(key)
}

fn associated_data(context: &EncryptionContext) -> Aad<Vec<u8>> {
    let json = serde_json::to_vec(context.pairs()).unwrap_or_else(|_| unreachable!("a map of strings is JSON"));
    Aad::from(json)
}

#[cfg(test)]
mod tests;
