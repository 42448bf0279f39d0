//! KMS as credstash uses it: a data key of 64 bytes for each value, decrypted without a word on which key it is under.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_session::{CallFailed, Session};
use credstash_format::{Context, DATA_KEY_BYTES, DataKey};

/// KMS for whoever stores credentials: it makes data keys and decrypts none.
#[derive(Clone, Debug)]
pub struct DataKeyMaker(Client);

/// KMS for whoever reads credentials.
#[derive(Clone, Debug)]
pub struct DataKeyReader(Client);

/// Why a data key was not decrypted.
#[derive(Debug, thiserror::Error)]
pub enum NotDecrypted {
    /// KMS says that it is not its own, or that the context is another.
    #[error("the encryption context is not that of the stored value")]
    WrongContext(#[source] CallFailed),
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] CallFailed),
}

impl DataKeyMaker {
    /// KMS over a session.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// A data key, in the clear and encrypted. `kms:GenerateDataKey`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn generate(&self, key: &str, context: &Context) -> Result<(DataKey, Vec<u8>), CallFailed> {
        let bytes = i32::try_from(DATA_KEY_BYTES).ok();
        let generate = self.0.generate_data_key().key_id(key).set_number_of_bytes(bytes);
        let output = generate.set_encryption_context(pairs(context)).send().await;
        let output = output.map_err(|error| CallFailed::new("GenerateDataKey", error))?;
        match (output.plaintext, output.ciphertext_blob) {
            (Some(plaintext), Some(encrypted)) => Ok((DataKey::new(plaintext.into_inner()), encrypted.into_inner())),
            _ => Err(CallFailed::incomplete("GenerateDataKey")),
        }
    }
}

impl DataKeyReader {
    /// KMS over a session.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// A data key that was encrypted under this context. `kms:Decrypt`.
    ///
    /// # Errors
    /// For another context, and for a call that fails.
    pub async fn decrypt(&self, encrypted: &[u8], context: &Context) -> Result<DataKey, NotDecrypted> {
        // The key is not named: an item does not say which it is under.
        let decrypt = self.0.decrypt().ciphertext_blob(Blob::new(encrypted));
        let output = decrypt.set_encryption_context(pairs(context)).send().await;
        let output = output.map_err(|error| match CallFailed::new("Decrypt", error) {
            error if error.is("InvalidCiphertextException") => NotDecrypted::WrongContext(error),
            error => NotDecrypted::Failed(error),
        })?;
        let plaintext = output.plaintext.ok_or_else(|| CallFailed::incomplete("Decrypt"))?;
        Ok(DataKey::new(plaintext.into_inner()))
    }
}

fn pairs(context: &Context) -> Option<HashMap<String, String>> {
    Some(context.pairs().clone().into_iter().collect())
}
