//! The bucket, as whoever puts stored values under another key may use it.

use aws_session::Session;
use secret_store::store::{Reencrypted, ReplaceCiphertext, WriteError};
use secret_store::{Identity, Record, VersionItem};

use crate::bucket::{Bucket, If, Put};
use crate::keys::{Place, Prefix};
use crate::value;

/// The bucket for whoever re-encrypts: it changes no owner and no state.
#[derive(Clone, Debug)]
pub struct BucketReencrypter(Bucket);

/// How often the state is told the new key while others write to the secret.
const TELLINGS: u32 = 8;

impl BucketReencrypter {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }
}

/// `s3:GetObject`, `s3:GetObjectVersion`, `s3:PutObject`; of what is retired `s3:DeleteObject`.
///
/// The one put that replaces a value: by the same value under another key, on condition that it is the object that was read.
/// The one before is kept as long as a retired one.
impl ReplaceCiphertext for BucketReencrypter {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        let version = read.item.version;
        let state = self.0.state(identity).await?.state;
        let placed = state.version(version).ok_or(WriteError::Conflict)?;
        let (place, is_retired) = (placed.place()?, placed.is_retired()?);
        let key = self.0.prefix.value(identity, place);
        let mut in_sight = self.0.get(&identity.store, &key, None).await?;
        if is_retired && in_sight.take().is_some() {
            // Somebody was cut off before it was hidden.
            self.0.hide(identity, place).await?;
        }
        let (object, condition) = match &in_sight {
            Some(object) => (object.body.clone(), If::Is(&object.etag)),
            None => {
                let hidden = self.0.get(&identity.store, &key, Some(&placed.object_version_id)).await?;
                (hidden.ok_or(WriteError::Conflict)?.body, If::Absent)
            }
        };
        let stored = value::read(identity, version, &object)?;
        if stored.ciphertext != read.ciphertext || stored.item.key_arn != read.item.key_arn {
            return Err(WriteError::Conflict);
        }
        let replaced = Record {
            item: VersionItem { key_arn: new.key_arn.clone(), ..stored.item },
            ciphertext: stored.ciphertext.reencrypted(new.ciphertext.clone()),
            ..stored
        };
        let put = self.0.put(&identity.store, &key, condition, &value::body(&replaced)?).await?;
        let Put::Done { version_id, .. } = put else { return Err(WriteError::Conflict) };
        // Before the state knows: whoever may not hide it, or is cut off, finds all of this to do again.
        if is_retired {
            self.0.hide(identity, place).await?;
        }
        self.tell(identity, &replaced, place, &version_id).await
    }
}

impl BucketReencrypter {
    /// Lets the state know. It is no decision: the revision stays. Whose version it is and what state it is in may change
    /// meanwhile; the value has its new key all the same. One that was brought back meanwhile has it not: it lies elsewhere.
    async fn tell(
        &self,
        identity: &Identity,
        replaced: &Record,
        place: Place,
        object_version_id: &str,
    ) -> Result<(), WriteError> {
        for _ in 0..TELLINGS {
            let read = self.0.state(identity).await?;
            let mut state = read.state;
            let (Some(etag), Some(placed)) = (read.etag, state.version_mut(replaced.item.version)) else {
                return Ok(());
            };
            if placed.place()? != place {
                return Err(WriteError::Conflict);
            }
            placed.item.key_arn.clone_from(&replaced.item.key_arn.0);
            object_version_id.clone_into(&mut placed.object_version_id);
            let key = self.0.prefix.state(identity);
            if let Put::Done { .. } = self.0.put(&identity.store, &key, If::Is(&etag), &state.body()?).await? {
                return Ok(());
            }
        }
        Err(WriteError::Conflict)
    }
}
