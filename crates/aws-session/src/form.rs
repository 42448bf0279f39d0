//! A signed form to a service of which one operation is needed in one rare case, without that service's SDK.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use secret_store::store::Cause;

use crate::Session;

/// For the whole exchange, once: whoever asks goes on without the answer.
const LIMIT: Duration = Duration::from_secs(2);

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
    /// `SERVICE.REGION.SUFFIX`.
    pub fn host(&self) -> String {
        format!("{}.{}.{}", self.service, self.region, self.suffix)
    }
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormReply {
    /// The HTTP status.
    pub status: u16,
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

    async fn exchange(&self, endpoint: &Endpoint, fields: &[(&str, &str)]) -> Result<FormReply, Cause> {
        let config = self.config();
        let url = match config.endpoint_url() {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => format!("https://{}/", endpoint.host()),
        };
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = http::Request::post(&url)
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)?;

        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        let identity: Identity = provider.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&endpoint.region)
            .name(endpoint.service)
            .time(config.time_source().unwrap_or_default().now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable =
            SignableRequest::new("POST", url.as_str(), headers, SignableBody::Bytes(request.body().as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);

        let response = self.http().execute(reqwest::Request::try_from(request)?).await;
        let response = response.map_err(reqwest::Error::without_url)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(reqwest::Error::without_url)?;
        Ok(FormReply { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
