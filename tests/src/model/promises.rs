//! What must hold, whatever happens. Each check names its promise; the first that fails ends the history.

use std::collections::{BTreeMap, BTreeSet};

use secret_store::{Identity, Owner, SecretId, UnixTime, Version, VersionItem};

use super::Violation;
use super::deeds::BY_HAND;
use super::event::Event;
use super::gone::{Living, Names};
use super::history::DAY;
use super::pair::{Pair, value_of};
use super::stack::place;

/// What the checks remember from step to step.
#[derive(Default)]
pub struct Promises {
    /// What was stored under each number when last looked at.
    stored: BTreeMap<(Identity, Version), String>,
    /// Which stacks were given which value.
    holders: BTreeMap<String, BTreeSet<String>>,
    /// Values of deleted resources, since when they are deleted, and until when they can be restored.
    restorable: Vec<(String, u64, u64)>,
    /// Values that each of several owners deleted, one with a window of 0.
    given_up: BTreeSet<String>,
    /// What happened, for the report.
    pub log: Vec<String>,
}

type Checked = Result<(), Violation>;

impl Promises {
    fn broken(&self, promise: &'static str, seen: String) -> Checked {
        Err(Violation { promise, seen, log: self.log.clone() })
    }

    /// No stored value is ever replaced by another.
    pub fn nothing_was_overwritten(&mut self, pair: &Pair) -> Checked {
        let mut now = BTreeMap::new();
        for (identity, stored) in pair.contents() {
            for record in stored.records {
                now.insert((identity.clone(), record.item.version), value_of(&record));
            }
        }
        let before = std::mem::replace(&mut self.stored, now);
        let erased = pair.world.take_erased();
        for (place, value) in before.into_iter().filter(|(place, _)| !erased.contains(place)) {
            if self.stored.get(&place).is_some_and(|now| *now != value) {
                return self.broken("no stored value is ever replaced by another", format!("{place:?}"));
            }
        }
        Ok(())
    }

