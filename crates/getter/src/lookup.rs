//! Which record is meant: by its number one read; the current one, by the number that the head says, two.
//!
//! However many versions a secret has, of their values one is read.

use secret_store::patience::{Pace, Patience};
use secret_store::select::{self, Selector, Unreadable};
use secret_store::store::{GetHead, GetVersion, QueryVersions, StoreError};
use secret_store::{Identity, Record, Tag, Version};

use crate::Getter;
use crate::properties::Wanted;
use crate::reason::Failure;

impl<T: QueryVersions + GetHead + GetVersion, K> Getter<T, K> {
    /// The record that is wanted, in use.
    pub(crate) async fn record(&self, wanted: &Wanted, patience: &mut Patience<'_>) -> Result<Record, Failure> {
        let identity = wanted.identity();
        let found = match wanted {
            Wanted::Id(id) => {
                let record = self.version(identity, id.version, Some(id.tag), patience).await?;
                select::by_id(record, id)
            }
            Wanted::Secret(_, Selector::Version(version)) => {
                let record = self.version(identity, *version, None, patience).await?;
                select::readable(record, *version)
            }
            Wanted::Secret(_, selector) => self.latest(identity, *selector, patience).await?,
        };
        found.map_err(|error| Failure::Unreadable { error, identity: Box::new(identity.clone()) })
    }

    /// What the head leads to. If the head moves on before its version is read, the version may be gone with reason; then
    /// it is looked for where the head is now.
    async fn latest(
        &self,
        identity: &Identity,
        selector: Selector,
        patience: &mut Patience<'_>,
    ) -> Result<Result<Record, Unreadable>, StoreError> {
        let mut number = self.number(identity, selector, patience).await?;
        let mut moves = 0;
        loop {
            let (version, tag) = match number {
                Ok(named) => named,
                Err(error) => return Ok(Err(error)),
            };
            let record = self.version(identity, version, tag, patience).await?;
            let unreadable = match select::readable(record, version) {
                Ok(record) => return Ok(Ok(record)),
                Err(error) => error,
            };
            number = self.number(identity, selector, patience).await?;
            if number.as_ref() == Ok(&(version, tag)) || !patience.pause(Pace::Quick, moves).await {
                return Ok(Err(unreadable));
            }
            moves += 1;
        }
    }

    async fn number(
        &self,
        identity: &Identity,
        selector: Selector,
        patience: &mut Patience<'_>,
    ) -> Result<Result<(Version, Option<Tag>), Unreadable>, StoreError> {
        match selector {
            Selector::Version(version) => Ok(Ok((version, None))),
            Selector::Current => {
                let found = patience.ask(async || self.table.get_head_and_tag(identity).await).await?;
                let (head, tag) = found.unzip();
                Ok(select::current(head.as_ref()).map(|version| (version, tag.flatten())))
            }
            Selector::Previous => {
                let snapshot = patience.ask(async || self.table.query(identity).await).await?;
                Ok(select::previous(&snapshot).map(|version| (version, None)))
            }
        }
    }

    async fn version(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
        patience: &mut Patience<'_>,
    ) -> Result<Option<Record>, StoreError> {
        patience.ask(async || self.table.get_by_tag(identity, version, tag).await).await
    }
}

#[cfg(test)]
mod tests;
