//! CloudFormation as whoever runs the pair asks it: which stacks there are, and what the pair's own one says of itself.
//! The only file that names its SDK, but for `operator/owners.rs`.

mod owners;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::StackStatus;
use aws_session::{Session, classify};
use secret_store::StackId;
use secret_store::store::{Resource, Service, StoreError};

/// What the messages of errors call it. It fails as a store does, so it says so as one.
pub const STACKS: Resource =
    Resource::Store(Service { name: "CloudFormation", noun: "stack", requirement: "a stack's name must be valid" });

/// The stacks of a session's account and region.
#[derive(Clone, Debug)]
pub struct Stacks(Client);

impl Stacks {
    /// The stacks of this session.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// The outputs of a stack by their names; `None` where there is no such stack. `cloudformation:DescribeStacks`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn outputs(&self, stack_name: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        let described = match self.0.describe_stacks().stack_name(stack_name).send().await {
            Ok(described) => described,
            // What CloudFormation answers for a name that nobody has.
            Err(error) if error.code() == Some("ValidationError") => return Ok(None),
            Err(error) => return Err(classify(STACKS, "cloudformation:DescribeStacks", error)),
        };
        let outputs =
            described.stacks.unwrap_or_default().into_iter().flat_map(|stack| stack.outputs.unwrap_or_default());
        Ok(Some(outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect()))
    }

    /// Every stack that is not deleted. `cloudformation:ListStacks`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn living(&self) -> Result<BTreeSet<StackId>, StoreError> {
        let mut living = BTreeSet::new();
        let mut pages = self.0.list_stacks().into_paginator().items().send();
        while let Some(stack) = pages.next().await {
            let stack = stack.map_err(|error| classify(STACKS, "cloudformation:ListStacks", error))?;
            if stack.stack_status != Some(StackStatus::DeleteComplete) {
                living.extend(stack.stack_id.map(StackId::new));
            }
        }
        Ok(living)
    }
}
