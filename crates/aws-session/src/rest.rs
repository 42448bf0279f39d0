//! A signed request about an object of a service that speaks REST, such as S3, without that service's SDK.

use std::time::Duration;

use aws_sigv4::http_request::{PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use http::HeaderMap;
use secret_store::store::Cause;

use crate::Session;
use crate::form::Endpoint;

/// For one attempt, as the SDK's clients have it.
const ATTEMPT: Duration = Duration::from_secs(3);

/// A service whose protocol is `rest-xml` in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestService {
    /// Its name in hosts and signatures.
    pub name: &'static str,
    /// Its name in the SDKs' configuration, whose endpoint may be set by itself.
    pub id: &'static str,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct RestRequest<'a> {
    /// Such as `PUT`.
    pub method: &'static str,
    /// The path with its query, in characters that a URL has as they are.
    pub path: &'a str,
    /// Headers beside those of the signature.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// What the service answered.
#[derive(Clone, Debug)]
pub struct RestReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    headers: HeaderMap,
}

impl RestReply {
    /// Whether it is an answer, not an error.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What time it is there, in seconds since 1970.
    pub fn time(&self) -> Option<u64> {
        let date = DateTime::from_str(self.header("date")?, Format::HttpDate).ok()?;
        u64::try_from(date.secs()).ok()
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Session {
    /// Asks the service in the session's region; once more, and at once, where the connection broke or stayed silent, as one
    /// does that was frozen. So the first of the two may have been carried out, its answer lost.
    ///
    /// # Errors
    /// Where there are no credentials, no connection or no answer in time.
    pub async fn call_rest(&self, service: &RestService, request: RestRequest<'_>) -> Result<RestReply, Cause> {
        match self.attempt(service, request).await {
            Ok(reply) => Ok(reply),
            Err(_) => self.attempt(service, request).await,
        }
    }

    /// Opens a connection to the service, without a signature and without a second try.
    pub async fn knock(&self, service: &RestService) {
        let (_, url) = self.place(service, "/");
        if let Ok(request) = http::Request::get(url).body(Vec::new())
            && let Ok(request) = reqwest::Request::try_from(request)
        {
            // Whatever is answered, the connection is open.
            let _ = self.http().execute(request).await;
        }
    }

    async fn attempt(&self, service: &RestService, request: RestRequest<'_>) -> Result<RestReply, Cause> {
        tokio::time::timeout(ATTEMPT, self.exchange_rest(service, request)).await?
    }

    async fn exchange_rest(&self, service: &RestService, request: RestRequest<'_>) -> Result<RestReply, Cause> {
        let (endpoint, url) = self.place(service, request.path);
        let mut signed = http::Request::builder().method(request.method).uri(url);
        for (name, value) in request.headers {
            signed = signed.header(*name, *value);
        }
        let mut signed = signed.body(request.body.to_vec())?;
        self.sign(&endpoint, &mut signed, settings()).await?;
        let response = self.http().execute(reqwest::Request::try_from(signed)?).await;
        let response = response.map_err(reqwest::Error::without_url)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(reqwest::Error::without_url)?;
        Ok(RestReply { status, body, headers })
    }

    /// Where the service is: at an endpoint that is set for it alone or for all; else by the SDKs' rules for FIPS and IPv6.
    fn place(&self, service: &RestService, path: &str) -> (Endpoint, String) {
        let config = self.config();
        let endpoint = Endpoint::of(service.name, config.region().map(AsRef::as_ref).unwrap_or_default());
        let fips = if config.use_fips().unwrap_or_default() { "-fips" } else { "" };
        let dual_stack = if config.use_dual_stack().unwrap_or_default() { ".dualstack" } else { "" };
        let Endpoint { region, suffix, .. } = &endpoint;
        let url = match self.own_endpoint(service.id).as_deref().or_else(|| config.endpoint_url()) {
            Some(url) => format!("{}{path}", url.trim_end_matches('/')),
            None => format!("https://{}{fips}{dual_stack}.{region}.{suffix}{path}", service.name),
        };
        (endpoint, url)
    }
}

/// As S3 wants it (Amazon S3 API reference, "Authenticating Requests"): the path as it stands, and the body's digest as a header.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}
