//! Whether the stacks that own secrets still live, and which versions their resources have.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types::{ResourceStatus, StackStatus, StackSummary};
use aws_session::classify;
use secret_store::carry_out::by_hand::AskStacks;
use secret_store::plan::operator::{OwnerState, Owners};
use secret_store::store::StoreError;
use secret_store::{LogicalResourceId, SecretId, StackId};

use super::{STACKS, Stacks};

/// `cloudformation:ListStacks` and `ListStackResources`.
impl AskStacks for Stacks {
    async fn ask(&self, stacks: &BTreeSet<StackId>) -> Result<Owners, StoreError> {
        let statuses = self.statuses().await?;
        let mut states = Vec::new();
        for stack_id in stacks {
            let state = match statuses.get(stack_id).map(Standing::of) {
                Some(Standing::Settled) => OwnerState::Settled { names: self.names(stack_id).await? },
                Some(Standing::Changing) => OwnerState::Changing,
                Some(Standing::Gone) => OwnerState::Gone,
                None if would_be_here(stack_id, &statuses) => OwnerState::Gone,
                None => OwnerState::Unknown,
            };
            states.push((stack_id.clone(), state));
        }
        Ok(Owners::new(states))
    }
}

/// How a stack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Settled,
    Changing,
    Gone,
}

impl Standing {
    /// A status that is not known yet is one of something going on.
    fn of(status: &StackStatus) -> Self {
        match status {
            StackStatus::CreateComplete
            | StackStatus::ImportComplete
            | StackStatus::ImportRollbackComplete
            | StackStatus::RollbackComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete => Self::Settled,
            StackStatus::DeleteComplete => Self::Gone,
            _ => Self::Changing,
        }
    }
}

/// CloudFormation lists the deleted for 90 days, then no more. A stack of this account and region that it does not list
/// is gone; of another one, it does not know.
fn would_be_here(stack_id: &StackId, statuses: &BTreeMap<StackId, StackStatus>) -> bool {
    let here = statuses.keys().find_map(StackId::place);
    here.is_some() && stack_id.place() == here
}

impl Stacks {
    async fn statuses(&self) -> Result<BTreeMap<StackId, StackStatus>, StoreError> {
        let mut statuses = BTreeMap::new();
        let mut pages = self.0.list_stacks().into_paginator().items().send();
        while let Some(stack) = pages.next().await {
            let stack = stack.map_err(|error| classify(STACKS, "cloudformation:ListStacks", error))?;
            if let StackSummary { stack_id: Some(id), stack_status: Some(status), .. } = stack {
                statuses.insert(StackId::new(id), status);
            }
        }
        Ok(statuses)
    }

    /// What a stack's resources have that is the id of a version.
    async fn names(&self, stack_id: &StackId) -> Result<Vec<(LogicalResourceId, SecretId)>, StoreError> {
        let mut names = Vec::new();
        let mut pages = self.0.list_stack_resources().stack_name(stack_id.as_str()).into_paginator().items().send();
        while let Some(resource) = pages.next().await {
            let resource = resource.map_err(|error| classify(STACKS, "cloudformation:ListStackResources", error))?;
            if resource.resource_status == Some(ResourceStatus::DeleteComplete) {
                continue;
            }
            let id = resource.physical_resource_id.and_then(|id| id.parse().ok());
            names.extend(resource.logical_resource_id.map(LogicalResourceId::new).zip(id));
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(region: &str, account: &str, guid: &str) -> StackId {
        StackId::new(format!("arn:aws:cloudformation:{region}:{account}:stack/app/{guid}"))
    }

    #[test]
    fn only_what_is_at_rest_is_settled() {
        for status in StackStatus::values() {
            let standing = Standing::of(&StackStatus::from(*status));
            let expected = match *status {
                "DELETE_COMPLETE" => Standing::Gone,
                status if status.ends_with("_COMPLETE") => Standing::Settled,
                _ => Standing::Changing,
            };
            assert_eq!(standing, expected, "{status}");
        }
    }

    #[test]
    fn only_a_stack_of_this_account_and_region_is_known_to_be_gone() {
        let listed = BTreeMap::from([(stack("eu-west-1", "1", "g1"), StackStatus::CreateComplete)]);
        assert!(would_be_here(&stack("eu-west-1", "1", "g2"), &listed));
        assert!(!would_be_here(&stack("eu-west-1", "1", "g2"), &BTreeMap::new()));
        for other in [stack("us-east-1", "1", "g1"), stack("eu-west-1", "2", "g1"), StackId::new("guid")] {
            assert!(!would_be_here(&other, &listed));
        }
    }
}
