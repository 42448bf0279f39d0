//! CloudFormation as whoever runs the pair asks it: which stacks there are, and what the pair's own one says of itself.
//! The only file that names its SDK, but for those in `operator/`.

mod inspector;
mod owners;
mod updater;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use aws_session::{Session, classify};
use secret_store::StackId;
use secret_store::store::{Resource, Service, StoreError};

pub use inspector::{StackFacts, StackInspector};
pub use updater::{Progress, StackUpdater, Updatable};

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
        Ok(self.described(stack_name).await?.map(|stack| outputs(&stack)))
    }

    /// What CloudFormation says of the stack of this name or id; `None` where there is none.
    async fn described(&self, stack: &str) -> Result<Option<Stack>, StoreError> {
        match self.0.describe_stacks().stack_name(stack).send().await {
            Ok(described) => Ok(described.stacks.unwrap_or_default().into_iter().next()),
            // What CloudFormation answers for a name that nobody has.
            Err(error) if error.code() == Some("ValidationError") => Ok(None),
            Err(error) => Err(classify(STACKS, "cloudformation:DescribeStacks", error)),
        }
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

fn outputs(stack: &Stack) -> BTreeMap<String, String> {
    let outputs = stack.outputs().iter();
    outputs.filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))).collect()
}
