//! The bucket, as whoever erases what has expired may use it.

use aws_session::Session;
use secret_store::Identity;
use secret_store::plan::operator::Expired;
use secret_store::store::{EraseExpired, Erasure, StoreError, WriteError};

use crate::bucket::{Bucket, If, Kept, Put};
use crate::keys::{Place, Prefix};
use crate::lister::Unnamed;

/// The bucket for whoever prunes: it makes nothing.
#[derive(Clone, Debug)]
pub struct BucketEraser(Bucket);

impl BucketEraser {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }

    /// Hides a value that nothing names, so that the lifecycle erases it; one that is named by now is left alone. Whether
    /// somebody may still be about to name it, its age says. `s3:GetObject`, `s3:DeleteObject`.
    ///
    /// # Errors
    /// Where S3 does not do it.
    pub async fn erase_unnamed(&self, unnamed: &Unnamed) -> Result<(), StoreError> {
        let Unnamed { identity, place, .. } = unnamed;
        if self.0.state(identity).await?.state.names(*place) {
            return Ok(());
        }
        self.0.hide(identity, *place).await
    }

    /// Removes these for good. Where an object lock forbids it, they stay hidden until the lifecycle may erase them.
    async fn erase(&self, identity: &Identity, kept: &[Kept]) -> Result<(), StoreError> {
        // The markers last: nothing shows for a moment.
        for object in kept.iter().filter(|kept| !kept.is_marker).chain(kept.iter().filter(|kept| kept.is_marker)) {
            match self.0.remove(&identity.store, &object.key, &object.version_id).await {
                Err(StoreError::Denied { .. }) => break,
                removed => removed?,
            }
        }
        Ok(())
    }
}

/// `s3:GetObject`, `s3:PutObject`, `s3:ListBucketVersions`, `s3:DeleteObjectVersion`. The state forgets the version, then it is
/// erased: it has expired, so it is hidden already.
impl EraseExpired for BucketEraser {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        let read = self.0.state(identity).await?;
        let (Some(etag), Some(placed)) = (read.etag, read.state.version(expired.version)) else {
            return Ok(Erasure::LeftAlone);
        };
        if placed.item.read()?.retired.map(|retired| retired.expires_at) != Some(expired.expires_at) {
            return Ok(Erasure::LeftAlone);
        }
        // What S3 has of the value, wherever it lies or lay: looked up before it is forgotten, for whoever may not look.
        let key = self.0.prefix.value(identity, Place { brought_back: None, ..placed.place()? });
        // Somebody may have been cut off before it was hidden, and what is forgotten nobody hides.
        self.0.hide_what_is_left(identity, &read.state).await?;
        let kept = self.0.versions(&identity.store, &key).await?;
        let state = read.state.without(&[expired.version]);
        let key = self.0.prefix.state(identity);
        if let Put::Conflict = self.0.put(&identity.store, &key, If::Is(&etag), &state.body()?).await? {
            return Err(WriteError::Conflict);
        }
        self.erase(identity, &kept).await?;
        Ok(Erasure::Erased)
    }
}
