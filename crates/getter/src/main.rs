//! The getter Lambda's wiring: the world is read here, once, and handed in.

// The futures of the AWS SDK inside those of the lifecycle nest deeper than the default of 128.
#![recursion_limit = "256"]

use std::error::Error as _;

use custom_resource::{Clock, Config, Delivery, LocalMode, LogLevel, NotStarted, logging, tls_config};
use getter::Getter;
use getter::settings::{InvalidSetting, Settings};
use secret_store_aws::{PreConnect, pre_connect};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Whose log lines are written, at whatever level: our own, which never show an event or a secret.
const LOGGED: [&str; 2] = ["getter", "custom_resource"];

fn main() -> Result<(), Error> {
    let (level, unknown_level) = LogLevel::from_env_value(env("LOG_LEVEL").as_deref());
    logging::init(level, &LOGGED);
    // A panic's message may quote a value.
    logging::redact_panics();
    if let Some(error) = unknown_level {
        tracing::warn!(%error, "LOG_LEVEL");
    }
    let tls = tls_config()?;
    let local = LocalMode::from_env_value(env("AWS_SAM_LOCAL").as_deref());
    let config = Config::new(Clock::system(), Delivery::with_tls(tls.clone())?, local);

    // One thread is all that a small function has; more only cost it time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let settings = match Settings::read(env) {
        Ok(settings) => settings,
        // A function that stops here would leave every stack waiting: each request is answered with what is wrong.
        Err(error) => return runtime.block_on(custom_resource::run(not_started(error), config)),
    };
    let aws = runtime.block_on(secret_store_aws::connect(tls))?;
    let (table, key) = (aws.getter_table(), aws.decryption_key());
    runtime.block_on(pre_connect(PreConnect::from_env_value(env("PRE_CONNECT").as_deref()), &table, &key));
    let getter = Getter::new(table, key, settings);
    runtime.block_on(custom_resource::run(getter, config))
}

fn not_started(error: InvalidSetting) -> NotStarted {
    tracing::error!(%error, cause = error.source().map(tracing::field::display), "the function cannot start");
    let reason = format!("{error}: correct it in the stack of cfn-secrets");
    NotStarted::new(custom_resource::Error::new(reason)).with_not_created_id(getter::NOT_CREATED)
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
