//! Every deed over the table in memory, with somebody who comes between its read and its write.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::*;
use crate::plan::RecoveryWindow;
use crate::plan::operator::{OwnerState, plan_prune};
use crate::plan::{Intent, MAX_CHANGED_VERSIONS, OnConflict, Operation, Plan, Requester, plan};
use crate::record::{Ciphertext, Head, RequestToken, Retirement};
use crate::stack::StackNews;
use crate::store::{GetHead, Limits, Reencrypted, Resource, Service};
use crate::testing::{MemoryKey, MemoryTable, at_once, no_pause};
use crate::{LogicalResourceId, StackId};

const NOW: UnixTime = UnixTime(1_000_000);

fn identity() -> Identity {
    Identity {
        store: "table".parse().unwrap(),
        stack_name: "app".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    }
}

fn owner() -> Owner {
    let stack_id = StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/app/g1");
    Owner::Resource { stack_id, logical_resource_id: LogicalResourceId::new("Db") }
}

/// Says the same of every stack.
struct All(OwnerState);

impl AskStacks for All {
    async fn ask(&self, stacks: &BTreeSet<StackId>) -> Result<Owners, StoreError> {
        Ok(Owners::new(stacks.iter().map(|id| (id.clone(), self.0.clone()))))
    }
}

type Deed<'a> = Box<dyn FnOnce(&MemoryTable) + 'a>;

/// A table, to the writes of which something happens: once, before the next one is made, or after it.
#[derive(Default)]
struct Table<'a> {
    memory: MemoryTable,
    before: RefCell<Option<Deed<'a>>>,
    reply_lost: Cell<bool>,
}

impl QueryVersions for Table<'_> {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.memory.query(identity).await
    }
}

impl WriteVersions for Table<'_> {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.happens();
        self.memory.write(identity, changes, new).await?;
        self.replied()
    }
}

impl GetVersion for Table<'_> {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.memory.get(identity, version).await
    }
}

impl ReplaceCiphertext for Table<'_> {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        self.happens();
        self.memory.replace_ciphertext(identity, read, new).await?;
        self.replied()
    }
}

impl<'a> Table<'a> {
    fn happens(&self) {
        let deed = self.before.borrow_mut().take();
        if let Some(deed) = deed {
            deed(&self.memory);
        }
    }

    fn replied(&self) -> Result<(), WriteError> {
        if !self.reply_lost.take() {
            return Ok(());
        }
        let store = Resource::Store(Service { name: "a", noun: "store", requirement: "" });
        Err(WriteError::Store(StoreError::Unavailable(store, "made up".into())))
    }

    fn by_hand<'s>(&'s self, stacks: &'s All) -> ByHand<'s, Self, All> {
        ByHand { store: self, stacks, run: Run::Real }
    }

    fn snapshot(&self) -> Snapshot {
        at_once(self.memory.query(&identity())).unwrap()
    }

    fn value(&self, version: u64) -> String {
        let record = at_once(self.memory.get(&identity(), Version::new(version).unwrap())).unwrap().unwrap();
        at_once(seal::open(&MemoryKey, &record)).unwrap().expose_secret().to_owned()
    }
}

fn patience() -> Patience<'static> {
    Patience::new(no_pause, RequestToken::manual("patience"), &|| Duration::from_secs(25))
}

fn operator(of: &str) -> Operator {
    Operator { token: RequestToken::manual(of), now: NOW }
}

fn put(table: &Table<'_>, run: Run, of: &str, value: &str) -> Result<Made, HandError> {
    let gone = All(OwnerState::Gone);
    let by_hand = ByHand { run, ..table.by_hand(&gone) };
    let value = SecretString::from(value);
    let value = NewValue {
        value: &value,
        description: Description::default(),
        trigger: Trigger::External,
        key_id: &"key".parse().unwrap(),
        context: &BTreeMap::from([("Team".to_owned(), "db".to_owned())]),
        nonce: &|| Nonce([7; Nonce::BYTES]),
    };
    at_once(by_hand.put(&MemoryKey, operator(of), Manner::Next, &identity(), &value, &mut patience()))
}

