//! The start of a function, and then one event after the other.

use aws_session::{Env, PreWarming, Session, WarmUp};
use custom_resource::{LogLevel, Roots, logging, tls_config};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use accounts::{Fill, Seconds};

use crate::answer::Answer;
use crate::event::{Payload, Request};

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
                Ok(request) => answer(handler, &request, (world.now)()).await.into_event(request.payload),
                Err(error) => Answer::json(400, "Bad Request", Some(&error.to_string())).into_event(Payload::V1),
            })
        }))
        .await
    })
}
