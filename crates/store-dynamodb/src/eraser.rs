//! The table, as whoever erases what has expired may use it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_session::Session;
use secret_store::Identity;
use secret_store::plan::operator::Expired;
use secret_store::store::{EraseExpired, Erasure, WriteError};

use crate::item;
use crate::sort_key;
use crate::table::failed;

/// The table for whoever prunes: it makes nothing and changes nothing.
#[derive(Clone, Debug)]
pub struct TableEraser(Client);

impl TableEraser {
    /// The tables of a session's account and region; an address says which one.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The tables of a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `dynamodb:DeleteItem`.
impl EraseExpired for TableEraser {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        let key = item::key(identity, sort_key::version(identity, expired.version));
        let delete = self
            .0
            .delete_item()
            .table_name(identity.store.as_str())
            .set_key(Some(key))
            .condition_expression("#expires = :then")
            .expression_attribute_names("#expires", item::EXPIRES_AT)
            .expression_attribute_values(":then", item::number(expired.expires_at.0));
        let error = match delete.send().await {
            Ok(_) => return Ok(Erasure::Erased),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Erasure::LeftAlone),
            Some(DeleteItemError::TransactionConflictException(_)) => Err(WriteError::Conflict),
            _ => Err(WriteError::Store(failed(&identity.store, "dynamodb:DeleteItem", error))),
        }
    }
}
