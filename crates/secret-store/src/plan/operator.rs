//! **The operator's decisions**: what somebody does by hand to a secret, given what is stored and whose it is. Pure, like
//! [`plan`](super::plan).
//!
//! An operator has no resource that CloudFormation would roll back or delete, and no request that could come too late.
//! So the rules are other ones, the same for all that follows:
//!
//! 1. **What a living stack can name is its template's** (`owners.rs`): by an id that one of its resources has, or, while an
//!    operation on the stack is not at its end, by any that it ever had. It is refused, with the change of the template
//!    that does it instead. Whether a stack still lives is asked of CloudFormation; where nobody can tell, it is refused.
//! 2. **A stack that comes back comes first.** No decision here moves the head's time, so no request of a stack is late
//!    for it; each is written only on the state that it was decided on, also where there was no head.
//! 3. **Nothing gets another owner by hand**: what is brought in is nobody's (`Owner::Manual`), and what a stack made stays
//!    its own, retired or restored, so that no bound of account or region is passed by.
//!
//! [`plan_put`] and [`plan_rotate`] make a version, [`plan_retire`] takes versions out of use and [`plan_restore`] brings
//! one back, [`plan_prune`] erases what has expired, [`plan_reencrypt`] puts a value under another key.

mod owners;
mod prune;
mod put;
mod reencrypt;
mod restore;
mod retire;

pub use owners::{OwnerState, Owners, TemplateChange};
pub use prune::{Expired, plan_prune};
pub use put::{Manner, Operator, PutPlan, plan_put, plan_rotate};
pub use reencrypt::{Reencryption, plan_reencrypt};
pub use restore::plan_restore;
pub use retire::{Which, plan_retire};

use super::Changes;
use super::RecoveryWindow;
use crate::names::Version;
use crate::owner::{LogicalResourceId, Owner, StackId};
use crate::record::{Snapshot, UnixTime, VersionItem};

/// What to do about versions that are there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandPlan {
    /// Write these changes.
    Apply {
        /// What to write.
        changes: Changes,
        /// More than one write can change: after this one, read and decide again.
        more: bool,
    },
    /// Nothing is left to do.
    Nothing,
    /// Change nothing and say why.
    Refuse(Refused),
}

/// Why an operator's wish is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A living stack has it; its template is the place to say so.
    #[error("the secret belongs to resource {} of stack {stack_id}: change its template instead", .logical_resource_id.as_str())]
    TheTemplates {
        /// The stack.
        stack_id: StackId,
        /// Its resource.
        logical_resource_id: LogicalResourceId,
        /// What to change there.
        change: TemplateChange,
    },
    /// An operation on the stack that has it is under way, or stopped half-way: it may still go back to anything.
    #[error("an operation on stack {0} is not at its end: wait for it, or bring it there")]
    Changing(StackId),
    /// Nobody could tell whether the stack that has it still exists.
    #[error("whether stack {0} still exists could not be found out")]
    OwnerUnknown(StackId),
    /// Somebody has a version of it in use.
    #[error("version {version} is in use and belongs to {owner}")]
    InUse {
        /// Which version.
        version: Version,
        /// Whose it is.
        owner: Owner,
    },
    /// There is nothing of that name.
    #[error("there is no such secret")]
    NoSecret,
    /// There are other versions.
    #[error("the secret has no version {0}")]
    NoVersion(Version),
    /// What is restored may be erased at any moment.
    #[error("the recovery window of version {0} is over")]
    WindowOver(Version),
}

/// The operator's decisions as values, for the model that must catch wrong ones.
#[derive(Clone, Copy, Debug)]
pub struct OperatorDecisions {
    /// [`plan_put`].
    pub put: fn(&Operator, Manner, &crate::Identity, &Owners, &Snapshot) -> PutPlan,
    /// [`plan_rotate`].
    pub rotate: fn(&Operator, &crate::Identity, &Owners, &Snapshot) -> PutPlan,
    /// [`plan_retire`].
    pub retire: fn(&crate::Identity, Which, RecoveryWindow, UnixTime, &Owners, &Snapshot) -> HandPlan,
    /// [`plan_restore`].
    pub restore: fn(&crate::Identity, Version, UnixTime, &Owners, &Snapshot) -> HandPlan,
    /// [`plan_prune`].
    pub prune: fn(UnixTime, &Snapshot) -> Vec<Expired>,
    /// [`plan_reencrypt`].
    pub reencrypt: fn(&VersionItem, &crate::KeyArn, UnixTime) -> Reencryption,
}

impl Default for OperatorDecisions {
    fn default() -> Self {
        Self {
            put: plan_put,
            rotate: plan_rotate,
            retire: plan_retire,
            restore: plan_restore,
            prune: plan_prune,
            reencrypt: plan_reencrypt,
        }
    }
}

impl Changes {
    /// Makes a version current and leaves the head's time alone.
    fn move_head_by_hand(&mut self, current: Version) {
        self.move_head(current, self.read.as_ref().map_or(UnixTime::default(), |head| head.as_of));
    }
}

/// The version that whoever names none gets, if any.
fn in_use(snapshot: &Snapshot) -> Option<&VersionItem> {
    let head_is_live = snapshot.head.as_ref()?.retired.is_none();
    snapshot.current().filter(|item| head_is_live && item.retired.is_none())
}
