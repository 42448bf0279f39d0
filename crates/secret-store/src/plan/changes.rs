//! What one decision writes.

use super::delete::CREATE_LIFE_SECONDS;
use crate::names::Version;
use crate::record::{Head, Retirement, Snapshot, UnixTime, VersionItem};

/// What one decision writes: all of it or nothing, and only if the head is still as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The head that was read; the write fails if there is another by then.
    pub read: Option<Head>,
    /// The head to be, with the next revision.
    pub head: Head,
    /// Existing versions with their new owner and state; value, key and context stay.
    pub update: Vec<VersionItem>,
    /// Versions to erase at once.
    pub erase: Vec<Version>,
}

/// Existing versions that one write may change; every store must
/// [hold](crate::store::Limits::LEAST) so many.
pub const MAX_CHANGED_VERSIONS: usize = 98;

impl Changes {
    /// None yet. Where there is no head, one is made that is out of use, as long as a Create may be on its way: else two
    /// requests of which one changes the versions would not notice each other.
    pub(super) fn new(snapshot: &Snapshot, now: UnixTime) -> Self {
        let head = match &snapshot.head {
            Some(head) => Head { revision: head.revision + 1, ..head.clone() },
            None => {
                let current = snapshot.versions.last().map_or(Version::FIRST, |item| item.version);
                let retired = Some(Retirement { at: now, expires_at: UnixTime(now.0 + CREATE_LIFE_SECONDS) });
                Head { current, as_of: UnixTime::default(), retired, revision: 1 }
            }
        };
        Self { read: snapshot.head.clone(), head, update: Vec::new(), erase: Vec::new() }
    }

    /// Makes `current` the current version as of `as_of`, in use.
    pub(super) fn move_head(&mut self, current: Version, as_of: UnixTime) {
        self.head = Head { current, as_of, retired: None, ..self.head };
    }

    /// Takes the head out of use.
    pub(super) fn retire_head(&mut self, as_of: UnixTime, retirement: Retirement) {
        self.head = Head { as_of, retired: Some(retirement), ..self.head };
    }

    /// Notes in the head that the secret was decided about as of `as_of`; a head that is out of use is kept at least until
    /// `until`.
    pub(super) fn note(&mut self, as_of: UnixTime, until: UnixTime) {
        self.head.as_of = as_of;
        if let Some(retirement) = &mut self.head.retired {
            retirement.expires_at = retirement.expires_at.max(until);
        }
    }

    /// Updates the items, as many as fit into one write; the others are as they were, which only keeps them longer.
    pub(super) fn update_as_fits(&mut self, items: impl Iterator<Item = VersionItem>) {
        let room = self.room();
        self.update.extend(items.take(room));
    }

    /// How many more versions fit into one write.
    pub(super) fn room(&self) -> usize {
        MAX_CHANGED_VERSIONS.saturating_sub(self.update.len() + self.erase.len())
    }

    /// The version as it will be after the write.
    pub(super) fn as_written<'a>(&'a self, item: &'a VersionItem) -> &'a VersionItem {
        self.update.iter().find(|new| new.version == item.version).unwrap_or(item)
    }

    /// Whether nothing is written that a reader or a later request could tell, but that the secret was asked for again.
    pub(super) fn only_note_the_time(&self, snapshot: &Snapshot) -> bool {
        let is_as_it_was = |old: &Head| (self.head.current, self.head.retired) == (old.current, old.retired);
        let head_stays = snapshot.head.as_ref().is_none_or(is_as_it_was);
        head_stays && self.erase.is_empty() && self.update.iter().all(|item| snapshot.versions.contains(item))
    }
}