/// A stack's version of this number, current.
fn stacks(table: &MemoryTable, number: u64) -> Record {
    let version = Version::new(number).unwrap();
    let context = EncryptionContext::new(&identity(), version, &BTreeMap::new()).unwrap();
    let sealed = at_once(MemoryKey.encrypt(&"key".parse().unwrap(), &"value".into(), &context)).unwrap();
    let item = VersionItem {
        version,
        owner: owner(),
        token: RequestToken::manual(&number.to_string()),
        trigger: Trigger::Rotation(number.to_string()),
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired: None,
        key_arn: sealed.key_arn,
        created_at: UnixTime(number),
        description: Description::default(),
    };
    let record = Record { item, context, ciphertext: sealed.ciphertext };
    let read = at_once(table.get_head(&identity())).unwrap();
    let revision = read.as_ref().map_or(1, |head| head.revision + 1);
    let head = Head { current: version, as_of: UnixTime(number), retired: None, revision };
    let changes = Changes { read, head, update: Vec::new(), erase: Vec::new() };
    at_once(table.write(&identity(), &changes, Some(&record))).unwrap();
    record
}

/// The head's time to live is over; these versions go as well.
fn lose_the_head(memory: &MemoryTable, erase: Vec<Version>) {
    let read = at_once(memory.query(&identity())).unwrap().head.expect("there is one");
    let retired = Some(Retirement { at: UnixTime(0), expires_at: UnixTime(1) });
    let head = Head { retired, revision: read.revision + 1, ..read.clone() };
    at_once(memory.write(&identity(), &Changes { read: Some(read), head, update: Vec::new(), erase }, None)).unwrap();
    memory.reap(UnixTime(2));
}

/// A stack of that name comes back and adopts what there is.
fn comes_back(table: &MemoryTable) {
    let snapshot = at_once(table.query(&identity())).unwrap();
    let stack_id = StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/app/g2");
    let requester = Requester {
        me: Owner::Resource { stack_id, logical_resource_id: LogicalResourceId::new("Db") },
        token: RequestToken::manual("back"),
        requested_at: UnixTime(NOW.0 - 5),
        expires_at: None,
        answer_by: None,
        now: NOW,
        out_of_bounds: None,
        stack: StackNews::NotAsked,
    };
    let intent = Intent {
        requester,
        identity: identity(),
        trigger: Trigger::Rotation(String::new()),
        on_conflict: OnConflict::Adopt,
        operation: Operation::Create,
    };
    let Plan::Adopt(_, changes) = plan(&intent, &snapshot) else { panic!("it adopts") };
    at_once(table.write(&identity(), &changes, None)).unwrap();
}

#[test]
fn a_value_is_brought_in_once_however_often_the_wish_is_repeated_and_the_reply_is_lost() {
    let table = Table::default();
    table.reply_lost.set(true);
    let made = put(&table, Run::Real, "wish", "by hand").unwrap();
    assert_eq!((made.item.version, made.item.key_arn.0.as_str(), made.already), (Version::FIRST, "key", false));
    let again = put(&table, Run::Real, "wish", "another").unwrap();
    assert_eq!((again.item.version, again.already), (Version::FIRST, true));
    assert_eq!(table.value(1), "by hand");
    put(&table, Run::Real, "another wish", &"long".repeat(2000)).unwrap();
    assert_eq!(table.value(2), "long".repeat(2000));
    assert_eq!(table.snapshot().head.unwrap().current.number(), 2);
}

#[test]
fn a_dry_run_tells_the_number_and_writes_nothing() {
    let table = Table::default();
    assert_eq!(put(&table, Run::Dry, "wish", "by hand").unwrap().item.version, Version::FIRST);
    assert_eq!(table.snapshot(), Snapshot::default());
    stacks(&table.memory, 1);
    let before = table.snapshot();
    let gone = All(OwnerState::Gone);
    let by_hand = ByHand { run: Run::Dry, ..table.by_hand(&gone) };
    let window = RecoveryWindow::default();
    let told = at_once(by_hand.retire(&identity(), Which::All, window, NOW, &mut patience())).unwrap();
    assert_eq!((told.len(), told[0].update.len(), table.snapshot()), (1, 1, before));
}

