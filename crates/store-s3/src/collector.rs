//! The bucket as whoever reads very many values may use it: each with one request, since the list says where it is.

use std::collections::BTreeMap;

use aws_session::Session;
use futures_util::StreamExt as _;
use futures_util::stream;
use secret_store::store::{GetVersion, Inventory, QueryVersions as _, ScanVersions as _, StoreError};
use secret_store::{Identity, Record, Snapshot, StoreName, Version, VersionItem};

use crate::keys::Prefix;
use crate::lister::{AT_A_TIME, BucketLister};
use crate::reader::BucketReader;

/// The bucket for whoever reads all there is.
#[derive(Clone, Debug)]
pub struct BucketCollector {
    lister: BucketLister,
    reader: BucketReader,
}

/// Values, still encrypted.
pub type Collected = BTreeMap<(Identity, Version), Record>;

impl BucketCollector {
    /// The buckets of a session's account and region.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        let lister = BucketLister::connect(session, prefix.clone());
        Self { lister, reader: BucketReader::connect(session, prefix) }
    }

    /// What the bucket holds, and the versions that are `wanted`; one that was erased meanwhile is left out.
    /// `s3:ListBucket`, `s3:GetObject`.
    ///
    /// # Errors
    /// Where S3 does not answer, or not to this caller.
    pub async fn collect(
        &self,
        store: &StoreName,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
        seen: impl FnMut(usize),
    ) -> Result<(Inventory, Collected), StoreError> {
        let inventory = self.lister.scan(store, seen).await?;
        let collected = self.values(&inventory, wanted).await?;
        Ok((inventory, collected))
    }

    /// The same of these secrets alone. One that is not there is not in the inventory. `s3:GetObject`.
    ///
    /// # Errors
    /// Where S3 does not answer, or not to this caller.
    pub async fn collect_among(
        &self,
        secrets: impl Iterator<Item = &Identity>,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
    ) -> Result<(Inventory, Collected), StoreError> {
        let mut inventory = Inventory::default();
        for identity in secrets {
            let secret = self.reader.query(identity).await?;
            if secret != Snapshot::default() {
                inventory.secrets.insert(identity.clone(), secret);
            }
        }
        let collected = self.values(&inventory, wanted).await?;
        Ok((inventory, collected))
    }

    async fn values(
        &self,
        inventory: &Inventory,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
    ) -> Result<Collected, StoreError> {
        let versions = inventory
            .secrets
            .iter()
            .flat_map(|(identity, secret)| secret.versions.iter().map(move |item| (identity, item)));
        let wanted: Vec<_> = versions.filter(|(identity, item)| wanted(identity, item)).collect();
        let mut reads = stream::iter(wanted)
            .map(async |(identity, item)| {
                let tag = Some(item.token.tag());
                (identity, item, self.reader.get_by_tag(identity, item.version, tag).await)
            })
            .buffer_unordered(AT_A_TIME);
        let mut collected = Collected::new();
        while let Some((identity, item, record)) = reads.next().await {
            if let Some(record) = record? {
                // Of the owner and the state, the list knows more than the value.
                let key_arn = record.item.key_arn.clone();
                let record = Record { item: VersionItem { key_arn, ..item.clone() }, ..record };
                collected.insert((identity.clone(), item.version), record);
            }
        }
        Ok(collected)
    }
}
