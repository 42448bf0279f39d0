//! The bucket as whoever lists secrets may use it: it reads no values, and so has nothing to decrypt.

use std::collections::BTreeSet;

use aws_session::Session;
use futures_util::StreamExt as _;
use futures_util::stream;
use secret_store::store::{Inventory, ScanVersions, StoreError};
use secret_store::{Identity, StoreName};

use crate::bucket::{Bucket, Listed};
use crate::item::malformed;
use crate::keys::{Part, Place, Prefix};

/// How many states are got at a time.
pub(crate) const AT_A_TIME: usize = 16;

/// The bucket for whoever lists secrets.
#[derive(Clone, Debug)]
pub struct BucketLister(Bucket);

/// A value that no state names: somebody was cut off after it was put, or is about to name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// Whose it would be.
    pub identity: Identity,
    /// Where it lies.
    pub place: Place,
    /// When it was put, in UTC (ISO 8601): the order of the texts is that of the times.
    pub put_at: String,
}

/// What lies in a bucket.
#[derive(Debug, Default)]
struct Found {
    inventory: Inventory,
    unnamed: Vec<Unnamed>,
}

impl BucketLister {
    /// The buckets of a session's account and region.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }

    /// The values that nothing names. `s3:ListBucket`, `s3:GetObject`.
    ///
    /// # Errors
    /// Where S3 does not answer, or not to this caller.
    pub async fn unnamed(&self, store: &StoreName) -> Result<Vec<Unnamed>, StoreError> {
        Ok(self.find(store, |_| {}).await?.unnamed)
    }

    async fn find(&self, store: &StoreName, seen: impl FnMut(usize)) -> Result<Found, StoreError> {
        let listed = self.0.list(store, &self.0.prefix.to_string(), seen).await?;
        let mut found = Found::default();
        let (mut secrets, mut values) = (BTreeSet::new(), Vec::new());
        for Listed { key, put_at } in listed {
            match self.0.prefix.placed(store, &key) {
                Some((identity, Part::State)) => _ = secrets.insert(identity),
                Some((identity, Part::Value(place))) => values.push(Unnamed { identity, place, put_at }),
                None => {
                    let problem = "its key is not that of a secret";
                    found.inventory.unreadable.push((key.clone(), malformed(key, problem)));
                }
            }
        }
        let mut states = stream::iter(secrets)
            .map(async |identity| {
                let read = self.0.state(&identity).await;
                (identity, read)
            })
            .buffer_unordered(AT_A_TIME);
        while let Some((identity, read)) = states.next().await {
            match read.and_then(|read| Ok((read.state.snapshot()?, read.state))) {
                // Gone since it was listed.
                Ok((snapshot, _)) if snapshot == secret_store::Snapshot::default() => {}
                Ok((snapshot, state)) => {
                    let is_known = |place| state.names(place) || state.awaits(place);
                    values.retain(|value| value.identity != identity || !is_known(value.place));
                    found.inventory.secrets.insert(identity, snapshot);
                }
                Err(error @ StoreError::Malformed { .. }) => {
                    // What it names, nobody can say: none of its values is taken for one that nothing names.
                    values.retain(|value| value.identity != identity);
                    found.inventory.unreadable.push((self.0.prefix.state(&identity), error));
                }
                Err(error) => return Err(error),
            }
        }
        found.unnamed = values;
        Ok(found)
    }
}

/// `s3:ListBucket`, `s3:GetObject`.
impl ScanVersions for BucketLister {
    async fn scan(&self, store: &StoreName, seen: impl FnMut(usize)) -> Result<Inventory, StoreError> {
        Ok(self.find(store, seen).await?.inventory)
    }
}
