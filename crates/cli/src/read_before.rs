//! What was read before: many secrets first, then, once for all of them, the stacks that own them. The first decision about a
//! secret rests on that. Where somebody was faster its write does nothing, and what it is made anew from is read anew.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use secret_store::carry_out::by_hand::AskStacks;
use secret_store::plan::Changes;
use secret_store::plan::operator::Owners;
use secret_store::store::{Limits, QueryVersions, StoreError, WriteError, WriteVersions};
use secret_store::{Identity, Record, Snapshot, StackId};

/// A secret that was read, and what is known of its owners, in front of the store and of whom to ask.
pub(crate) struct ReadBefore<'a, S, A> {
    store: &'a S,
    stacks: &'a A,
    snapshot: RefCell<Option<Snapshot>>,
    owners: &'a Owners,
    is_first: Cell<bool>,
}

impl<'a, S, A> ReadBefore<'a, S, A> {
    /// `owners` were asked for after `snapshot` was read.
    pub(crate) fn new(store: &'a S, stacks: &'a A, snapshot: Snapshot, owners: &'a Owners) -> Self {
        Self { store, stacks, snapshot: RefCell::new(Some(snapshot)), owners, is_first: Cell::new(true) }
    }
}

impl<S: QueryVersions, A> QueryVersions for ReadBefore<'_, S, A> {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        if let Some(snapshot) = self.snapshot.take() {
            return Ok(snapshot);
        }
        self.is_first.set(false);
        self.store.query(identity).await
    }
}

impl<S: WriteVersions, A> WriteVersions for ReadBefore<'_, S, A> {
    const LIMITS: Limits = S::LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.store.write(identity, changes, new).await
    }
}

impl<S, A: AskStacks> AskStacks for ReadBefore<'_, S, A> {
    async fn ask(&self, stacks: &BTreeSet<StackId>) -> Result<Owners, StoreError> {
        if self.is_first.get() { Ok(self.owners.clone()) } else { self.stacks.ask(stacks).await }
    }
}

#[cfg(test)]
mod tests {
    use secret_store::plan::operator::OwnerState;
    use secret_store::testing::{MemoryTable, at_once};

    use super::*;

    struct Gone(Cell<usize>);

    impl AskStacks for Gone {
        async fn ask(&self, stacks: &BTreeSet<StackId>) -> Result<Owners, StoreError> {
            self.0.set(self.0.get() + 1);
            Ok(Owners::new(stacks.iter().map(|id| (id.clone(), OwnerState::Gone))))
        }
    }

    #[test]
    fn what_was_read_before_is_believed_once() {
        let (table, stacks) = (MemoryTable::new(), Gone(Cell::default()));
        let stack = StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/app/g1");
        let owners = Owners::new([(stack.clone(), OwnerState::Changing)]);
        let [stack_name, env, name] = ["app", "prod", "default"];
        let identity = Identity {
            store: "table".parse().unwrap(),
            stack_name: stack_name.parse().unwrap(),
            env: env.parse().unwrap(),
            name: name.parse().unwrap(),
        };
        let before = ReadBefore::new(&table, &stacks, Snapshot::default(), &owners);
        let told = || at_once(before.ask(&BTreeSet::from([stack.clone()]))).unwrap().state(&stack).clone();
        at_once(before.query(&identity)).unwrap();
        assert_eq!((told(), stacks.0.get()), (OwnerState::Changing, 0));
        at_once(before.query(&identity)).unwrap();
        assert_eq!((told(), stacks.0.get()), (OwnerState::Gone, 1));
    }
}
