//! Rule 2: an Update keeps the version that it means, and makes it current again if it is not.

use super::{Changes, Intent, Operation, Plan, Refusal, Requester, set_aside, views};
use crate::id::SecretId;
use crate::names::StoreName;
use crate::record::{Head, Snapshot, Trigger, UnixTime, VersionItem};

/// The move that a version remembers: where its owner was before, and since when it has this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The store that it was in.
    pub from: StoreName,
    /// When the version became its own, or somewhat later.
    pub at: UnixTime,
}

impl Move {
    /// Whether the Update would keep a version of `there`, where the move began, that was its own before. What came to be
    /// there afterwards is of an Update that led back, and of which CloudFormation may never have heard.
    pub fn left_a_version(&self, intent: &Intent, there: &Snapshot) -> bool {
        kept_version(intent, there).is_some_and(|kept| own_since(&kept) <= self.at)
    }
}

/// When the version became its owner's, as far as it says: of one that was taken over from the deleted it is the time when
/// that was made.
fn own_since(item: &VersionItem) -> UnixTime {
    item.adopted_from.first().and_then(|former| former.at).unwrap_or(item.created_at)
}

/// The move that led to the version which an Update's id names.
pub fn move_to(requester: &Requester, id: &SecretId, snapshot: &Snapshot) -> Option<Move> {
    let item = snapshot.version(id.version)?;
    let is_mine = requester.owns(item) && item.token.tag() == id.tag;
    // Of what was deleted before it was taken over, the head tells when.
    let head = snapshot.head.as_ref().filter(|head| head.current == item.version && item.kept_until.is_some());
    let at = own_since(item).max(head.map(|head| head.as_of).unwrap_or_default());
    item.moved_from.clone().filter(|_| is_mine).map(|from| Move { from, at })
}

/// The store that the requester's secret was in before it was here: by this request, or by the one that made the version
/// which the id names. After updates that failed with rollback switched off, several may lie between the two stores.
pub(super) fn came_from(intent: &Intent, snapshot: &Snapshot) -> Option<StoreName> {
    let earlier = || match &intent.operation {
        Operation::Update { named: Some(id), .. } if id.identity == intent.identity => {
            move_to(&intent.requester, id, snapshot).map(|earlier| earlier.from)
        }
        Operation::Update { came_from, .. } => came_from.clone(),
        Operation::Create => None,
    };
    intent.moved_from().cloned().or_else(earlier)
}

/// The version that an Update keeps: the named one, or an active one, or a retained one, of the same trigger.
///
/// The retained ones count since updates fail with rollback switched off: versions 1, 2, 3 with triggers `1`, `2`, `3`,
/// of which 2 and 3 came of updates that failed. The way back, to the last good template, carries trigger `1` and the id of
/// version 3, and the database has the value of version 1. A toggled trigger rotates all the same: the cleanup's
/// Delete of the first value came, and what was deleted is not kept.
pub(super) fn kept_version(intent: &Intent, snapshot: &Snapshot) -> Option<VersionItem> {
    let Operation::Update { named, .. } = &intent.operation else {
        return None;
    };
    let Trigger::Rotation(_) = &intent.trigger else {
        return None;
    };
    let requester = &intent.requester;
    let fits = |item: &VersionItem| item.trigger == intent.trigger && !item.is_expired(requester.now);
    let named = named.as_ref().filter(|id| id.identity == intent.identity).and_then(|id| {
        views(requester, snapshot).find(|item| item.version == id.version && item.token.tag() == id.tag && fits(item))
    });
    // As I have it now before as I had it once: who adopted a version back goes by the id of today.
    let newest = |is_kept: fn(&VersionItem) -> bool| {
        let mine = |item: &VersionItem| requester.owns(item) && fits(item) && is_kept(item);
        snapshot.versions.iter().rev().find_map(|item| item.through_owners().find(mine))
    };
    let active = || newest(VersionItem::is_active);
    let retained = || newest(VersionItem::is_retained);
    named.or_else(active).or_else(retained)
}

