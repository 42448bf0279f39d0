//! The generator Lambda's wiring over a bucket in place of a table; the world is read here, once, and handed in.

// The futures of the AWS SDK inside those of the lifecycle nest deeper than the default of 128.
#![recursion_limit = "256"]

use generator::{Generator, settings::Settings};
use keys_kms::EncryptionKey;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use stacks_cloudformation::StackStates;
use store_s3::{BucketWriter, Prefix};

fn main() -> Result<(), lambda_function::Error> {
    lambda_function::run_over_s3("generator", env, Settings::read, async |settings, session| {
        let (bucket, key) = (BucketWriter::connect(&session, Prefix::default()), EncryptionKey::connect(&session));
        session.warm_up(&bucket, &key).await;
        let stacks = StackStates::connect(&session);
        // The system's own source, asked each time: a snapshot of the process holds no state that could repeat.
        Generator::new(bucket, key, UnwrapErr(SysRng), lambda_function::sleep, settings).asking(stacks)
    })
}

#[expect(clippy::disallowed_methods, reason = "main.rs is where the environment is read")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
