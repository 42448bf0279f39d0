//! The table and the key that the pair runs on, with what happens to their calls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use secrecy::SecretString;
use secret_store::plan::Changes;
use secret_store::stack::{DescribeStack, StackNotTold, StackState};
use secret_store::store::{
    DataKey, Decrypt, Encrypt, GenerateDataKey, GetHead, GetVersion, Limits, QueryVersions, ReEncrypt, Resource,
    Sealed, Service, StoreError, Windows, WriteError, WriteVersions,
};
use secret_store::testing::MemoryKey;
use secret_store::{
    EncryptionContext, Head, Identity, KeyArn, KeyId, Record, Snapshot, SourceContext, StackId, Tag, Version,
};
use zeroize::Zeroizing;

use super::operator::Hand;
use super::over_s3::Way;
use super::table::Table;

pub(super) struct World {
    pub(super) table: Table,
    /// What the store promises.
    pub(super) limits: Limits,
    pub(super) now: Cell<u64>,
    pub(super) seed: Cell<u64>,
    /// What happens to the calls of the invocation that runs.
    pub(super) weather: Cell<Weather>,
    pub(super) minted: Cell<u64>,
    /// A stack is being rolled back.
    pub(super) rolls_back: Cell<bool>,
    /// Whose hand may come between any two calls.
    pub(super) hand: Hand,
    /// What was erased since somebody asked: its number may be given once more, to another value.
    erased: RefCell<BTreeSet<(Identity, Version)>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Weather {
    #[default]
    Fair,
    WriteReplyLost,
    GoneAfterWrite,
    TableUnavailable,
    TableMissing,
    KeyUnusable,
    /// CloudFormation does not say what a stack is doing.
    StackNotTold,
    /// So many more writers come in between.
    Contended(u8),
}

fn broken(make: impl FnOnce(Resource, secret_store::store::Cause) -> StoreError) -> StoreError {
    make(Resource::Store(Service { name: "the model", noun: "store", requirement: "" }), "made up by the model".into())
}

impl World {
    pub(super) fn new(table: Table, limits: Limits) -> Self {
        Self {
            table,
            limits,
            now: Cell::default(),
            seed: Cell::default(),
            weather: Cell::default(),
            minted: Cell::default(),
            rolls_back: Cell::default(),
            hand: Hand::default(),
            erased: RefCell::default(),
        }
    }

    pub(super) fn note_erased(&self, identity: &Identity, versions: &[Version]) {
        self.erased.borrow_mut().extend(versions.iter().map(|version| (identity.clone(), *version)));
    }

    pub(super) fn take_erased(&self) -> BTreeSet<(Identity, Version)> {
        self.erased.take()
    }

    /// The weather of the invocation that begins, or ends.
    pub(super) fn turn(&self, weather: Weather) {
        self.weather.set(weather);
        let Table::OverS3(buckets) = &self.table else { return };
        buckets.go(match weather {
            Weather::WriteReplyLost => Way::LosesTheCommit,
            Weather::GoneAfterWrite => Way::EndsAfter,
            Weather::TableUnavailable => Way::EndsBefore(self.seed.get() % 8),
            _ => Way::Usual,
        });
    }

    /// Whether the store itself goes wrong as the weather says; a bucket's wire does it for it.
    fn is_hindered(&self) -> bool {
        matches!(self.table, Table::Memory(_))
    }

    fn table_fault(&self) -> Result<(), StoreError> {
        match self.weather.get() {
            Weather::TableUnavailable if self.is_hindered() => Err(broken(StoreError::Unavailable)),
            Weather::TableMissing => {
                Err(broken(|resource, source| StoreError::Missing { resource, name: None, source }))
            }
            _ => Ok(()),
        }
    }

