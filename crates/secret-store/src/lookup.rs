//! Which record is meant: by its number one read; the current one, by the number that the head says, two.
//!
//! However many versions a secret has, of their values one is read.

use crate::Tag;
use crate::id::{Identity, SecretId};
use crate::names::Version;
use crate::patience::{Pace, Patience};
use crate::record::Record;
use crate::select::{self, Selector, Unreadable};
use crate::store::{GetHead, GetVersion, QueryVersions, StoreError};

/// Which version is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Exactly this one.
    Id(SecretId),
    /// One of this secret's.
    Secret(Identity, Selector),
}

impl Wanted {
    /// Which secret is meant.
    pub fn identity(&self) -> &Identity {
        match self {
            Wanted::Id(id) => &id.identity,
            Wanted::Secret(identity, _) => identity,
        }
    }
}

/// The record that is wanted, in use, or why it is not handed out.
///
/// # Errors
/// Where the store fails until there is no time left.
pub async fn look_up<T: QueryVersions + GetHead + GetVersion>(
    store: &T,
    wanted: &Wanted,
    patience: &mut Patience<'_>,
) -> Result<Result<Record, Unreadable>, StoreError> {
    let (lookup, identity) = (Lookup { store }, wanted.identity());
    Ok(match wanted {
        Wanted::Id(id) => {
            let record = lookup.version(identity, id.version, Some(id.tag), patience).await?;
            select::by_id(record, id)
        }
        Wanted::Secret(_, Selector::Version(version)) => {
            let record = lookup.version(identity, *version, None, patience).await?;
            select::readable(record, *version)
        }
        Wanted::Secret(_, selector) => lookup.latest(identity, *selector, patience).await?,
    })
}

struct Lookup<'t, T> {
    store: &'t T,
}

impl<T: QueryVersions + GetHead + GetVersion> Lookup<'_, T> {
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
                let found = patience.ask(async || self.store.get_head_and_tag(identity).await).await?;
                let (head, tag) = found.unzip();
                Ok(select::current(head.as_ref()).map(|version| (version, tag.flatten())))
            }
            Selector::Previous => {
                let snapshot = patience.ask(async || self.store.query(identity).await).await?;
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
        patience.ask(async || self.store.get_by_tag(identity, version, tag).await).await
    }
}

#[cfg(test)]
mod tests;
