//! A table in memory that keeps the promises of [`store`](crate::store), for tests and models.
//!
//! The conformance suite in the repository's `tests` holds it to what DynamoDB does.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::Identity;
use crate::names::{StoreName, Version};
use crate::plan::Changes;
use crate::plan::operator::Expired;
use crate::record::{Head, Record, Snapshot, Stored, UnixTime, VersionItem};
use crate::store::{
    EraseExpired, Erasure, GetHead, GetVersion, Inventory, Limits, QueryVersions, Reencrypted, ReplaceCiphertext,
    ScanVersions, StoreError, WriteError, WriteVersions,
};

/// All secrets of any number of tables.
#[derive(Debug, Default)]
pub struct MemoryTable(Mutex<BTreeMap<Identity, Stored>>);

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that is stored.
    pub fn contents(&self) -> BTreeMap<Identity, Stored> {
        self.lock().clone()
    }

    /// Erases what has expired, as DynamoDB's TTL does at some moment after `ExpiresAt`, each item on its own.
    pub fn reap(&self, now: UnixTime) {
        let mut secrets = self.lock();
        for stored in secrets.values_mut() {
            stored.records.retain(|record| !record.item.is_expired(now));
            let head_is_over = |head: &Head| head.retired.is_some_and(|over| over.is_over(now));
            if stored.head.as_ref().is_some_and(head_is_over) {
                stored.head = None;
            }
        }
    }

    /// Erases what was retired until then, as the lifecycle of a store does that has one window for all; the heads stay.
    pub fn reap_retired_until(&self, then: UnixTime) {
        for stored in self.lock().values_mut() {
            stored.records.retain(|record| record.item.retired.is_none_or(|retired| retired.at > then));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Identity, Stored>> {
        // A write is applied at one stroke, so a panic elsewhere cannot leave half of one behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueryVersions for MemoryTable {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        let stored = self.lock().get(identity).cloned().unwrap_or_default();
        let versions = stored.records.into_iter().map(|record| record.item).collect();
        Ok(Snapshot { head: stored.head, versions })
    }
}

impl ScanVersions for MemoryTable {
    async fn scan(&self, store: &StoreName, mut seen: impl FnMut(usize)) -> Result<Inventory, StoreError> {
        let mut inventory = Inventory::default();
        for (identity, stored) in self.contents().into_iter().filter(|(identity, _)| identity.store == *store) {
            let versions = stored.records.into_iter().map(|record| record.item).collect();
            inventory.secrets.insert(identity, Snapshot { head: stored.head, versions });
        }
        seen(inventory.secrets.len());
        Ok(inventory)
    }
}

impl GetHead for MemoryTable {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        Ok(self.lock().get(identity).and_then(|stored| stored.head.clone()))
    }
}

impl GetVersion for MemoryTable {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        let secrets = self.lock();
        let mut records = secrets.get(identity).into_iter().flat_map(|stored| &stored.records);
        Ok(records.find(|record| record.item.version == version).cloned())
    }
}

impl WriteVersions for MemoryTable {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        let mut secrets = self.lock();
        let stored = secrets.entry(identity.clone()).or_default();
        let changed = apply(stored, changes, new).ok_or(WriteError::Conflict)?;
        *stored = changed;
        Ok(())
    }
}

impl ReplaceCiphertext for MemoryTable {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        let mut secrets = self.lock();
        let mut records = secrets.get_mut(identity).into_iter().flat_map(|stored| &mut stored.records);
        let is_as_read =
            |record: &&mut Record| record.ciphertext == read.ciphertext && record.item.key_arn == read.item.key_arn;
        let record = records.find(|record| record.item.version == read.item.version).filter(is_as_read);
        let record = record.ok_or(WriteError::Conflict)?;
        record.ciphertext = record.ciphertext.reencrypted(new.ciphertext.clone());
        record.item.key_arn = new.key_arn.clone();
        Ok(())
    }
}

impl EraseExpired for MemoryTable {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        let mut secrets = self.lock();
        let Some(stored) = secrets.get_mut(identity) else { return Ok(Erasure::LeftAlone) };
        let before = stored.records.len();
        stored.records.retain(|Record { item, .. }| {
            item.version != expired.version
                || item.retired.map(|retired| retired.expires_at) != Some(expired.expires_at)
        });
        Ok(if stored.records.len() < before { Erasure::Erased } else { Erasure::LeftAlone })
    }
}

/// What is stored after the write; `None` where a condition does not hold.
fn apply(stored: &Stored, changes: &Changes, new: Option<&Record>) -> Option<Stored> {
    let mut records: BTreeMap<Version, Record> =
        stored.records.iter().map(|record| (record.item.version, record.clone())).collect();
    for item in &changes.update {
        let stored = &mut records.get_mut(&item.version)?.item;
        let VersionItem { key_arn, created_at, description, .. } = stored.clone();
        *stored = VersionItem { key_arn, created_at, description, ..item.clone() };
    }
    for version in &changes.erase {
        records.remove(version)?;
    }
    if let Some(record) = new
        && records.insert(record.item.version, record.clone()).is_some()
    {
        return None;
    }
    (stored.head == changes.read)
        .then(|| Stored { head: Some(changes.head.clone()), records: records.into_values().collect() })
}
