//! What is retired is hidden: its value lies behind a delete marker, so that whoever has its id finds nothing, and the bucket's
//! lifecycle erases it when its window is over.
//!
//! **A place goes one way**: a value is put there, named by a state, retired by one, hidden, erased. What is brought back is
//! copied to a place of its own, so that a marker that comes late, from whoever is slow or was cut off, never hides what is in
//! use. The state says first what is retired, and the marker follows: whoever is cut off between the two has not answered, and
//! whoever comes next hides what is left.

use secret_store::Identity;
use secret_store::store::StoreError;

use crate::bucket::Bucket;
use crate::keys::{Part, Place};
use crate::state::State;

/// The state as it was read.
#[derive(Debug, Default)]
pub(crate) struct ReadState {
    pub(crate) state: State,
    /// Of the object; `None` where there is none.
    pub(crate) etag: Option<String>,
    pub(crate) now: Option<secret_store::UnixTime>,
}

impl Bucket {
    /// What is known of the secret.
    pub(crate) async fn state(&self, identity: &Identity) -> Result<ReadState, StoreError> {
        let object = self.get(&identity.store, &self.prefix.state(identity), None).await?;
        let Some(object) = object else { return Ok(ReadState::default()) };
        Ok(ReadState { state: State::read(&object.body)?, etag: Some(object.etag), now: object.now })
    }

    /// Where values of the secret lie that are not hidden.
    pub(crate) async fn visible(&self, identity: &Identity) -> Result<Vec<Place>, StoreError> {
        let listed = self.list(&identity.store, &self.prefix.values(identity), |_| {}).await?;
        let places = listed.iter().filter_map(|object| self.prefix.placed(&identity.store, &object.key));
        Ok(places
            .filter_map(|(_, part)| match part {
                Part::Value(place) => Some(place),
                Part::State => None,
            })
            .collect())
    }

    /// Hides what is over by this state and somebody who was cut off has left in sight.
    pub(crate) async fn hide_what_is_left(&self, identity: &Identity, state: &State) -> Result<(), StoreError> {
        if !state.leaves_places()? {
            return Ok(());
        }
        for place in self.visible(identity).await? {
            if state.is_over(place)? {
                self.hide(identity, place).await?;
            }
        }
        Ok(())
    }

    /// Hides the value in a place that is over.
    pub(crate) async fn hide(&self, identity: &Identity, place: Place) -> Result<(), StoreError> {
        self.put_marker(&identity.store, &self.prefix.value(identity, place)).await
    }
}
