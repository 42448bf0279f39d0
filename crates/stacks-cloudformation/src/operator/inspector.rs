//! A stack as whoever looks after it sees it: how it stands, what it says of itself, and which functions it has.

use std::collections::BTreeMap;

use aws_session::{Session, classify};
use secret_store::store::StoreError;

use super::{STACKS, Stacks, outputs};

/// Stacks for whoever looks at how they are set up.
#[derive(Clone, Debug)]
pub struct StackInspector(Stacks);

/// What a stack says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackFacts {
    /// As CloudFormation spells it.
    pub status: String,
    /// Its outputs by their names.
    pub outputs: BTreeMap<String, String>,
}

impl StackInspector {
    /// The stacks of this session.
    pub fn connect(session: &Session) -> Self {
        Self(Stacks::connect(session))
    }

    /// What a stack says of itself; `None` where there is no such stack. `cloudformation:DescribeStacks`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn describe(&self, stack_name: &str) -> Result<Option<StackFacts>, StoreError> {
        let described = self.0.described(stack_name).await?;
        Ok(described.map(|stack| StackFacts {
            status: stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            outputs: outputs(&stack),
        }))
    }

    /// The names of a stack's functions by their logical ids. `cloudformation:ListStackResources`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn functions(&self, stack_name: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let mut functions = BTreeMap::new();
        let mut pages = self.0.0.list_stack_resources().stack_name(stack_name).into_paginator().items().send();
        while let Some(resource) = pages.next().await {
            let resource = resource.map_err(|error| classify(STACKS, "cloudformation:ListStackResources", error))?;
            if resource.resource_type() == Some("AWS::Lambda::Function") {
                functions.extend(resource.logical_resource_id.zip(resource.physical_resource_id));
            }
        }
        Ok(functions)
    }
}