    /// What a database was given by a completed operation can be read by its number; or restored, where it reads by
    /// address, so that it is behind, and each of the owners that one after the other had the value deleted it; unless the last one's window is 0.
    pub fn databases_can_be_read_back<'a>(
        &self,
        names: &Names,
        pair: &Pair,
        values: impl Iterator<Item = (&'a str, &'a String)>,
    ) -> Checked {
        let mut readable = BTreeSet::new();
        for (identity, stored) in pair.contents() {
            let is_kept =
                |item: &VersionItem| item.retired.is_none() || names.was_deleted_by_several(&identity, item.version);
            readable.extend(stored.records.iter().filter(|record| is_kept(&record.item)).map(value_of));
        }
        for (resource, value) in values {
            let is_given_up = self.given_up.contains(value) || pair.world.hand.has_touched_value(value);
            if !readable.contains(value) && !is_given_up {
                return self
                    .broken("what a database was given can be read back", format!("{resource} has lost {value}"));
            }
        }
        Ok(())
    }

    /// Each of the owners that one after the other had the value deleted it, the last one without a window.
    pub fn is_given_up(&mut self, value: String) {
        self.given_up.insert(value);
    }

    /// A deleted resource's value can be restored since then, for so many days.
    pub fn becomes_restorable(&mut self, value: String, since: u64, days: u64) {
        self.restorable.push((value, since, since + days * DAY));
    }

    /// The one window of the store is another from now on, also for what was deleted before; a longer one brings nothing
    /// back that was promised for less.
    pub fn the_store_has_another_window(&mut self, days: u64) {
        for (_, since, until) in &mut self.restorable {
            *until = (*until).min(*since + days * DAY);
        }
    }

    /// Values of deleted resources are kept until their window is over.
    pub fn windows_are_kept(&mut self, pair: &Pair) -> Checked {
        let is_the_operators = |value: &str| pair.world.hand.has_touched_value(value);
        self.restorable.retain(|(value, _, until)| *until > pair.now() && !is_the_operators(value));
        let now = UnixTime(pair.now());
        let mut kept = BTreeSet::new();
        for stored in pair.contents().into_values() {
            kept.extend(stored.records.iter().filter(|record| !record.item.is_expired(now)).map(value_of));
        }
        match self.restorable.iter().find(|(value, ..)| !kept.contains(value)) {
            Some((value, _, until)) => self
                .broken("a deleted value can be restored until its window is over", format!("{value} until {until}")),
            None => Ok(()),
        }
    }

    /// A head that says it is in use names a version that will not expire.
    pub fn nothing_live_expires(&self, pair: &Pair) -> Checked {
        for (identity, stored) in pair.contents() {
            let Some(head) = &stored.head else { continue };
            let current = stored.records.iter().find(|record| record.item.version == head.current);
            let current_is_live = current.is_some_and(|record| record.item.is_active());
            if current_is_live && head.retired.is_some() {
                return self.broken("nothing that is in use will expire", format!("the head of {identity:?}"));
            }
        }
        Ok(())
    }

    /// What nobody can name any more is on its way out, and what a template retained is kept, and is not current.
    pub fn gone_is_gone(&self, names: &Names, pair: &Pair, living: &Living) -> Checked {
        match names.not_gone(pair, living) {
            Some(left) => self.broken("gone is gone, and what was retained is kept", left),
            None => Ok(()),
        }
    }

    /// After a Delete of the current version, an older one of the same resource is not current.
    pub fn nothing_older_is_current(&self, pair: &Pair, current_before: Option<&SecretId>) -> Checked {
        let Some(deleted) = current_before else { return Ok(()) };
        let stored = pair.contents().remove(&deleted.identity).unwrap_or_default();
        let head = stored.head.as_ref().filter(|head| head.retired.is_none() && head.current < deleted.version);
        let find = |version| stored.records.iter().find(|record| record.item.version == version);
        let (older, newer) = (head.and_then(|head| find(head.current)), find(deleted.version));
        match (older, newer) {
            (Some(older), Some(newer)) if older.item.owner == newer.item.owner => self
                .broken("a deleted resource's address never goes back to an older value", format!("{:?}", older.item)),
            _ => Ok(()),
        }
    }

    /// A pair for some envs changes nothing of another.
    pub fn nobody_trespasses(&self, pair: &Pair) -> Checked {
        self.bounds_hold(pair.trespasses.is_empty(), &format!("outside the pair's envs: {:?}", pair.trespasses))
    }

    /// A bound, on whatever path.
    pub fn bounds_hold(&self, held: bool, what: &str) -> Checked {
        if held { Ok(()) } else { self.broken("a bound holds on every path", what.to_owned()) }
    }

    /// A request was delivered. What it adopted because it was asked to is its stack's, whether or not the stack ever hears
    /// so: the next template need not ask again.
    pub fn is_delivered(&mut self, event: &Event, pair: &Pair) {
        if !event.wants_to_adopt() {
            return;
        }
        let records = pair.contents().into_values().flat_map(|stored| stored.records);
        let is_its_own =
            |owner: &Owner| matches!(owner, Owner::Resource { stack_id, .. } if stack_id.as_str() == event.stack_id);
        for record in records.filter(|record| is_its_own(&record.item.owner)) {
            self.holders.entry(value_of(&record)).or_default().insert(event.stack_id.clone());
        }
    }

    /// A stack was given a value: alone, or because it asked to adopt it.
    pub fn value_is_given(&mut self, value: &str, stack_id: &str, adopts: bool) -> Checked {
        // In use again, it is not among the deleted any more.
        self.restorable.retain(|(deleted, ..)| deleted != value);
        let holders = self.holders.entry(value.to_owned()).or_default();
        let is_new = holders.insert(stack_id.to_owned());
        if !value.starts_with(BY_HAND) && holders.iter().any(|other| place(other) != place(stack_id)) {
            return self.bounds_hold(false, &format!("{value} of another account or region in {stack_id}"));
        }
        if is_new && holders.len() > 1 && !adopts {
            return self
                .broken("two stacks never share a value except by adopting it", format!("{value} in {stack_id}"));
        }
        Ok(())
    }

    /// A request failed: was there a reason that its user can act on?
    pub fn failure_is_justified(&self, justified: bool, what: &str, reason: &str) -> Checked {
        if justified {
            Ok(())
        } else {
            self.broken("no request fails without a reason that its user can act on", format!("{what}: {reason}"))
        }
    }

    /// Two values that must be one.
    pub fn same(&self, promise: &'static str, what: &str, before: Option<&String>, after: Option<&String>) -> Checked {
        if before == after { Ok(()) } else { self.broken(promise, format!("{what}: {before:?} became {after:?}")) }
    }
}

/// The value under an id, retired or not.
pub fn value_under(pair: &Pair, physical_id: &str) -> Option<String> {
    let id: SecretId = physical_id.parse().ok()?;
    let stored = pair.contents().remove(&id.identity)?;
    let record =
        stored.records.iter().find(|record| record.item.version == id.version && record.item.has_tag(id.tag))?;
    Some(value_of(record))
}
