//! A signed request to a service of which one operation or two are needed in a rare case, without that service's SDK.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use secret_store::store::Cause;

use crate::Session;

/// For the whole exchange, once: whoever asks goes on without the answer.
const LIMIT: Duration = Duration::from_secs(2);

/// The same where a person asks, and waits.
#[cfg(feature = "operator")]
const PATIENT: Duration = Duration::from_secs(10);

/// A service of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name in hosts and signatures.
    pub service: &'static str,
    /// Such as `eu-west-1`.
    pub region: String,
    /// What the hosts of its partition end in.
    pub suffix: &'static str,
}

impl Endpoint {
    /// Of a region. The suffixes are those of AWS's endpoint rules (`partitions.json` of the SDKs).
    pub fn of(service: &'static str, region: &str) -> Self {
        let suffix = match region {
            region if region.starts_with("cn-") => "amazonaws.com.cn",
            region if region.starts_with("eusc-") => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        Self { service, region: region.to_owned(), suffix }
    }

    /// `SERVICE.REGION.SUFFIX`.
    pub fn host(&self) -> String {
        format!("{}.{}.{}", self.service, self.region, self.suffix)
    }
}

/// The partition of a region, as ARNs have it (`partitions.json` of the SDKs).
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormReply {
    /// The HTTP status.
    pub status: u16,
    /// Which error it is, where a header says so.
    pub error: Option<String>,
    /// When it was sent, as its header says it.
    pub date: Option<String>,
    /// The body.
    pub body: String,
}

impl FormReply {
    /// Whether it is an answer, not an error.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Session {
    /// Posts the form, signed with the session's credentials, to the service, or to `AWS_ENDPOINT_URL`. One try of at most
    /// two seconds.
    ///
    /// # Errors
    /// Where there are no credentials, no connection or no answer in time.
    pub async fn post_form(&self, endpoint: &Endpoint, fields: &[(&str, &str)]) -> Result<FormReply, Cause> {
        tokio::time::timeout(LIMIT, self.exchange(endpoint, fields)).await?
    }

    /// The same, with the patience of a person.
    ///
    /// # Errors
    /// Where there are no credentials, no connection or no answer in time.
    #[cfg(feature = "operator")]
    pub async fn post_form_patiently(&self, endpoint: &Endpoint, fields: &[(&str, &str)]) -> Result<FormReply, Cause> {
        tokio::time::timeout(PATIENT, self.exchange(endpoint, fields)).await?
    }

    /// Gets this path, signed likewise.
    ///
    /// # Errors
    /// Where there are no credentials, no connection or no answer in time.
    #[cfg(feature = "operator")]
    pub async fn get(&self, endpoint: &Endpoint, path: &str) -> Result<FormReply, Cause> {
        let request = http::Request::get(self.url(endpoint, path)).body(Vec::new())?;
        Ok(tokio::time::timeout(PATIENT, self.signed(endpoint, request)).await??.into())
    }

    /// Gets `/` without a signature: whoever answers says what time it is, whatever time it is here.
    ///
    /// # Errors
    /// Where there is no connection or no answer in time.
    #[cfg(feature = "operator")]
    pub async fn look(&self, endpoint: &Endpoint) -> Result<FormReply, Cause> {
        let request = http::Request::get(self.url(endpoint, "/")).body(Vec::new())?;
        Ok(tokio::time::timeout(PATIENT, self.send(request)).await??.into())
    }

    /// Where a path of the service is: on its own host, or under `AWS_ENDPOINT_URL`.
    pub fn url(&self, endpoint: &Endpoint, path: &str) -> String {
        match self.config().endpoint_url() {
            Some(url) => format!("{}{path}", url.trim_end_matches('/')),
            None => format!("https://{}{path}", endpoint.host()),
        }
    }

    async fn exchange(&self, endpoint: &Endpoint, fields: &[(&str, &str)]) -> Result<FormReply, Cause> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = http::Request::post(self.url(endpoint, "/"))
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())?;
        Ok(self.signed(endpoint, request).await?.into())
    }

    /// Sends a request with the session's signature.
    pub(crate) async fn signed(
        &self,
        endpoint: &Endpoint,
        mut request: http::Request<Vec<u8>>,
    ) -> Result<Answered, Cause> {
        self.sign(endpoint, &mut request, SigningSettings::default()).await?;
        self.send(request).await
    }

    /// Signs a request with the session's credentials.
    pub(crate) async fn sign(
        &self,
        endpoint: &Endpoint,
        request: &mut http::Request<Vec<u8>>,
        settings: SigningSettings,
    ) -> Result<(), Cause> {
        let config = self.config();
        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        let identity: Identity = provider.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&endpoint.region)
            .name(endpoint.service)
            .time(config.time_source().unwrap_or_default().now())
            .settings(settings)
            .build()?
            .into();
        let (method, url) = (request.method().to_string(), request.uri().to_string());
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body());
        let (instructions, _) = sign(SignableRequest::new(&method, url, headers, body)?, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<Answered, Cause> {
        let response = self.http().execute(reqwest::Request::try_from(request)?).await;
        let response = response.map_err(reqwest::Error::without_url)?;
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (error, date) = (header("x-amzn-errortype"), header("date"));
        let body = response.bytes().await.map_err(reqwest::Error::without_url)?;
        Ok(Answered { status, error, date, body })
    }
}

/// What came back, before anybody looks at the body.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    date: Option<String>,
    pub(crate) body: Bytes,
}

impl From<Answered> for FormReply {
    fn from(Answered { status, error, date, body }: Answered) -> Self {
        Self { status, error, date, body: String::from_utf8_lossy(&body).into_owned() }
    }
}
