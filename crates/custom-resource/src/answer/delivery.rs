//! The PUT to the presigned URL: one attempt, its answer checked, over a connection that can not be stale.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode};
use rustls::ClientConfig;

use crate::answer::tls::tls_config;
use crate::event::response_url::{ResponseUrl, UrlProblem};

/// S3 redirects to another endpoint of the same bucket, so one is usual and three are plenty.
const MAX_REDIRECTS: usize = 3;

/// As much of an error's body as is read to find S3's error code in it.
const MAX_ERROR_BODY_BYTES: usize = 4096;

/// As long as it is waited for: the status alone has decided.
const MAX_ERROR_BODY_WAIT: Duration = Duration::from_millis(250);

/// Sends answers. Made once, before the first event.
///
/// HTTP/1.1 over TLS. No proxy: `HTTPS_PROXY` and its like are ignored, because a function in a VPC reaches S3 through an
/// endpoint. No connection is kept: a function is frozen between events, its idle connections die without a word, and a
/// fresh one costs milliseconds.
#[derive(Clone, Debug)]
pub struct Delivery {
    client: Client,
}

impl Delivery {
    /// With a TLS configuration of its own, [`tls_config`].
    ///
    /// # Errors
    /// If the TLS library refuses its own defaults.
    pub fn new() -> Result<Self, DeliverySetupError> {
        Self::with_tls(tls_config().map_err(|error| DeliverySetupError::Tls(error.into()))?)
    }

    /// With the TLS configuration that the function's other clients use as well, or with one that [`tls_config`] does not
    /// make, such as a root certificate that is no file.
    ///
    /// # Errors
    /// If the HTTP client can not be made.
    pub fn with_tls(tls: ClientConfig) -> Result<Self, DeliverySetupError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(|error| DeliverySetupError::Client(error.without_url().into()))?;
        Ok(Self { client })
    }

    /// One attempt, with the redirects that S3 makes: 307 and 308 repeat the PUT elsewhere. Others do not say where to
    /// PUT.
    pub(crate) async fn put(&self, url: &ResponseUrl, body: &Bytes) -> Result<(), DeliveryError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            // No Content-Type: signature version 2 signs it, and S3 answers 403 to one that was not signed.
            let request = self.client.put(url.expose().clone()).body(body.clone());
            let response =
                request.send().await.map_err(|error| DeliveryError::Connection(error.without_url().into()))?;
            match response.status() {
                status if status.is_success() => return Ok(()),
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                    url = url.redirected(location.unwrap_or_default()).map_err(DeliveryError::Redirect)?;
                }
                status => {
                    return Err(DeliveryError::Refused { status: status.as_u16(), code: error_code(response).await });
                }
            }
        }
        Err(DeliveryError::TooManyRedirects)
    }
}

/// The `<Code>` of S3's error document: all of it that may be shown, since the rest quotes the signature.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
async fn error_code(mut response: Response) -> String {
    let mut body = Vec::new();
    let read = async {
        while body.len() <= MAX_ERROR_BODY_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    // What came in time is enough.
    let _ = tokio::time::timeout(MAX_ERROR_BODY_WAIT, read).await;
    let body = String::from_utf8_lossy(&body);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    let plausible = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plausible { code.to_owned() } else { String::new() }
}

/// An error of a library, kept out of this crate's interface so that the library can change.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why [`Delivery::new`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverySetupError {
    /// ring offers none of rustls' protocol versions.
    #[error("the TLS configuration was refused")]
    Tls(#[source] Cause),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] Cause),
}

/// Why an answer was not delivered. Never shows the URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The server answered with another status than 2xx.
    #[error("the answer was refused with status {status} {code}{}", advice(*status))]
    #[non_exhaustive]
    Refused {
        /// The HTTP status.
        status: u16,
        /// S3's error code, such as `AccessDenied`; empty where there is none.
        code: String,
    },
    /// There was no connection, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Cause),
    /// An attempt took too long: in a VPC, see whether there is a route to S3.
    #[error("no answer came in time; in a VPC, look for a route to S3 and at the endpoint's policy")]
    TimedOut,
    /// A redirect to somewhere that is not sent to.
    #[error("a redirect led nowhere that may be sent to")]
    Redirect(#[source] UrlProblem),
    /// More redirects in a row than S3 makes.
    #[error("there were more than {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
    /// There was no executor for the watchdog to send from.
    #[error("no executor could be started")]
    Executor(#[source] std::io::Error),
    /// The event has no ResponseURL that can be used.
    #[error("there is nowhere to send the answer")]
    Nowhere(#[source] UrlProblem),
}

impl DeliveryError {
    /// Whether another attempt may work: not where the server has understood and refused.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Connection(_) | Self::TimedOut => true,
            Self::Redirect(_) | Self::TooManyRedirects | Self::Executor(_) | Self::Nowhere(_) => false,
        }
    }
}

fn advice(status: u16) -> &'static str {
    if status == 403 { ": the URL has expired or was altered" } else { "" }
}
