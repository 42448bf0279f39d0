//! What an answer leaves behind: one version of a resource is in use, and what becomes of the others.

use super::RecoveryWindow;
use super::{Changes, Intent};
use crate::names::Version;
use crate::owner::{Owner, Relation};
use crate::record::{Cause, Retirement, Snapshot, VersionItem};

/// How many deleted versions of a resource that lives on stay readable by their numbers. Nothing of CloudFormation's can
/// ask for them any more; what can is a database whose getter did not run again, or a number in a template.
pub const KEPT_DELETED: usize = 100;

/// Sets aside what is in use beside the version that is answered.
pub(super) fn others(intent: &Intent, snapshot: &Snapshot, answered: Version, changes: &mut Changes) {
    let others = snapshot.versions.iter().filter(|item| item.version != answered && item.is_active());
    let set_aside = others.filter_map(|item| Some(item.set_aside(intent.requester.now, cause(intent, item)?)));
    changes.update_as_fits(set_aside);
}

/// Why the version is not in use any more; `None` where it still is, by somebody else.
fn cause(intent: &Intent, item: &VersionItem) -> Option<Cause> {
    let requester = &intent.requester;
    match requester.me.relation_to(&item.owner) {
        // A direct invocation's caller goes on to another value: there is no rollback, and nobody deletes.
        Relation::Me if requester.me == Owner::Manual => Some(Cause::Deleted),
        // Of an Update, the named one: CloudFormation may come back to it or delete it, and until it does neither, the
        // template retains it. So it does what is older: the resource came back to it once. The others it never heard of.
        Relation::Me if !intent.comes_anew() && !intent.names(item) && !intent.names_a_later_one(item) => {
            Some(Cause::Deleted)
        }
        // Of a Create, those of a resource of this name that the template did without for a while.
        Relation::Me => Some(Cause::Retained),
        // Its stack is gone without a Delete: names are unique among living stacks.
        Relation::FormerStack => Some(Cause::Retained),
        Relation::SameStack | Relation::Manual | Relation::Other => None,
    }
}

/// Takes the oldest deleted versions out of use, where there are more than [`KEPT_DELETED`]: they can be restored for the
/// default window.
pub(super) fn retire_the_oldest(intent: &Intent, snapshot: &Snapshot, changes: &mut Changes) {
    let requester = &intent.requester;
    let is_deleted = |item: &&VersionItem| {
        let superseded = item.superseded.is_some_and(|superseded| superseded.cause == Cause::Deleted);
        requester.owns(item) && superseded && item.retired.is_none() && item.adopted_from.is_empty()
    };
    let deleted: Vec<&VersionItem> = snapshot.versions.iter().filter(is_deleted).collect();
    let Some(expires_at) = RecoveryWindow::default().end(requester.now) else { return };
    let retired = Some(Retirement { at: requester.now, expires_at });
    let too_many = deleted.len().saturating_sub(KEPT_DELETED);
    changes.update_as_fits(deleted.into_iter().take(too_many).map(|item| VersionItem { retired, ..item.clone() }));
}
