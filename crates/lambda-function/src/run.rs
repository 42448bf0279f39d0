//! The start of a function: log, TLS, settings, session, warm connections, and then one event after the other.

use std::pin::Pin;
use std::time::Duration;

use aws_session::{Env, PreWarming, Session};
use custom_resource::{
    Clock, Config, CustomResource, Delivery, LocalMode, LogLevel, NotStarted, Roots, logging, tls_config,
};

use crate::NOT_CREATED;
use crate::built_for::BuiltFor;
use crate::settings::InvalidSetting;

/// Why a function ended.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

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
    start(function, BuiltFor::Table, env, read_settings, wire)
}

/// The same of a function whose store is a bucket.
///
/// # Errors
/// As for [`run`].
pub fn run_over_s3<S, R: CustomResource>(
    function: &'static str,
    env: Env,
    read_settings: impl FnOnce(Env) -> Result<S, InvalidSetting>,
    wire: impl AsyncFnOnce(S, Session) -> R,
) -> Result<(), Error> {
    start(function, BuiltFor::Bucket, env, read_settings, wire)
}

fn start<S, R: CustomResource>(
    function: &'static str,
    built_for: BuiltFor,
    env: Env,
    read_settings: impl FnOnce(Env) -> Result<S, InvalidSetting>,
    wire: impl AsyncFnOnce(S, Session) -> R,
) -> Result<(), Error> {
    start_logging(function, env);
    warn_of_what_is_ignored(env);
    let (tls, settings) = match tls_config(&Roots::from_env(env)) {
        Ok(tls) => (tls, settings(built_for, env, read_settings)),
        // What says so goes over the machine's own roots, and nothing else does.
        Err(error) => (tls_config(&Roots::Machine)?, Err(not_started(&error, "in the function's configuration"))),
    };
    let local = LocalMode::from_env_value(env("AWS_SAM_LOCAL").as_deref());
    let config = Config::new(Clock::system(), Delivery::with_tls(tls.clone())?, local);

    // One thread is all that a small function has; more only cost it time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let settings = match settings {
        Ok(settings) => settings,
        // A function that stops here would leave every stack waiting: each request is answered with what is wrong.
        Err(not_started) => return runtime.block_on(custom_resource::run(not_started, config)),
    };
    let pre_warming = PreWarming::from_env_value(env("PRE_CONNECT").as_deref());
    let session = Session::new(env, tls, pre_warming)?;
    let resource = runtime.block_on(wire(settings, session));
    runtime.block_on(custom_resource::run(resource, config))
}

fn settings<S>(
    built_for: BuiltFor,
    env: Env,
    read_settings: impl FnOnce(Env) -> Result<S, InvalidSetting>,
) -> Result<S, NotStarted> {
    let place = "in the stack of cfn-secrets";
    built_for.check(env("STORE").as_deref()).map_err(|error| not_started(&error, place))?;
    read_settings(env).map_err(|error| not_started(&error, place))
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

/// Variables that AWS's tools know and this function does not follow, and what it does instead.
const IGNORED: &[(&[&str], &str)] = &[
    (
        &["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"],
        "ignored: what may pass is tried again, with growing random pauses, until the request's deadline",
    ),
    (
        &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        "ignored: the function connects without a proxy, so its network must have a way to KMS, DynamoDB and S3",
    ),
];

/// One line for each kind, by the names of the variables: a value may hold a password.
fn warn_of_what_is_ignored(env: impl Fn(&str) -> Option<String>) {
    for (variables, instead) in ignored(env) {
        tracing::warn!(variables, "{instead}");
    }
}

fn ignored(env: impl Fn(&str) -> Option<String>) -> Vec<(String, &'static str)> {
    let is_set = |name: &&&str| env(name).is_some_and(|value| !value.is_empty());
    let found = IGNORED.iter().map(|(names, instead)| {
        let set: Vec<&str> = names.iter().filter(is_set).copied().collect();
        (set.join(", "), *instead)
    });
    found.filter(|(variables, _)| !variables.is_empty()).collect()
}

/// Lets time pass on the executor: the [`Pause`](secret_store::patience::Pause) of a function.
pub fn sleep(pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(tokio::time::sleep(pause))
}

fn not_started(error: &dyn std::error::Error, place: &str) -> NotStarted {
    tracing::error!(%error, cause = error.source().map(tracing::field::display), "the function cannot start");
    let reason = format!("{error}: correct it {place}");
    NotStarted::new(custom_resource::Error::new(reason)).with_not_created_id(NOT_CREATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Vec<String> {
        let env = |name: &str| names.contains(&name).then(|| "http://user:hunter2@proxy".to_owned());
        ignored(env).into_iter().map(|(variables, instead)| format!("{variables}: {instead}")).collect()
    }

    #[test]
    fn a_variable_that_is_not_followed_is_named_once_and_never_shown() {
        assert!(set(&[]).is_empty() && set(&["AWS_REGION"]).is_empty());
        assert!(ignored(|_| Some(String::new())).is_empty());
        let told = set(&["https_proxy", "AWS_RETRY_MODE", "HTTPS_PROXY"]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("AWS_RETRY_MODE: ignored"), "{told:?}");
        assert!(told[1].starts_with("HTTPS_PROXY, https_proxy: ignored"), "{told:?}");
        assert!(told.iter().all(|line| !line.contains("hunter2")), "{told:?}");
    }
}
