//! What is retired is hidden: its value lies behind a delete marker, so that whoever has its id finds nothing, and the bucket's
//! lifecycle erases it when its window is over.
//!
//! The state says what is retired, and says it first; the marker follows. Whoever is cut off between the two has not answered,
//! and whoever comes next hides what is left. **What is in use must never stay hidden**, or the lifecycle would erase it. So
//! a marker is removed before a version is brought back, and whoever hides one looks afterwards whether it is still retired.

use std::collections::BTreeSet;

use secret_store::store::StoreError;
use secret_store::{Identity, Tag, UnixTime, Version};

use crate::bucket::Bucket;
use crate::keys::Part;
use crate::state::{Placed, State};

/// How often a version that is brought back is looked for: only who hides it in the same moment makes a second time necessary.
const LOOKS: u32 = 3;

/// The state as it was read.
#[derive(Debug, Default)]
pub(crate) struct ReadState {
    pub(crate) state: State,
    /// Of the object; `None` where there is none.
    pub(crate) etag: Option<String>,
    pub(crate) now: Option<UnixTime>,
}

/// Where a value is.
pub(crate) type Place = (Version, Tag);

pub(crate) fn place(placed: &Placed) -> Result<Place, StoreError> {
    Ok((placed.version()?, placed.tag()?))
}

/// The versions that the state retires.
pub(crate) fn retired(state: &State) -> Result<Vec<Place>, StoreError> {
    let mut retired = Vec::new();
    for placed in state.versions() {
        if placed.item.read()?.retired.is_some() {
            retired.push(place(placed)?);
        }
    }
    Ok(retired)
}

impl Bucket {
    /// What is known of the secret.
    pub(crate) async fn state(&self, identity: &Identity) -> Result<ReadState, StoreError> {
        let object = self.get(&identity.store, &self.prefix.state(identity), None).await?;
        let Some(object) = object else { return Ok(ReadState::default()) };
        Ok(ReadState { state: State::read(&object.body)?, etag: Some(object.etag), now: object.now })
    }

    /// The values of the secret that are not hidden.
    pub(crate) async fn visible(&self, identity: &Identity) -> Result<BTreeSet<(Version, String)>, StoreError> {
        let listed = self.list(&identity.store, &self.prefix.values(identity), |_| {}).await?;
        let places = listed.iter().filter_map(|object| self.prefix.placed(&identity.store, &object.key));
        Ok(places
            .filter_map(|(_, part)| match part {
                Part::Value(version, tag) => Some((version, tag.to_string())),
                Part::State => None,
            })
            .collect())
    }

    /// Hides what the state retires and somebody who was cut off has left in sight.
    pub(crate) async fn hide_what_is_left(&self, identity: &Identity, state: &State) -> Result<(), StoreError> {
        let retired = retired(state)?;
        if retired.is_empty() {
            return Ok(());
        }
        let visible = self.visible(identity).await?;
        let left = retired.into_iter().filter(|(version, tag)| visible.contains(&(*version, tag.to_string())));
        self.hide_retired(identity, &left.collect::<Vec<_>>()).await
    }

    /// Hides these versions, and shows those again that are in use by then.
    pub(crate) async fn hide_retired(&self, identity: &Identity, places: &[Place]) -> Result<(), StoreError> {
        let mut markers = Vec::new();
        for (version, tag) in places {
            let key = self.prefix.value(identity, *version, *tag);
            let marker = self.hide(&identity.store, &key).await?;
            markers.push((*version, *tag, key, marker));
        }
        if markers.is_empty() {
            return Ok(());
        }
        let state = self.state(identity).await?.state;
        for (version, tag, key, marker) in markers {
            if is_in_use(&state, (version, tag))? {
                self.remove(&identity.store, &key, &marker).await?;
            }
        }
        Ok(())
    }

    /// Shows these versions again.
    pub(crate) async fn show(&self, identity: &Identity, places: &[Place]) -> Result<(), StoreError> {
        for (version, tag) in places {
            let key = self.prefix.value(identity, *version, *tag);
            for marker in self.versions(&identity.store, &key).await?.iter().filter(|kept| kept.is_marker) {
                self.remove(&identity.store, &key, &marker.version_id).await?;
            }
        }
        Ok(())
    }

    /// Looks whether they are in sight, and shows them where somebody hid them in the same moment.
    pub(crate) async fn keep_in_sight(&self, identity: &Identity, places: &[Place]) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            if places.is_empty() {
                return Ok(());
            }
            let visible = self.visible(identity).await?;
            let hidden =
                places.iter().copied().filter(|(version, tag)| !visible.contains(&(*version, tag.to_string())));
            let hidden: Vec<_> = hidden.collect();
            if hidden.is_empty() {
                return Ok(());
            }
            self.show(identity, &hidden).await?;
        }
        Ok(())
    }

    /// Removes what S3 has of these values, for good. Where an object lock forbids it, they stay hidden until the lifecycle
    /// may erase them.
    pub(crate) async fn erase(&self, identity: &Identity, places: &[Place]) -> Result<(), StoreError> {
        for (version, tag) in places {
            let key = self.prefix.value(identity, *version, *tag);
            let kept = self.versions(&identity.store, &key).await?;
            // The markers last: nothing shows for a moment.
            for object in kept.iter().filter(|kept| !kept.is_marker).chain(kept.iter().filter(|kept| kept.is_marker)) {
                match self.remove(&identity.store, &key, &object.version_id).await {
                    Err(StoreError::Denied { .. }) => break,
                    removed => removed?,
                }
            }
        }
        Ok(())
    }
}

fn is_in_use(state: &State, (version, tag): Place) -> Result<bool, StoreError> {
    let Some(placed) = state.version(version) else { return Ok(false) };
    Ok(placed.tag()? == tag && placed.item.read()?.retired.is_none())
}
