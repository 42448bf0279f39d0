//! The KMS key, as the generator and as the getter may use it.

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use secrecy::{ExposeSecret, SecretString};
use secret_store::store::{Decrypt, Encrypt, Resource, Sealed, StoreError};
use secret_store::{EncryptionContext, KeyArn, KeyId, Record};
use zeroize::Zeroizing;

use crate::error::classify;

/// `kms:Encrypt`.
#[derive(Clone, Debug)]
pub struct EncryptionKey(Client);

impl EncryptionKey {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

impl Encrypt for EncryptionKey {
    async fn encrypt(
        &self,
        key: &KeyId,
        plaintext: &SecretString,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        let output = self
            .0
            .encrypt()
            .key_id(key.as_str())
            .plaintext(Blob::new(plaintext.expose_secret().as_bytes()))
            .set_encryption_context(Some(context.pairs().clone().into_iter().collect()))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:Encrypt", error))?;
        match (output.ciphertext_blob, output.key_id) {
            (Some(ciphertext), Some(key_arn)) => {
                Ok(Sealed { ciphertext: ciphertext.into_inner(), key_arn: KeyArn(key_arn) })
            }
            _ => Err(incomplete("Encrypt")),
        }
    }
}

/// `kms:Decrypt`.
#[derive(Clone, Debug)]
pub struct DecryptionKey(Client);

impl DecryptionKey {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

impl Decrypt for DecryptionKey {
    async fn decrypt(&self, record: &Record) -> Result<SecretString, StoreError> {
        let output = self
            .0
            .decrypt()
            // The key is named, so that a ciphertext of another key is refused rather than followed
            // (AWS KMS API reference, `Decrypt`, KeyId: a best practice).
            .key_id(&record.item.key_arn.0)
            .ciphertext_blob(Blob::new(record.ciphertext.clone()))
            .set_encryption_context(Some(record.context.pairs().clone().into_iter().collect()))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:Decrypt", error))?;
        let plaintext = output.plaintext.ok_or_else(|| incomplete("Decrypt"))?;
        let plaintext = Zeroizing::new(plaintext.into_inner());
        match std::str::from_utf8(&plaintext) {
            Ok(text) => Ok(SecretString::from(text)),
            Err(error) => Err(StoreError::Undecryptable(Box::new(error))),
        }
    }
}

/// An answer that lacks what the API reference promises.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {0} is incomplete")]
struct Incomplete(&'static str);

fn incomplete(operation: &'static str) -> StoreError {
    StoreError::Unavailable(Resource::Key, Box::new(Incomplete(operation)))
}