/// Same secret, same trigger, but the version is not there any more.
///
/// One that is there with another trigger is not gone: the Update that should have replaced it failed with rollback
/// switched off, and now is tried again. Its old properties are those of the failure.
pub(super) fn asks_for_what_is_gone(intent: &Intent, snapshot: &Snapshot) -> bool {
    let requester = &intent.requester;
    match &intent.operation {
        Operation::Update { named: Some(id), old_trigger: old @ Trigger::Rotation(_), .. } => {
            let is_named = |item: &VersionItem| item.version == id.version && item.token.tag() == id.tag;
            let is_there = views(requester, snapshot).any(|item| is_named(&item) && !item.is_expired(requester.now));
            id.identity == intent.identity && *old == intent.trigger && !is_there
        }
        _ => false,
    }
}

/// Answers with a version that is there, and makes it current.
pub(super) fn answer(intent: &Intent, snapshot: &Snapshot, kept: VersionItem) -> Plan {
    let requester = &intent.requester;
    // What somebody adopted from me is not mine to change, but the head may be mine to move back to it.
    let stored = snapshot.version(kept.version);
    let before = stored.and_then(|stored| stored.as_before(requester.now)).filter(|before| before.token == kept.token);
    let is_mine = before.is_some() || stored == Some(&kept);
    let kept = before.unwrap_or(kept);
    let is_current = |head: &Head| head.current == kept.version && head.retired.is_none();
    let is_current = snapshot.head.as_ref().is_some_and(is_current);
    let in_place = is_current && kept.is_active() && is_settled(intent, &kept);
    let head_is_taken = is_somebody_elses(requester, snapshot);
    if in_place || requester.is_late(snapshot) || (!is_mine && head_is_taken) {
        return Plan::Answer(Box::new(kept), None);
    }
    let mut changes = Changes::new(snapshot, requester.now);
    if !head_is_taken {
        changes.move_head(kept.version, requester.requested_at);
    }
    let kept = if is_mine { in_use_again(intent, kept) } else { kept };
    if is_mine {
        changes.update.push(kept.clone());
    }
    set_aside::others(intent, snapshot, kept.version, &mut changes);
    match &requester.out_of_bounds {
        None => Plan::Answer(Box::new(kept), Some(changes)),
        Some(_) if changes.only_note_the_time(snapshot) => Plan::Answer(Box::new(kept), None),
        Some(out) => Plan::Refuse(Refusal::OutOfBounds(out.clone())),
    }
}

/// The version in use, and with the way back to where an Update came from.
fn in_use_again(intent: &Intent, kept: VersionItem) -> VersionItem {
    let moved_from = intent.moved_from().cloned().or(kept.moved_from.clone());
    VersionItem { moved_from, ..kept.revived() }
}

/// Whether the requester has this very version and nothing else was asked for meanwhile. If not, the head's time moves
/// on although the head may stay: a Delete of the version that a newer request overtook is then recognized, and so is
/// an Update that was rolled back before it arrived.
fn is_settled(intent: &Intent, item: &VersionItem) -> bool {
    match &intent.operation {
        Operation::Update { old_trigger, .. } => intent.names(item) && *old_trigger == intent.trigger,
        _ => false,
    }
}

/// Whether the head is in use for a version that somebody else made: another resource of my stack, with a secret of
/// its own. One that was adopted from me is still the version that I have.
fn is_somebody_elses(requester: &Requester, snapshot: &Snapshot) -> bool {
    let head_is_live = snapshot.head.as_ref().is_some_and(|head| head.retired.is_none());
    let is_mine = |item: &VersionItem| item.through_owners().any(|item| requester.owns(&item));
    head_is_live && snapshot.current().is_some_and(|current| current.is_active() && !is_mine(current))
}