#[test]
fn no_value_and_too_long_a_one_are_refused_before_anything_is_asked() {
    let table = Table::default();
    for value in [String::new(), "x".repeat(seal::MAX_VALUE_BYTES + 1)] {
        let refused = put(&table, Run::Real, "wish", &value);
        assert!(matches!(refused, Err(HandError::ValueSize { bytes, .. }) if bytes == value.len()), "{refused:?}");
    }
}

#[test]
fn a_stack_that_comes_back_between_read_and_write_keeps_what_it_adopted() {
    let lives = OwnerState::Changing;
    for with_head in [true, false] {
        let table = Table::default();
        stacks(&table.memory, 1);
        if !with_head {
            lose_the_head(&table.memory, Vec::new());
        }
        *table.before.borrow_mut() = Some(Box::new(comes_back));
        let asked = Cell::new(0);
        // Gone at first, and back when it is asked again.
        struct Comes<'a>(&'a Cell<u32>, OwnerState);
        impl AskStacks for Comes<'_> {
            async fn ask(&self, stacks: &BTreeSet<StackId>) -> Result<Owners, StoreError> {
                self.0.set(self.0.get() + 1);
                let is_back = |id: &StackId| id.as_str().ends_with("g2");
                let state = |id| if is_back(id) { self.1.clone() } else { OwnerState::Gone };
                Ok(Owners::new(stacks.iter().map(|id| (id.clone(), state(id)))))
            }
        }
        let stacks = Comes(&asked, lives.clone());
        let by_hand = ByHand { store: &table, stacks: &stacks, run: Run::Real };
        let window = RecoveryWindow::default();
        let refused = at_once(by_hand.retire(&identity(), Which::All, window, NOW, &mut patience()));
        assert!(matches!(refused, Err(HandError::Refused(Refused::Changing(_)))), "{refused:?}");
        let snapshot = table.snapshot();
        assert!(snapshot.versions[0].is_active() && snapshot.versions[0].owner != owner());
        assert_eq!((snapshot.head.unwrap().retired, asked.get()), (None, 2));
    }
}

#[test]
fn what_one_write_cannot_take_is_retired_in_several_and_restored_and_erased_one_by_one() {
    let table = Table::default();
    let many = MAX_CHANGED_VERSIONS as u64 + 2;
    (1..=many).for_each(|number| drop(stacks(&table.memory, number)));
    let gone = All(OwnerState::Gone);
    let by_hand = table.by_hand(&gone);
    let window = RecoveryWindow::from_days(1).unwrap();
    let written = at_once(by_hand.retire(&identity(), Which::All, window, NOW, &mut patience())).unwrap();
    assert_eq!(written.iter().map(|changes| changes.update.len()).collect::<Vec<_>>(), [MAX_CHANGED_VERSIONS, 2]);
    assert!(table.snapshot().versions.iter().all(|item| item.retired.is_some()));
    assert!(at_once(by_hand.retire(&identity(), Which::All, window, NOW, &mut patience())).unwrap().is_empty());

    let last = Version::new(many).unwrap();
    assert_eq!(at_once(by_hand.restore(&identity(), last, NOW, &mut patience())).unwrap().len(), 1);
    assert_eq!(table.snapshot().head.map(|head| (head.current, head.retired)), Some((last, None)));

    let later = UnixTime(NOW.0 + 24 * 60 * 60);
    let expired = plan_prune(later, &table.snapshot());
    assert_eq!(expired.len(), MAX_CHANGED_VERSIONS + 1);
    for expected in [Erasure::Erased, Erasure::LeftAlone] {
        for expired in &expired {
            assert_eq!(at_once(prune(&table.memory, &identity(), expired, &mut patience())).unwrap(), expected);
        }
        assert_eq!(table.snapshot().versions.len(), 1);
    }
}

