//! What a Delete does: it takes out of use what its id names, and never somebody else's.
//!
//! The rules, in the order in which they are tried:
//!
//! 0. **Nobody listens**: nothing. A Delete that comes hours late was given up, and perhaps taken back.
//! 1. **Not there**: the request that the id names may still be on its way, and is stopped.
//! 2. **Not mine**: nothing, unless it was adopted from me: then it is never handed back to me.
//! 3. **Overtaken**: a newer request made the version current again; nothing.
//! 4. **The resource lives on** with another version: the deleted one is set aside for good. A template that did not run
//!    its getter again may still use it, so it stays readable by its number. A rollback of a rotation sends the Delete of the
//!    new version and no Update back, as does the deletion of a stack whose template retained the old one: which of the
//!    two it is, only CloudFormation can tell, and is asked.
//! 5. **Nothing is left** of the resource. An adopted version goes back to whom it was taken from, as that one had it; what
//!    CloudFormation deleted goes out of use; what it went on from without a Delete stays, as retained.
//! 6. **The head does not move back to an older password** of the deleted resource. It goes to the newest version that
//!    somebody else has in use, or out of use; it stays at least as long as a Create may be on its way, or a duplicate of
//!    one would make anew what a window of 0 had erased.
//! 7. **Out of bounds**: where the pair does not serve the secret, a Delete that would change something fails, since a success
//!    would say that the secret is gone; one that has nothing to do is a success.

use super::{Changes, RecoveryWindow, Requester, views};
use crate::id::SecretId;
use crate::names::Version;
use crate::record::{AdoptedFrom, Cause, Retirement, Snapshot, UnixTime, VersionItem};
use crate::scope::OutOfScope;
use crate::stack::{StackNews, StackState};

/// How long a Create that CloudFormation gave up may still be on its way: as long as its ResponseURL works, two hours;
/// its answer is waited for an hour at most.
pub(super) const CREATE_LIFE_SECONDS: u64 = 2 * 60 * 60;

/// What to do about a Delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletePlan {
    /// Write these changes.
    Apply {
        /// What to write.
        changes: Changes,
        /// More than one write can change: after this one, read and decide again.
        more: bool,
    },
    /// Ask what the stack is doing, and decide again with the answer.
    AskForTheStack,
    /// Nothing, which is a success all the same.
    Nothing(Untouched),
    /// Nothing, because the pair does not serve the secret: it stays in use.
    Refuse(OutOfScope),
}

impl DeletePlan {
    /// Whether nothing is taken out of use, and what is written only stops a Create that may be on its way.
    pub fn is_a_note(&self) -> bool {
        matches!(self, Self::Apply { changes, .. } if changes.update.is_empty() && changes.erase.is_empty())
    }
}

/// Why a Delete touches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untouched {
    /// Nobody listens to the answer any more.
    #[error("the request's ResponseURL has expired")]
    Expired,
    /// No such version, and none that could still be made.
    #[error("the version is not there")]
    NotThere,
    /// It has another owner.
    #[error("the version belongs to somebody else")]
    NotMine,
    /// A newer request made this version current again.
    #[error("a newer request was carried out before this one")]
    Overtaken,
    /// It is retired or superseded already.
    #[error("the version was out of use already")]
    Done,
}

/// Decides what a Delete of `id` does: the rules of the module's page.
pub fn plan_delete(requester: &Requester, id: &SecretId, window: RecoveryWindow, snapshot: &Snapshot) -> DeletePlan {
    if requester.is_expired() {
        return DeletePlan::Nothing(Untouched::Expired);
    }
    let deletion = Deletion { requester, window, snapshot };
    let is_named = |item: &&VersionItem| item.through_owners().any(|view| view.token.tag() == id.tag);
    let Some(item) = snapshot.version(id.version).filter(is_named) else {
        return deletion.stop_what_is_on_its_way();
    };
    if !requester.owns(item) || item.token.tag() != id.tag {
        return deletion.forget(id, item);
    }
    if deletion.is_current(item) && requester.is_late(snapshot) {
        return DeletePlan::Nothing(Untouched::Overtaken);
    }
    match deletion.successor(item) {
        Some(successor) => deletion.set_aside(item, &successor),
        None => match deletion.what_to_go_back_to(item) {
            Back::To(before) => deletion.take_back(item, &before),
            Back::PerhapsTo => DeletePlan::AskForTheStack,
            Back::No => deletion.end(item),
        },
    }
}

