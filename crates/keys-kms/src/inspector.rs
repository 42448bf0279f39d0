//! The keys as whoever looks after them sees them: what they are set up as.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeySpec, KeyState};
use aws_session::{Session, classify};
use secret_store::store::StoreError;
use secret_store::{KeyArn, KeyId, UnixTime};

use crate::key::{KEY, incomplete};

/// Keys for whoever looks at how they are set up. It encrypts and decrypts nothing.
#[derive(Clone, Debug)]
pub struct KeyInspector(Client);

/// What a key is set up as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Which it is.
    pub arn: KeyArn,
    /// Whether it can be used.
    pub condition: KeyCondition,
    /// Whether it encrypts with one key, as all that is stored wants.
    pub symmetric: bool,
    /// Whether it is one of the account's own, and not one of AWS's.
    pub own: bool,
}

/// Whether a key can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCondition {
    /// It can.
    Enabled,
    /// Somebody turned it off.
    Disabled,
    /// Somebody deleted it: it is gone at this time.
    PendingDeletion(Option<UnixTime>),
    /// As KMS spells it.
    Other(String),
}

impl KeyInspector {
    /// The keys of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// What the key itself says. `kms:DescribeKey`.
    ///
    /// # Errors
    /// Where there is no such key, or KMS does not answer, or not to this caller.
    pub async fn describe(&self, key: &KeyId) -> Result<KeyFacts, StoreError> {
        let described = self.0.describe_key().key_id(key.as_str()).send().await;
        let described = described.map_err(|error| classify(KEY, "kms:DescribeKey", error))?;
        let key = described.key_metadata.ok_or_else(|| incomplete("DescribeKey"))?;
        let gone_at = key.deletion_date.and_then(|date| u64::try_from(date.secs()).ok()).map(UnixTime);
        let condition = match key.key_state {
            Some(KeyState::Enabled) => KeyCondition::Enabled,
            Some(KeyState::Disabled) => KeyCondition::Disabled,
            Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => {
                KeyCondition::PendingDeletion(gone_at)
            }
            state => KeyCondition::Other(state.map(|state| state.as_str().to_owned()).unwrap_or_default()),
        };
        Ok(KeyFacts {
            arn: KeyArn(key.arn.unwrap_or_default()),
            condition,
            symmetric: key.key_spec == Some(KeySpec::SymmetricDefault),
            own: key.key_manager != Some(KeyManagerType::Aws),
        })
    }

    /// Whether KMS makes new key material every year. `kms:GetKeyRotationStatus`.
    ///
    /// # Errors
    /// As for [`Self::describe`].
    pub async fn rotates(&self, key: &KeyArn) -> Result<bool, StoreError> {
        let status = self.0.get_key_rotation_status().key_id(&key.0).send().await;
        let status = status.map_err(|error| classify(KEY, "kms:GetKeyRotationStatus", error))?;
        Ok(status.key_rotation_enabled)
    }
}
