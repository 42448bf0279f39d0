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

#[cfg(test)]
mod tests {
    use secret_store::{Cause, Description, KeyArn, Superseded};
    use serde_json::{Value, json};

    use super::*;

    /// A version whose value lies under this tag, as it is stored.
    fn version(tag: &str, brought_back: Option<u64>, retired_at: Option<u64>) -> Value {
        json!({
            "Tag": tag, "ObjectVersionId": "id", "BroughtBack": brought_back,
            "Format": FORMAT, "Version": 1, "StackId": "manual", "LogicalResourceId": "manual",
            "RequestToken": "0".repeat(64), "KeyArn": "key", "CreatedAt": 1,
            "RetiredAt": retired_at, "ExpiresAt": retired_at,
        })
    }

    fn stored(version: Value) -> Value {
        json!({"Format": FORMAT, "CurrentVersion": 1, "AsOf": 1, "Revision": 5, "Versions": [version]})
    }

    fn read(state: &Value) -> Result<State, StoreError> {
        State::read(state.to_string().as_bytes())
    }

    fn place(number: u64, tag: &str, brought_back: Option<u64>) -> Place {
        Place { version: Version::new(number).unwrap(), tag: tag.parse().unwrap(), brought_back }
    }

    const OWN: &str = "0123abcd";
    const OTHER: &str = "ffffffff";

    #[test]
    fn what_is_not_whole_or_newer_is_not_read_as_something_else() {
        assert!(read(&stored(version(OWN, None, None))).unwrap().snapshot().is_ok());
        for (pointer, value) in [
            ("/Format", json!(FORMAT + 1)),
            ("/CurrentVersion", json!(null)),
            ("/AsOf", json!(null)),
            ("/Revision", json!(null)),
            ("/CurrentVersion", json!(0)),
            ("/Versions/0/Format", json!(FORMAT + 1)),
            ("/Versions/0/Version", json!(0)),
            ("/Versions/0/RequestToken", json!("0")),
        ] {
            let mut state = stored(version(OWN, None, None));
            *state.pointer_mut(pointer).unwrap() = value;
            let snapshot = read(&state).and_then(|state| state.snapshot());
            assert!(matches!(snapshot, Err(StoreError::Malformed { .. })), "{pointer}: {snapshot:?}");
        }
        for [one, other] in [["RetiredAt", "ExpiresAt"], ["PublicKey", "PublicKeyPem"]] {
            for (half, nothing) in [(one, other), (other, one)] {
                let mut state = stored(version(OWN, None, None));
                let value = if half.ends_with("At") { json!(1) } else { json!("key") };
                state["Versions"][0][half] = value;
                state["Versions"][0][nothing] = json!(null);
                let snapshot = read(&state).unwrap().snapshot();
                assert!(matches!(snapshot, Err(StoreError::Malformed { .. })), "{half} alone: {snapshot:?}");
            }
        }
    }

    /// By the state of revision 5: what will never be in use, and so is hidden; what is; what may be some day.
    #[test]
    fn each_place_is_over_or_named_or_awaited_or_nobodys() {
        let of = |state: &State, place| (state.is_over(place).unwrap(), state.names(place), state.awaits(place));
        let (over, named, awaited, nobodys) =
            ((true, false, false), (false, true, false), (false, false, true), (false, false, false));
        for (stored_version, expected) in [
            // In use where it was put: nothing was brought back, and nothing can be by an older revision.
            (version(OWN, None, None), [named, over, over, awaited]),
            (version(OWN, Some(4), None), [over, named, over, awaited]),
            (version(OWN, Some(4), Some(1)), [over, (true, true, false), over, awaited]),
            (version(OWN, None, Some(1)), [(true, true, false), over, over, awaited]),
        ] {
            let state = read(&stored(stored_version.clone())).unwrap();
            let places = [None, Some(4), Some(5), Some(6)];
            let told = places.map(|brought_back| of(&state, place(1, OWN, brought_back)));
            assert_eq!(told, expected, "{stored_version}");
            // Another request's value under the same number, and a version that the state does not have.
            for elsewhere in
                [place(1, OTHER, None), place(1, OTHER, Some(6)), place(2, OWN, None), place(2, OWN, Some(6))]
            {
                assert_eq!(of(&state, elsewhere), nobodys, "{elsewhere:?}");
            }
        }
    }

    #[test]
    fn whoever_looks_lists_only_where_something_may_be_left() {
        for (stored_version, leaves) in [
            (version(OWN, None, None), false),
            (version(OWN, Some(4), None), true),
            (version(OWN, None, Some(1)), true),
        ] {
            assert_eq!(
                read(&stored(stored_version.clone())).unwrap().leaves_places().unwrap(),
                leaves,
                "{stored_version}"
            );
        }
    }

    /// A decision is about owner and state. Its item may come from a release that knows less of the version than the state says.
    #[test]
    fn what_was_told_of_a_version_once_stays_with_it() {
        let told = json!({"KeyArn": "key", "CreatedAt": 1, "EntropyBits": "190.5", "PublicKey": "ssh-ed25519 AAAA",
                          "PublicKeyPem": "-----BEGIN", "Since": {"a later": "release"}});
        let mut before = stored(version(OWN, None, None));
        let stored_version = before["Versions"][0].as_object_mut().unwrap();
        stored_version.extend(told.as_object().unwrap().clone());
        let state = read(&before).unwrap();
        let Snapshot { head, mut versions } = state.snapshot().unwrap();
        versions[0].superseded = Some(Superseded { at: UnixTime(7), cause: Cause::Deleted });
        versions[0].description = Description::default();
        versions[0].key_arn = KeyArn("another".to_owned());
        versions[0].created_at = UnixTime(9);
        let next = Head { revision: 6, ..head.clone().unwrap() };
        let changes = Changes { read: head, head: next, update: versions, erase: Vec::new() };
        let changed = state.changed(&changes).unwrap().unwrap();
        let written: Value = serde_json::from_slice(&changed.body().unwrap()).unwrap();
        let after = &written["Versions"][0];
        assert_eq!(after["SupersededAt"], 7);
        for (name, value) in told.as_object().unwrap() {
            assert_eq!(after[name], *value, "{name}");
        }
    }

    /// A secret that was erased and made anew may come to the same revision again, and two decisions may be of one second.
    #[test]
    fn what_was_decided_on_another_state_changes_nothing() {
        let state = read(&stored(version(OWN, None, None))).unwrap();
        let head = state.head().unwrap().unwrap();
        let next = Head { revision: 6, ..head.clone() };
        let decided_on =
            |read: Option<Head>| Changes { read, head: next.clone(), update: Vec::new(), erase: Vec::new() };
        assert!(state.changed(&decided_on(Some(head.clone()))).unwrap().is_some());
        let other_revision = Head { revision: 4, ..head.clone() };
        let other_time = Head { as_of: UnixTime(2), ..head };
        for other in [Some(other_revision), Some(other_time), None] {
            assert!(state.changed(&decided_on(other.clone())).unwrap().is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_newest_version_comes_last() {
        let [older, mut newer] = [version(OWN, None, None), version(OTHER, None, None)];
        newer["Version"] = json!(2);
        let mut state = stored(newer);
        state["Versions"].as_array_mut().unwrap().push(older);
        let versions = read(&state).unwrap().snapshot().unwrap().versions;
        assert_eq!(versions.iter().map(|item| item.version.number()).collect::<Vec<_>>(), [1, 2]);
    }
}
