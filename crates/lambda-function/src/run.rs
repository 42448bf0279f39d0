//! The start of a function: log, TLS, settings, session, warm connections, and then one event after the other.

use std::error::Error as _;

use aws_session::{Credentials, PreWarming, Session};
use custom_resource::{Clock, Config, CustomResource, Delivery, LocalMode, LogLevel, NotStarted, logging, tls_config};

use crate::NOT_CREATED;
use crate::settings::InvalidSetting;

/// Why a function ended.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Gives the value of an environment variable.
pub type Env = fn(&str) -> Option<String>;

/// Runs the custom resource that `wire` makes of the settings and of a session, until Lambda stops the process.
///
/// `function` is the name of its crate: its log lines are written, at whatever level, and nobody's but our own, which
/// never show an event or a secret.
///
/// # Errors
/// If there is no TLS, no HTTP client or no executor, or the Lambda Runtime API can no longer be reached.
pub fn run<S, R: CustomResource>(
    function: &'static str,
    env: Env,
    read_settings: impl FnOnce(Env) -> Result<S, InvalidSetting>,
    wire: impl AsyncFnOnce(S, Session) -> R,
) -> Result<(), Error> {
    start_logging(function, env);
    let tls = tls_config()?;
    let local = LocalMode::from_env_value(env("AWS_SAM_LOCAL").as_deref());
    let config = Config::new(Clock::system(), Delivery::with_tls(tls.clone())?, local);

    // One thread is all that a small function has; more only cost it time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let settings = match read_settings(env) {
        Ok(settings) => settings,
        // A function that stops here would leave every stack waiting: each request is answered with what is wrong.
        Err(error) => return runtime.block_on(custom_resource::run(not_started(&error), config)),
    };
    let pre_warming = PreWarming::from_env_value(env("PRE_CONNECT").as_deref());
    let session = runtime.block_on(Session::new(Credentials::Environment, tls, pre_warming))?;
    let resource = runtime.block_on(wire(settings, session));
    runtime.block_on(custom_resource::run(resource, config))
}

fn start_logging(function: &str, env: Env) {
    let (level, unknown_level) = LogLevel::from_env_value(env("LOG_LEVEL").as_deref());
    logging::init(level, &[function, env!("CARGO_CRATE_NAME")]);
    // A panic's message may quote a value.
    logging::redact_panics();
    if let Some(error) = unknown_level {
        tracing::warn!(%error, "LOG_LEVEL");
    }
}

fn not_started(error: &InvalidSetting) -> NotStarted {
    tracing::error!(%error, cause = error.source().map(tracing::field::display), "the function cannot start");
    let reason = format!("{error}: correct it in the stack of cfn-secrets");
    NotStarted::new(custom_resource::Error::new(reason)).with_not_created_id(NOT_CREATED)
}
