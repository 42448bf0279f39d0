//! Each of [the operator's decisions](crate::plan::operator), carried out. A verb hands in what it needs and holds nothing else.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

use super::{Next, Unfinished, carry_out};
use crate::description::Description;
use crate::encryption_context::{ContextError, EncryptionContext};
use crate::id::Identity;
use crate::names::{KeyId, Version};
use crate::owner::{Owner, StackId};
use crate::patience::{MayPass, Pace, Patience};
use crate::plan::RecoveryWindow;
use crate::plan::operator::{
    Expired, HandPlan, Manner, Operator, Owners, PutPlan, Reencryption, Refused, Which, plan_put, plan_reencrypt,
    plan_restore, plan_retire, plan_rotate,
};
use crate::plan::{Changes, Mint};
use crate::record::{KeyArn, Record, Snapshot, Trigger, UnixTime, VersionItem};
use crate::seal::{self, Nonce};
use crate::size::{Unsealed, version_bytes};
use crate::store::{
    ChangeKey, Encrypt, EraseExpired, Erasure, GenerateDataKey, GetVersion, QueryVersions, ReplaceCiphertext,
    StoreError, WriteError, WriteVersions,
};

/// Whether the stacks that own something still live. Asked of CloudFormation, never guessed.
pub trait AskStacks {
    /// What there is to know of these stacks; of one that nobody here can ask for,
    /// [`Unknown`](crate::plan::operator::OwnerState::Unknown).
    fn ask(&self, stacks: &BTreeSet<StackId>) -> impl Future<Output = Result<Owners, StoreError>>;
}

/// Whether it is done, or only told what would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// It is done.
    #[default]
    Real,
    /// Nothing is written.
    Dry,
}

/// Why something was not done by hand.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// It is not the operator's to do, or there is nothing to do it to.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store or the key failed. What a write was to do may be done all the same: try again, it is found then.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encryption context is not usable.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// No value, or more than the store holds.
    #[error("the value has {bytes} bytes: it must have 1 to {most}")]
    ValueSize {
        /// Of the value.
        bytes: usize,
        /// What the store holds.
        most: usize,
    },
    /// More than the store holds with all that is stored beside the value.
    #[error("the encrypted value with its encryption context may take {bytes} bytes, and the store holds {most}")]
    VersionTooLarge {
        /// Of the version.
        bytes: usize,
        /// What the store holds.
        most: usize,
    },
    /// Others wrote in every round.
    #[error("the secret kept changing: try again")]
    Contended,
}

impl<T> From<Unfinished<T, HandError>> for HandError {
    fn from(unfinished: Unfinished<T, HandError>) -> Self {
        match unfinished {
            Unfinished::Undecided(error) => error,
            Unfinished::Unread(error) | Unfinished::Unconfirmed { error, .. } => error.into(),
            Unfinished::Contended => HandError::Contended,
        }
    }
}

/// A value that is brought in or was drawn, and how it is encrypted.
pub struct NewValue<'a> {
    /// The value.
    pub value: &'a SecretString,
    /// What is told of it.
    pub description: Description,
    /// [`Trigger::External`] for a value that was brought in, [`Trigger::Rotation`] for one that was drawn.
    pub trigger: Trigger,
    /// The key.
    pub key_id: &'a KeyId,
    /// What its encryption context has beside the address.
    pub context: &'a BTreeMap<String, String>,
    /// Draws twelve bytes.
    pub nonce: &'a dyn Fn() -> Nonce,
}

/// A version that was made, or that this very wish made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The version; its key is not known where nothing was written.
    pub item: VersionItem,
    /// Whether it was there already.
    pub already: bool,
}

/// What is done by hand in a store, with somebody to ask for the stacks.
#[derive(Debug)]
pub struct ByHand<'a, S, A> {
    /// The store.
    pub store: &'a S,
    /// Whom to ask.
    pub stacks: &'a A,
    /// Whether anything is written.
    pub run: Run,
}

