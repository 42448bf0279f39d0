//! Whether something done by hand kept off what is not the operator's: told from what is stored before and after, and from
//! what CloudFormation knows.

use secret_store::plan::operator::{OwnerState, Owners};
use secret_store::{Head, Identity, Owner, Record, Stored, UnixTime, Version, VersionItem};

use super::deeds::Deed;
use super::pair::value_of;

/// One deed, and what it did to one secret.
pub(super) struct Look<'a> {
    pub(super) deed: &'a Deed,
    pub(super) identity: &'a Identity,
    pub(super) before: &'a Stored,
    pub(super) after: &'a Stored,
    pub(super) owners: &'a Owners,
    pub(super) now: u64,
}

impl Look<'_> {
    /// The versions that are not as they were, and their values.
    pub(super) fn changed(&self) -> Vec<(Version, String)> {
        let is_as_it_was = |record: &&Record| self.after(record.item.version) == Some(*record);
        let changed = self.before.records.iter().filter(|record| !is_as_it_was(record));
        changed.map(|record| (record.item.version, value_of(record))).collect()
    }

    /// What should not have happened.
    pub(super) fn trespasses(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut tell = |what: &str| found.push(format!("{:?} of {:?}: {what}", self.deed, self.identity));
        for record in &self.before.records {
            let (item, is_over) = (&record.item, record.item.is_expired(UnixTime(self.now)));
            match self.after(item.version) {
                None if is_over => {}
                None => tell(&format!("erased {item:?}")),
                Some(after) if value_of(after) != value_of(record) => tell(&format!("replaced the value of {item:?}")),
                Some(after) if self.is_held(item) && takes_away(item, &after.item) => {
                    tell(&format!("{item:?} became {:?}", after.item));
                }
                Some(_) => {}
            }
        }
        // Who takes something out of use may leave the address of what was in use; who brings something in takes it.
        let is_current =
            |item: &VersionItem| self.before.head.as_ref().is_some_and(|head| head.current == item.version);
        let only_takes_out = matches!(self.deed, Deed::Retire { .. } | Deed::Prune);
        let mut held = self.before.records.iter().map(|record| &record.item).filter(|item| self.is_held(item));
        let is_held = held.any(|item| !only_takes_out || is_current(item));
        let now = |head: &Option<Head>| head.as_ref().map(|head| (head.current, head.retired));
        if is_held && self.before.head.is_some() && now(&self.before.head) != now(&self.after.head) {
            tell(&format!("moved the head of a stack's secret from {:?} to {:?}", self.before.head, self.after.head));
        }
        let as_of = self.before.head.as_ref().map_or(UnixTime::default(), |head| head.as_of);
        if self.after.head.as_ref().is_some_and(|head| head.as_of != as_of) {
            tell(&format!("moved the time of {:?} to {:?}", self.before.head, self.after.head));
        }
        found
    }

    fn after(&self, version: Version) -> Option<&Record> {
        self.after.records.iter().find(|record| record.item.version == version)
    }

    /// Whether a stack can still name the version, or may come back to it, and it is not over.
    fn is_held(&self, item: &VersionItem) -> bool {
        let held = item.through_owners().any(|view| match &view.owner {
            Owner::Manual => false,
            Owner::Resource { stack_id, .. } => match self.owners.state(stack_id) {
                OwnerState::Gone => false,
                OwnerState::Changing | OwnerState::Unknown => true,
                OwnerState::Settled { names } => {
                    names.iter().any(|(_, id)| *id == self.identity.id(view.version, view.token))
                }
            },
        });
        held && !item.is_expired(UnixTime(self.now))
    }
}

/// Whether the owner has less of it than before, or what only its template may say: a version that is in use. One that
/// was retired is readable again at most.
fn takes_away(before: &VersionItem, after: &VersionItem) -> bool {
    let ownership =
        |item: &VersionItem| (item.owner.clone(), item.token, item.trigger.clone(), item.adopted_from.clone());
    let retired = before.retired.is_none() && after.retired.is_some();
    let set_aside = before.retired.is_none() && before.superseded != after.superseded;
    let in_use = !before.is_active() && after.is_active();
    ownership(before) != ownership(after) || retired || set_aside || in_use
}
