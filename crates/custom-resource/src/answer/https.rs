//! The PUT to the presigned URL over HTTPS: its answer checked, over a connection that cannot be stale.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode};
use rustls::ClientConfig;

use crate::answer::delivery::{DeliveryError, DeliverySetupError, MAX_REDIRECTS};
use crate::answer::tls::why_untrusted;
use crate::event::response_url::ResponseUrl;

/// As much of an error's body as is read to find S3's error code in it.
const MAX_ERROR_BODY_BYTES: usize = 4096;

/// As long as it is waited for: the status alone has decided.
const MAX_ERROR_BODY_WAIT: Duration = Duration::from_millis(250);

/// HTTP/1.1 over TLS.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    client: Client,
}

impl Https {
    pub(crate) fn new(tls: ClientConfig) -> Result<Self, DeliverySetupError> {
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
            let response = request.send().await.map_err(|error| failed(&url, error))?;
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

/// Why there was no response.
fn failed(url: &ResponseUrl, error: reqwest::Error) -> DeliveryError {
    let error = error.without_url();
    match why_untrusted(&error) {
        Some(why) => {
            let host = url.expose().host_str().unwrap_or_default().to_owned();
            DeliveryError::Untrusted { host, why }
        }
        None => DeliveryError::Connection(error.into()),
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
