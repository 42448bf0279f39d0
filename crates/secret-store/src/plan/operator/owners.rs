//! Whose a version is by now, and whether CloudFormation can still name it.

use std::collections::{BTreeMap, BTreeSet};

use super::Refused;
use crate::id::{Identity, SecretId};
use crate::owner::{LogicalResourceId, Owner, StackId};
use crate::record::{Snapshot, VersionItem};

/// What CloudFormation says of a stack, by its id and not by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerState {
    /// It lives, and its last operation has come to its end: it can name what its resources have, and nothing else.
    Settled {
        /// The ids of versions that its resources have as PhysicalResourceIds.
        names: Vec<(LogicalResourceId, SecretId)>,
    },
    /// It lives, and an operation is under way or has failed half-way: it may go back to whatever it had.
    Changing,
    /// It was deleted, or there never was one.
    Gone,
    /// Nobody could tell: the right to ask is missing, or it is another account's.
    Unknown,
}

/// What CloudFormation says of the stacks that own anything of a secret. To be asked **after** the secret was read: then
/// what it says holds for as long as nobody writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(BTreeMap<StackId, OwnerState>);

impl Owners {
    /// What was found out.
    pub fn new(states: impl IntoIterator<Item = (StackId, OwnerState)>) -> Self {
        Self(states.into_iter().collect())
    }

    /// The stacks to ask for: all that own a version, or owned one before it was adopted.
    pub fn to_ask_for(snapshot: &Snapshot) -> BTreeSet<StackId> {
        let owners = snapshot.versions.iter().flat_map(VersionItem::through_owners).map(|item| item.owner);
        owners
            .filter_map(|owner| match owner {
                Owner::Resource { stack_id, .. } => Some(stack_id),
                Owner::Manual => None,
            })
            .collect()
    }

    /// What is known of a stack; of one that nobody asked for, nothing.
    pub fn state(&self, stack_id: &StackId) -> &OwnerState {
        self.0.get(stack_id).unwrap_or(&OwnerState::Unknown)
    }

    /// Who can still name this version, as a refusal.
    pub(super) fn holds(&self, identity: &Identity, item: &VersionItem, change: &TemplateChange) -> Option<Refused> {
        item.through_owners().find_map(|view| {
            let id = identity.id(view.version, view.token);
            self.claims(&view.owner, change, |named| *named == id)
        })
    }

    /// Who can still come back to the address, as a refusal: it may have lost what it names there.
    pub(super) fn holds_address(
        &self,
        identity: &Identity,
        snapshot: &Snapshot,
        change: &TemplateChange,
    ) -> Option<Refused> {
        let views = snapshot.versions.iter().flat_map(VersionItem::through_owners);
        let mut claims = views.map(|view| self.claims(&view.owner, change, |named| named.identity == *identity));
        claims.find_map(|claim| claim)
    }

    fn claims(&self, owner: &Owner, change: &TemplateChange, is_it: impl Fn(&SecretId) -> bool) -> Option<Refused> {
        let Owner::Resource { stack_id, .. } = owner else { return None };
        match self.state(stack_id) {
            OwnerState::Gone => None,
            OwnerState::Unknown => Some(Refused::OwnerUnknown(stack_id.clone())),
            OwnerState::Changing => Some(Refused::Changing(stack_id.clone())),
            OwnerState::Settled { names } => {
                let (logical_resource_id, _) = names.iter().find(|(_, id)| is_it(id))?;
                Some(Refused::TheTemplates {
                    stack_id: stack_id.clone(),
                    logical_resource_id: logical_resource_id.clone(),
                    change: change.clone(),
                })
            }
        }
    }

    /// The first owner of the version, former ones included, that is not known to be gone.
    pub(super) fn alive(&self, item: &VersionItem) -> Option<Owner> {
        item.through_owners().map(|view| view.owner).find(|owner| match owner {
            Owner::Resource { stack_id, .. } => *self.state(stack_id) != OwnerState::Gone,
            Owner::Manual => false,
        })
    }
}

/// The change of a template that does what an operator must not do by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateChange {
    /// Another value by hand: the property `EncryptedValue`.
    Value,
    /// A new value: another `RotationTrigger`.
    Rotation {
        /// The one that the version in use has; empty for a template without one.
        from: String,
    },
    /// Out of use: the resource is taken out of the template, with the `DeletionPolicy` `Delete`.
    Removal,
}
