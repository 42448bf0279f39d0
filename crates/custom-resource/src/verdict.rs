//! What is to be answered to a request, and under which id.

use serde_json::Value;

use crate::config::LocalMode;
use crate::context::Context;
use crate::error::{Error, causes};
use crate::guard::{guarded, guarded_call};
use crate::outcome::Outcome;
use crate::reply_to::ReplyTo;
use crate::request::Request;
use crate::resource::{CustomResource, NOT_CREATED};
use crate::response::{self, Body};

/// The end of a request.
pub(crate) enum Verdict {
    Done(Outcome),
    Deleted,
    Failed(String),
}

/// The ids to answer with where the handler gives none.
pub(crate) struct Ids {
    kind: Kind,
    not_created: String,
    /// That of the event, or else that of what was never created.
    fallback: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Other,
}

impl Ids {
    pub(crate) fn of<R: CustomResource>(resource: &R, event: &Value, reply_to: &ReplyTo) -> Self {
        let not_created = guarded_call(|| resource.not_created_id())
            .unwrap_or(NOT_CREATED)
            .to_string();
        let is_create = event.get("RequestType").and_then(Value::as_str) == Some("Create");
        let known = reply_to.physical_resource_id.clone().filter(|_| !is_create);
        Self {
            kind: if is_create { Kind::Create } else { Kind::Other },
            fallback: known.unwrap_or_else(|| not_created.clone()),
            not_created,
        }
    }
}

impl Verdict {
    /// The bytes to send. A success with too much `Data` becomes a failure; it keeps the id of what a Create has made, so that the
    /// Delete which follows removes just that.
    pub(crate) fn encode(self, reply_to: &ReplyTo, ids: &Ids, lambda_request_id: &str) -> Body {
        let failure = |id: &str, reason: &str| {
            response::failed(
                reply_to,
                id,
                &format!("{reason} (Lambda request id: {lambda_request_id})"),
            )
        };
        match self {
            Self::Deleted => response::deleted(reply_to, &ids.fallback),
            Self::Failed(reason) => failure(&ids.fallback, &reason),
            Self::Done(outcome) => response::success(reply_to, &outcome).unwrap_or_else(|too_large| {
                tracing::error!(reason = %too_large, "the request succeeded, but its answer does not fit");
                let made = outcome.physical_resource_id().as_str();
                failure(if ids.kind == Kind::Create { made } else { &ids.fallback }, &too_large.to_string())
            }),
        }
    }
}

/// Runs the handler, if there is something for it to do, and says how it went.
pub(crate) async fn decide<R: CustomResource>(
    resource: &R,
    event: Value,
    reply_to: &ReplyTo,
    ids: &Ids,
    context: &Context,
    local: LocalMode,
) -> Verdict {
    if let (Some(end), LocalMode::Off) = (
        context.expires_at().filter(|end| *end < context.now()),
        local,
    ) {
        return failed(&Error::new(format!(
            "the request came {} s after its ResponseURL expired; nothing was done",
            context.now() - end
        )));
    }
    let work = async {
        match Request::parse(event, reply_to) {
            Ok(request) => dispatch(resource, request, ids, context)
                .await
                .unwrap_or_else(|error| failed(&error)),
            Err(error) => failed(&Error::new(format!("{error}; nothing was done"))),
        }
    };
    guarded(context.remaining(), work)
        .await
        .unwrap_or_else(|interruption| {
            tracing::error!(error = %interruption, "the handler gave no result");
            Verdict::Failed(interruption.to_string())
        })
}

async fn dispatch<R: CustomResource>(
    resource: &R,
    request: Request,
    ids: &Ids,
    context: &Context,
) -> Result<Verdict, Error> {
    match request {
        Request::Create(create) => resource.create(create, context).await.map(Verdict::Done),
        Request::Update(update) => resource.update(update, context).await.map(Verdict::Done),
        Request::Delete(delete)
            if delete.physical_resource_id.as_ref() == Some(&ids.not_created) =>
        {
            Ok(Verdict::Deleted)
        }
        Request::Delete(delete) => resource
            .delete(delete, context)
            .await
            .map(|()| Verdict::Deleted),
    }
}

fn failed(error: &Error) -> Verdict {
    tracing::error!(reason = %error, causes = causes(error), "the request failed");
    Verdict::Failed(error.to_string())
}
