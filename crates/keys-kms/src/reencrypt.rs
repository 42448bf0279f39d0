//! The keys, as whoever moves stored values from one to another may use them.

use aws_sdk_kms::Client;
use aws_sdk_kms::config::Region;
use aws_sdk_kms::primitives::Blob;
use aws_session::{Session, classify};
use secret_store::store::{ChangeKey, Reencrypted, StoreError};
use secret_store::{EncryptionContext, KeyArn};

use crate::key::{KEY, incomplete, pairs};
use crate::region::key_in;

/// The keys for whoever re-encrypts: it sees no plaintext, and encrypts nothing that is not stored already.
#[derive(Clone, Debug)]
pub struct ReencryptionKeys(Client);

impl ReencryptionKeys {
    /// The keys over a session.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The keys over a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `kms:ReEncryptFrom` and `kms:ReEncryptTo`.
impl ChangeKey for ReencryptionKeys {
    async fn change_key(
        &self,
        from: &KeyArn,
        to: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Reencrypted, StoreError> {
        let from = key_in(self.0.config().region().map(Region::as_ref), from)?;
        let output = self
            .0
            .re_encrypt()
            // The key is named, so that a ciphertext of another key is refused rather than followed.
            .source_key_id(from)
            .ciphertext_blob(Blob::new(ciphertext))
            .set_source_encryption_context(pairs(context))
            .destination_key_id(&to.0)
            .set_destination_encryption_context(pairs(context))
            .send()
            .await
            .map_err(|error| classify(KEY, "kms:ReEncryptFrom or kms:ReEncryptTo", error))?;
        match (output.ciphertext_blob, output.key_id) {
            (Some(blob), Some(key_arn)) => Ok(Reencrypted { ciphertext: blob.into_inner(), key_arn: KeyArn(key_arn) }),
            _ => Err(incomplete("ReEncrypt")),
        }
    }
}
