//! The trait that a custom resource implements.

use serde_json::Value;

use crate::event::request::{CreateRequest, DeleteRequest, UpdateRequest};
use crate::handler::context::Context;
use crate::handler::error::Error;
use crate::handler::invocation::Invocation;
use crate::handler::outcome::Outcome;
use crate::handler::physical_resource_id::PhysicalResourceId;
use crate::lifecycle::continuation::Continuation;
use crate::properties::FromProperties;

/// The id of what was never created, where [`CustomResource::not_created_id`] does not say otherwise.
pub(crate) const NOT_CREATED: PhysicalResourceId = PhysicalResourceId::from_static("custom-resource/not-created");

/// A custom resource: what happens on Create, Update and Delete.
///
/// Each may be called again for the same request, since Lambda delivers at least once: [`Context::idempotency_token`]
/// tells. The futures need not be `Send`; where they are, that of [`handle`](crate::handle) is. Do not block the thread for long; use the executor's own means for that. When the time
/// is over the future is dropped, so hold nothing across an `await` that must not be dropped there.
pub trait CustomResource {
    /// What the template gives, read before `create` and `update` are called: a type that implements
    /// [`serde::Deserialize`], or [`Properties`](crate::Properties) to read them oneself.
    type Properties: FromProperties;

    /// Makes the thing and names it. Say with [`Context::begin`] what is made before it is complete, or nobody removes it
    /// after a failure.
    fn create(
        &self,
        request: CreateRequest<Self::Properties>,
        context: &Context,
    ) -> impl Future<Output = Result<Outcome, Error>>;

    /// Changes the thing. Answering with another id means replacement: CloudFormation sends a Delete for the old one
    /// later, or, on a rollback, for the new one. A rollback is an Update from the new properties to the old ones, so
    /// keep what it needs until that Delete.
    fn update(
        &self,
        request: UpdateRequest<Self::Properties>,
        context: &Context,
    ) -> impl Future<Output = Result<Outcome, Error>>;

    /// Removes the thing. One that is not there has been removed.
    fn delete(&self, request: DeleteRequest, context: &Context) -> impl Future<Output = Result<(), Error>>;

    /// Answers an event that CloudFormation did not send: one with neither `ResponseURL` nor `RequestType`. By default
    /// an error.
    fn invoke(&self, event: Value, invocation: &Invocation) -> impl Future<Output = Result<Value, Error>> {
        let _ = (event, invocation);
        async { Err(Error::new("not a custom-resource request: it has neither a ResponseURL nor a RequestType")) }
    }

    /// Sends an event to this function once more, later: what a [`NotYet`](crate::NotYet) asks for. See
    /// [work beyond one invocation](crate#work-beyond-one-invocation) for the means. By default an error, so that a request
    /// which is not ready fails.
    fn call_again(&self, continuation: Continuation, context: &Context) -> impl Future<Output = Result<(), Error>> {
        let _ = (continuation, context);
        async { Err(Error::new("it is not ready yet, and this function has no means to be called again")) }
    }

    /// The id under which a Create is answered that failed before it made anything, as far as [`Context::begin`] and
    /// [`Error::created`] tell. CloudFormation sends a Delete for it, which is answered with
    /// SUCCESS without calling [`delete`](Self::delete). It must never be the id of a real thing.
    fn not_created_id(&self) -> PhysicalResourceId {
        NOT_CREATED
    }
}
