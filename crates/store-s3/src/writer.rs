//! The bucket, as whoever makes secrets may use it.

use aws_session::{Session, WarmUp};
use secret_store::plan::Changes;
use secret_store::store::{Limits, QueryVersions, StoreError, WriteError, WriteVersions};
use secret_store::{Identity, Record, Snapshot, UnixTime, Version, VersionItem};

use crate::bucket::{BUCKET, Bucket, If, Put};
use crate::hiding::{Place, ReadState, place};
use crate::keys::Prefix;
use crate::limits::LIMITS;
use crate::state::State;
use crate::value;

/// The bucket for whoever makes secrets: it opens no value.
#[derive(Clone, Debug)]
pub struct BucketWriter(Bucket);

impl BucketWriter {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }
}

impl WarmUp for BucketWriter {
    async fn warm_up(&self) {
        self.0.warm_up().await;
    }
}

/// `s3:GetObject`; where something is retired, `s3:ListBucket`, and to hide what somebody left in sight `s3:DeleteObject`.
impl QueryVersions for BucketWriter {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        let ReadState { state, .. } = self.0.state(identity).await?;
        self.0.hide_what_is_left(identity, &state).await?;
        state.snapshot()
    }
}

/// `s3:GetObject`, `s3:PutObject`; to retire `s3:DeleteObject`, to bring back or erase `s3:ListBucket`, `s3:ListBucketVersions` and
/// `s3:DeleteObjectVersion`.
///
/// The order: what comes back is shown, what goes for good is hidden, the new value is put; **then the state, on condition that
/// it is as it was read**; then what is retired is hidden, and what goes is erased.
impl WriteVersions for BucketWriter {
    const LIMITS: Limits = LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        let read = self.0.state(identity).await?;
        let changed = read.state.changed(changes)?.ok_or(WriteError::Conflict)?;
        if new.is_some_and(|record| read.state.version(record.item.version).is_some()) {
            return Err(WriteError::Conflict);
        }
        let moves = Moves::of(&read.state, changes)?;
        self.0.show(identity, &moves.revived).await?;
        let mut state = self.without_expired(identity, changed, changes, read.now).await?;
        let own = match new {
            Some(record) => {
                let lies = self.put_value(identity, record).await?;
                state.add(&lies.item, lies.object_version_id);
                lies.is_own
            }
            None => true,
        };
        let mut hidden = Vec::new();
        for (version, tag) in &moves.erased {
            let key = self.0.prefix.value(identity, *version, *tag);
            let marker = self.0.hide(&identity.store, &key).await?;
            hidden.push((key, marker));
        }
        let condition = read.etag.as_deref().map_or(If::Absent, If::Is);
        let key = self.0.prefix.state(identity);
        if let Put::Conflict = self.0.put(&identity.store, &key, condition, &state.body()?).await? {
            for (key, marker) in hidden {
                self.0.remove(&identity.store, &key, &marker).await?;
            }
            return Err(WriteError::Conflict);
        }
        self.0.hide_retired(identity, &moves.retired).await?;
        self.0.erase(identity, &moves.erased).await?;
        self.0.keep_in_sight(identity, &moves.revived).await?;
        // What was found in the value's place is stored now. Who wrote it reads it, and answers with that.
        if own { Ok(()) } else { Err(WriteError::Conflict) }
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
    /// Puts the value of a new version, or finds there what an earlier try of the same request put: that one is then the
    /// request's value, for nothing is ever overwritten.
    async fn put_value(&self, identity: &Identity, record: &Record) -> Result<Lies, WriteError> {
        let (version, token) = (record.item.version, record.item.token);
        let key = self.0.prefix.value(identity, version, token.tag());
        match self.0.put(&identity.store, &key, If::Absent, &value::body(record)?).await? {
            Put::Done(object_version_id) => Ok(Lies { item: record.item.clone(), object_version_id, is_own: true }),
            Put::Conflict => {
                let object = self.0.get(&identity.store, &key, None).await?.ok_or(WriteError::Conflict)?;
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
        let is_changed = |version| changes.update.iter().any(|item| item.version == version);
        let mut expired = Vec::new();
        for placed in state.versions() {
            let item = placed.item.read()?;
            if item.is_expired(now) && !is_changed(item.version) {
                expired.push(place(placed)?);
            }
        }
        if expired.is_empty() {
            return Ok(state);
        }
        let visible = self.0.visible(identity).await?;
        let gone = expired.iter().filter(|(version, tag)| !visible.contains(&(*version, tag.to_string())));
        Ok(state.without(&gone.map(|(version, _)| *version).collect::<Vec<Version>>()))
    }
}

/// Which values a decision hides, shows and erases.
#[derive(Debug, Default)]
struct Moves {
    retired: Vec<Place>,
    revived: Vec<Place>,
    erased: Vec<Place>,
}

impl Moves {
    fn of(state: &State, changes: &Changes) -> Result<Self, StoreError> {
        let mut moves = Self::default();
        for item in &changes.update {
            let Some(placed) = state.version(item.version) else { continue };
            match (placed.item.read()?.retired, item.retired) {
                (None, Some(_)) => moves.retired.push(place(placed)?),
                (Some(_), None) => moves.revived.push(place(placed)?),
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        for version in &changes.erase {
            moves.erased.extend(state.version(*version).map(place).transpose()?);
        }
        Ok(moves)
    }
}
