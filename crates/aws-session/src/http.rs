//! The AWS SDK over reqwest: the same HTTP and TLS code that delivers the answers, so that the functions carry it once and
//! a start warms it up for both.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

/// An unused connection is dropped after this. A function is frozen between invocations and its connections die
/// without a word; a pool that outlives the freeze hands out dead ones.
const POOL_IDLE: Duration = Duration::from_secs(2);

/// For the TCP and TLS handshake.
const CONNECT: Duration = Duration::from_secs(2);

/// One connection pool for all services. HTTP/1.1, no proxy, no redirects and no retries of its own: those are the SDK's.
#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    /// # Errors
    /// If the client cannot be made.
    pub(crate) fn new(tls: rustls::ClientConfig) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .pool_idle_timeout(POOL_IDLE)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()?;
        Ok(Self(client))
    }

    /// For a program that ends with its command: no freeze, and the way out of a company's network is its proxy.
    ///
    /// # Errors
    /// If the client cannot be made.
    #[cfg(feature = "operator")]
    pub(crate) fn for_operator(
        tls: rustls::ClientConfig,
        connect: Duration,
        read: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .connect_timeout(connect)
            .read_timeout(read)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()?;
        Ok(Self(client))
    }
}

impl HttpClient for Http {
    /// The SDK's limits on attempts and operations hold around it; the one on connecting is [`CONNECT`].
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // Only an operation that streams has a body that is not in memory, and there is none here.
            let body = request.body().bytes().map(Bytes::copy_from_slice);
            let body = body.ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?;
            let request = request.map(|_| body);
            let request = reqwest::Request::try_from(request).map_err(|error| ConnectorError::user(error.into()))?;
            let response = client.execute(request).await.map_err(connector_error)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = response.bytes().await.map_err(connector_error)?;
            let mut response = http::Response::new(SdkBody::from(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK decides on: a connection that could not be had or broke is tried again.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    let timeout = error.is_timeout();
    // An endpoint's address is no secret, but stands in the SDK's own message already.
    let error = error.without_url().into();
    if timeout { ConnectorError::timeout(error) } else { ConnectorError::io(error) }
}
