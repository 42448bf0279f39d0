//! One connection pool and one configuration for KMS and DynamoDB, made once at start.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

use crate::http::Http;
use crate::{DecryptionKey, EncryptionKey, GeneratorTable, GetterTable};

/// A retry after a refused, reset or throttled call begins at once, not after the SDK's default of a second.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// Attempts of one call, the first included: the SDK's own default, with room to spare inside [`OPERATION`].
const MAX_ATTEMPTS: u32 = 4;

/// For one attempt. KMS and DynamoDB answer in milliseconds; a silent one must not eat the function's 30 s.
const ATTEMPT: Duration = Duration::from_secs(3);

/// For one call with all its attempts. The longest path has four calls and must fit the function's 30 s.
const OPERATION: Duration = Duration::from_secs(6);

/// The SDK's clients over one pool.
#[derive(Clone, Debug)]
pub struct AwsClients {
    kms: aws_sdk_kms::Client,
    dynamodb: aws_sdk_dynamodb::Client,
}

/// Reads the SDK's own configuration (region, credentials, `AWS_ENDPOINT_URL`) and makes the clients over `tls`.
///
/// # Errors
/// If the HTTP client can not be made.
pub async fn connect(tls: rustls::ClientConfig) -> Result<AwsClients, reqwest::Error> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        // Lambda says both in the environment. To look for them elsewhere as well would make a client of STS and one of
        // IMDS at each start, whether or not they are asked.
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(Http::new(tls)?)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(INITIAL_BACKOFF))
        .timeout_config(
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build(),
        )
        .load()
        .await;
    Ok(AwsClients::new(aws_sdk_kms::Client::new(&config), aws_sdk_dynamodb::Client::new(&config)))
}

impl AwsClients {
    /// Clients that were configured elsewhere; [`connect`] makes those of the functions.
    pub fn new(kms: aws_sdk_kms::Client, dynamodb: aws_sdk_dynamodb::Client) -> Self {
        Self { kms, dynamodb }
    }

    /// What the generator's role may do with its table.
    pub fn generator_table(&self) -> GeneratorTable {
        GeneratorTable::new(self.dynamodb.clone())
    }

    /// What the generator's role may do with its key.
    pub fn encryption_key(&self) -> EncryptionKey {
        EncryptionKey::new(self.kms.clone())
    }

    /// What the getter's role may do with its table.
    pub fn getter_table(&self) -> GetterTable {
        GetterTable::new(self.dynamodb.clone())
    }

    /// What the getter's role may do with its key.
    pub fn decryption_key(&self) -> DecryptionKey {
        DecryptionKey::new(self.kms.clone())
    }
}
