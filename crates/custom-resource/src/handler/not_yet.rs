//! What a handler returns that has begun something and cannot see it ready within one invocation.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::handler::physical_resource_id::PhysicalResourceId;

/// The most bytes of JSON text that [`NotYet::state`] may have: little beside the 256 KB that EventBridge Scheduler, SQS
/// and Step Functions take at least.
pub const MAX_STATE_BYTES: usize = 16 * 1024;

/// The thing is being made, changed or removed, and that takes longer than this invocation: call again later.
///
/// CloudFormation waits an hour at most (`ServiceTimeout`), Lambda stops after 15 minutes. A handler that has begun
/// something hands back a `NotYet` as its error. Nothing is answered then; [`CustomResource::call_again`] is given the
/// event to send to this very function later, and the same method runs anew. Make it so that it finds its place by
/// [`Context::begun`](crate::Context::begun) or [`Context::state`](crate::Context::state):
///
/// ```
/// use std::time::Duration;
///
/// use custom_resource::{
///     Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Error, NotYet, Outcome,
///     PhysicalResourceId, Properties, UpdateRequest,
/// };
/// # struct Search;
/// # impl Search {
/// #     async fn start_index(&self, name: &str) -> Result<PhysicalResourceId, Error> { Ok(PhysicalResourceId::parse(name)?) }
/// #     async fn is_ready(&self, _: &PhysicalResourceId) -> Result<bool, Error> { Ok(false) }
/// # }
/// # struct Scheduler;
/// # impl Scheduler {
/// #     async fn create_schedule(&self, _: &str, _: Duration, _: String) -> Result<(), Error> { Ok(()) }
/// # }
///
/// struct Index {
///     search: Search,
///     scheduler: Scheduler,
/// }
///
/// impl CustomResource for Index {
///     type Properties = Properties;
///
///     async fn create(&self, _: CreateRequest, context: &Context) -> Result<Outcome, Error> {
///         let id = match context.begun() {
///             None => self.search.start_index(context.logical_resource_id()).await?,
///             Some(id) => id,
///         };
///         if !self.search.is_ready(&id).await? {
///             return Err(NotYet::new("the index is being built", Duration::from_secs(60)).begun(id).into());
///         }
///         Ok(Outcome::new(id))
///     }
///
///     /// An EventBridge schedule that runs once, whose target is this function.
///     async fn call_again(&self, continuation: Continuation, _: &Context) -> Result<(), Error> {
///         self.scheduler.create_schedule(continuation.name(), continuation.after(), continuation.event()).await
///     }
/// #   async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> { Err(Error::new("an index is never changed")) }
/// #   async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> { Ok(()) }
/// }
/// ```
///
/// There is still exactly one answer, and in time: a handler that is not ready when an attempt after this one could no
/// longer answer before CloudFormation stops waiting ([`Context::answer_by`](crate::Context::answer_by)) is answered with FAILED and the reason
/// given here, and so is one whose `call_again` fails, panics or takes too long.
///
/// [`CustomResource::call_again`]: crate::CustomResource::call_again
#[derive(Clone)]
#[must_use = "the request is called again only if this is returned"]
pub struct NotYet {
    pub(crate) reason: String,
    pub(crate) after: Duration,
    pub(crate) begun: Option<PhysicalResourceId>,
    pub(crate) state: Value,
}

impl NotYet {
    /// `reason` says what is waited for: it is logged, and becomes the Reason if the time runs out. The next attempt is
    /// wanted after `after`; it comes earlier where that would be too late.
    pub fn new(reason: impl Into<String>, after: Duration) -> Self {
        Self { reason: reason.into(), after, begun: None, state: Value::Null }
    }

    /// The id of what a Create has begun. If the request fails from here on, however it does, the answer names this id,
    /// so that the Delete which follows removes the thing. (A failed Update or Delete keeps the id that it came with.)
    pub fn begun(mut self, id: PhysicalResourceId) -> Self {
        self.begun = Some(id);
        self
    }

    /// What the next attempt needs to know, at most [`MAX_STATE_BYTES`]. It travels with the event, so put no secret
    /// into it that the carrier must not see.
    pub fn state(mut self, state: impl Into<Value>) -> Self {
        self.state = state.into();
        self
    }
}

/// Without the state.
impl fmt::Debug for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotYet").field("reason", &self.reason).field("after", &self.after).finish_non_exhaustive()
    }
}
