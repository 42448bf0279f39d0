//! What each secret would become, found out for all of them before the first one is written; and the writing.

use std::collections::BTreeSet;

use keys_kms::{DecryptionKey, EncryptionKey};
use secrecy::ExposeSecret as _;
use secret_store::carry_out::by_hand::{AskStacks as _, ByHand, Made, NewValue, Run as HandRun};
use secret_store::patience::{Pace, Patience};
use secret_store::plan::operator::{Manner, Operator, Owners};
use secret_store::{Identity, KeyId, RequestToken, Snapshot, StoreName, Trigger, Version};
use stacks_cloudformation::Stacks;
use store_dynamodb::Neighbours;

use crate::archive::Wish;
use crate::context::Context;
use crate::each::{Failed, Outcome, each};
use crate::exit::Kind;
use crate::failure::Failure;
use crate::hand;
use crate::pair::{Collection, TableCollector, TableWriter};
use crate::read::{self, Current};
use crate::read_before::ReadBefore;
use crate::secret::spelled;
use crate::ui::{Cell, Rows};
use crate::verbs::put;

/// All that it takes to bring a secret in.
pub(super) struct Hands {
    pub(super) writer: TableWriter,
    pub(super) collector: TableCollector,
    pub(super) encryption: EncryptionKey,
    pub(super) decryption: DecryptionKey,
    pub(super) stacks: Stacks,
    pub(super) table: StoreName,
    pub(super) key_id: KeyId,
    /// What the archive is called.
    pub(super) id: String,
}

/// What is there of a secret, and what is to be done about it.
enum Becomes {
    /// Nothing is in use.
    Created,
    /// Another value is, of so many bytes.
    Changed { before: usize },
    /// The same value is.
    LeftAlone,
}

/// What was found out about one secret.
pub(super) struct Step<'a> {
    wish: &'a Wish,
    pub(super) identity: Identity,
    snapshot: Snapshot,
    version: Version,
    becomes: Becomes,
}

impl Step<'_> {
    /// Whether there is anything to write.
    pub(super) fn is_a_change(&self) -> bool {
        !matches!(self.becomes, Becomes::LeftAlone)
    }
}

