//! The KMS key, as the generator and as the getter may use it.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use secrecy::{ExposeSecret, SecretString};
use secret_store::store::{DataKey, Decrypt, Encrypt, GenerateDataKey, ReEncrypt, Resource, Sealed, StoreError};
use secret_store::{Ciphertext, EncryptionContext, KeyArn, KeyId, SourceContext};
use zeroize::Zeroizing;

use crate::error::classify;

/// `kms:Encrypt`, `GenerateDataKey`, `ReEncryptFrom` and `ReEncryptTo`.
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
            .set_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:Encrypt", error))?;
        sealed(output.ciphertext_blob, output.key_id).ok_or_else(|| incomplete("Encrypt"))
    }
}

impl GenerateDataKey for EncryptionKey {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        let output = self
            .0
            .generate_data_key()
            .key_id(key.as_str())
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:GenerateDataKey", error))?;
        let plaintext = output.plaintext.map(|plaintext| Zeroizing::new(plaintext.into_inner()));
        let key = plaintext.and_then(|plaintext| Some(Zeroizing::new(plaintext.as_slice().try_into().ok()?)));
        match (key, output.ciphertext_blob, output.key_id) {
            (Some(plaintext), Some(encrypted), Some(key_arn)) => {
                Ok(DataKey { plaintext, encrypted: encrypted.into_inner(), key_arn: KeyArn(key_arn) })
            }
            _ => Err(incomplete("GenerateDataKey")),
        }
    }
}

impl ReEncrypt for EncryptionKey {
    async fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        let output = self
            .0
            .re_encrypt()
            // The source key is not named: it may be any that the role may use, and KMS reads it from the ciphertext.
            .ciphertext_blob(Blob::new(ciphertext))
            .set_source_encryption_context(Some(source.pairs().clone().into_iter().collect()))
            .destination_key_id(key.as_str())
            .set_destination_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:ReEncryptFrom or kms:ReEncryptTo", error))?;
        sealed(output.ciphertext_blob, output.key_id).ok_or_else(|| incomplete("ReEncrypt"))
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
    async fn decrypt(
        &self,
        key: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let output = self
            .0
            .decrypt()
            // The key is named, so that a ciphertext of another key is refused rather than followed
            // (AWS KMS API reference, `Decrypt`, KeyId: a best practice).
            .key_id(&key.0)
            .ciphertext_blob(Blob::new(ciphertext))
            .set_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(Resource::Key, "kms:Decrypt", error))?;
        let plaintext = output.plaintext.ok_or_else(|| incomplete("Decrypt"))?;
        Ok(Zeroizing::new(plaintext.into_inner()))
    }
}

fn pairs(context: &EncryptionContext) -> Option<HashMap<String, String>> {
    Some(context.pairs().clone().into_iter().collect())
}

fn sealed(ciphertext: Option<Blob>, key_arn: Option<String>) -> Option<Sealed> {
    Some(Sealed { ciphertext: Ciphertext::Kms(ciphertext?.into_inner()), key_arn: KeyArn(key_arn?) })
}

/// An answer that lacks what the API reference promises.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {0} is incomplete")]
struct Incomplete(&'static str);

fn incomplete(operation: &'static str) -> StoreError {
    StoreError::Unavailable(Resource::Key, Box::new(Incomplete(operation)))
}
