//! What was looked at ahead of many questions about the pair's table: by pages, where asking for each secret would take calls of
//! its own. A write that rests on it does nothing where somebody was faster, and is decided anew.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use futures_util::lock::Mutex;
use secret_store::carry_out::by_hand::AskStacks as _;
use secret_store::patience::Patience;
use secret_store::plan::operator::Owners;
use secret_store::store::StoreError;
use secret_store::{Identity, Record, Snapshot, StackId, Version};
use stacks_cloudformation::Stacks;
use store_dynamodb::Neighbours;

use crate::context::Context;
use crate::each::each;
use crate::failure::Failure;
use crate::hand;
use crate::pair::{Collection, TableCollector};

/// What was looked at.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    stored: RefCell<Collection>,
    looked_at: RefCell<BTreeSet<Identity>>,
    owners: Mutex<Option<Rc<Owners>>>,
}

impl Ahead {
    /// Looks at these. What cannot be looked at so is not known, and told when it is asked for by itself.
    pub(super) async fn look(&self, table: &TableCollector, secrets: Vec<Identity>, context: &Context) {
        let groups = Neighbours::of(secrets);
        let one = async |group: &Neighbours| {
            let remaining = hand::remaining_for_many(context);
            let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
            Ok(patience.ask(async || table.collect_among(group, |_, item| item.is_active()).await).await?)
        };
        let read = each("reading the table", groups, context.concurrency(), context, one).await;
        for (group, part) in read.done {
            self.looked_at.borrow_mut().extend(group.iter().cloned());
            self.stored.borrow_mut().add(part);
        }
        *self.owners.lock().await = None;
    }

    /// What was read of a secret; `None` where nobody looked.
    pub(super) fn snapshot(&self, identity: &Identity) -> Option<Snapshot> {
        let looked_at = self.looked_at.borrow().contains(identity);
        looked_at.then(|| self.stored.borrow().inventory.secrets.get(identity).cloned().unwrap_or_default())
    }

    /// A version of one that was looked at, still encrypted.
    pub(super) fn record(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.stored.borrow().record(identity, version)
    }

    /// What is known of the stacks that own any of it, asked for once, after it was read.
    pub(super) async fn owners(&self, stacks: &Stacks, context: &Context) -> Result<Rc<Owners>, Failure> {
        let mut owners = self.owners.lock().await;
        if let Some(owners) = &*owners {
            return Ok(Rc::clone(owners));
        }
        let to_ask: BTreeSet<_> =
            self.stored.borrow().inventory.secrets.values().flat_map(Owners::to_ask_for).collect();
        let asked = if to_ask.is_empty() { Owners::default() } else { ask(stacks, &to_ask, context).await? };
        Ok(Rc::clone(owners.insert(Rc::new(asked))))
    }

    /// It is written to: what was read is not what is there any more.
    pub(super) fn forget(&self, identity: &Identity) {
        self.looked_at.borrow_mut().remove(identity);
    }
}

async fn ask(stacks: &Stacks, to_ask: &BTreeSet<StackId>, context: &Context) -> Result<Owners, StoreError> {
    let remaining = hand::remaining_for_many(context);
    let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
    patience.ask(async || stacks.ask(to_ask).await).await
}
