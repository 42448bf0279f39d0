//! The KMS key, as whoever makes secrets and as whoever reads them may use it.

use std::collections::HashMap;

use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{Builder, Region};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_sdk_kms::{Client, Config};
use aws_session::{Session, WarmUp, WarmUpRequest, classify};
use secrecy::{ExposeSecret, SecretString};
use secret_store::store::{
    DataKey, Decrypt, Encrypt, GenerateDataKey, ReEncrypt, Resource, Sealed, Service, StoreError,
};
use secret_store::{Ciphertext, EncryptionContext, KeyArn, KeyId, SourceContext};
use zeroize::Zeroizing;

use crate::region::key_in;

/// What the messages of errors call it.
pub const KEY: Resource =
    Resource::Key(Service { name: "KMS", noun: "key", requirement: "the key must be a symmetric encryption key" });

/// The longest plaintext that KMS Encrypt takes (AWS KMS API reference, `Encrypt`, Plaintext).
pub const MAX_PLAINTEXT_BYTES: usize = 4096;

/// The key for whoever makes secrets: it encrypts and does not decrypt.
#[derive(Clone, Debug)]
pub struct EncryptionKey(Client);

impl EncryptionKey {
    /// The key over a session.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The key over a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `kms:Encrypt`.
impl Encrypt for EncryptionKey {
    const MAX_PLAINTEXT_BYTES: usize = MAX_PLAINTEXT_BYTES;

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
            .map_err(|error| classify(KEY, "kms:Encrypt", error))?;
        sealed(output.ciphertext_blob, output.key_id).ok_or_else(|| incomplete("Encrypt"))
    }
}

/// `kms:GenerateDataKey`.
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
            .map_err(|error| classify(KEY, "kms:GenerateDataKey", error))?;
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

/// `kms:ReEncryptFrom` and `kms:ReEncryptTo`.
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
            .map_err(|error| classify(KEY, "kms:ReEncryptFrom or kms:ReEncryptTo", error))?;
        sealed(output.ciphertext_blob, output.key_id).ok_or_else(|| incomplete("ReEncrypt"))
    }
}

/// The key for whoever reads secrets: it decrypts and does not encrypt.
#[derive(Clone, Debug)]
pub struct DecryptionKey(Client);

impl DecryptionKey {
    /// The key over a session.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The key over a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `kms:Decrypt`.
impl Decrypt for DecryptionKey {
    async fn decrypt(
        &self,
        key: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = key_in(self.0.config().region().map(Region::as_ref), key)?;
        let output = self
            .0
            .decrypt()
            // The key is named, so that a ciphertext of another key is refused rather than followed
            // (AWS KMS API reference, `Decrypt`, KeyId: a best practice).
            .key_id(key)
            .ciphertext_blob(Blob::new(ciphertext))
            .set_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(KEY, "kms:Decrypt", error))?;
        let plaintext = output.plaintext.ok_or_else(|| incomplete("Decrypt"))?;
        Ok(Zeroizing::new(plaintext.into_inner()))
    }
}

impl WarmUp for EncryptionKey {
    async fn warm_up(&self) {
        // A GET is never answered as the operation would be: this is an error, and means nothing.
        let _ = self.0.encrypt().customize().interceptor(WarmUpRequest).config_override(once()).send().await;
    }
}

impl WarmUp for DecryptionKey {
    async fn warm_up(&self) {
        let _ = self.0.decrypt().customize().interceptor(WarmUpRequest).config_override(once()).send().await;
    }
}

fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

pub(crate) fn pairs(context: &EncryptionContext) -> Option<HashMap<String, String>> {
    Some(context.pairs().clone().into_iter().collect())
}

fn sealed(ciphertext: Option<Blob>, key_arn: Option<String>) -> Option<Sealed> {
    Some(Sealed { ciphertext: Ciphertext::Direct(ciphertext?.into_inner()), key_arn: KeyArn(key_arn?) })
}

/// An answer that lacks what the API reference promises.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {0} is incomplete")]
struct Incomplete(&'static str);

pub(crate) fn incomplete(operation: &'static str) -> StoreError {
    StoreError::Unavailable(KEY, Box::new(Incomplete(operation)))
}
