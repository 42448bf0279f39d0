//! One request as it is answered: what it asks for, how that went, and under which id the answer goes.

use std::time::Instant;

use serde_json::Value;

use crate::clock::Clock;
use crate::context::Context;
use crate::error::{Error, causes};
use crate::guard::{guarded, guarded_call};
use crate::outcome::Outcome;
use crate::reply_to::ReplyTo;
use crate::request::Request;
use crate::resource::{CustomResource, NOT_CREATED};
use crate::response::{self, Body};

/// A request from its arrival to its answer.
pub(crate) struct Case<'a> {
    pub(crate) reply_to: ReplyTo,
    pub(crate) context: Context,
    lambda_request_id: &'a str,
    kind: Kind,
    not_created: String,
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

impl<'a> Case<'a> {
    /// Never fails: whatever the event holds, there is something to answer.
    pub(crate) fn new<R: CustomResource>(
        resource: &R,
        event: &Value,
        lambda_request_id: &'a str,
        clock: &Clock,
        cut_off: Instant,
    ) -> Self {
        let reply_to = ReplyTo::parse(event);
        let is_create = event.get("RequestType").and_then(Value::as_str) == Some("Create");
        Self {
            context: Context::new(&reply_to, event, clock.clone(), cut_off),
            reply_to,
            lambda_request_id,
            kind: if is_create { Kind::Create } else { Kind::Other },
            not_created: guarded_call(|| resource.not_created_id()).unwrap_or(NOT_CREATED).to_string(),
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

    /// Runs the handler, if there is something for it to do, and says how it went.
    pub(crate) async fn decide<R: CustomResource>(&self, resource: &R, event: Value) -> Verdict {
        let work = async {
            match Request::parse(event, &self.reply_to) {
                Ok(request) => self.dispatch(resource, request).await.unwrap_or_else(|error| failed(&error)),
                Err(error) => failed(&Error::new(format!("{error}; nothing was done"))),
            }
        };
        guarded(self.context.remaining(), work).await.unwrap_or_else(|interruption| {
            tracing::error!(error = %interruption, "the handler gave no result");
            Verdict::Failed(interruption.to_string())
        })
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

    /// The verdict on a request whose answer nobody can hear any more: nothing is done for it.
    pub(crate) fn expired(&self) -> Verdict {
        failed(&Error::new("the request came after its ResponseURL had expired; nothing was done"))
    }

    /// The bytes to send. A success with too much `Data` becomes a failure; that keeps the id of what a Create has
    /// made, so that the Delete which follows removes just that.
    pub(crate) fn body(&self, verdict: Verdict) -> Body {
        match verdict {
            Verdict::Deleted => response::deleted(&self.reply_to, self.id()),
            Verdict::Failed(reason) => self.failure(self.id(), &reason),
            Verdict::Done(outcome) => response::success(&self.reply_to, &outcome).unwrap_or_else(|too_large| {
                tracing::error!(reason = %too_large, "the request succeeded, but its answer does not fit");
                let made = outcome.physical_resource_id().as_str();
                self.failure(if self.kind == Kind::Create { made } else { self.id() }, &too_large.to_string())
            }),
        }
    }

    /// What is answered in the place of a handler that blocks its thread.
    pub(crate) fn blocked(&self) -> Body {
        self.failure(self.id(), "the handler blocked its thread until the time was over")
    }

    fn failure(&self, id: &str, reason: &str) -> Body {
        let reason = format!("{reason} (Lambda request id: {})", self.lambda_request_id);
        response::failed(&self.reply_to, id, &reason)
    }

    /// The id to answer with where the handler gives none: the event's own, since another one would mean replacement.
    fn id(&self) -> &str {
        let known = self.reply_to.physical_resource_id.as_ref().filter(|_| self.kind == Kind::Other);
        known.unwrap_or(&self.not_created)
    }
}

fn failed(error: &Error) -> Verdict {
    tracing::error!(reason = %error, causes = causes(error), "the request failed");
    Verdict::Failed(error.to_string())
}