impl Hands {
    /// What is stored of all of them.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(super) async fn read(&self, wishes: &[Wish], context: &Context) -> Result<Collection, Failure> {
        let groups = Neighbours::of(wishes.iter().map(|wish| wish.address(self.table.clone())));
        let mut read = self.read_groups(groups, context).await;
        // Which one of a group it is, only a look at each of them tells.
        let (refused, others) = read.failed.each.into_iter().partition(|(_, failure)| failure.kind == Kind::Refused);
        read.failed.each = others;
        let refused: Vec<(Neighbours, _)> = refused;
        let again: Vec<_> = refused.into_iter().flat_map(|(group, _)| group.one_by_one()).collect();
        let again = self.read_groups(again, context).await;
        read.done.extend(again.done);
        read.failed.each.extend(again.failed.each);
        let each = read.failed.each.into_iter();
        let each = each.flat_map(|(group, failure)| group.one_by_one().map(move |secret| (secret, failure.clone())));
        let not_begun = read.failed.not_begun.into_iter().flat_map(Neighbours::one_by_one);
        let failed = Failed { each: each.collect(), not_begun: not_begun.collect() };
        let called = |group: Neighbours| group.iter().map(spelled).collect();
        let mut all = Collection::default();
        for (_, part) in unless_failed(Outcome { done: read.done, failed }, called, wishes.len(), context)? {
            all.add(part);
        }
        Ok(all)
    }

    async fn read_groups(&self, groups: Vec<Neighbours>, context: &Context) -> Outcome<Neighbours, Collection> {
        let one = async |group: &Neighbours| {
            let remaining = hand::remaining_for_many(context);
            let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
            Ok(patience.ask(async || self.collector.collect_among(group, |_, item| item.is_active()).await).await?)
        };
        each("reading the table", groups, context.concurrency(), context, one).await
    }

    /// What is known of the stacks that own any of it, each asked for once.
    pub(super) async fn owners(&self, stored: &Collection, context: &Context) -> Result<Owners, Failure> {
        let stacks: BTreeSet<_> = stored.inventory.secrets.values().flat_map(Owners::to_ask_for).collect();
        if stacks.is_empty() {
            return Ok(Owners::default());
        }
        let remaining = hand::remaining_for_many(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        Ok(patience.ask(async || self.stacks.ask(&stacks).await).await?)
    }

    /// What each would become.
    ///
    /// # Errors
    /// If one cannot be brought in: which, and why.
    pub(super) async fn plan<'w>(
        &self,
        wishes: &'w [Wish],
        stored: &Collection,
        owners: &Owners,
        context: &Context,
    ) -> Result<Vec<Step<'w>>, Failure> {
        let one = async |wish: &&'w Wish| self.step(wish, stored, owners, context).await;
        let steps = each("comparing", wishes.iter().collect(), context.concurrency(), context, one).await;
        let called = |wish: &Wish| spelled(&wish.address(self.table.clone()));
        Ok(unless_failed(steps, called, wishes.len(), context)?.into_iter().map(|(_, step)| step).collect())
    }

    async fn step<'w>(
        &self,
        wish: &'w Wish,
        stored: &Collection,
        owners: &Owners,
        context: &Context,
    ) -> Result<Step<'w>, Failure> {
        let identity = wish.address(self.table.clone());
        let snapshot = stored.inventory.secrets.get(&identity).cloned().unwrap_or_default();
        let mut step = Step { wish, identity, snapshot, version: Version::FIRST, becomes: Becomes::Created };
        match self.current(&step, stored, context).await? {
            None => {}
            Some(Current { is_the_same: true, version, .. }) => {
                return Ok(Step { version, becomes: Becomes::LeftAlone, ..step });
            }
            Some(Current { bytes, .. }) => step.becomes = Becomes::Changed { before: bytes },
        }
        let made = self.put(&step, owners, hand::token(None, context), HandRun::Dry, context).await?;
        Ok(Step { version: made.item.version, ..step })
    }

    async fn current(
        &self,
        Step { wish, identity, snapshot, .. }: &Step<'_>,
        stored: &Collection,
        context: &Context,
    ) -> Result<Option<Current>, Failure> {
        let remaining = hand::remaining_for_many(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let mut tries = 0;
        loop {
            match read::current(snapshot, identity, stored, &self.decryption, &wish.value).await {
                Err(failure) if failure.kind == Kind::TryAgain && patience.pause(Pace::Quick, tries).await => {
                    tries += 1
                }
                current => return current,
            }
        }
    }

    /// Writes what is to be written. What fails does not stop the rest.
    pub(super) async fn write<'w>(
        &self,
        steps: Vec<Step<'w>>,
        owners: &Owners,
        context: &Context,
    ) -> (Vec<Step<'w>>, Failed<Step<'w>>) {
        let one = async |step: &Step<'w>| {
            // The same archive over the same state is the same wish: two that run at once store a value once.
            let wish = format!("import\n{}\n{}\n{}", self.id, spelled(&step.identity), step.version);
            self.put(step, owners, RequestToken::manual(&wish), HandRun::Real, context).await
        };
        let Outcome { done, failed } = each("bringing in", steps, context.concurrency(), context, one).await;
        (done.into_iter().map(|(step, made)| Step { version: made.item.version, ..step }).collect(), failed)
    }

    async fn put(
        &self,
        Step { wish, identity, snapshot, .. }: &Step<'_>,
        owners: &Owners,
        token: RequestToken,
        run: HandRun,
        context: &Context,
    ) -> Result<Made, Failure> {
        let value = NewValue {
            value: &wish.value,
            description: wish.description.clone(),
            trigger: Trigger::External,
            key_id: &self.key_id,
            context: &wish.context,
            nonce: &|| put::nonce(context),
        };
        let operator = Operator { token, now: context.now };
        let before = ReadBefore::new(&self.writer, &self.stacks, snapshot.clone(), owners);
        let by_hand = ByHand { store: &before, stacks: &before, run };
        let remaining = hand::remaining_for_many(context);
        let mut patience = Patience::new(hand::pause, token, &remaining);
        let made = by_hand.put(&self.encryption, operator, Manner::Next, identity, &value, &mut patience).await;
        made.map_err(|error| hand::failure(error, &spelled(identity)))
    }
}

/// What was found out about all of them.
///
/// # Errors
/// If it was not, for one: for which, and why.
fn unless_failed<I, T>(
    Outcome { done, failed }: Outcome<I, T>,
    called: impl Fn(I) -> String,
    count: usize,
    context: &Context,
) -> Result<Vec<(I, T)>, Failure> {
    let Failed { each, not_begun } = failed.called(called);
    for (called, failure) in &each {
        context.ui.warn(&format!("{called}: {}", failure.message));
    }
    let number = each.len() + not_begun.len();
    match each.into_iter().next() {
        None => Ok(done),
        Some((_, first)) => {
            let message = format!("{number} of {count} secrets cannot be brought in, so nothing was written");
            Err(Failure { message, ..first })
        }
    }
}

/// A row for each secret; of values their lengths alone.
pub(super) fn rows(steps: &[Step<'_>]) -> Rows {
    let mut rows = Rows::new(&["stack", "env", "name", "version", "becomes", "length", "length_before"]);
    for Step { wish, identity, version, becomes, .. } in steps {
        let (becomes, before) = match becomes {
            Becomes::Created => (Cell::text("created"), None),
            Becomes::Changed { before } => (Cell::text("changed"), Some(*before)),
            Becomes::LeftAlone => (Cell::both("left alone", "left-alone"), Some(wish.value.expose_secret().len())),
        };
        rows.push([
            Cell::text(identity.stack_name.as_str()),
            Cell::text(identity.env.as_str()),
            Cell::text(identity.name.as_str()),
            Cell::number(version.number()),
            becomes,
            Cell::number(wish.value.expose_secret().len() as u64),
            before.map_or(Cell::both("", serde_json::Value::Null), |before| Cell::number(before as u64)),
        ]);
    }
    rows
}