    /// Another writer's doing: the head is written anew, as it is.
    async fn interfere(&self, identity: &Identity) -> Result<(), WriteError> {
        let Weather::Contended(left @ 1..) = self.weather.get() else {
            return Ok(());
        };
        self.weather.set(Weather::Contended(left - 1));
        let read = self.table.straight().query(identity).await?.head;
        let Some(head) = read.clone() else { return Ok(()) };
        let head = Head { revision: head.revision + 1, ..head };
        self.table.straight().write(identity, &Changes { read, head, update: vec![], erase: vec![] }, None).await
    }
}

impl QueryVersions for &World {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.table_fault()?;
        self.table.by_wire().query(identity).await
    }
}

impl WriteVersions for &World {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.table_fault()?;
        self.interfere(identity).await?;
        self.hand.moment(self);
        let written = self.table.by_wire().write(identity, changes, new).await;
        self.note_erased(identity, &changes.erase);
        written?;
        self.minted.set(self.minted.get() + u64::from(new.is_some()));
        if !self.is_hindered() {
            return Ok(());
        }
        if self.weather.get() == Weather::GoneAfterWrite {
            self.weather.set(Weather::TableUnavailable);
            return Err(WriteError::Store(broken(StoreError::Unavailable)));
        }
        if self.weather.get() == Weather::WriteReplyLost {
            // The SDK's own retry finds the conditions broken by the write that it repeats.
            self.weather.set(Weather::Fair);
            return Err(WriteError::Conflict);
        }
        Ok(())
    }
}

/// The same store with one window for all that it holds, which is what a bucket promises. A type of its own, because a
/// store's promises are constants of its type.
#[derive(Clone, Copy)]
pub(super) struct OneWindow<'w>(pub(super) &'w World);

impl QueryVersions for OneWindow<'_> {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.0.query(identity).await
    }
}

impl WriteVersions for OneWindow<'_> {
    const LIMITS: Limits = Limits { windows: Windows::OfTheStore, ..Limits::LEAST };

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.0.write(identity, changes, new).await
    }
}

impl DescribeStack for World {
    async fn describe(&self, _: &StackId) -> Result<StackState, StackNotTold> {
        match self.weather.get() {
            Weather::StackNotTold => Err(StackNotTold("made up by the model".into())),
            _ if self.rolls_back.get() => Ok(StackState::RollsBack),
            _ => Ok(StackState::Lives),
        }
    }
}

impl GetHead for &World {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        self.table.by_wire().get_head(identity).await
    }

    async fn get_head_and_tag(&self, identity: &Identity) -> Result<Option<(Head, Option<Tag>)>, StoreError> {
        self.table.by_wire().get_head_and_tag(identity).await
    }
}

impl GetVersion for &World {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.table.by_wire().get(identity, version).await
    }

    async fn get_by_tag(
        &self,
        identity: &Identity,
        version: Version,
        tag: Option<Tag>,
    ) -> Result<Option<Record>, StoreError> {
        self.table.by_wire().get_by_tag(identity, version, tag).await
    }
}

impl World {
    fn key_fault(&self) -> Result<(), StoreError> {
        match self.weather.get() {
            Weather::KeyUnusable => Err(StoreError::KeyUnusable("made up by the model".into())),
            _ => Ok(()),
        }
    }
}

impl Encrypt for &World {
    const MAX_PLAINTEXT_BYTES: usize = 4096;

    async fn encrypt(
        &self,
        key: &KeyId,
        plaintext: &SecretString,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        self.key_fault()?;
        MemoryKey.encrypt(key, plaintext, context).await
    }
}

impl GenerateDataKey for &World {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        self.key_fault()?;
        MemoryKey.generate_data_key(key, context).await
    }
}

impl ReEncrypt for &World {
    async fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        self.key_fault()?;
        MemoryKey.re_encrypt(key, ciphertext, source, context).await
    }
}

impl Decrypt for &World {
    async fn decrypt(
        &self,
        key: &KeyArn,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        MemoryKey.decrypt(key, ciphertext, context).await
    }
}
