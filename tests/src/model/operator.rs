//! The operator: somebody who does things by hand to what is stored, at any moment between and during the operations on
//! stacks. What is read, decided and written may lie apart, with requests in between; so may a request's own read and
//! write, with a deed in between.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use secret_store::plan::RecoveryWindow;
use secret_store::plan::operator::{
    Expired, HandPlan, Operator, OperatorDecisions, OwnerState, Owners, PutPlan, Reencryption, Which,
};
use secret_store::plan::{Changes, Mint};
use secret_store::store::{
    ChangeKey, Encrypt, EraseExpired, QueryVersions, Reencrypted, ReplaceCiphertext, WriteError, WriteVersions,
};
use secret_store::testing::{MemoryKey, at_once};
use secret_store::{
    Description, EncryptionContext, Identity, KeyArn, Owner, Record, RequestToken, Snapshot, StackId, Trigger,
    UnixTime, Version, VersionItem,
};

use super::Violation;
use super::cloudformation::{CloudFormation, Step};
use super::deeds::{BY_HAND, Deed, Place};
use super::mutants::Mutant;
use super::off_hands::Look;
use super::stack::{LOGICAL_IDS, STACKS, Stack, Status, TABLES};
use super::world::World;

/// What the operator has begun, and what CloudFormation would tell right now.
#[derive(Default)]
pub(super) struct Hand {
    begun: RefCell<Vec<Begun>>,
    states: RefCell<BTreeMap<StackId, OwnerState>>,
    pub(super) decisions: OperatorDecisions,
    pub(super) mutant: Cell<Option<Mutant>>,
    serial: Cell<u64>,
    touched: RefCell<BTreeSet<(Identity, Version)>>,
    values: RefCell<BTreeSet<String>>,
    /// What was done to what was not the operator's.
    pub(super) trespasses: RefCell<Vec<String>>,
    pub(super) done: Cell<u64>,
}

/// A deed, and how many moments pass before what is stored is read and before what was decided is written.
struct Begun {
    deed: Deed,
    read_in: u8,
    write_in: u8,
    decided: Option<Vec<Decided>>,
}

/// What is to be written to one secret, and what CloudFormation told when it was decided.
struct Decided {
    identity: Identity,
    write: Write,
    owners: Owners,
}

enum Write {
    Changes(Box<Changes>, Option<Box<Record>>),
    Replacement(Box<Record>, Reencrypted),
    Erasure(Vec<Expired>),
}

impl Hand {
    /// Whether the operator had to do with this version: then its state is none of CloudFormation's saying.
    pub(super) fn has_touched(&self, identity: &Identity, item: &VersionItem) -> bool {
        item.owner == Owner::Manual || self.touched.borrow().contains(&(identity.clone(), item.version))
    }

    /// Whether the operator took a version with this value out of use or brought it back.
    pub(super) fn has_touched_value(&self, value: &str) -> bool {
        self.values.borrow().contains(value)
    }

    fn begin(&self, deed: Deed, read_in: u8, write_in: u8) {
        self.begun.borrow_mut().push(Begun { deed, read_in, write_in, decided: None });
    }

    /// A moment passes: what is due is read and decided, or written.
    pub(super) fn moment(&self, world: &World) {
        let begun = std::mem::take(&mut *self.begun.borrow_mut());
        let left: Vec<Begun> = begun.into_iter().filter_map(|begun| self.go_on(begun, world)).collect();
        self.begun.borrow_mut().extend(left);
    }

    fn go_on(&self, mut begun: Begun, world: &World) -> Option<Begun> {
        if begun.decided.is_none() {
            if begun.read_in > 0 {
                begun.read_in -= 1;
                return Some(begun);
            }
            begun.decided = Some(self.decide(&begun.deed, world));
        }
        if begun.write_in > 0 {
            begun.write_in -= 1;
            return Some(begun);
        }
        for decided in begun.decided.unwrap_or_default() {
            if let Err(WriteError::Conflict) = self.write(&begun.deed, &decided, world) {
                // Somebody was faster: read again, decide again.
                let again =
                    self.decide(&begun.deed, world).into_iter().find(|again| again.identity == decided.identity);
                let _ = again.map(|again| self.write(&begun.deed, &again, world));
            }
        }
        None
    }

