//! A key in memory that keeps a key's promise: what was encrypted under one key and context decrypts under no other. It hides
//! nothing from the test that holds it.

use std::fmt::Debug;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::encryption_context::{EncryptionContext, SourceContext};
use crate::names::KeyId;
use crate::record::{Ciphertext, KeyArn, Record};
use crate::store::{ChangeKey, DataKey, Decrypt, Encrypt, GenerateDataKey, ReEncrypt, Reencrypted, Sealed, StoreError};

/// Every key there is, each with its id as its ARN. A ciphertext is the key, the context and the plaintext.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryKey;

/// The key under which a test encrypts what the template gives as `EncryptedValue`.
const OUTSIDE: &str = "outside";

impl MemoryKey {
    /// What somebody encrypted for the secret of this address, outside of any stack.
    pub fn encrypt_outside(source: &SourceContext, plaintext: &[u8]) -> Vec<u8> {
        blob(OUTSIDE, source.pairs(), plaintext)
    }

    /// The value of a record, whatever its context.
    ///
    /// # Panics
    /// If it is an envelope, or another key's.
    pub fn value_of(record: &Record) -> String {
        let Ciphertext::Direct(blob) = &record.ciphertext else { panic!("a value that the key encrypts itself") };
        let text = std::str::from_utf8(blob).unwrap_or_else(|_| panic!("a text"));
        text.split_once(SEPARATOR).map_or_else(|| panic!("this key's own"), |(_, value)| value.to_owned())
    }
}

/// Stands in no name, so that the plaintext begins after the first one.
const SEPARATOR: char = '\u{1f}';

fn blob(key: &str, context: &impl Debug, plaintext: &[u8]) -> Vec<u8> {
    let mut blob = format!("{key} {context:?}{SEPARATOR}").into_bytes();
    blob.extend_from_slice(plaintext);
    blob
}

fn open<'a>(blob: &'a [u8], key: &str, context: &impl Debug) -> Result<&'a [u8], StoreError> {
    let prefix = self::blob(key, context, &[]);
    blob.strip_prefix(prefix.as_slice()).ok_or_else(|| StoreError::Undecryptable("another key or context".into()))
}

impl Encrypt for MemoryKey {
    const MAX_PLAINTEXT_BYTES: usize = 4096;

    async fn encrypt(
        &self,
        key: &KeyId,
        plaintext: &SecretString,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        let ciphertext = blob(key.as_str(), context.pairs(), plaintext.expose_secret().as_bytes());
        Ok(Sealed { ciphertext: Ciphertext::Direct(ciphertext), key_arn: KeyArn(key.to_string()) })
    }
}

/// The same data key for the same key and context, so that a test can be repeated.
impl GenerateDataKey for MemoryKey {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        let plaintext: [u8; DataKey::BYTES] = Sha256::digest(blob(key.as_str(), context.pairs(), &[])).into();
        let encrypted = blob(key.as_str(), context.pairs(), &plaintext);
        Ok(DataKey { plaintext: Zeroizing::new(plaintext), encrypted, key_arn: KeyArn(key.to_string()) })
    }
}

impl ReEncrypt for MemoryKey {
    async fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        let plaintext = open(ciphertext, OUTSIDE, source.pairs())?;
        let ciphertext = Ciphertext::Direct(blob(key.as_str(), context.pairs(), plaintext));
        Ok(Sealed { ciphertext, key_arn: KeyArn(key.to_string()) })
    }
}

