//! What is known of a secret and of all its versions, as one object and back: the commit record of every decision.

use secret_store::plan::Changes;
use secret_store::store::StoreError;
use secret_store::{Head, Snapshot, Tag, UnixTime, Version, VersionItem};
use serde::{Deserialize, Serialize};

use crate::item::{FORMAT, Item, Retired, malformed};

/// What the object holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    format: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(flatten)]
    retired: Retired,
    #[serde(default)]
    versions: Vec<Placed>,
}

/// A version and where its value is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Placed {
    /// The tag in the value's key: of the request that made it, whoever adopted it since.
    tag: String,
    /// S3's own id of the object, which finds it also where it is hidden.
    pub(crate) object_version_id: String,
    #[serde(flatten)]
    pub(crate) item: Item,
}

impl Placed {
    pub(crate) fn of(item: &VersionItem, object_version_id: String) -> Self {
        Self { tag: item.token.tag().to_string(), object_version_id, item: Item::of(item) }
    }

    pub(crate) fn tag(&self) -> Result<Tag, StoreError> {
        self.tag.parse().map_err(|_| malformed(self.item.version, "Tag is not eight digits in hex"))
    }

    pub(crate) fn version(&self) -> Result<Version, StoreError> {
        Version::new(self.item.version).map_err(|_| malformed(self.item.version, "Version is no version number"))
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            format: FORMAT,
            current_version: None,
            as_of: None,
            revision: None,
            retired: Retired::default(),
            versions: Vec::new(),
        }
    }
}

impl State {
    pub(crate) fn read(body: &[u8]) -> Result<Self, StoreError> {
        let state: Self =
            serde_json::from_slice(body).map_err(|_| malformed("head", "state.json is not as described"))?;
        if state.format == FORMAT {
            Ok(state)
        } else {
            Err(malformed("head", "its Format is newer than this release reads; update cfn-secrets"))
        }
    }

    pub(crate) fn body(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|_| malformed("head", "it cannot be written as JSON"))
    }

    pub(crate) fn head(&self) -> Result<Option<Head>, StoreError> {
        let (current, as_of, revision) = match (self.current_version, self.as_of, self.revision) {
            (Some(current), Some(as_of), Some(revision)) => (current, as_of, revision),
            (None, None, None) => return Ok(None),
            _ => return Err(malformed("head", "CurrentVersion, AsOf and Revision belong together")),
        };
        let current = Version::new(current);
        let current = current.map_err(|_| malformed("head", "CurrentVersion is no version number"))?;
        Ok(Some(Head { current, as_of: UnixTime(as_of), retired: self.retired.read("head")?, revision }))
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let versions = self.versions.iter().map(|placed| placed.item.read());
        let mut versions = versions.collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|item| item.version);
        Ok(Snapshot { head: self.head()?, versions })
    }

    /// The version of that number and where its value is.
    pub(crate) fn version(&self, version: Version) -> Option<&Placed> {
        self.versions.iter().find(|placed| placed.item.version == version.number())
    }

    pub(crate) fn version_mut(&mut self, version: Version) -> Option<&mut Placed> {
        self.versions.iter_mut().find(|placed| placed.item.version == version.number())
    }

    /// All of them.
    pub(crate) fn versions(&self) -> &[Placed] {
        &self.versions
    }

    /// The state without these versions.
    #[must_use]
    pub(crate) fn without(mut self, gone: &[Version]) -> Self {
        self.versions.retain(|placed| !gone.iter().any(|version| version.number() == placed.item.version));
        self
    }

    /// The state after a decision but for what it makes; `None` where something is not as it was when it was made.
    pub(crate) fn changed(&self, changes: &Changes) -> Result<Option<Self>, StoreError> {
        let as_read = |head: &Head| (head.revision, head.as_of);
        if self.head()?.as_ref().map(as_read) != changes.read.as_ref().map(as_read) {
            return Ok(None);
        }
        let mut state = self.clone();
        for item in &changes.update {
            let Some(placed) = state.version_mut(item.version) else { return Ok(None) };
            placed.item = placed.item.changed(item);
        }
        if changes.erase.iter().any(|version| state.version(*version).is_none()) {
            return Ok(None);
        }
        let mut state = state.without(&changes.erase);
        let Head { current, as_of, retired, revision } = &changes.head;
        state.current_version = Some(current.number());
        state.as_of = Some(as_of.0);
        state.revision = Some(*revision);
        state.retired = (*retired).into();
        Ok(Some(state))
    }

    /// Adds the version that a decision makes, whose value lies there by now.
    pub(crate) fn add(&mut self, item: &VersionItem, object_version_id: String) {
        self.versions.push(Placed::of(item, object_version_id));
    }
}
