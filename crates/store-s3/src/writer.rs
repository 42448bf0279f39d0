//! The bucket, as whoever makes secrets may use it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_session::{Session, WarmUp};
use futures_util::future::join;
use secret_store::plan::Changes;
use secret_store::store::{Limits, QueryVersions, StoreError, WriteError, WriteVersions};
use secret_store::{Identity, Record, Snapshot, StoreName, UnixTime, Version, VersionItem};

use crate::bucket::{BUCKET, Bucket, If, Put};
use crate::hiding::ReadState;
use crate::inspector::BucketInspector;
use crate::keys::{Place, Prefix};
use crate::limits::LIMITS;
use crate::state::State;
use crate::value;

/// The bucket for whoever makes secrets: it opens no value.
#[derive(Clone, Debug)]
pub struct BucketWriter {
    bucket: Bucket,
    /// The buckets in which nothing can be lost: each is looked at once.
    sound: Arc<Mutex<BTreeSet<StoreName>>>,
}

impl BucketWriter {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self { bucket: Bucket::new(session, prefix), sound: Arc::default() }
    }
}

impl WarmUp for BucketWriter {
    async fn warm_up(&self) {
        self.bucket.warm_up().await;
    }
}

/// `s3:GetObject`; where something was retired, `s3:ListBucket`, and to hide what somebody left in sight `s3:DeleteObject`.
impl QueryVersions for BucketWriter {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        let ReadState { state, .. } = self.bucket.state(identity).await?;
        self.bucket.hide_what_is_left(identity, &state).await?;
        state.snapshot()
    }
}

/// `s3:GetObject`, `s3:PutObject`; to retire `s3:DeleteObject`, to bring back `s3:GetObjectVersion`; to look whether the bucket is
/// sound `s3:GetBucketVersioning` and `s3:GetBucketPolicy`.
///
/// The order: what is made and what comes back is put, in a place of its own; **then the state, on condition that it is as it was
/// read**; then what is retired is hidden. Nothing is removed for good: that is the lifecycle's, and an operator's.
impl WriteVersions for BucketWriter {
    const LIMITS: Limits = LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.check(&identity.store).await?;
        let read = self.bucket.state(identity).await?;
        let changed = read.state.changed(changes)?.ok_or(WriteError::Conflict)?;
        if new.is_some_and(|record| read.state.version(record.item.version).is_some()) {
            return Err(WriteError::Conflict);
        }
        let mut state = self.without_expired(identity, changed, changes, read.now).await?;
        let over = self.bring_back(identity, &read, &mut state, changes).await?;
        let own = match new {
            Some(record) => {
                let lies = self.put_value(identity, record).await?;
                state.add(&lies.item, lies.object_version_id);
                lies.is_own
            }
            None => true,
        };
        let Put::Done { etag, .. } = self.put_state(identity, read.etag.as_deref(), &state).await? else {
            return Err(WriteError::Conflict);
        };
        for place in over {
            self.bucket.hide(identity, place).await?;
        }
        if !changes.erase.is_empty() {
            // Whoever writes next forgets it otherwise.
            let _ = self.put_state(identity, Some(&etag), &state.without(&changes.erase)).await?;
        }
        // What was found in the value's place is stored now. Who wrote it reads it, and answers with that.
        if own { Ok(()) } else { Err(WriteError::Conflict) }
    }
}

