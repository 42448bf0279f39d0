//! The main path: one event in, exactly one answer out, in time, whatever the handler does.

pub(crate) mod attempt;
pub(crate) mod continuation;
pub(crate) mod guard;
pub(crate) mod watchdog;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracing::Instrument;

use crate::answer::courier::Courier;
use crate::answer::delivery::DeliveryError;
use crate::answer::response::Status;
use crate::config::{Arrival, Config, LocalMode};
use crate::event::response_url::ResponseUrl;
use crate::event::{field_names, is_request, unwrap};
use crate::handler::context::Invocation;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::{Error, causes};
use crate::lifecycle::attempt::{Case, Decision};
use crate::lifecycle::guard::{Interruption, guarded};
use crate::lifecycle::watchdog::{Disarmed, Watchdog};

/// The most time that is kept back for the answer: two attempts at least, however the first one fails.
const MAX_RESERVE: Duration = Duration::from_secs(5);

/// The share of a short time that is kept back: one third, so that Lambda's default of 3 seconds leaves 2 to the
/// handler.
const RESERVE_DIVISOR: u32 = 3;

/// The share of the reserve that passes before a handler counts as blocking its thread; most of it is left for the
/// answer.
const GRACE_DIVISOR: u32 = 5;

/// Kept between the last attempt and the end of the invocation, so that its failure is still reported and logged.
const EPILOGUE: Duration = Duration::from_millis(100);

/// Lambda's default timeout, taken where the deadline has passed before the event came: a clock is wrong then, not
/// Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// No invocation lasts longer: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html> allows a
/// quarter of it.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);

/// Handles one event: answers a CloudFormation request, or passes a direct invocation on.
///
/// Runs under any tokio executor with time and I/O; [`run`](crate::run) does so for Lambda.
///
/// # Errors
/// If the answer could not be delivered, so that Lambda's own retry repeats the request, or if a direct invocation
/// failed. A request that failed and was answered is no error.
pub async fn handle<R: CustomResource>(
    resource: &R,
    event: Value,
    arrival: Arrival,
    config: &Config,
) -> Result<Value, HandleError> {
    let event = unwrap(event);
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
    let case = Case::new(resource, &event, lambda_request_id, &config.clock, times.cut_off, times.length);
    let span = case.span();
    let answering = async {
        match (&case.reply_to.url, config.local) {
            (Ok(url), LocalMode::Off) => {
                answer(resource, event, &case, courier(&case, url, times, config), times).await
            }
            (Err(problem), LocalMode::Off) => {
                let fields = field_names(&event);
                tracing::error!(%problem, ?fields, "a request without a usable ResponseURL: nothing was done");
                Ok(Value::Null)
            }
            (_, LocalMode::Sam) => answer_locally(resource, event, &case, times, config).await,
        }
    };
    answering.instrument(span).await
}

/// Decides and delivers; does neither where no answer can arrive any more, since a failed delivery would only make Lambda
/// repeat the request.
async fn answer<R: CustomResource>(
    resource: &R,
    event: Value,
    case: &Case<'_>,
    courier: Courier,
    times: Times,
) -> Result<Value, HandleError> {
    if case.context.is_unanswerable() {
        tracing::error!("the request came long after its ResponseURL had expired: nothing was done or answered");
        return Ok(Value::Null);
    }
    let watchdog = Watchdog::arm(courier.clone(), case.blocked(), times.blocked_after);
    let decision =
        if case.context.is_too_late() { Decision::Answer(case.too_late()) } else { case.decide(resource, event).await };
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
    event: Value,
    case: &Case<'_>,
    times: Times,
    config: &Config,
) -> Result<Value, HandleError> {
    let body = match case.decide(resource, event).await {
        Decision::Answer(body) => body,
        Decision::CalledAgain(after) => return Ok(json!({"CalledAgainAfter": after.as_secs()})),
    };
    let mut answer: Value = serde_json::from_slice(&body.bytes).unwrap_or_default();
    let delivered = match &case.reply_to.url {
        Ok(url) => courier(case, url, times, config).deliver_once(body).await,
        Err(problem) => Err(DeliveryError::Nowhere(*problem)),
    };
    if let Err(error) = delivered {
        answer["DeliveryError"] = format!("{error}: {}", causes(&error)).into();
    }
    Ok(answer)
}

fn courier(case: &Case<'_>, url: &ResponseUrl, times: Times, config: &Config) -> Courier {
    Courier {
        delivery: config.delivery.clone(),
        url: url.clone(),
        token: case.context.token(),
        clock: config.clock.clone(),
        deadline: times.deadline,
    }
}

/// Passes a direct invocation on.
async fn invoke<R: CustomResource>(
    resource: &R,
    event: Value,
    request_id: String,
    times: Times,
    config: &Config,
) -> Result<Value, HandleError> {
    let invocation = Invocation { request_id, clock: config.clock.clone(), cut_off: times.cut_off };
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

/// The length and the three ends of an invocation.
#[derive(Clone, Copy)]
struct Times {
    /// All of it.
    length: Duration,
    /// The handler must be done: its future is dropped.
    cut_off: Instant,
    /// The handler can not be dropped, because it blocks the thread: the watchdog answers.
    blocked_after: Duration,
    /// Delivery must be done.
    deadline: Instant,
}

impl Times {
    fn new(remaining: Duration, now: Instant) -> Self {
        let remaining = if remaining.is_zero() { DEFAULT_TIMEOUT } else { remaining.min(MAX_TIMEOUT) };
        let reserve = (remaining / RESERVE_DIVISOR).min(MAX_RESERVE);
        Self {
            length: remaining,
            cut_off: now + remaining - reserve,
            blocked_after: remaining - reserve + reserve / GRACE_DIVISOR,
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
    Interrupted(#[source] Interruption),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// The three ends of an invocation of so many milliseconds.
    fn times(remaining: u64) -> [u64; 3] {
        let now = Clock::at(0).monotonic();
        let times = Times::new(Duration::from_millis(remaining), now);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        [millis(times.cut_off - now), millis(times.blocked_after), millis(times.deadline - now)]
    }

    #[test]
    fn the_answer_gets_five_seconds_or_a_third() {
        assert_eq!(times(900_000), [895_000, 896_000, 899_900]);
        assert_eq!(times(30_000), [25_000, 26_000, 29_900]);
        assert_eq!(times(15_000), [10_000, 11_000, 14_900]);
        assert_eq!(times(3000), [2000, 2200, 2900]);
        assert_eq!(times(300), [200, 220, 250]);
    }

    #[test]
    fn a_time_that_can_not_be_is_replaced() {
        assert_eq!(times(0), times(3000));
        assert_eq!(times(u64::MAX), times(3_600_000));
    }
}