    fn decide(&self, deed: &Deed, world: &World) -> Vec<Decided> {
        let known: Vec<Identity> = world.table.contents().into_keys().collect();
        let places: Vec<Identity> = match deed.place() {
            None => known,
            Some(Place::Known(which)) => {
                known.get(usize::from(which) % known.len().max(1)).cloned().into_iter().collect()
            }
            Some(Place::Fresh { env, table }) => vec![Identity {
                store: TABLES[table].parse().expect("a table name"),
                stack_name: STACKS[0].0.parse().expect("a stack name"),
                env: format!("env{env}").parse().expect("an env"),
                name: "default".parse().expect("a name"),
            }],
        };
        places.into_iter().filter_map(|identity| self.plan(deed, identity, world)).collect()
    }

    fn plan(&self, deed: &Deed, identity: Identity, world: &World) -> Option<Decided> {
        let snapshot = at_once(world.table.straight().query(&identity)).expect("memory");
        let owners = self.ask(&snapshot);
        let write = self.write_of(deed, &identity, &owners, &snapshot, world)?;
        Some(Decided { identity, write, owners })
    }

    fn write_of(
        &self,
        deed: &Deed,
        identity: &Identity,
        owners: &Owners,
        snapshot: &Snapshot,
        world: &World,
    ) -> Option<Write> {
        let now = UnixTime(world.now.get());
        let decisions = &self.decisions;
        let version = |which: u8| {
            let count = snapshot.versions.len();
            snapshot.versions.get(usize::from(which) % count.max(1)).map(|item| item.version)
        };
        match *deed {
            Deed::Put { manner, .. } => {
                let operator = self.operator(now);
                self.made((decisions.put)(&operator, manner, identity, owners, snapshot), &operator, identity)
            }
            Deed::Rotate { .. } => {
                let operator = self.operator(now);
                self.made((decisions.rotate)(&operator, identity, owners, snapshot), &operator, identity)
            }
            Deed::Retire { version: which, window, .. } => {
                let window = window.and_then(RecoveryWindow::from_days).unwrap_or_default();
                let which = match which {
                    Some(which) => Which::Version(version(which)?),
                    None => Which::All,
                };
                changes((decisions.retire)(identity, which, window, now, owners, snapshot))
            }
            Deed::Restore { version: which, .. } => {
                changes((decisions.restore)(identity, version(which)?, now, owners, snapshot))
            }
            Deed::Prune => {
                let expired = (decisions.prune)(now, snapshot);
                (!expired.is_empty()).then_some(Write::Erasure(expired))
            }
            Deed::Reencrypt { version: which, key, .. } => {
                let record = record(world, identity, version(which)?)?;
                let to = KeyArn(format!("key-{key}"));
                if (decisions.reencrypt)(&record.item, &to, now) != Reencryption::Rewrite {
                    return None;
                }
                let from = record.item.key_arn.clone();
                let new = MemoryKey.change_key(&from, &to, record.ciphertext.by_the_key(), &record.context);
                Some(Write::Replacement(Box::new(record.clone()), at_once(new).expect("a value of this key")))
            }
        }
    }

    /// What CloudFormation tells of the owners: nothing of those in other accounts and regions.
    fn ask(&self, snapshot: &Snapshot) -> Owners {
        let states = self.states.borrow();
        let state = |id: &StackId| {
            states.get(id).cloned().unwrap_or(if is_near(id) { OwnerState::Gone } else { OwnerState::Unknown })
        };
        Owners::new(Owners::to_ask_for(snapshot).into_iter().map(|id| (id.clone(), state(&id))))
    }

    fn operator(&self, now: UnixTime) -> Operator {
        self.serial.set(self.serial.get() + 1);
        Operator { token: RequestToken::manual(&format!("by hand {}", self.serial.get())), now }
    }

    fn made(&self, plan: PutPlan, operator: &Operator, identity: &Identity) -> Option<Write> {
        let PutPlan::Mint(Mint { version, changes, .. }) = plan else { return None };
        let context = EncryptionContext::new(identity, version, &BTreeMap::new()).expect("nothing is added");
        let value = SecretString::from(format!("{BY_HAND} {}", self.serial.get()));
        let sealed = at_once(MemoryKey.encrypt(&"key-0".parse().expect("a key"), &value, &context)).expect("memory");
        let item = VersionItem {
            version,
            owner: Owner::Manual,
            token: operator.token,
            trigger: Trigger::External,
            adopted_from: Vec::new(),
            moved_from: None,
            kept_until: None,
            superseded: None,
            retired: None,
            key_arn: sealed.key_arn,
            created_at: operator.now,
            description: Description::default(),
        };
        Some(Write::Changes(Box::new(changes), Some(Box::new(Record { item, context, ciphertext: sealed.ciphertext }))))
    }