impl<S: QueryVersions + WriteVersions, A: AskStacks> ByHand<'_, S, A> {
    /// Brings in a value.
    ///
    /// # Errors
    /// Why it is not there.
    pub async fn put<K: Encrypt + GenerateDataKey>(
        &self,
        key: &K,
        operator: Operator,
        manner: Manner,
        identity: &Identity,
        value: &NewValue<'_>,
        patience: &mut Patience<'_>,
    ) -> Result<Made, HandError> {
        let plan = |owners: &Owners, snapshot: &Snapshot| plan_put(&operator, manner, identity, owners, snapshot);
        self.make(key, operator, identity, value, plan, patience).await
    }

    /// Gives a secret that was made by hand a new value.
    ///
    /// # Errors
    /// Why it has none; [`Refused::TheTemplates`] for a stack's.
    pub async fn rotate<K: Encrypt + GenerateDataKey>(
        &self,
        key: &K,
        operator: Operator,
        identity: &Identity,
        value: &NewValue<'_>,
        patience: &mut Patience<'_>,
    ) -> Result<Made, HandError> {
        let plan = |owners: &Owners, snapshot: &Snapshot| plan_rotate(&operator, identity, owners, snapshot);
        self.make(key, operator, identity, value, plan, patience).await
    }

    async fn make<K: Encrypt + GenerateDataKey>(
        &self,
        key: &K,
        operator: Operator,
        identity: &Identity,
        value: &NewValue<'_>,
        plan: impl Fn(&Owners, &Snapshot) -> PutPlan,
        patience: &mut Patience<'_>,
    ) -> Result<Made, HandError> {
        let (bytes, most) = (value.value.expose_secret().len(), S::LIMITS.value_bytes);
        if !(1..=most).contains(&bytes) {
            return Err(HandError::ValueSize { bytes, most });
        }
        // Then what is found was made by this very call, its reply lost.
        let mut tried = false;
        let decide = async |snapshot: &Snapshot, patience: &mut Patience<'_>| {
            let mint = match plan(&self.owners(snapshot, patience).await?, snapshot) {
                PutPlan::Refuse(refused) => return Err(HandError::Refused(refused)),
                PutPlan::Already(item) => return Ok(Next::Done(Made { item: *item, already: !tried })),
                PutPlan::Mint(mint) => mint,
            };
            let (item, context) = new_version::<S, K>(&operator, identity, &mint, value)?;
            if self.run == Run::Dry {
                return Ok(Next::Done(Made { item, already: false }));
            }
            let seal = async || seal::seal(key, value.key_id, value.value, &context, (value.nonce)()).await;
            let sealed = patience.ask(seal).await?;
            let item = VersionItem { key_arn: sealed.key_arn, ..item };
            let record = Record { item: item.clone(), context, ciphertext: sealed.ciphertext };
            let then = Some(Made { item, already: false });
            tried = true;
            Ok(Next::Write { changes: mint.changes, new: Some(Box::new(record)), then })
        };
        match carry_out(self.store, identity, patience, decide).await {
            // It may be stored all the same, and then it is known by its token.
            Err(Unfinished::Unconfirmed { error, then: Some(made) }) if error.may_pass() => {
                let stored = self.store.query(identity).await.ok();
                let is_there = |snapshot: &Snapshot| snapshot.versions.iter().any(|item| item.token == operator.token);
                if stored.as_ref().is_some_and(is_there) { Ok(made) } else { Err(error.into()) }
            }
            result => Ok(result?),
        }
    }

    /// Takes versions out of use. Returns what was written, one entry for each write.
    ///
    /// # Errors
    /// Why not all of them are.
    pub async fn retire(
        &self,
        identity: &Identity,
        which: Which,
        window: RecoveryWindow,
        now: UnixTime,
        patience: &mut Patience<'_>,
    ) -> Result<Vec<Changes>, HandError> {
        self.apply(identity, |owners, snapshot| plan_retire(identity, which, window, now, owners, snapshot), patience)
            .await
    }

    /// Brings a version back. Returns what was written.
    ///
    /// # Errors
    /// Why it is not back.
    pub async fn restore(
        &self,
        identity: &Identity,
        version: Version,
        now: UnixTime,
        patience: &mut Patience<'_>,
    ) -> Result<Vec<Changes>, HandError> {
        self.apply(identity, |owners, snapshot| plan_restore(identity, version, now, owners, snapshot), patience).await
    }

    async fn apply(
        &self,
        identity: &Identity,
        plan: impl Fn(&Owners, &Snapshot) -> HandPlan,
        patience: &mut Patience<'_>,
    ) -> Result<Vec<Changes>, HandError> {
        let decide = async |snapshot: &Snapshot, patience: &mut Patience<'_>| {
            Ok(plan(&self.owners(snapshot, patience).await?, snapshot))
        };
        apply(self.store, identity, self.run, decide, patience).await
    }

    /// What is known of the owners, asked for after the secret was read.
    async fn owners(&self, snapshot: &Snapshot, patience: &mut Patience<'_>) -> Result<Owners, StoreError> {
        let stacks = Owners::to_ask_for(snapshot);
        if stacks.is_empty() {
            return Ok(Owners::default());
        }
        patience.ask(async || self.stacks.ask(&stacks).await).await
    }
}

