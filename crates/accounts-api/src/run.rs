//! The start of a function, and then one event after the other.

use std::time::Duration;

use aws_session::{Env, PreWarming, Session, WarmUp};
use custom_resource::{LogLevel, Roots, logging, tls_config};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use accounts::{Fill, Seconds};

use crate::answer::Answer;
use crate::event::{Payload, Request};
use crate::refusal;

/// What is left of a request's time for its answer to reach Lambda; the clock has whole seconds.
const RESERVED: Duration = Duration::from_secs(2);

/// Why a function ended.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What enters from outside, in a `main` alone.
#[derive(Clone, Copy, Debug)]
pub struct World {
    /// Environment variables.
    pub env: Env,
    /// Random bytes.
    pub fill: Fill,
    /// The clock.
    pub now: fn() -> Seconds,
}

/// Runs a function until Lambda stops the process: `wire` makes it, with the two of its clients whose connections are
/// opened early, and `answer` is what it does.
///
/// # Errors
/// If a setting is missing, there is no TLS, or the Lambda Runtime API can no longer be reached.
pub fn run<H, T: WarmUp, K: WarmUp>(
    world: World,
    wire: impl FnOnce(&Session) -> Result<(H, T, K), Error>,
    answer: impl AsyncFn(&H, &Request, Seconds) -> Answer,
) -> Result<(), Error> {
    let env = world.env;
    let (level, unknown) = LogLevel::from_env_value(env("LOG_LEVEL").as_deref());
    logging::init(level, &[env!("CARGO_CRATE_NAME")]);
    // A panic's message may quote what was typed.
    logging::redact_panics();
    if let Some(error) = unknown {
        tracing::warn!(%error, "LOG_LEVEL");
    }
    let tls = tls_config(&Roots::from_env(env))?;
    let pre_warming = PreWarming::from_env_value(env("PRE_CONNECT").as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let session = Session::new(env, tls, pre_warming)?;
        let (handler, table, key) = wire(&session)?;
        session.warm_up(&table, &key).await;
        let (handler, answer) = (&handler, &answer);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
            // It holds what was typed, and is erased.
            let text = Zeroizing::new(String::from(Box::<str>::from(event.payload)));
            Ok::<Value, Error>(match Request::read(&text) {
                Ok(request) => {
                    let now = (world.now)();
                    let answered =
                        tokio::time::timeout(left(event.context.deadline, now), answer(handler, &request, now));
                    answered.await.unwrap_or_else(|_| refusal::late(&request)).into_event(request.payload)
                }
                Err(error) => Answer::json(400, "Bad Request", Some(&error.to_string())).into_event(Payload::V1),
            })
        }))
        .await
    })
}

/// How long a request may take, given when Lambda ends it, in milliseconds since 1970.
fn left(deadline: u64, now: Seconds) -> Duration {
    let left = Duration::from_millis(deadline).saturating_sub(Duration::from_secs(now));
    left.saturating_sub(RESERVED).max(left / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_before_lambda_ends_the_function() {
        let of = |milliseconds: u64| left(1_000_000 + milliseconds, 1_000).as_millis();
        assert_eq!([15_000, 4_000, 3_000, 1_000, 0].map(of), [13_000, 2_000, 1_500, 500, 0]);
    }
}
