//! One connection pool and one configuration for KMS and DynamoDB, made once at start.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::{DecryptionKey, EncryptionKey, GeneratorTable, GetterTable};

/// An unused connection is dropped after this. A function is frozen between invocations and its connections die
/// without a word; a pool that outlives the freeze hands out dead ones.
const POOL_IDLE: Duration = Duration::from_secs(2);

/// A retry after a refused, reset or throttled call begins at once, not after the SDK's default of a second.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// Attempts of one call, the first included: the SDK's own default, with room to spare inside [`OPERATION`].
const MAX_ATTEMPTS: u32 = 4;

/// For the TCP and TLS handshake.
const CONNECT: Duration = Duration::from_secs(2);

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

/// Reads the SDK's own configuration (region, credentials, `AWS_ENDPOINT_URL`) and makes the clients.
pub async fn connect() -> AwsClients {
    // ring, not AWS-LC: AWS-LC collects CPU jitter at the first handshake, which takes most of a second at the CPU
    // share of a 128 MB function.
    let http =
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).pool_idle_timeout(POOL_IDLE).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(INITIAL_BACKOFF))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .load()
        .await;
    AwsClients::new(aws_sdk_kms::Client::new(&config), aws_sdk_dynamodb::Client::new(&config))
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
