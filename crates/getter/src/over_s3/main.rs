//! The getter Lambda's wiring over a bucket in place of a table; the world is read here, once, and handed in.

// The futures of the AWS SDK inside those of the lifecycle nest deeper than the default of 128.
#![recursion_limit = "256"]

use getter::{Getter, settings::Settings};
use keys_kms::DecryptionKey;
use store_s3::{BucketReader, Prefix};

fn main() -> Result<(), lambda_function::Error> {
    lambda_function::run_over_s3("getter", env, Settings::read, async |settings, session| {
        let (bucket, key) = (BucketReader::connect(&session, Prefix::default()), DecryptionKey::connect(&session));
        session.warm_up(&bucket, &key).await;
        Getter::new(bucket, key, lambda_function::sleep, settings)
    })
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
