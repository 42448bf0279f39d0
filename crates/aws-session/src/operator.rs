//! The session of a person at a terminal: region and credentials from wherever the AWS CLI finds them, and one clear
//! sentence, at once, where it finds none.
//!
//! Both are resolved before the first call. The SDK's own chain would ask the metadata service of EC2 for a second each on
//! a machine that is none, and end in an error that names six providers; here it is asked on EC2 alone.

use std::error::Error as StdError;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::Session;
use crate::http::Http;
use crate::warm_up::PreWarming;

/// What somebody says on the command line, as the AWS CLI spells it; for what is not said, the environment and the
/// profile decide.
#[derive(Clone, Debug)]
pub struct Operator {
    /// `--region`
    pub region: Option<String>,
    /// `--profile`: then the keys in the environment do not count, as with the AWS CLI.
    pub profile: Option<String>,
    /// A role to take before anything else is asked.
    pub role: Option<AssumedRole>,
    /// `--endpoint-url`
    pub endpoint_url: Option<String>,
    /// `--cli-connect-timeout`
    pub connect_timeout: Duration,
    /// `--cli-read-timeout`
    pub read_timeout: Duration,
}

/// A role that the one who asks takes.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// Its ARN.
    pub arn: String,
    /// What CloudTrail calls the session.
    pub session_name: String,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum NoSession {
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made")]
    Http(#[from] reqwest::Error),
    /// Nobody says which region is meant.
    #[error("no region is given")]
    NoRegion,
    /// Nobody says who asks.
    #[error("no credentials are found")]
    NoCredentials,
    /// Somebody does, but it leads to nothing.
    #[error("the credentials cannot be had")]
    BadCredentials(#[source] Box<dyn StdError + Send + Sync>),
}

impl Session {
    /// A session for whoever sits at a terminal. Retries are the SDK's, as `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE` and the
    /// profile set them.
    ///
    /// # Errors
    /// Where there is no region or no credentials.
    pub async fn of_operator(operator: &Operator, tls: rustls::ClientConfig) -> Result<Self, NoSession> {
        let http = Http::for_operator(tls, operator.connect_timeout, operator.read_timeout)?;
        let config = ProviderConfig::without_region().with_http_client(http.clone());
        let region = region(operator, &config).await.ok_or(NoSession::NoRegion)?;
        let config = config.with_region(Some(region.clone()));
        let chain = chain(operator, &config);
        let first = chain.provide_credentials().await.map_err(no_credentials)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(Resolved { first, chain })
            .http_client(http.clone())
            // It counts the bytes of a request that the connector takes from it, and ours takes them all at once: whoever does
            // not answer within its 20 seconds would be given up as one who does not read, whatever `--cli-read-timeout` says.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(profile) = &operator.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &operator.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let mut config = loader.load().await;
        if let Some(role) = &operator.role {
            config = assume(role, config).await;
        }
        Ok(Self::of(config, http, PreWarming::Off))
    }

    /// A session that asks whoever listens at this URL for all of AWS, with these keys: for tests.
    ///
    /// # Errors
    /// Where the HTTP client cannot be made.
    pub fn at(url: &str, region: &str, keys: [&str; 2], tls: rustls::ClientConfig) -> Result<Self, NoSession> {
        let [id, secret] = keys;
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(url)
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "given")))
            .build();
        Ok(Self::of(config, Http::new(tls)?, PreWarming::Off))
    }

    /// The same session in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        self.with_config(self.config().to_builder().region(Region::new(region.to_owned())).build())
    }

    /// The region that is asked.
    pub fn region(&self) -> &str {
        self.config().region().map(AsRef::as_ref).unwrap_or_default()
    }
}

/// Whether this can be the address of a service: the SDK panics in the middle of a call where it cannot.
pub fn is_endpoint(url: &str) -> bool {
    let uri = url.parse::<http::Uri>();
    uri.is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// The region that a profile of the AWS CLI's files says: this one, else AWS_PROFILE's, else the default one's.
pub async fn profile_region(profile: Option<&str>) -> Option<String> {
    let mut provider = ProfileFileRegionProvider::builder();
    if let Some(name) = profile {
        provider = provider.profile_name(name);
    }
    provider.build().region().await.map(|region| region.to_string())
}

/// The same configuration under a role. STS is asked when the first call needs it.
async fn assume(role: &AssumedRole, config: SdkConfig) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(&role.arn).session_name(&role.session_name).configure(&config);
    let provider = SharedCredentialsProvider::new(provider.build().await);
    config.into_builder().credentials_provider(provider).build()
}

/// `--region`, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, and on EC2 the machine's own.
async fn region(operator: &Operator, config: &ProviderConfig) -> Option<Region> {
    if let Some(region) = &operator.region {
        return Some(Region::new(region.clone()));
    }
    if let Some(region) = EnvironmentVariableRegionProvider::new().region().await
        && !region.as_ref().is_empty()
    {
        return Some(region);
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(config);
    if let Some(name) = &operator.profile {
        profile = profile.profile_name(name);
    }
    match profile.build().region().await {
        None if is_on_ec2() => ImdsRegionProvider::builder().configure(config).build().region().await,
        region => region,
    }
}

/// In the order of the SDKs (AWS SDKs and Tools Reference Guide, "Standardized credential providers").
fn chain(operator: &Operator, config: &ProviderConfig) -> CredentialsProviderChain {
    let mut profile = ProfileFileCredentialsProvider::builder().configure(config);
    if let Some(name) = &operator.profile {
        profile = profile.profile_name(name);
    }
    let profile = profile.build();
    if operator.profile.is_some() {
        return CredentialsProviderChain::first_try("Profile", profile);
    }
    let chain = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("Profile", profile)
        .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(config).build())
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(config).build());
    if is_on_ec2() {
        chain.or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(config).build())
    } else {
        chain
    }
}

fn no_credentials(error: CredentialsError) -> NoSession {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => NoSession::NoCredentials,
        error => NoSession::BadCredentials(Box::new(error)),
    }
}

/// Whether this machine says that it is one of EC2's (Amazon EC2 User Guide, "Detect whether a host is an EC2 instance").
/// The provider itself heeds `AWS_EC2_METADATA_DISABLED`.
fn is_on_ec2() -> bool {
    let says = |path, beginning: &str| {
        std::fs::read_to_string(path).is_ok_and(|text| text.trim_start().to_lowercase().starts_with(beginning))
    };
    says("/sys/class/dmi/id/sys_vendor", "amazon ec2") || says("/sys/hypervisor/uuid", "ec2")
}

/// The credentials that were found at the start, and where to find the next ones when these expire: a process or a token
/// service is not asked twice for a command that takes a second.
#[derive(Debug)]
struct Resolved {
    first: Credentials,
    chain: CredentialsProviderChain,
}

/// The SDK itself asks again so long before credentials expire.
const BUFFER: Duration = Duration::from_secs(10);

impl ProvideCredentials for Resolved {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        if self.first.expiry().is_none_or(|expiry| !ends_within(expiry, BUFFER)) {
            future::ProvideCredentials::ready(Ok(self.first.clone()))
        } else {
            self.chain.provide_credentials()
        }
    }
}

fn ends_within(expiry: std::time::SystemTime, buffer: Duration) -> bool {
    expiry.checked_sub(buffer).is_none_or(|earlier| earlier.elapsed().is_ok())
}