    /// Writes, and looks at what it did.
    fn write(&self, deed: &Deed, decided: &Decided, world: &World) -> Result<(), WriteError> {
        let Decided { identity, write, owners } = decided;
        let before = world.table.contents().remove(identity).unwrap_or_default();
        match write {
            Write::Changes(changes, new) => {
                at_once(world.table.straight().write(identity, changes, new.as_deref()))?;
                world.note_erased(identity, &changes.erase);
            }
            Write::Replacement(read, new) => {
                if self.mutant.get() == Some(Mutant::ReencryptsTheWholeItem) {
                    let update = vec![read.item.clone()];
                    let now = world.table.contents().remove(identity).and_then(|stored| stored.head);
                    let head = now.clone().ok_or(WriteError::Conflict)?;
                    let changes = Changes { read: now, head, update, erase: Vec::new() };
                    at_once(world.table.straight().write(identity, &changes, None))?;
                }
                at_once(world.table.straight().replace_ciphertext(identity, read, new))?;
            }
            Write::Erasure(expired) => {
                for expired in expired {
                    at_once(world.table.straight().erase_expired(identity, expired))?;
                    world.note_erased(identity, &[expired.version]);
                }
            }
        }
        self.done.set(self.done.get() + 1);
        let after = world.table.contents().remove(identity).unwrap_or_default();
        let look = Look { deed, identity, before: &before, after: &after, owners, now: world.now.get() };
        self.trespasses.borrow_mut().extend(look.trespasses());
        if !matches!(deed, Deed::Reencrypt { .. } | Deed::Prune) {
            for (version, value) in look.changed() {
                self.touched.borrow_mut().insert((identity.clone(), version));
                self.values.borrow_mut().insert(value);
            }
        }
        Ok(())
    }
}

fn changes(plan: HandPlan) -> Option<Write> {
    match plan {
        HandPlan::Apply { changes, .. } => Some(Write::Changes(Box::new(changes), None)),
        HandPlan::Nothing | HandPlan::Refuse(_) => None,
    }
}

fn record(world: &World, identity: &Identity, version: Version) -> Option<Record> {
    let stored = world.table.contents().remove(identity)?;
    stored.records.into_iter().find(|record| record.item.version == version)
}

/// Whether the operator may ask for this stack.
fn is_near(id: &StackId) -> bool {
    let (_, region, account) = STACKS[0];
    id.place().is_some_and(|place| (place.region, place.account) == (region, account))
}

impl CloudFormation {
    /// Begins a deed; with no moment to wait for, it is done.
    pub(super) fn operate(&self, deed: Deed, read_in: u8, write_in: u8) {
        self.pair.world.hand.begin(deed, read_in, write_in);
        self.pair.world.hand.moment(&self.pair.world);
    }

    /// What CloudFormation tells from now on: of a stack that is operated on, that it changes.
    pub(super) fn tell(&self, operating: Option<&str>) {
        let mut states = BTreeMap::new();
        for stack in self.stacks.iter().flatten() {
            states.insert(StackId::new(stack.id.as_str()), state(stack));
        }
        if let Some(id) = operating {
            states.insert(StackId::new(id), OwnerState::Changing);
        }
        states.retain(|id, state| {
            if !is_near(id) {
                *state = OwnerState::Unknown;
            }
            true
        });
        *self.pair.world.hand.states.borrow_mut() = states;
    }

    /// Nothing was done by hand to what a stack that lives has, nor to what can still be restored.
    pub(super) fn check_hand(&self) -> Step<()> {
        match self.pair.world.hand.trespasses.borrow().first() {
            None => Ok(()),
            Some(seen) => Err(Violation {
                promise: "what a stack has, no operator takes, and what can be restored, none erases",
                seen: seen.clone(),
                log: self.promises.log.clone(),
            }),
        }
    }
}

fn state(stack: &Stack) -> OwnerState {
    match stack.status {
        Status::Stable => {
            let resources = stack.resources.iter().zip(LOGICAL_IDS);
            let names = resources.filter_map(|(resource, logical)| {
                let id = resource.as_ref()?.physical_id.parse().ok()?;
                Some((secret_store::LogicalResourceId::new(logical), id))
            });
            OwnerState::Settled { names: names.collect() }
        }
        Status::OnlyDelete | Status::RollbackFailed(_) | Status::UpdateFailed(_) => OwnerState::Changing,
    }
}
