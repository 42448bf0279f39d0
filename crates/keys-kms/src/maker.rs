//! A key for whoever makes one: symmetric, with new material every year, under an alias.

use aws_sdk_kms::Client;
use aws_session::{Session, classify};
use secret_store::KeyArn;
use secret_store::store::StoreError;

use crate::key::{KEY, incomplete};

/// Keys for whoever makes them. It encrypts and decrypts nothing.
#[derive(Clone, Debug)]
pub struct KeyMaker(Client);

impl KeyMaker {
    /// The keys of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// Makes one, whose use IAM decides. `kms:CreateKey`.
    ///
    /// # Errors
    /// Where KMS does not, or not for this caller.
    pub async fn create(&self, description: &str) -> Result<KeyArn, StoreError> {
        let created = self.0.create_key().description(description).send().await;
        let created = created.map_err(|error| classify(KEY, "kms:CreateKey", error))?;
        let arn = created.key_metadata.and_then(|key| key.arn);
        arn.map(KeyArn).ok_or_else(|| incomplete("CreateKey"))
    }

    /// Lets KMS make new material every year. `kms:EnableKeyRotation`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn let_rotate(&self, key: &KeyArn) -> Result<(), StoreError> {
        let enable = self.0.enable_key_rotation().key_id(&key.0).send().await;
        enable.map(|_| ()).map_err(|error| classify(KEY, "kms:EnableKeyRotation", error))
    }

    /// Names it. `kms:CreateAlias`, on both.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn name(&self, key: &KeyArn, alias: &str) -> Result<(), StoreError> {
        let create = self.0.create_alias().alias_name(alias).target_key_id(&key.0).send().await;
        create.map(|_| ()).map_err(|error| classify(KEY, "kms:CreateAlias", error))
    }
}