/// The request of which CloudFormation never heard the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// A Create: CloudFormation makes up an id for its Delete.
    Create,
    /// An Update that led to another secret than the resource has: the rollback's Update tells by its old properties.
    Update {
        /// When the version was made that the resource keeps: what it left there before is older.
        since: UnixTime,
    },
}

/// Decides what a Delete does whose id CloudFormation made up: it never heard the answer to its Create, whose secret
/// this is. What that Create made, if it ran, goes out of use; if it did not, the head says that it is too late.
///
/// Only what was made or adopted as lately as a Create may still be on its way: CloudFormation makes up an id also for a
/// Create that it cancelled before it ran, and the resource of that name may have left a retained version long ago.
pub fn plan_unheard(
    requester: &Requester,
    unheard: Unheard,
    window: RecoveryWindow,
    snapshot: &Snapshot,
) -> DeletePlan {
    if requester.is_expired() {
        return DeletePlan::Nothing(Untouched::Expired);
    }
    if requester.is_late(snapshot) {
        return DeletePlan::Nothing(Untouched::Overtaken);
    }
    // What it took over may have been deleted before, with another window: it is not erased at once for a request that failed.
    let window = window.max(RecoveryWindow::default());
    let deletion = Deletion { requester, window, snapshot };
    let since = match unheard {
        Unheard::Create => UnixTime::default(),
        Unheard::Update { since } => since,
    };
    let is_recent = |at: UnixTime| since <= at && requester.requested_at.0 < at.0 + CREATE_LIFE_SECONDS;
    // What a Create took over from the deleted is older than itself. An Update may have come back to what was retained.
    let taken_over = |item: &VersionItem| {
        let head = snapshot.head.as_ref().filter(|head| head.current == item.version);
        unheard == Unheard::Create && head.is_some_and(|head| is_recent(head.as_of))
    };
    let made = requester
        .active(snapshot)
        .rfind(|item| is_recent(item.created_at) || taken_over(item) || !item.adopted_from.is_empty());
    match made {
        Some(item) => deletion.end(item),
        None => deletion.leave_a_note(),
    }
}

/// Whether a Delete is a rollback's, which gives the resource the version back that it went on from.
enum Back {
    /// It is.
    To(Box<VersionItem>),
    /// It may be: what the stack is doing says.
    PerhapsTo,
    /// It is not, or there is none, or nobody tells.
    No,
}

/// A Delete that is to be carried out.
struct Deletion<'a> {
    requester: &'a Requester,
    window: RecoveryWindow,
    snapshot: &'a Snapshot,
}

