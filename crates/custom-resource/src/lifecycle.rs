//! The main path: one event in, exactly one answer out, in time, whatever the handler does.

pub(crate) mod attempt;
pub(crate) mod continuation;
pub(crate) mod guard;
pub(crate) mod times;
pub(crate) mod watchdog;

use std::sync::Arc;

use serde_json::{Value, json};
use tracing::Instrument;

use crate::answer::courier::Courier;
use crate::answer::delivery::DeliveryError;
use crate::answer::response::Status;
use crate::config::{Arrival, Config, LocalMode};
use crate::erased::Erased;
use crate::event::response_url::ResponseUrl;
use crate::event::{Event, field_names, is_request};
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::{Error, causes};
use crate::handler::invocation::Invocation;
use attempt::{Attempt, Decision};
use guard::{Interruption, guarded};
use times::Times;
use watchdog::{Disarmed, Watchdog};

/// Handles one event: answers a CloudFormation request, or passes a direct invocation on.
///
/// Runs under any tokio executor with time and I/O; [`run`](crate::run) does so for Lambda.
///
/// # Errors
/// If the answer could not be delivered, so that Lambda's own retry repeats the request, or if a direct invocation
/// failed. A request that failed and was answered is no error.
pub async fn handle<R: CustomResource>(
    resource: &R,
    event: impl Into<Event>,
    arrival: Arrival,
    config: &Config,
) -> Result<Value, HandleError> {
    let event = event.into();
    let parsed = event.read();
    if is_request(&parsed) {
        respond(resource, event, parsed, arrival, config).await
    } else {
        drop(event);
        invoke(resource, parsed, arrival, config).await
    }
}

/// Answers a CloudFormation request.
async fn respond<R: CustomResource>(
    resource: &R,
    event: Event,
    parsed: Erased,
    arrival: Arrival,
    config: &Config,
) -> Result<Value, HandleError> {
    let attempt = Attempt::new(resource, &parsed, arrival, config);
    let span = attempt.span();
    let answering = async {
        match (&attempt.reply.reply_to.url, config.local) {
            (Ok(url), LocalMode::Off) => {
                let courier = courier(&attempt, url, config);
                answer(resource, &event, parsed, &attempt, courier).await
            }
            (Err(problem), LocalMode::Off) => {
                let fields = field_names(&parsed);
                tracing::error!(%problem, ?fields, "a request without a usable ResponseURL: nothing was done");
                Ok(Value::Null)
            }
            (_, LocalMode::Sam) => answer_locally(resource, &event, parsed, &attempt, config).await,
        }
    };
    answering.instrument(span).await
}

/// Decides and delivers; does neither where no answer can arrive any more, since a failed delivery would only make Lambda
/// repeat the request.
async fn answer<R: CustomResource>(
    resource: &R,
    event: &Event,
    parsed: Erased,
    attempt: &Attempt,
    courier: Courier,
) -> Result<Value, HandleError> {
    if attempt.context.is_unanswerable() {
        tracing::error!("the request came long after its ResponseURL had expired: nothing was done or answered");
        return Ok(Value::Null);
    }
    let reply = Arc::clone(&attempt.reply);
    // Built when it is needed, for what the handler has begun by then.
    let blocked = move || reply.failed("the handler blocked its thread until the time was over", None);
    let watchdog = Watchdog::arm(courier.clone(), blocked, attempt.times.blocked_after);
    let decision = if attempt.context.is_too_late() {
        Decision::Answer(attempt.too_late())
    } else {
        attempt.decide(resource, event, parsed).await
    };
    let (status, delivered) = match (watchdog.disarm(), decision) {
        (Disarmed::InTime, Decision::CalledAgain(_)) => return Ok(Value::Null),
        (Disarmed::InTime, Decision::Answer(body)) => (body.status, courier.deliver(body).await),
        (Disarmed::Answered(delivered), _) => (Status::Failed, delivered),
    };
    match delivered {
        Ok(()) => {
            tracing::info!(?status, "answered");
            Ok(Value::Null)
        }
        Err(error) => {
            tracing::error!(?status, %error, causes = causes(&error), "the answer was not delivered");
            Err(HandleError::NotDelivered(error))
        }
    }
}

/// Decides, returns the answer, and tries once to deliver it. Old events are for trying out, so they do not expire
/// here.
async fn answer_locally<R: CustomResource>(
    resource: &R,
    event: &Event,
    parsed: Erased,
    attempt: &Attempt,
    config: &Config,
) -> Result<Value, HandleError> {
    let body = match attempt.decide(resource, event, parsed).await {
        Decision::Answer(body) => body,
        Decision::CalledAgain(after) => return Ok(json!({"CalledAgainAfter": after.as_secs()})),
    };
    let mut answer: Value = serde_json::from_slice(&body.bytes).unwrap_or_default();
    let delivered = match &attempt.reply.reply_to.url {
        Ok(url) => courier(attempt, url, config).deliver_once(body).await,
        Err(problem) => Err(DeliveryError::Nowhere(*problem)),
    };
    if let Err(error) = delivered {
        answer["DeliveryError"] = format!("{error}: {}", causes(&error)).into();
    }
    Ok(answer)
}

fn courier(attempt: &Attempt, url: &ResponseUrl, config: &Config) -> Courier {
    Courier {
        delivery: config.delivery.clone(),
        url: url.clone(),
        token: attempt.context.idempotency_token(),
        clock: config.clock.clone(),
        limits: config.limits,
        deadline: attempt.times.deadline,
    }
}

/// Passes a direct invocation on.
async fn invoke<R: CustomResource>(
    resource: &R,
    mut parsed: Erased,
    arrival: Arrival,
    config: &Config,
) -> Result<Value, HandleError> {
    let times = Times::new(arrival.remaining, config.clock.monotonic(), config.limits.reserve);
    let invocation = Invocation::of(arrival, config.clock.clone(), times.cut_off);
    let event = parsed.take();
    match guarded(invocation.remaining(), async { resource.invoke(event, &invocation).await }).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!(reason = %error, causes = causes(&error), "the invocation failed");
            Err(HandleError::Invocation(error))
        }
        Err(interruption) => {
            tracing::error!(error = %interruption, "the handler gave no result");
            Err(HandleError::Interrupted(interruption))
        }
    }
}

/// What Lambda is told. Never shows a URL or an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// The answer did not reach CloudFormation: Lambda's own retry runs the same request again.
    #[error("the answer was not delivered")]
    NotDelivered(#[source] DeliveryError),
    /// A direct invocation failed.
    #[error(transparent)]
    Invocation(Error),
    /// A direct invocation panicked or took too long.
    #[error("the invocation was interrupted")]
    Interrupted(#[source] Interruption),
}
