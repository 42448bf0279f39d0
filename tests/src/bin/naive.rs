//! The getter as one would write it who has never seen a frozen function: the HTTP client's own 90 s of idle connections,
//! and no second try. `tests/scenarios/frozen.rs` must see it fail.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "wiring of a test")]
#![recursion_limit = "256"]

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use custom_resource::{Clock, Config, Delivery, LocalMode};
use getter::{Getter, settings::Settings};
use keys_kms::DecryptionKey;
use store_dynamodb::TableReader;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let kms = aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .region(Region::new(env("AWS_REGION")))
            .credentials_provider(credentials())
            .endpoint_url(env("AWS_ENDPOINT_URL"))
            .build(),
    );
    let dynamodb = aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .region(Region::new(env("AWS_REGION")))
            .credentials_provider(credentials())
            .endpoint_url(env("AWS_ENDPOINT_URL"))
            .build(),
    );
    let settings = Settings::read(|name| std::env::var(name).ok()).unwrap();
    let config = Config::new(Clock::system(), Delivery::new().unwrap(), LocalMode::Off);
    let getter = Getter::new(
        TableReader::new(dynamodb),
        DecryptionKey::new(kms),
        |_| Box::pin(std::future::pending()),
        settings,
    );
    custom_resource::run(getter, config).await.unwrap();
}

fn credentials() -> Credentials {
    let token = Some(env("AWS_SESSION_TOKEN"));
    Credentials::new(env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), token, None, "environment")
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap()
}
