//! Under which id a request is answered, and the answer to one that failed. Shared with the watchdog, which answers in
//! the place of a handler that blocks its thread.

use crate::answer::response::{self, Body};
use crate::event::reply_to::ReplyTo;
use crate::event::request::RequestType;
use crate::handler::begun::Begun;
use crate::handler::outcome::Outcome;
use crate::handler::physical_resource_id::PhysicalResourceId;

/// What is known about the answer before the handler has said anything.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) reply_to: ReplyTo,
    /// `None` where the event's is none of the three.
    pub(crate) request_type: Option<RequestType>,
    /// The id of a Create that made nothing.
    pub(crate) not_created: String,
    pub(crate) lambda_request_id: String,
    /// What the handler has begun to make, as of now.
    pub(crate) begun: Begun,
}

impl Reply {
    /// SUCCESS of a Create or Update. One with too much `Data` becomes a failure that knows what was made.
    pub(crate) fn done(&self, outcome: &Outcome) -> Body {
        response::success(&self.reply_to, outcome).unwrap_or_else(|too_large| {
            tracing::error!(reason = %too_large, "the request succeeded, but its answer does not fit");
            self.failed(&too_large.to_string(), Some(outcome.physical_resource_id()))
        })
    }

    /// SUCCESS of a Delete.
    pub(crate) fn deleted(&self) -> Body {
        response::deleted(&self.reply_to, self.own_id())
    }

    /// FAILED. `created` is what the request has made; where the handler did not say, what it has begun counts.
    ///
    /// A failed Create is answered under the id of what it made, since CloudFormation sends the Delete for that id. A
    /// failed Update keeps the event's id: with another one CloudFormation takes it for a replacement, sends no Update
    /// back, and has the wrong id on record from then on (<https://github.com/aws/aws-cdk/issues/22670>,
    /// <https://github.com/aws/aws-cdk/issues/13527>). What such an Update made, only its Reason can name.
    pub(crate) fn failed(&self, reason: &str, created: Option<&PhysicalResourceId>) -> Body {
        let created = created.cloned().or_else(|| self.begun.get());
        let (id, left_over) = match (self.request_type, &created) {
            (Some(RequestType::Create), Some(created)) => (created.as_str(), None),
            (Some(RequestType::Update), Some(created)) if created.as_str() != self.own_id() => {
                (self.own_id(), Some(created))
            }
            _ => (self.own_id(), None),
        };
        let left_over = left_over.map(|id| format!("; it has made {id}, which CloudFormation will not delete"));
        let reason =
            format!("{reason}{} (Lambda request id: {})", left_over.unwrap_or_default(), self.lambda_request_id);
        response::failed(&self.reply_to, id, &reason)
    }

    /// The event's id, and for a Create, which has none, that of what was never created.
    fn own_id(&self) -> &str {
        let given = match self.request_type {
            Some(RequestType::Create) => None,
            _ => self.reply_to.physical_resource_id.as_deref(),
        };
        given.unwrap_or(&self.not_created)
    }
}
