//! What is known of a secret and of all its versions, as one object and back: the commit record of every decision.

use secret_store::plan::Changes;
use secret_store::store::StoreError;
use secret_store::{Head, Retirement, Snapshot, UnixTime, Version, VersionItem};
use serde::{Deserialize, Serialize};

use crate::item::{FORMAT, Item, Retired, malformed};
use crate::keys::Place;

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
    /// The revision that brought it back: its value lies in a place of its own since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brought_back: Option<u64>,
    #[serde(flatten)]
    pub(crate) item: Item,
}

impl Placed {
    pub(crate) fn of(item: &VersionItem, object_version_id: String) -> Self {
        Self { tag: item.token.tag().to_string(), object_version_id, brought_back: None, item: Item::of(item) }
    }

    /// Where its value lies.
    pub(crate) fn place(&self) -> Result<Place, StoreError> {
        let number = self.item.version;
        let version = Version::new(number).map_err(|_| malformed(number, "Version is no version number"))?;
        let tag = self.tag.parse().map_err(|_| malformed(number, "Tag is not eight digits in hex"))?;
        Ok(Place { version, tag, brought_back: self.brought_back })
    }

    pub(crate) fn is_retired(&self) -> Result<bool, StoreError> {
        Ok(self.item.read()?.retired.is_some())
    }

    /// Its value lies there from now on.
    pub(crate) fn move_to(&mut self, place: Place, object_version_id: String) {
        self.brought_back = place.brought_back;
        self.object_version_id = object_version_id;
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

    /// Whether a value in this place will never be one in use: it is retired, or it was once and was brought back elsewhere, or
    /// whoever was about to bring it back there has been overtaken. Each place is named once, by the revision in it, and what was
    /// decided on an older state than this one is never written.
    pub(crate) fn is_over(&self, place: Place) -> Result<bool, StoreError> {
        let Some(placed) = self.version(place.version) else { return Ok(false) };
        let named = placed.place()?;
        if named == place {
            return placed.is_retired();
        }
        Ok(named.tag == place.tag && place.brought_back <= self.revision)
    }

    /// Whether a value in this place is that of a version.
    pub(crate) fn names(&self, place: Place) -> bool {
        self.version(place.version).is_some_and(|placed| placed.place().is_ok_and(|named| named == place))
    }

    /// Whether somebody may be about to bring a version back to this place.
    pub(crate) fn awaits(&self, place: Place) -> bool {
        let named = self.version(place.version).and_then(|placed| placed.place().ok());
        named.is_some_and(|named| named.tag == place.tag && place.brought_back > self.revision)
    }

    /// Whether there may be values in places that are over.
    pub(crate) fn leaves_places(&self) -> Result<bool, StoreError> {
        for placed in &self.versions {
            if placed.brought_back.is_some() || placed.is_retired()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The state after a decision but for what it makes, and but for what it erases: that is retired until it is out of sight,
    /// and has expired. `None` where something is not as it was when it was made.
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
        for version in &changes.erase {
            let Some(placed) = state.version_mut(*version) else { return Ok(None) };
            let over = Retirement { at: UnixTime::default(), expires_at: UnixTime::default() };
            placed.item.retired = Some(over).into();
        }
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
