//! The bucket, as whoever reads secrets may use it.

use aws_session::{Session, WarmUp};
use secret_store::store::{GetHead, GetVersion, QueryVersions, StoreError};
use secret_store::{Head, Identity, Record, Snapshot, Tag, Version, VersionItem};

use crate::bucket::Bucket;
use crate::keys::{Place, Prefix};
use crate::state::State;
use crate::value;

/// The bucket for whoever reads secrets: it writes nothing.
#[derive(Clone, Debug)]
pub struct BucketReader(Bucket);

impl BucketReader {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }
}

impl WarmUp for BucketReader {
    async fn warm_up(&self) {
        self.0.warm_up().await;
    }
}

/// `s3:GetObject`.
impl QueryVersions for BucketReader {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.0.state(identity).await?.state.snapshot()
    }
}

/// `s3:GetObject`.
impl GetHead for BucketReader {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        self.0.state(identity).await?.state.head()
    }

    async fn get_head_and_tag(&self, identity: &Identity) -> Result<Option<(Head, Option<Tag>)>, StoreError> {
        let state = self.0.state(identity).await?.state;
        let Some(head) = state.head()? else { return Ok(None) };
        let place = state.version(head.current).map(|placed| placed.place()).transpose()?;
        // What was brought back is not where its tag says.
        let place = place.filter(|place| place.brought_back.is_none());
        Ok(Some((head, place.map(|place| place.tag))))
    }
}

/// `s3:GetObject`; of what is retired, and so hidden, `s3:GetObjectVersion`. That what is not there is not taken for what one may
/// not see takes `s3:ListBucket`.
impl GetVersion for BucketReader {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.0.record(identity, &self.0.state(identity).await?.state, version).await
    }

    /// A value in sight is in use. What is not there under the tag is retired, or adopted, or was brought back, or is gone: the
    /// state says.
    async fn get_by_tag(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
    ) -> Result<Option<Record>, StoreError> {
        if let Some(tag) = tag {
            let key = self.0.prefix.value(identity, Place { version, tag, brought_back: None });
            if let Some(object) = self.0.get(&identity.store, &key, None).await? {
                return value::read(identity, version, &object.body).map(Some);
            }
        }
        self.get(identity, version).await
    }
}

impl Bucket {
    /// A version with its value; `None` where there is none, or it was erased meanwhile.
    pub(crate) async fn record(
        &self,
        identity: &Identity,
        state: &State,
        version: Version,
    ) -> Result<Option<Record>, StoreError> {
        let Some(placed) = state.version(version) else { return Ok(None) };
        let item = placed.item.read()?;
        let key = self.prefix.value(identity, placed.place()?);
        let in_sight = match item.retired {
            None => self.get(&identity.store, &key, None).await?,
            Some(_) => None,
        };
        let object = match in_sight {
            Some(object) => Some(object),
            None => self.get(&identity.store, &key, Some(&placed.object_version_id)).await?,
        };
        let Some(object) = object else { return Ok(None) };
        let stored = value::read(identity, version, &object.body)?;
        // Which key it is under, the value itself knows best: the state hears of another one a moment later.
        let key_arn = stored.item.key_arn.clone();
        Ok(Some(Record { item: VersionItem { key_arn, ..item }, ..stored }))
    }
}
