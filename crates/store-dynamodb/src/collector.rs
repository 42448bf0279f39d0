//! The table as whoever reads very many values may use it: a page after the other, where reading them one by one would take a
//! call for each. It writes nothing.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_session::Session;
use secret_store::store::{GetHead, GetVersion, Inventory, StoreError};
use secret_store::{Head, Identity, Record, StoreName, Version, VersionItem};

use crate::item::{self, Entry, Item};
use crate::lister::{Placed, check_the_keys, in_order, pages, placed};
use crate::neighbours::Neighbours;
use crate::table::{between, failed};

/// The table for whoever reads all there is.
#[derive(Clone, Debug)]
pub struct TableCollector(Client);

/// What was read.
#[derive(Debug, Default)]
pub struct Collection {
    /// All of it, values left out.
    pub inventory: Inventory,
    versions: BTreeMap<(Identity, Version), (VersionItem, Item)>,
}

impl TableCollector {
    /// The tables of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// What the table holds, with the values, still encrypted, of the versions that are `wanted`. A head is read no later than
    /// its versions, and each as it is at that moment: what it names is there, unless somebody erased it meanwhile.
    ///
    /// `seen` hears after each page how many items were read so far. `dynamodb:Scan`.
    ///
    /// # Errors
    /// Where the table does not answer, or is another kind of table.
    pub async fn collect(
        &self,
        store: &StoreName,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
        mut seen: impl FnMut(usize),
    ) -> Result<Collection, StoreError> {
        let mut collection = Collection::default();
        let mut read = 0;
        let scan = self.0.scan().table_name(store.as_str()).consistent_read(true);
        pages(store, scan, |items| {
            read += items.len();
            for item in items {
                collection.take(placed(store, item)?, &wanted);
            }
            seen(read);
            Ok(())
        })
        .await?;
        if read == 0 {
            check_the_keys(&self.0, store).await?;
        }
        in_order(&mut collection.inventory);
        Ok(collection)
    }

    /// The same of these secrets alone. One that is not there is not in the inventory. `dynamodb:Query`.
    ///
    /// # Errors
    /// Where the table does not answer, or one of them cannot be read.
    pub async fn collect_among(
        &self,
        secrets: &Neighbours,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
    ) -> Result<Collection, StoreError> {
        let mut collection = Collection::default();
        let (first, last) = secrets.range();
        let mut items = between(&self.0, secrets.any(), first, last).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed(&secrets.any().store, "dynamodb:Query", error))?;
            if let Some(identity) = secrets.of_item(&item) {
                let entry = item::read(identity, item)?;
                collection.take(Placed::Of(identity.clone(), entry), &wanted);
            }
        }
        Ok(collection)
    }
}

impl Collection {
    /// What was read of other secrets, as well.
    pub fn add(&mut self, other: Self) {
        self.inventory.secrets.extend(other.inventory.secrets);
        self.inventory.unreadable.extend(other.inventory.unreadable);
        self.versions.extend(other.versions);
    }

    /// A version with its value, if that was wanted.
    ///
    /// # Errors
    /// Where the item cannot be read.
    pub fn record(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        let stored = self.versions.get(&(identity.clone(), version));
        stored.map(|(version, item)| item::read_record(identity, version.clone(), item)).transpose()
    }

    fn take(&mut self, mut placed: Placed, wanted: impl Fn(&Identity, &VersionItem) -> bool) {
        if let Placed::Of(identity, Entry::Version(version, item)) = &mut placed
            && wanted(identity, version)
        {
            let value = (VersionItem::clone(version), std::mem::take(item));
            self.versions.insert((identity.clone(), version.version), value);
        }
        placed.put_into(&mut self.inventory);
    }
}

impl GetHead for Collection {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        Ok(self.inventory.secrets.get(identity).and_then(|secret| secret.head.clone()))
    }
}

impl GetVersion for Collection {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.record(identity, version)
    }
}
