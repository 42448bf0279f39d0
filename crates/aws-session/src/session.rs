//! One connection pool and one configuration for all clients, made once at start.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_async::rt::sleep::TokioSleep;

use crate::environment::{self, Env};
use crate::http::Http;
use crate::warm_up::{PreWarming, WarmUp};

/// The SDK tries once more by itself, and at once, not after its default of a second: on a new connection, where a frozen one
/// died, and with the service's time, where the clock is wrong. For whatever takes longer to pass, the function waits until
/// its request's deadline ([`secret_store::patience`]); two that wait would only multiply the calls.
const MAX_ATTEMPTS: u32 = 2;

/// See [`MAX_ATTEMPTS`].
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// For one attempt. AWS answers in milliseconds; a silent one must not eat the function's 30 s.
const ATTEMPT: Duration = Duration::from_secs(3);

/// For one call with its attempts: what the function keeps for its last one (a fifth of 25 s) must hold it.
const OPERATION: Duration = Duration::from_millis(4500);

/// What the clients are made over.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    http: Http,
    pre_warming: PreWarming,
}

impl Session {
    /// The session of a function: region, credentials and endpoints from the environment, where Lambda says the first two,
    /// and clients that speak over `tls`.
    ///
    /// # Errors
    /// If the HTTP client cannot be made.
    pub fn new(env: Env, tls: rustls::ClientConfig, pre_warming: PreWarming) -> Result<Self, reqwest::Error> {
        let http = Http::new(tls)?;
        let config = environment::config(env)
            .http_client(http.clone())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(INITIAL_BACKOFF))
            .timeout_config(
                TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build(),
            )
            .build();
        Ok(Self::of(config, http, pre_warming))
    }

    pub(crate) fn of(config: SdkConfig, http: Http, pre_warming: PreWarming) -> Self {
        Self { config, http, pre_warming }
    }

    /// The same connections under another configuration.
    #[cfg(feature = "operator")]
    pub(crate) fn with_config(&self, config: SdkConfig) -> Self {
        Self { config, ..self.clone() }
    }

    /// What the SDK's clients are made of.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The connections of all clients.
    pub(crate) fn http(&self) -> &reqwest::Client {
        self.http.client()
    }

    /// Opens the connections of a store and a key, if that is wanted before the first request.
    pub async fn warm_up(&self, store: &impl WarmUp, key: &impl WarmUp) {
        self.pre_warming.warm_up(store, key).await;
    }
}
