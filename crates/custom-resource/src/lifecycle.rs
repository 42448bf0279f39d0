//! The main path: one event in, exactly one answer out, in time, whatever the handler does.

use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::Instrument;

use crate::backoff::Backoff;
use crate::config::{Arrival, Config, LocalMode};
use crate::context::{Context, Invocation};
use crate::delivery::{Attempts, DeliveryError, Limits};
use crate::error::{Error, causes};
use crate::guard::guarded;
use crate::reply_to::{ReplyTo, field_names, is_request, unwrap_sns};
use crate::resource::CustomResource;
use crate::response::Body;
use crate::verdict::{Ids, decide};

/// The most time that is kept back for the answer: two attempts at least, however the first one fails.
const MAX_RESERVE: Duration = Duration::from_secs(5);

/// The share of a short time that is kept back: one third, so that Lambda's default of 3 seconds leaves 2 to the handler.
const RESERVE_DIVISOR: u32 = 3;

/// Kept between the last attempt and the end of the invocation, so that its failure is still reported and logged.
const EPILOGUE: Duration = Duration::from_millis(100);

/// Lambda's default timeout, taken where the deadline has passed before the event came: a clock is wrong then, not Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// No invocation lasts longer: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html> allows a quarter of it.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);

/// Handles one event: answers a CloudFormation request, or passes a direct invocation on.
///
/// Runs under any tokio executor with time and I/O; [`run`](crate::run) does so for Lambda.
///
/// # Errors
/// If the answer could not be delivered, so that Lambda's own retry repeats the request, or if a direct invocation failed. A request that
/// failed and was answered is no error.
pub async fn handle<R: CustomResource>(
    resource: &R,
    event: Value,
    arrival: Arrival,
    config: &Config,
) -> Result<Value, HandleError> {
    let event = unwrap_sns(event);
    let times = Times::new(arrival.remaining, config.clock.monotonic());
    if is_request(&event) {
        respond(resource, event, &arrival.request_id, times, config).await
    } else {
        invoke(resource, event, arrival.request_id, times, config).await
    }
}

/// Answers a CloudFormation request.
async fn respond<R: CustomResource>(
    resource: &R,
    event: Value,
    lambda_request_id: &str,
    times: Times,
    config: &Config,
) -> Result<Value, HandleError> {
    let reply_to = ReplyTo::parse(&event);
    if let (Err(problem), LocalMode::Off) = (&reply_to.url, config.local) {
        tracing::error!(%problem, fields = ?field_names(&event), "a request without a usable ResponseURL: nothing was done");
        return Ok(Value::Null);
    }
    let ids = Ids::of(resource, &event, &reply_to);
    let context = Context::new(&reply_to, &event, config.clock.clone(), times.cut_off);
    let span = tracing::info_span!(
        "request",
        lambda_request_id,
        stack_id = context.stack_id(),
        request_id = context.request_id(),
        logical_resource_id = context.logical_resource_id(),
    );
    async {
        let verdict = decide(resource, event, &reply_to, &ids, &context, config.local).await;
        let body = verdict.encode(&reply_to, &ids, lambda_request_id);
        answer(body, &reply_to, &context, times, config).await
    }
    .instrument(span)
    .await
}

/// Sends the answer. Under `sam local` it is returned as well.
async fn answer(
    body: Body,
    reply_to: &ReplyTo,
    context: &Context,
    times: Times,
    config: &Config,
) -> Result<Value, HandleError> {
    let returned = match config.local {
        LocalMode::Off => Value::Null,
        LocalMode::Sam => serde_json::from_slice(&body.bytes).unwrap_or_default(),
    };
    let attempts = match config.local {
        LocalMode::Off => Attempts::UntilDeadline,
        LocalMode::Sam => Attempts::Once,
    };
    let limits = Limits {
        clock: &config.clock,
        deadline: times.deadline,
        attempts,
    };
    let status = body.status;
    let delivered = match &reply_to.url {
        Ok(url) => {
            config
                .delivery
                .deliver(url, body.bytes, limits, Backoff::new(context.token()))
                .await
        }
        Err(problem) => Err(DeliveryError::Nowhere(*problem)),
    };
    match (delivered, config.local) {
        (Ok(()), _) => {
            tracing::info!(?status, "answered");
            Ok(returned)
        }
        (Err(error), LocalMode::Sam) => Ok(with_delivery_error(returned, &error)),
        (Err(error), LocalMode::Off) => {
            tracing::error!(?status, %error, causes = causes(&error), "the answer was not delivered");
            Err(HandleError::NotDelivered(error))
        }
    }
}

fn with_delivery_error(mut returned: Value, error: &DeliveryError) -> Value {
    returned["DeliveryError"] =
        Value::String(format!("{error} {}", causes(error)).trim_end().to_owned());
    returned
}

/// Passes a direct invocation on.
async fn invoke<R: CustomResource>(
    resource: &R,
    event: Value,
    request_id: String,
    times: Times,
    config: &Config,
) -> Result<Value, HandleError> {
    let invocation = Invocation {
        request_id,
        clock: config.clock.clone(),
        cut_off: times.cut_off,
    };
    match guarded(invocation.remaining(), async {
        resource.invoke(event, &invocation).await
    })
    .await
    {
        Ok(result) => result.map_err(HandleError::Invocation),
        Err(interruption) => Err(HandleError::Interrupted(interruption.into())),
    }
}

/// The two ends of an invocation.
#[derive(Clone, Copy)]
struct Times {
    /// The handler must be done.
    cut_off: Instant,
    /// Delivery must be done.
    deadline: Instant,
}

impl Times {
    fn new(remaining: Duration, now: Instant) -> Self {
        let remaining = if remaining.is_zero() {
            DEFAULT_TIMEOUT
        } else {
            remaining.min(MAX_TIMEOUT)
        };
        let reserve = (remaining / RESERVE_DIVISOR).min(MAX_RESERVE);
        Self {
            cut_off: now + remaining - reserve,
            deadline: now + remaining - EPILOGUE.min(reserve / 2),
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
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
}