impl ChangeKey for MemoryKey {
    async fn change_key(
        &self,
        from: &KeyArn,
        to: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Reencrypted, StoreError> {
        let plaintext = open(ciphertext, &from.0, context.pairs())?;
        Ok(Reencrypted { ciphertext: blob(&to.0, context.pairs(), plaintext), key_arn: to.clone() })
    }
}

impl Decrypt for MemoryKey {
    async fn decrypt(
        &self,
        key: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        Ok(Zeroizing::new(open(ciphertext, &key.0, context.pairs())?.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::names::Version;
    use crate::testing::at_once;
    use crate::{Identity, seal};

    fn identity(env: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: "shop".parse().unwrap(),
            env: env.parse().unwrap(),
            name: "default".parse().unwrap(),
        }
    }

    fn context(env: &str) -> EncryptionContext {
        EncryptionContext::new(&identity(env), Version::FIRST, &BTreeMap::new()).unwrap()
    }

    fn opened(sealed: &Sealed, key: &str, context: &EncryptionContext) -> Option<Vec<u8>> {
        let Ciphertext::Direct(blob) = &sealed.ciphertext else { panic!("short") };
        at_once(MemoryKey.decrypt(&KeyArn(key.to_owned()), blob, context)).ok().map(|value| value.to_vec())
    }

    #[test]
    fn a_value_opens_under_its_own_key_and_context_alone() {
        let key = "key".parse().unwrap();
        let sealed = at_once(MemoryKey.encrypt(&key, &SecretString::from("a|\u{1f}b"), &context("prod"))).unwrap();
        assert_eq!(opened(&sealed, "key", &context("prod")).unwrap(), "a|\u{1f}b".as_bytes());
        assert_eq!(opened(&sealed, "key", &context("dev")), None);
        assert_eq!(opened(&sealed, "other", &context("prod")), None);
    }

    #[test]
    fn a_value_from_outside_is_taken_for_the_secret_that_it_was_encrypted_for() {
        let outside = MemoryKey::encrypt_outside(&SourceContext::new(&identity("prod")), b"value");
        let re_encrypt = |env| {
            let source = SourceContext::new(&identity(env));
            at_once(MemoryKey.re_encrypt(&"key".parse().unwrap(), &outside, &source, &context(env)))
        };
        assert_eq!(opened(&re_encrypt("prod").unwrap(), "key", &context("prod")).unwrap(), b"value");
        assert!(matches!(re_encrypt("dev"), Err(StoreError::Undecryptable(_))));
    }

    #[test]
    fn a_value_under_another_key_opens_under_that_one_and_the_same_context_alone() {
        let sealed = at_once(MemoryKey.encrypt(&"key".parse().unwrap(), &"value".into(), &context("prod"))).unwrap();
        let to = KeyArn("other".to_owned());
        let change = |from: &str, env| {
            let from = KeyArn(from.to_owned());
            at_once(MemoryKey.change_key(&from, &to, sealed.ciphertext.by_the_key(), &context(env)))
        };
        let moved = change("key", "prod").unwrap();
        let ciphertext = sealed.ciphertext.reencrypted(moved.ciphertext);
        let moved = Sealed { ciphertext, key_arn: moved.key_arn };
        assert_eq!(opened(&moved, "other", &context("prod")).unwrap(), b"value");
        assert_eq!(opened(&moved, "key", &context("prod")), None);
        assert!(change("other", "prod").is_err() && change("key", "dev").is_err());
    }

    #[test]
    fn a_data_key_decrypts_to_itself() {
        let data_key = at_once(MemoryKey.generate_data_key(&"key".parse().unwrap(), &context("prod"))).unwrap();
        let decrypt = |env| at_once(MemoryKey.decrypt(&data_key.key_arn, &data_key.encrypted, &context(env)));
        assert_eq!(*decrypt("prod").unwrap(), *data_key.plaintext);
        assert!(decrypt("dev").is_err());
        let long = SecretString::from("x".repeat(MemoryKey::MAX_PLAINTEXT_BYTES + 1));
        let nonce = seal::Nonce([0; seal::Nonce::BYTES]);
        let sealed = at_once(seal::seal(&MemoryKey, &"key".parse().unwrap(), &long, &context("prod"), nonce)).unwrap();
        assert!(matches!(sealed.ciphertext, Ciphertext::Envelope { .. }));
    }
}
