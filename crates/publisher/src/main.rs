//! The publisher Lambda's wiring: the world is read here, once, and handed in.

// The futures of the AWS SDK inside those of the lifecycle nest deeper than the default of 128.
#![recursion_limit = "256"]

use keys_kms::DecryptionKey;
use publisher::{Publisher, settings::Settings};
use store_dynamodb::TableReader;
use targets_aws::publish::{ParameterPublisher, SecretPublisher};

fn main() -> Result<(), lambda_function::Error> {
    lambda_function::run("publisher", env, Settings::read, async |settings, session| {
        let (table, key) = (TableReader::connect(&session), DecryptionKey::connect(&session));
        session.warm_up(&table, &key).await;
        let targets = (ParameterPublisher::connect(&session), SecretPublisher::connect(&session));
        Publisher::new(table, key, targets, lambda_function::sleep, settings)
    })
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
