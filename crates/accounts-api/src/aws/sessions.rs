//! The table of sessions: the hash of a token is its key.

use accounts::ports::{KeepSessions, PortError};
use accounts::{Session, TokenHash, UserName};
use aws_sdk_dynamodb::Client;

use super::item::{BadItem, number, read_number, read_text, text};
use super::{DynamoDb, failed};

const TOKEN_HASH: &str = "TokenHash";
const USER_ID: &str = "userid";
const GENERATION: &str = "Generation";
const ACCOUNT_CREATED_AT: &str = "AccountCreatedAt";
const EXPIRES_AT: &str = "ExpiresAt";

/// The table.
#[derive(Clone, Debug)]
pub struct SessionsTable {
    client: Client,
    table: String,
}

impl SessionsTable {
    /// The table of that name.
    pub fn connect(dynamodb: &DynamoDb, table: String) -> Self {
        Self { client: dynamodb.0.clone(), table }
    }
}

/// `dynamodb:PutItem`, `dynamodb:GetItem` and `dynamodb:DeleteItem`.
impl KeepSessions for SessionsTable {
    async fn open(&self, token: &TokenHash, session: &Session) -> Result<(), PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(TOKEN_HASH, text(token.as_str()))
            .item(USER_ID, text(session.user.as_str()))
            .item(GENERATION, number(session.generation))
            .item(ACCOUNT_CREATED_AT, number(session.account_created_at))
            .item(EXPIRES_AT, number(session.expires_at));
        put.send().await.map(drop).map_err(failed("dynamodb:PutItem of a session"))
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<Session>, PortError> {
        let get =
            self.client.get_item().table_name(&self.table).key(TOKEN_HASH, text(token.as_str())).consistent_read(true);
        let output = get.send().await.map_err(failed("dynamodb:GetItem of a session"))?;
        let read = |item| {
            Ok(Session {
                user: UserName::new(read_text(&item, USER_ID)?).map_err(|_| BadItem::error(USER_ID))?,
                generation: read_number(&item, GENERATION)?,
                account_created_at: read_number(&item, ACCOUNT_CREATED_AT)?,
                expires_at: read_number(&item, EXPIRES_AT)?,
            })
        };
        output.item.map(read).transpose()
    }

    async fn close(&self, token: &TokenHash) -> Result<(), PortError> {
        let delete = self.client.delete_item().table_name(&self.table).key(TOKEN_HASH, text(token.as_str()));
        delete.send().await.map(drop).map_err(failed("dynamodb:DeleteItem of a session"))
    }
}
