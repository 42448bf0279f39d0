//! The table, as whoever puts stored values under another key may use it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_session::Session;
use secret_store::store::{Reencrypted, ReplaceCiphertext, WriteError};
use secret_store::{Identity, Record};

use crate::item;
use crate::sort_key;
use crate::table::failed;

/// The table for whoever re-encrypts: it changes no owner and no state.
#[derive(Clone, Debug)]
pub struct TableReencrypter(Client);

impl TableReencrypter {
    /// The tables of a session's account and region; an address says which one.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The tables of a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `dynamodb:UpdateItem`.
impl ReplaceCiphertext for TableReencrypter {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        let (attribute, old) = item::by_the_key(&read.ciphertext);
        let (_, blob) = item::by_the_key(&read.ciphertext.reencrypted(new.ciphertext.clone()));
        let key = item::key(identity, sort_key::version(identity, read.item.version));
        let update = self
            .0
            .update_item()
            .table_name(identity.store.as_str())
            .set_key(Some(key))
            .condition_expression("#blob = :old AND #key = :from")
            .update_expression("SET #blob = :new, #key = :to")
            .expression_attribute_names("#blob", attribute)
            .expression_attribute_names("#key", item::KEY_ARN)
            .expression_attribute_values(":old", old)
            .expression_attribute_values(":new", blob)
            .expression_attribute_values(":from", item::text(&read.item.key_arn.0))
            .expression_attribute_values(":to", item::text(&new.key_arn.0));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_conflict(&error) => Err(WriteError::Conflict),
            Err(error) => Err(WriteError::Store(failed(&identity.store, "dynamodb:UpdateItem", error))),
        }
    }
}

/// The item is not as it was read, or a transaction is on it right now.
fn is_conflict<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    matches!(
        error.as_service_error(),
        Some(UpdateItemError::ConditionalCheckFailedException(_) | UpdateItemError::TransactionConflictException(_))
    )
}
