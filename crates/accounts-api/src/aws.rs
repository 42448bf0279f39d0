//! The ports of `accounts` over DynamoDB and KMS. Each type may do what its role may; the comment of an `impl` names the
//! IAM actions that it takes.

mod accounts;
mod item;
mod pepper;
mod sessions;
mod tries;

pub use self::accounts::{AccountMaker, AccountReader};
pub use pepper::KmsPepper;
pub use sessions::SessionsTable;
pub use tries::TriesTable;

use std::time::Duration;

use ::accounts::ports::PortError;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_session::Session;

/// What passes is waited for, since who logs in sees the same wait twice where they must type it all again: the request's
/// own time (`run.rs`) ends it, and not a number of tries.
fn patience() -> (RetryConfig, TimeoutConfig) {
    let retry = RetryConfig::standard().with_max_attempts(100).with_initial_backoff(Duration::from_millis(50));
    // Lambda's longest.
    let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_secs(900)).build();
    (retry.with_max_backoff(Duration::from_secs(1)), timeout)
}

/// DynamoDB for all tables of a function: to make a client costs a start a millisecond.
#[derive(Clone, Debug)]
pub struct DynamoDb(aws_sdk_dynamodb::Client);

impl DynamoDb {
    /// That of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        let (retry, timeout) = patience();
        let config = aws_sdk_dynamodb::config::Builder::from(session.config());
        Self(aws_sdk_dynamodb::Client::from_conf(config.retry_config(retry).timeout_config(timeout).build()))
    }
}

fn failed<E>(action: &'static str) -> impl FnOnce(E) -> PortError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| PortError { action, source: Box::new(error) }
}