/// What was told; `None` where the caller may not ask.
fn if_told(told: Result<bool, StoreError>) -> Result<Option<bool>, StoreError> {
    match told {
        Ok(told) => Ok(Some(told)),
        Err(StoreError::Denied { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A value that lies in its place.
struct Lies {
    item: VersionItem,
    object_version_id: String,
    /// Whether it is the one that was to be put there.
    is_own: bool,
}

impl BucketWriter {
    /// Refuses a bucket in which something could be lost or overwritten, before anything is put there. Whoever may not look trusts
    /// it; that it keeps no versions, the first put tells then.
    async fn check(&self, store: &StoreName) -> Result<(), StoreError> {
        if self.sound.lock().unwrap_or_else(PoisonError::into_inner).contains(store) {
            return Ok(());
        }
        let inspector = BucketInspector::of(self.bucket.clone());
        let looks = join(inspector.keeps_versions(store), inspector.refuses_puts_without_condition(store)).await;
        let lacks = |what: &str| Err(StoreError::Rejected(BUCKET, what.into()));
        match (if_told(looks.0)?, if_told(looks.1)?) {
            (Some(false), _) => return lacks("it keeps no versions"),
            (_, Some(false)) => return lacks("its policy lets objects be put without a condition"),
            _ => {}
        }
        self.sound.lock().unwrap_or_else(PoisonError::into_inner).insert(store.clone());
        Ok(())
    }

    /// Puts the state on condition that it is as it was read.
    async fn put_state(&self, identity: &Identity, read: Option<&str>, state: &State) -> Result<Put, StoreError> {
        let condition = read.map_or(If::Absent, If::Is);
        self.bucket.put(&identity.store, &self.bucket.prefix.state(identity), condition, &state.body()?).await
    }

    /// Copies each value that comes back into use to a place that is this revision's, and says so in the state to be. Returns the
    /// places that are over then: of what the decision retires or erases.
    async fn bring_back(
        &self,
        identity: &Identity,
        read: &ReadState,
        state: &mut State,
        changes: &Changes,
    ) -> Result<Vec<Place>, WriteError> {
        let (mut over, mut gone) = (Vec::new(), Vec::new());
        for placed in read.state.versions() {
            let (was, was_retired) = (placed.place()?, placed.is_retired()?);
            let Some(now) = state.version_mut(was.version) else { continue };
            if now.is_retired()? {
                over.extend((!was_retired).then_some(was));
            } else if was_retired {
                let place = Place { brought_back: Some(changes.head.revision), ..was };
                match self.copy(identity, was, &placed.object_version_id, place).await? {
                    Some(object_version_id) => now.move_to(place, object_version_id),
                    None => gone.push(was.version),
                }
            }
        }
        if gone.is_empty() {
            return Ok(over);
        }
        // The lifecycle was faster, with a shorter window than it once had: decide again, without them.
        let _ = self.put_state(identity, read.etag.as_deref(), &read.state.clone().without(&gone)).await?;
        Err(WriteError::Conflict)
    }

    /// S3's own id of the value in its new place; `None` where it was erased. Another try of the same revision may have put it
    /// there: it is the same.
    async fn copy(
        &self,
        identity: &Identity,
        from: Place,
        object_version_id: &str,
        to: Place,
    ) -> Result<Option<String>, WriteError> {
        let [from, to] = [from, to].map(|place| self.bucket.prefix.value(identity, place));
        let Some(value) = self.bucket.get(&identity.store, &from, Some(object_version_id)).await? else {
            return Ok(None);
        };
        match self.bucket.put(&identity.store, &to, If::Absent, &value.body).await? {
            Put::Done { version_id, .. } => Ok(Some(version_id)),
            Put::Conflict => {
                let lies = self.bucket.get(&identity.store, &to, None).await?.ok_or(WriteError::Conflict)?;
                Ok(Some(lies.version_id))
            }
        }
    }

    /// Puts the value of a new version, or finds there what an earlier try of the same request put: that one is then the
    /// request's value, for nothing is ever overwritten.
    async fn put_value(&self, identity: &Identity, record: &Record) -> Result<Lies, WriteError> {
        let (version, token) = (record.item.version, record.item.token);
        let key = self.bucket.prefix.value(identity, Place { version, tag: token.tag(), brought_back: None });
        match self.bucket.put(&identity.store, &key, If::Absent, &value::body(record)?).await? {
            Put::Done { version_id, .. } => {
                Ok(Lies { item: record.item.clone(), object_version_id: version_id, is_own: true })
            }
            Put::Conflict => {
                let object = self.bucket.get(&identity.store, &key, None).await?.ok_or(WriteError::Conflict)?;
                let stored = value::read(identity, version, &object.body)?;
                if stored.item.token != token {
                    let another = "another request's value lies where this one's belongs";
                    return Err(StoreError::Rejected(BUCKET, another.into()).into());
                }
                let is_own = stored == *record;
                Ok(Lies { item: stored.item, object_version_id: object.version_id, is_own })
            }
        }
    }

    /// The state without what has expired, as a time to live would erase it: nothing grows for ever. What is still in sight
    /// stays, until somebody hides it.
    async fn without_expired(
        &self,
        identity: &Identity,
        state: State,
        changes: &Changes,
        now: Option<UnixTime>,
    ) -> Result<State, StoreError> {
        let Some(now) = now else { return Ok(state) };
        let is_changed =
            |version| changes.update.iter().any(|item| item.version == version) || changes.erase.contains(&version);
        let mut expired = Vec::new();
        for placed in state.versions() {
            let item = placed.item.read()?;
            if item.is_expired(now) && !is_changed(item.version) {
                expired.push(placed.place()?);
            }
        }
        if expired.is_empty() {
            return Ok(state);
        }
        let visible = self.bucket.visible(identity).await?;
        let is_in_sight =
            |gone: &Place| visible.iter().any(|place| (place.version, place.tag) == (gone.version, gone.tag));
        let gone = expired.iter().filter(|place| !is_in_sight(place)).map(|place| place.version);
        Ok(state.without(&gone.collect::<Vec<Version>>()))
    }
}