/// Erases a version that has expired.
///
/// # Errors
/// Why it is left.
pub async fn prune(
    store: &impl EraseExpired,
    identity: &Identity,
    expired: &Expired,
    patience: &mut Patience<'_>,
) -> Result<Erasure, HandError> {
    let mut lost_races = 0;
    loop {
        match patience.ask(async || store.erase_expired(identity, expired).await).await {
            Ok(erasure) => return Ok(erasure),
            Err(WriteError::Conflict) if patience.pause(Pace::Quick, lost_races).await => lost_races += 1,
            Err(WriteError::Conflict) => return Err(HandError::Contended),
            Err(WriteError::Store(error)) => return Err(error.into()),
        }
    }
}

async fn apply<S: QueryVersions + WriteVersions>(
    store: &S,
    identity: &Identity,
    run: Run,
    decide: impl AsyncFn(&Snapshot, &mut Patience<'_>) -> Result<HandPlan, StoreError>,
    patience: &mut Patience<'_>,
) -> Result<Vec<Changes>, HandError> {
    let mut written = Vec::new();
    loop {
        let next = async |snapshot: &Snapshot, patience: &mut Patience<'_>| match decide(snapshot, patience).await? {
            HandPlan::Refuse(refused) => Err(HandError::Refused(refused)),
            HandPlan::Nothing => Ok(Next::Done(None)),
            HandPlan::Apply { changes, .. } if run == Run::Dry => Ok(Next::Done(Some((changes, false)))),
            HandPlan::Apply { changes, more } => {
                Ok(Next::Write { changes: changes.clone(), new: None, then: Some(Some((changes, more))) })
            }
        };
        let Some((changes, more)) = carry_out(store, identity, patience, next).await? else { return Ok(written) };
        written.push(changes);
        if !more {
            return Ok(written);
        }
        if !patience.has_time() {
            return Err(HandError::Contended);
        }
    }
}

/// Puts one version under another key, if it is not there already. One that is gone meanwhile counts as expired.
///
/// # Errors
/// Why it is not.
pub async fn reencrypt<S: GetVersion + ReplaceCiphertext>(
    store: &S,
    keys: &impl ChangeKey,
    identity: &Identity,
    version: Version,
    to: &KeyArn,
    now: UnixTime,
    patience: &mut Patience<'_>,
) -> Result<Reencryption, HandError> {
    let mut lost_races = 0;
    loop {
        let Some(read) = patience.ask(async || store.get(identity, version).await).await? else {
            return Ok(Reencryption::Expired);
        };
        let plan = plan_reencrypt(&read.item, to, now);
        if plan != Reencryption::Rewrite {
            return Ok(if lost_races == 0 { plan } else { Reencryption::Rewrite });
        }
        let change =
            async || keys.change_key(&read.item.key_arn, to, read.ciphertext.by_the_key(), &read.context).await;
        let new = patience.ask(change).await?;
        match patience.ask(async || store.replace_ciphertext(identity, &read, &new).await).await {
            Ok(()) => return Ok(Reencryption::Rewrite),
            // Perhaps it was this very write, its reply lost.
            Err(WriteError::Conflict) if patience.pause(Pace::Quick, lost_races).await => lost_races += 1,
            Err(WriteError::Conflict) => return Err(HandError::Contended),
            Err(WriteError::Store(error)) => return Err(error.into()),
        }
    }
}

/// The version to be made, without its value.
fn new_version<S: WriteVersions, K: Encrypt>(
    operator: &Operator,
    identity: &Identity,
    mint: &Mint,
    value: &NewValue<'_>,
) -> Result<(VersionItem, EncryptionContext), HandError> {
    let context = EncryptionContext::new(identity, mint.version, value.context)?;
    let item = VersionItem {
        version: mint.version,
        owner: Owner::Manual,
        token: operator.token,
        trigger: value.trigger.clone(),
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired: None,
        key_arn: KeyArn(String::new()), // not known before the value is encrypted
        created_at: operator.now,
        description: value.description.clone(),
    };
    let plaintext = Unsealed::Plaintext(value.value.expose_secret().len());
    let (bytes, most) = (version_bytes::<K>(identity, &item, &context, plaintext), S::LIMITS.version_bytes);
    if bytes > most { Err(HandError::VersionTooLarge { bytes, most }) } else { Ok((item, context)) }
}

#[cfg(test)]
mod tests;
