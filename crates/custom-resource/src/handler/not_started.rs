//! What stands in for a custom resource that could not be set up, so that its stacks are told instead of left waiting.

use serde_json::Value;

use crate::event::request::{CreateRequest, DeleteRequest, UpdateRequest};
use crate::handler::context::Context;
use crate::handler::custom_resource::{CustomResource, NOT_CREATED};
use crate::handler::error::Error;
use crate::handler::invocation::Invocation;
use crate::handler::outcome::Outcome;
use crate::handler::physical_resource_id::PhysicalResourceId;
use crate::properties::Properties;

/// Answers every request with the error that kept the function from starting: a missing setting, say.
///
/// A function that ends before it takes its first event answers nobody, and the stack hangs until its timeout. For errors
/// that last; one that may pass is better left to the next start.
///
/// ```no_run
/// # use custom_resource::{Config, CustomResource, Error, NotStarted, run};
/// # fn settings() -> Result<impl CustomResource, Error> { Err::<NotStarted, _>(Error::new("")) }
/// # async fn start(config: Config) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// match settings() {
///     Ok(resource) => run(resource, config).await,
///     Err(error) => run(NotStarted::new(error), config).await,
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct NotStarted {
    error: Error,
    not_created_id: PhysicalResourceId,
}

impl NotStarted {
    /// Answers with `error`, whose causes should have been logged.
    pub fn new(error: Error) -> Self {
        Self { error, not_created_id: NOT_CREATED }
    }

    /// Sets [`CustomResource::not_created_id`]: take that of the resource which this stands for.
    #[must_use]
    pub fn with_not_created_id(mut self, id: PhysicalResourceId) -> Self {
        self.not_created_id = id;
        self
    }

    fn refuse<T>(&self) -> Result<T, Error> {
        Err(Error::new(format!("the function could not start: {}", self.error)))
    }
}

impl CustomResource for NotStarted {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, _: &Context) -> Result<Outcome, Error> {
        self.refuse()
    }

    async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> {
        self.refuse()
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        self.refuse()
    }

    async fn invoke(&self, _: Value, _: &Invocation) -> Result<Value, Error> {
        self.refuse()
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        self.not_created_id.clone()
    }
}
