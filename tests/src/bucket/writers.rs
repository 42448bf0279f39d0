//! The sides of all who write to a bucket, as one.

use secret_store::{
    Identity, Record, Snapshot,
    plan::{Changes, operator::Expired},
    store::{
        EraseExpired, Erasure, Limits, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError, WriteError,
        WriteVersions,
    },
};
use store_s3::{BucketEraser, BucketReencrypter, BucketWriter};

/// What the generator has, and what an operator has beside it.
#[derive(Clone, Debug)]
pub struct Writers(pub(super) BucketWriter, pub(super) BucketReencrypter, pub(super) BucketEraser);

impl QueryVersions for Writers {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.0.query(identity).await
    }
}

impl WriteVersions for Writers {
    const LIMITS: Limits = BucketWriter::LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.0.write(identity, changes, new).await
    }
}

impl ReplaceCiphertext for Writers {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        self.1.replace_ciphertext(identity, read, new).await
    }
}

impl EraseExpired for Writers {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        self.2.erase_expired(identity, expired).await
    }
}
