//! A bucket for whoever makes one: set up as `template.yaml` has it.

use aws_session::Session;
use secret_store::StoreName;
use secret_store::store::StoreError;

use crate::bucket::Bucket;
use crate::keys::Prefix;
use crate::setup;

/// Buckets for whoever makes them. It reads and writes no object.
#[derive(Clone, Debug)]
pub struct BucketMaker(Bucket);

impl BucketMaker {
    /// The buckets of a session's account and region.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }

    /// The region that it makes them in.
    pub fn region(&self) -> &str {
        self.0.region()
    }

    /// Where in a bucket the secrets are.
    pub fn prefix(&self) -> &Prefix {
        &self.0.prefix
    }

    /// Makes one; of this account's own it is as good that it is there. `s3:CreateBucket`.
    ///
    /// # Errors
    /// Where the name is somebody else's, or S3 does not make it, or not for this caller.
    pub async fn create(&self, store: &StoreName) -> Result<(), StoreError> {
        self.0.create(store).await
    }

    /// Gives it a policy. `s3:PutBucketPolicy`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn protect(&self, store: &StoreName, policy: &str) -> Result<(), StoreError> {
        self.0.set_up(store, "policy", "s3:PutBucketPolicy", policy).await
    }

    /// Lets it keep what is replaced or deleted. `s3:PutBucketVersioning`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn keep_versions(&self, store: &StoreName) -> Result<(), StoreError> {
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.0.set_up(store, "versioning", "s3:PutBucketVersioning", versioning).await
    }

    /// Lets nothing in it be made public. `s3:PutBucketPublicAccessBlock`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn make_private(&self, store: &StoreName) -> Result<(), StoreError> {
        self.0.set_up(store, "publicAccessBlock", "s3:PutBucketPublicAccessBlock", &setup::public_access()).await
    }

    /// Lets S3 encrypt what it keeps. `s3:PutEncryptionConfiguration`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn encrypt(&self, store: &StoreName) -> Result<(), StoreError> {
        self.0.set_up(store, "encryption", "s3:PutEncryptionConfiguration", &setup::encryption_xml()).await
    }

    /// Lets it erase what has been retired for so many days, beside what its lifecycle does already.
    /// `s3:PutLifecycleConfiguration`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn let_erase(&self, store: &StoreName, existing: Option<&str>, days: u64) -> Result<(), StoreError> {
        let lifecycle = setup::lifecycle(existing, &setup::rule(days, &self.0.prefix));
        self.0.set_up(store, "lifecycle", "s3:PutLifecycleConfiguration", &lifecycle).await
    }
}
