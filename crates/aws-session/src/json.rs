//! A signed call of a service that speaks JSON, without that service's SDK: what carries secrets is neither printed nor kept.

use std::fmt;
use std::time::Duration;

use aws_types::service_config::ServiceConfigKey;
use secret_store::store::Cause;
use zeroize::Zeroizing;

use crate::Session;
use crate::form::Endpoint;

/// For the whole exchange, once, where whoever asks has a limit of its own.
const LIMIT: Duration = Duration::from_secs(10);

/// The same where a person asks, whose `--cli-read-timeout` ends what is silent.
const PATIENT: Duration = Duration::from_secs(300);

/// A service whose protocol is `json` 1.1 in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonService {
    /// Its name in hosts and signatures.
    pub name: &'static str,
    /// Its name in the SDKs' configuration, such as `Secrets Manager`: whose endpoint may be set by itself.
    pub id: &'static str,
    /// What stands before an operation in the header `X-Amz-Target`.
    pub target: &'static str,
}

/// What such a service answered.
pub struct JsonReply {
    /// The HTTP status.
    pub status: u16,
    /// Which error it is, where it is one.
    pub error: Option<String>,
    /// The body: it may hold values.
    pub body: Zeroizing<Vec<u8>>,
}

/// Without the body.
impl fmt::Debug for JsonReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonReply").field("status", &self.status).field("error", &self.error).finish_non_exhaustive()
    }
}

impl Session {
    /// Calls an operation of the service in the session's region, once.
    ///
    /// # Errors
    /// Where there are no credentials, no connection or no answer in time.
    pub async fn call_json(&self, service: &JsonService, operation: &str, body: Vec<u8>) -> Result<JsonReply, Cause> {
        let region = self.config().region().map(AsRef::as_ref).unwrap_or_default();
        let endpoint = Endpoint::of(service.name, region);
        let request = http::Request::post(self.url_of(service, &endpoint))
            .header(http::header::CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .body(body)?;
        let is_bounded = self.config().timeout_config().is_some_and(|limits| limits.operation_timeout().is_some());
        let limit = if is_bounded { LIMIT } else { PATIENT };
        let reply = tokio::time::timeout(limit, self.signed(&endpoint, request)).await??;
        Ok(JsonReply { status: reply.status, error: reply.error, body: Zeroizing::new(reply.body.into()) })
    }

    /// Its own endpoint, where one is set for it alone; else as for every other service.
    fn url_of(&self, service: &JsonService, endpoint: &Endpoint) -> String {
        match self.own_endpoint(service.id) {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => self.url(endpoint, "/"),
        }
    }

    /// The endpoint that is set for this service alone, by its name in the SDKs' configuration.
    pub(crate) fn own_endpoint(&self, id: &'static str) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(id).profile("endpoint_url").env("AWS_ENDPOINT_URL");
        let (configured, key) = self.config().service_config().zip(key.build().ok())?;
        configured.load_config(key)
    }
}
