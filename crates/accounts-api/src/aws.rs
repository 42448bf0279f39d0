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

use ::accounts::ports::PortError;
use aws_session::Session;

/// DynamoDB for all tables of a function: to make a client costs a start a millisecond.
#[derive(Clone, Debug)]
pub struct DynamoDb(aws_sdk_dynamodb::Client);

impl DynamoDb {
    /// That of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(aws_sdk_dynamodb::Client::new(session.config()))
    }
}

fn failed<E>(action: &'static str) -> impl FnOnce(E) -> PortError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| PortError { action, source: Box::new(error) }
}
