//! The store of the model: in memory, or a real bucket; and who asks it, the pair in whatever weather, or an operator in none.

use std::collections::BTreeMap;

use secret_store::plan::Changes;
use secret_store::plan::operator::Expired;
use secret_store::store::{
    EraseExpired, Erasure, GetHead, GetVersion, Limits, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError,
    WriteError, WriteVersions,
};
use secret_store::testing::MemoryTable;
use secret_store::{Head, Identity, Record, Snapshot, Stored, Tag, UnixTime, Version};

use super::history::DAY;
use super::over_s3::{OverS3, Via};

/// Where the secrets of a history are.
#[derive(Debug)]
pub enum Table {
    /// In memory: millions of histories.
    Memory(MemoryTable),
    /// In buckets on an engine: thousands.
    OverS3(Box<OverS3>),
}

impl Table {
    /// As an operator asks, whose way is fine.
    pub(super) fn straight(&self) -> Asked<'_> {
        Asked(self, Via::Straight)
    }

    /// As the pair asks.
    pub(super) fn by_wire(&self) -> Asked<'_> {
        Asked(self, Via::Wire)
    }

    pub(super) fn contents(&self) -> BTreeMap<Identity, Stored> {
        match self {
            Self::Memory(table) => table.contents(),
            Self::OverS3(buckets) => buckets.contents(),
        }
    }

    /// The time to live erases what has expired by now.
    pub(super) fn reap(&self, now: u64) {
        match self {
            Self::Memory(table) => table.reap(UnixTime(now)),
            Self::OverS3(_) => panic!("a bucket has one window for all"),
        }
    }

    /// The lifecycle erases what has been retired for so many days.
    pub(super) fn reap_after(&self, days: u64, now: u64) {
        let then = now.saturating_sub(days * DAY);
        match self {
            Self::Memory(table) => table.reap_retired_until(UnixTime(then)),
            Self::OverS3(buckets) => buckets.erase_what_is_hidden_since(then),
        }
    }

    /// What time it is there.
    pub(super) fn tell_time(&self, now: u64) {
        if let Self::OverS3(buckets) = self {
            buckets.tell_time(now);
        }
    }

    /// At the end of a history: what was seen all along is what is there.
    pub(super) fn assert_in_order(&self) {
        if let Self::OverS3(buckets) = self {
            buckets.assert_in_order();
        }
    }
}

/// The table, as somebody asks it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'t>(&'t Table, Via);

impl QueryVersions for Asked<'_> {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        match self.0 {
            Table::Memory(table) => table.query(identity).await,
            Table::OverS3(buckets) => buckets.query(self.1, identity),
        }
    }
}

impl GetHead for Asked<'_> {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        Ok(self.get_head_and_tag(identity).await?.map(|(head, _)| head))
    }

    async fn get_head_and_tag(&self, identity: &Identity) -> Result<Option<(Head, Option<Tag>)>, StoreError> {
        match self.0 {
            Table::Memory(table) => table.get_head_and_tag(identity).await,
            Table::OverS3(buckets) => buckets.get_head_and_tag(identity),
        }
    }
}

impl GetVersion for Asked<'_> {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.get_by_tag(identity, version, None).await
    }

    async fn get_by_tag(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
    ) -> Result<Option<Record>, StoreError> {
        match self.0 {
            Table::Memory(table) => table.get_by_tag(identity, version, tag).await,
            Table::OverS3(buckets) => buckets.get_by_tag(identity, version, tag),
        }
    }
}

impl WriteVersions for Asked<'_> {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        match self.0 {
            Table::Memory(table) => table.write(identity, changes, new).await,
            Table::OverS3(buckets) => buckets.write(self.1, identity, changes, new),
        }
    }
}

impl ReplaceCiphertext for Asked<'_> {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        match self.0 {
            Table::Memory(table) => table.replace_ciphertext(identity, read, new).await,
            Table::OverS3(buckets) => buckets.replace_ciphertext(identity, read, new),
        }
    }
}

impl EraseExpired for Asked<'_> {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        match self.0 {
            Table::Memory(table) => table.erase_expired(identity, expired).await,
            Table::OverS3(buckets) => buckets.erase_expired(identity, expired),
        }
    }
}
