//! One attempt at a request: what it asks for, how that went, and what to answer.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::answer::reply::Reply;
use crate::answer::response::Body;
use crate::config::{Arrival, Config, LocalMode};
use crate::erased::Erased;
use crate::event::Event;
use crate::event::reply_to::ReplyTo;
use crate::event::request::{Request, RequestType};
use crate::handler::context::{Context, answer_by};
use crate::handler::custom_resource::{CustomResource, NOT_CREATED};
use crate::handler::error::{Error, causes};
use crate::handler::not_yet::NotYet;
use crate::handler::outcome::Outcome;
use crate::handler::physical_resource_id::PhysicalResourceId;
use crate::lifecycle::continuation::{self, Continuation};
use crate::lifecycle::guard::{Interruption, guarded, guarded_call};
use crate::lifecycle::times::Times;

/// A request from this arrival of it to its answer.
pub(crate) struct Attempt {
    pub(crate) reply: Arc<Reply>,
    pub(crate) context: Context,
    pub(crate) times: Times,
}

/// How a request went.
pub(crate) enum Ending {
    Done(Outcome),
    Deleted,
    Failed {
        reason: String,
        /// What it made before it failed, where the handler says so.
        created: Option<PhysicalResourceId>,
    },
}

/// What is to be done about a request now.
pub(crate) enum Decision {
    Answer(Body),
    /// Another attempt will answer.
    CalledAgain(Duration),
}

impl Attempt {
    /// Never fails: whatever the event holds, there is something to answer.
    pub(crate) fn new<R: CustomResource>(resource: &R, event: &Value, arrival: Arrival, config: &Config) -> Self {
        let reply_to = ReplyTo::parse(event);
        let heard_for = answer_by(&reply_to, event, &config.clock).saturating_sub(config.clock.unix_seconds());
        let remaining = match (heard_for, config.local) {
            // One that comes too late is told so, and one that is only tried out is never too late.
            (0, _) | (_, LocalMode::Sam) => arrival.remaining,
            (seconds, LocalMode::Off) => arrival.remaining.min(Duration::from_secs(seconds)),
        };
        let times = Times::new(remaining, config.clock.monotonic(), config.limits.reserve);
        let lambda_request_id = arrival.request_id.clone();
        let context = Context::new(&reply_to, event, arrival, config.clock.clone(), times.cut_off);
        let reply = Reply {
            reply_to,
            request_type: RequestType::of(event),
            not_created: guarded_call(|| resource.not_created_id()).unwrap_or(NOT_CREATED).to_string(),
            lambda_request_id,
            begun: context.shared_begun(),
        };
        Self { reply: Arc::new(reply), context, times }
    }

    /// What every line of the log carries while this request is handled.
    pub(crate) fn span(&self) -> tracing::Span {
        tracing::info_span!(
            "request",
            lambda_request_id = self.reply.lambda_request_id,
            stack_id = self.reply.reply_to.stack_id,
            request_id = self.reply.reply_to.request_id,
            logical_resource_id = self.reply.reply_to.logical_resource_id,
        )
    }

    /// Runs the handler, if there is something for it to do, and says what to answer. `parsed` is what `event` holds.
    pub(crate) async fn decide<R: CustomResource>(&self, resource: &R, event: &Event, parsed: Erased) -> Decision {
        let work = async {
            match Request::parse(parsed, &self.reply.reply_to) {
                Ok(request) => self.dispatch(resource, request).await,
                Err(error) => Err(Error::new(format!("{error}; nothing was done"))),
            }
        };
        let ending = match guarded(self.context.remaining(), work).await {
            Ok(Ok(ending)) => ending,
            Ok(Err(mut error)) => match error.not_yet.take() {
                Some(not_yet) => return self.call_again(resource, event, *not_yet, error.created).await,
                None => failed(error),
            },
            Err(interruption) => interrupted(interruption),
        };
        Decision::Answer(self.body(ending))
    }

    pub(crate) async fn dispatch<R: CustomResource>(&self, resource: &R, request: Request) -> Result<Ending, Error> {
        match request {
            Request::Create(create) => resource.create(create.read()?, &self.context).await.map(Ending::Done),
            Request::Update(update) => resource.update(update.read()?, &self.context).await.map(Ending::Done),
            Request::Delete(delete) if delete.physical_resource_id.as_ref() == Some(&self.reply.not_created) => {
                Ok(Ending::Deleted)
            }
            Request::Delete(delete) => resource.delete(delete, &self.context).await.map(|()| Ending::Deleted),
        }
    }

    /// Hands the event on to the next attempt, if there is time for one. What fails here is answered as a failure of
    /// what has been begun by now.
    async fn call_again<R: CustomResource>(
        &self,
        resource: &R,
        event: &Event,
        not_yet: NotYet,
        created: Option<PhysicalResourceId>,
    ) -> Decision {
        if let Some(id) = not_yet.begun.clone().or(created) {
            self.context.begin(id);
        }
        let reason = not_yet.reason.clone();
        let left = Duration::from_secs(self.context.answer_by().saturating_sub(self.context.now()));
        let work = async {
            let Some(after) = continuation::next(not_yet.after, left, self.times.length) else {
                return Err(Error::new(format!("{reason}; it was not ready when the time was up")));
            };
            let continuation = Continuation::new(event.read(), &self.context, not_yet, after)?;
            resource.call_again(continuation, &self.context).await.map(|()| after)
        };
        let ending = match guarded(self.context.remaining(), work).await {
            Ok(Ok(after)) => {
                tracing::info!(reason, attempt = self.context.attempt(), ?after, "not ready yet; to be called again");
                return Decision::CalledAgain(after);
            }
            Ok(Err(error)) => failed(error),
            Err(interruption) => interrupted(interruption),
        };
        Decision::Answer(self.body(ending))
    }

    /// The answer to a request that comes when nobody waits for it any more: nothing is done for it.
    pub(crate) fn too_late(&self) -> Body {
        let reason = "the request came when CloudFormation no longer waited for its answer; nothing was done";
        self.body(failed(Error::new(reason)))
    }

    /// The bytes to send.
    pub(crate) fn body(&self, ending: Ending) -> Body {
        match ending {
            Ending::Deleted => self.reply.deleted(),
            Ending::Done(outcome) => self.reply.done(&outcome),
            Ending::Failed { reason, created } => self.reply.failed(&reason, created.as_ref()),
        }
    }
}

/// A failure, whose causes go to the log.
fn failed(error: Error) -> Ending {
    tracing::error!(reason = %error, causes = causes(&error), "the request failed");
    Ending::Failed { reason: error.to_string(), created: error.created }
}

/// A failure where there is no result.
fn interrupted(interruption: Interruption) -> Ending {
    tracing::error!(error = %interruption, "the handler gave no result");
    Ending::Failed { reason: interruption.to_string(), created: None }
}