impl Deletion<'_> {
    fn is_current(&self, item: &VersionItem) -> bool {
        self.snapshot.head.as_ref().is_some_and(|head| head.current == item.version)
    }

    /// As of when the head stands after this: a Delete of an older version may come after a newer request.
    fn as_of(&self) -> UnixTime {
        let believed = self.snapshot.head.as_ref().map(|head| head.as_of).filter(|as_of| *as_of <= self.requester.now);
        self.requester.requested_at.max(believed.unwrap_or_default())
    }

    /// The version with which the resource lives on: another active one, or one that somebody adopted from me, for I have
    /// its id still. Nothing of mine succeeds the current version: an older one was retained, and is not to be current.
    fn successor(&self, item: &VersionItem) -> Option<VersionItem> {
        let is_current = self.is_current(item);
        let lives_on = |other: &VersionItem| {
            let is_mine = self.snapshot.version(other.version) == Some(other);
            other.version != item.version && other.is_active() && !(is_mine && is_current)
        };
        views(self.requester, self.snapshot).rfind(lives_on)
    }

    /// Rule 4. An adopted version is kept like any other; it is handed back with the last.
    fn set_aside(&self, item: &VersionItem, successor: &VersionItem) -> DeletePlan {
        if !item.is_active() && !item.is_retained() {
            return DeletePlan::Nothing(Untouched::Done);
        }
        let mut changes = Changes::new(self.snapshot, self.requester.now);
        changes.update.push(item.set_aside(self.requester.now, Cause::Deleted));
        if self.is_current(item) {
            changes.move_head(successor.version, self.as_of());
        }
        self.apply(changes, false)
    }

    /// Rule 4, where the resource went on from another version and its stack comes back to that one. The deleted one goes
    /// back to whom it was adopted from, or is retired: if it was a Create that is undone, nothing will ever name it again.
    /// It is not erased at once, in case that a database was given it for good.
    fn take_back(&self, item: &VersionItem, before: &VersionItem) -> DeletePlan {
        let now = self.requester.now;
        let mut changes = Changes::new(self.snapshot, self.requester.now);
        let retired =
            self.window.max(RecoveryWindow::default()).end(now).map(|expires_at| Retirement { at: now, expires_at });
        let retired = || VersionItem { retired, ..item.clone() };
        if before.version != item.version {
            changes.update.push(item.handed_back().unwrap_or_else(retired));
        }
        changes.update.push(before.clone().revived());
        changes.move_head(before.version, self.as_of());
        self.apply(changes, false)
    }

    /// The version that the resource had until this one was made, or came back: what it set aside last; one that is in use
    /// still, before any other. Where it took over its own, that is what it had before.
    fn what_to_go_back_to(&self, item: &VersionItem) -> Back {
        let left_at = |other: &VersionItem| other.superseded.map(|superseded| superseded.at);
        let mine = || self.snapshot.versions.iter().filter(|other| self.requester.owns(other));
        // The rollback may have deleted others before that came in between.
        let in_between = |other: &&VersionItem| {
            !other.is_active() && !other.is_retained() && left_at(other) >= Some(item.created_at)
        };
        let since = mine().filter(in_between).map(|other| other.created_at).fold(item.created_at, UnixTime::min);
        let was_left = |other: &&VersionItem| match item.adopted_from.first() {
            None => other.is_active() || (other.is_retained() && left_at(other) >= Some(since)),
            // What was taken over is given back, unless I went on from it and came back to it.
            Some(former) => other.is_retained() && former.at.is_some_and(|at| other.created_at > at),
        };
        let is_last = self.is_current(item) && item.is_active();
        let before = mine().filter(|other| is_last && other.version != item.version && was_left(other));
        let before = before.max_by_key(|other| (other.is_active(), left_at(other), other.version)).cloned();
        // What another has of me by now is not mine to take back.
        let is_last = is_last && self.snapshot.version(item.version) == Some(item);
        let own = || item.through_owners().nth(1).filter(|former| is_last && self.requester.owns(former));
        let before = before.or_else(own).map(Box::new);
        match (before, self.requester.stack) {
            (Some(before), StackNews::Told(StackState::RollsBack)) => Back::To(before),
            (Some(_), StackNews::NotAsked) => Back::PerhapsTo,
            _ => Back::No,
        }
    }

    /// Rule 5.
    fn end(&self, item: &VersionItem) -> DeletePlan {
        let now = self.requester.now;
        let mut changes = Changes::new(self.snapshot, self.requester.now);
        let more = self.retire_mine(item, &mut changes);
        if changes.update.is_empty() && changes.erase.is_empty() {
            return DeletePlan::Nothing(Untouched::Done);
        }
        if !more {
            // What somebody has of me still does not come back in use to one who is gone.
            let lent = self.snapshot.versions.iter().filter(|item| !self.requester.owns(item));
            changes.update_as_fits(lent.filter_map(|item| item.lent_by_one_who_is_gone(&self.requester.me, now)));
            self.leave_head(&mut changes);
        }
        self.apply(changes, more)
    }

    /// Rule 7: what would change something needs the pair to serve the secret.
    fn apply(&self, changes: Changes, more: bool) -> DeletePlan {
        match &self.requester.out_of_bounds {
            Some(out) => DeletePlan::Refuse(out.clone()),
            None => DeletePlan::Apply { changes, more },
        }
    }

    /// A version that somebody adopted from me will not be handed back to one who is gone. If it was all that I had, what
    /// I left behind goes out of use.
    fn forget(&self, id: &SecretId, item: &VersionItem) -> DeletePlan {
        let requester = self.requester;
        let is_mine = |former: &AdoptedFrom| former.owner == requester.me && former.token.tag() == id.tag;
        if !item.adopted_from.iter().any(is_mine) {
            return DeletePlan::Nothing(Untouched::NotMine);
        }
        let mut changes = Changes::new(self.snapshot, self.requester.now);
        let other = |other: VersionItem| other.version != item.version && other.is_active();
        let lives_on = requester.owns(item) || views(requester, self.snapshot).any(other);
        let as_mine = item.through_owners().find(|item| requester.owns(item));
        let more = match as_mine.map_or(Back::No, |item| self.what_to_go_back_to(&item)) {
            _ if lives_on => false,
            Back::To(before) => {
                changes.update.push(before.revived());
                false
            }
            Back::PerhapsTo => return DeletePlan::AskForTheStack,
            Back::No => self.retire_mine(item, &mut changes),
        };
        if !more {
            // With the last write, so that a Delete that needs several still finds what its id names.
            let mut theirs = item.clone();
            theirs.adopted_from.retain(|former| !is_mine(former));
            changes.update.push(theirs);
            self.leave_head(&mut changes);
        }
        self.apply(changes, more)
    }

    /// Nothing of mine is in use any more: what was deleted or never heard of is retired, what was adopted is handed back,
    /// what was retained stays. Returns whether something is left for another write; the deleted version itself goes last,
    /// so that a repeated Delete goes on.
    fn retire_mine(&self, deleted: &VersionItem, changes: &mut Changes) -> bool {
        let now = self.requester.now;
        let end = |item: &VersionItem| self.window.end(now).max(item.kept_until.filter(|until| *until > now));
        let is_deleted = |item: &&VersionItem| item.version == deleted.version;
        let mine = || self.snapshot.versions.iter().filter(|item| self.requester.owns(item));
        // A rollback that only deletes looks like this, too: then a database may still have what was deleted before.
        let something_is_retained = mine().any(|item| !is_deleted(&item) && (item.is_active() || item.is_retained()));
        for item in mine().filter(|item| !is_deleted(item)).chain(mine().filter(is_deleted)) {
            let stays = !is_deleted(&item) && something_is_retained;
            // What was retired before keeps the window that it was given then.
            let is_kept = stays && !item.is_active() && item.retired.is_none();
            let settled = is_kept || (item.retired.is_some() && item.adopted_from.is_empty());
            if settled {
                continue;
            }
            if changes.room() == 0 {
                return true;
            }
            match (item.handed_back(), end(item)) {
                (Some(handed_back), _) => changes.update.push(handed_back),
                (None, _) if stays => changes.update.push(item.set_aside(now, Cause::Retained)),
                (None, None) => changes.erase.push(item.version),
                (None, Some(expires_at)) => {
                    let retired = Some(Retirement { at: now, expires_at });
                    changes.update.push(VersionItem { retired, ..item.clone() });
                }
            }
        }
        false
    }

    /// Rule 6. A head that names what is still in use stays there; one that is out of use for another's sake, too.
    fn leave_head(&self, changes: &mut Changes) {
        let Some(head) = &self.snapshot.head else { return };
        let versions = self.snapshot.versions.iter().filter(|item| !changes.erase.contains(&item.version));
        let in_use = versions.map(|item| changes.as_written(item)).filter(|item| item.is_active());
        let in_use: Vec<Version> = in_use.map(|item| item.version).collect();
        let is_mine = self.snapshot.current().is_none_or(|current| self.requester.owns(current));
        match in_use.last().copied() {
            _ if in_use.contains(&head.current) && head.retired.is_none() => {
                changes.note(self.as_of(), self.last_create_ends())
            }
            Some(_) if in_use.contains(&head.current) => changes.move_head(head.current, self.as_of()),
            Some(newest) => changes.move_head(newest, self.as_of()),
            None if head.retired.is_some() && !is_mine => changes.note(self.as_of(), self.last_create_ends()),
            None => {
                let expires_at = self.window.end(self.requester.now).unwrap_or(self.last_create_ends());
                changes.retire_head(self.as_of(), Retirement { at: self.requester.now, expires_at });
            }
        }
    }

    /// When no Create that is on its way now can be carried out any more.
    fn last_create_ends(&self) -> UnixTime {
        UnixTime(self.requester.now.0 + CREATE_LIFE_SECONDS)
    }

    /// Rule 1. The version may be erased by now, or a Create was cut off in the middle of its write: then the write must
    /// find another head than it read. A head that says so already is left alone.
    fn stop_what_is_on_its_way(&self) -> DeletePlan {
        match &self.snapshot.head {
            Some(head) if self.as_of() == head.as_of => DeletePlan::Nothing(Untouched::NotThere),
            _ => self.leave_a_note(),
        }
    }

    /// Says in the head that the secret was deleted as of now. A Create that is still on its way, and older, is then
    /// recognized as too late.
    fn leave_a_note(&self) -> DeletePlan {
        if self.requester.out_of_bounds.is_some() {
            return DeletePlan::Nothing(Untouched::NotThere);
        }
        let mut changes = Changes::new(self.snapshot, self.requester.now);
        changes.note(self.as_of(), self.last_create_ends());
        DeletePlan::Apply { changes, more: false }
    }
}