#[test]
fn what_is_not_to_expire_any_more_is_not_erased() {
    let table = Table::default();
    let record = stacks(&table.memory, 1);
    for retired in [None, Some(Retirement { at: NOW, expires_at: UnixTime(NOW.0 + 9) })] {
        let Snapshot { head, versions } = table.snapshot();
        let read = head.expect("there is one");
        let head = Head { revision: read.revision + 1, ..read.clone() };
        let update = vec![VersionItem { retired, ..versions[0].clone() }];
        let changes = Changes { read: Some(read), head, update, erase: Vec::new() };
        at_once(table.memory.write(&identity(), &changes, None)).unwrap();
        let expired = Expired { version: record.item.version, expires_at: NOW };
        let pruned = at_once(prune(&table.memory, &identity(), &expired, &mut patience())).unwrap();
        assert_eq!((pruned, table.snapshot().versions.len()), (Erasure::LeftAlone, 1));
    }
}

#[test]
fn a_value_gets_another_key_in_and_out_of_an_envelope_and_stays_what_and_whose_it_is() {
    let table = Table::default();
    let long = "long".repeat(2000);
    put(&table, Run::Real, "short", "by hand").unwrap();
    put(&table, Run::Real, "long", &long).unwrap();
    let to = KeyArn("other".to_owned());
    let reencrypt = |version| {
        let version = Version::new(version).unwrap();
        at_once(reencrypt(&table, &MemoryKey, &identity(), version, &to, NOW, &mut patience())).unwrap()
    };
    for (version, value) in [(1, "by hand"), (2, &long)] {
        let before = table.snapshot();
        table.reply_lost.set(true);
        assert_eq!(reencrypt(version), Reencryption::Rewrite);
        assert_eq!(table.value(version), value);
        let mut after = table.snapshot();
        for (after, before) in after.versions.iter_mut().zip(&before.versions) {
            assert_eq!(after.version.number() == version, after.key_arn != before.key_arn);
            after.key_arn = before.key_arn.clone();
        }
        assert_eq!(after, before);
        assert_eq!(reencrypt(version), Reencryption::Done);
    }
    assert_eq!(reencrypt(3), Reencryption::Expired);
}

#[test]
fn a_version_that_is_retired_or_made_anew_meanwhile_is_not_overwritten() {
    let to = KeyArn("other".to_owned());
    let retire = |memory: &MemoryTable| {
        let Snapshot { head, versions } = at_once(memory.query(&identity())).unwrap();
        let retired = Some(Retirement { at: NOW, expires_at: UnixTime(NOW.0 + 9) });
        let update = vec![VersionItem { retired, ..versions[0].clone() }];
        let read = head.expect("there is one");
        let head = Head { revision: read.revision + 1, ..read.clone() };
        let changes = Changes { read: Some(read), head, update, erase: Vec::new() };
        at_once(memory.write(&identity(), &changes, None)).unwrap();
    };
    let make_anew = |memory: &MemoryTable| {
        let versions = at_once(memory.query(&identity())).unwrap().versions;
        lose_the_head(memory, vec![versions[0].version]);
        stacks(memory, 1);
    };
    for (deed, is_retired) in [(Box::new(retire) as Deed<'_>, true), (Box::new(make_anew), false)] {
        let table = Table::default();
        put(&table, Run::Real, "wish", "by hand").unwrap();
        *table.before.borrow_mut() = Some(deed);
        let done =
            at_once(reencrypt(&table, &MemoryKey, &identity(), Version::FIRST, &to, NOW, &mut patience())).unwrap();
        let item = table.snapshot().versions.remove(0);
        assert_eq!((done, item.key_arn, item.retired.is_some()), (Reencryption::Rewrite, to.clone(), is_retired));
        assert_eq!(table.value(1), if is_retired { "by hand" } else { "value" });
        let record = at_once(table.get(&identity(), Version::FIRST)).unwrap().unwrap();
        assert!(matches!(record.ciphertext, Ciphertext::Direct(_)));
    }
}
