//! One request as it is answered: what it asks for, how that went, and under which id the answer goes.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::answer::response::{self, Body};
use crate::clock::Clock;
use crate::event::reply_to::ReplyTo;
use crate::event::request::Request;
use crate::handler::context::Context;
use crate::handler::custom_resource::{CustomResource, NOT_CREATED};
use crate::handler::error::{Error, causes};
use crate::handler::outcome::{Outcome, PhysicalResourceId};
use crate::lifecycle::continuation::{self, Continuation, NotYet};
use crate::lifecycle::guard::{Interruption, guarded, guarded_call};

/// A request from its arrival to its answer.
pub(crate) struct Case<'a> {
    pub(crate) reply_to: ReplyTo,
    pub(crate) context: Context,
    lambda_request_id: &'a str,
    kind: Kind,
    not_created: String,
    /// What an attempt takes at most.
    length: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Other,
}

/// How a request went.
pub(crate) enum Verdict {
    Done(Outcome),
    Deleted,
    Failed(String),
}

/// What is to be done about a request now.
pub(crate) enum Decision {
    Answer(Body),
    /// Another attempt will answer.
    CalledAgain(Duration),
}

impl<'a> Case<'a> {
    /// Never fails: whatever the event holds, there is something to answer.
    pub(crate) fn new<R: CustomResource>(
        resource: &R,
        event: &Value,
        lambda_request_id: &'a str,
        clock: &Clock,
        cut_off: Instant,
        length: Duration,
    ) -> Self {
        let reply_to = ReplyTo::parse(event);
        let is_create = event.get("RequestType").and_then(Value::as_str) == Some("Create");
        Self {
            context: Context::new(&reply_to, event, clock.clone(), cut_off),
            reply_to,
            lambda_request_id,
            kind: if is_create { Kind::Create } else { Kind::Other },
            not_created: guarded_call(|| resource.not_created_id()).unwrap_or(NOT_CREATED).to_string(),
            length,
        }
    }

    /// What every line of the log carries while this request is handled.
    pub(crate) fn span(&self) -> tracing::Span {
        tracing::info_span!(
            "request",
            lambda_request_id = self.lambda_request_id,
            stack_id = self.reply_to.stack_id,
            request_id = self.reply_to.request_id,
            logical_resource_id = self.reply_to.logical_resource_id,
        )
    }

    /// Runs the handler, if there is something for it to do, and says what to answer.
    pub(crate) async fn decide<R: CustomResource>(&self, resource: &R, event: Value) -> Decision {
        let again = event.clone();
        let work = async {
            match Request::parse(event, &self.reply_to) {
                Ok(request) => self.dispatch(resource, request).await,
                Err(error) => Err(Error::new(format!("{error}; nothing was done"))),
            }
        };
        let verdict = match guarded(self.context.remaining(), work).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(mut error)) => match error.not_yet.take() {
                Some(not_yet) => return self.call_again(resource, again, *not_yet).await,
                None => Verdict::Failed(failed(&error)),
            },
            Err(interruption) => Verdict::Failed(interrupted(interruption)),
        };
        Decision::Answer(self.body(verdict))
    }

    pub(crate) async fn dispatch<R: CustomResource>(&self, resource: &R, request: Request) -> Result<Verdict, Error> {
        match request {
            Request::Create(create) => resource.create(create, &self.context).await.map(Verdict::Done),
            Request::Update(update) => resource.update(update, &self.context).await.map(Verdict::Done),
            Request::Delete(delete) if delete.physical_resource_id.as_ref() == Some(&self.not_created) => {
                Ok(Verdict::Deleted)
            }
            Request::Delete(delete) => resource.delete(delete, &self.context).await.map(|()| Verdict::Deleted),
        }
    }

    /// Hands the event on to the next attempt, if there is time for one. What fails here is answered as a failure of
    /// what has been begun by now.
    async fn call_again<R: CustomResource>(&self, resource: &R, event: Value, not_yet: NotYet) -> Decision {
        let (reason, begun) = (not_yet.reason.clone(), not_yet.begun.clone());
        let left = Duration::from_secs(self.context.answer_by().saturating_sub(self.context.now()));
        let work = async {
            let Some(after) = continuation::next(not_yet.after, left, self.length) else {
                return Err(Error::new(format!("{reason}; it was not ready when the time was up")));
            };
            let continuation = Continuation::new(event, &self.context, not_yet, after)?;
            resource.call_again(continuation, &self.context).await.map(|()| after)
        };
        let reason = match guarded(self.context.remaining(), work).await {
            Ok(Ok(after)) => {
                tracing::info!(reason, attempt = self.context.attempt(), ?after, "not ready yet; to be called again");
                return Decision::CalledAgain(after);
            }
            Ok(Err(error)) => failed(&error),
            Err(interruption) => interrupted(interruption),
        };
        Decision::Answer(self.failure(self.id(begun.as_ref()), &reason))
    }

    /// The answer to a request that comes when nobody waits for it any more: nothing is done for it.
    pub(crate) fn too_late(&self) -> Body {
        let reason = "the request came when CloudFormation no longer waited for its answer; nothing was done";
        self.failure(self.id(None), &failed(&Error::new(reason)))
    }

    /// The bytes to send. A success with too much `Data` becomes a failure; that keeps the id of what a Create has
    /// made, so that the Delete which follows removes just that.
    pub(crate) fn body(&self, verdict: Verdict) -> Body {
        match verdict {
            Verdict::Deleted => response::deleted(&self.reply_to, self.id(None)),
            Verdict::Failed(reason) => self.failure(self.id(None), &reason),
            Verdict::Done(outcome) => response::success(&self.reply_to, &outcome).unwrap_or_else(|too_large| {
                tracing::error!(reason = %too_large, "the request succeeded, but its answer does not fit");
                self.failure(self.id(Some(outcome.physical_resource_id())), &too_large.to_string())
            }),
        }
    }

    /// What is answered in the place of a handler that blocks its thread.
    pub(crate) fn blocked(&self) -> Body {
        self.failure(self.id(None), "the handler blocked its thread until the time was over")
    }

    fn failure(&self, id: &str, reason: &str) -> Body {
        let reason = format!("{reason} (Lambda request id: {})", self.lambda_request_id);
        response::failed(&self.reply_to, id, &reason)
    }

    /// The id to answer with where the handler gives none: for a Create that of what it has made or begun, so that it
    /// is removed; otherwise the event's own, since another one would mean replacement.
    fn id<'b>(&'b self, begun: Option<&'b PhysicalResourceId>) -> &'b str {
        let known = match self.kind {
            Kind::Create => begun.or(self.context.begun()).map(PhysicalResourceId::as_str),
            Kind::Other => self.reply_to.physical_resource_id.as_deref(),
        };
        known.unwrap_or(&self.not_created)
    }
}

/// The Reason of a failure, whose causes go to the log.
fn failed(error: &Error) -> String {
    tracing::error!(reason = %error, causes = causes(error), "the request failed");
    error.to_string()
}

/// The Reason where there is no result.
fn interrupted(interruption: Interruption) -> String {
    tracing::error!(error = %interruption, "the handler gave no result");
    interruption.to_string()
}
