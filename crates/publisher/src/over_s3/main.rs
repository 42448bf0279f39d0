//! The publisher Lambda's wiring over a bucket in place of a table; the world is read here, once, and handed in.

// The futures of the AWS SDK inside those of the lifecycle nest deeper than the default of 128.
#![recursion_limit = "256"]

use keys_kms::DecryptionKey;
use publisher::{Publisher, settings::Settings};
use store_s3::{BucketReader, Prefix};
use targets_aws::publish::{ParameterPublisher, SecretPublisher};

fn main() -> Result<(), lambda_function::Error> {
    lambda_function::run_over_s3("publisher", env, Settings::read, async |settings, session| {
        let (bucket, key) = (BucketReader::connect(&session, Prefix::default()), DecryptionKey::connect(&session));
        session.warm_up(&bucket, &key).await;
        let targets = (ParameterPublisher::connect(&session), SecretPublisher::connect(&session));
        Publisher::new(bucket, key, targets, lambda_function::sleep, settings)
    })
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
