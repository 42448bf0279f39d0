//! The table of accounts: `userid` is its key, as in the application that this one takes the place of.

use accounts::ports::{CreateAccount, Created, PortError, ReadAccount, ReplacePassword, Replaced};
use accounts::{Cost, Mac, Record, Salt, UserName};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::item::{BadItem, Item, bytes, number, read_bytes, read_number, read_text, text};
use super::{DynamoDb, failed};

const USER_ID: &str = "userid";
const COST: &str = "Cost";
const SALT: &str = "Salt";
const MAC: &str = "Mac";
const KEY_ARN: &str = "KeyArn";
const GENERATION: &str = "Generation";
const CREATED_AT: &str = "CreatedAt";
const MUST_CHANGE: &str = "MustChange";

/// How long the same form may make the same account again: a double click, a lost answer, a way back in the browser.
const SAME_FORM_SECONDS: u64 = 600;

/// The table for whoever makes accounts: it reads none.
#[derive(Clone, Debug)]
pub struct AccountMaker {
    client: Client,
    table: String,
}

impl AccountMaker {
    /// The table of that name.
    pub fn connect(dynamodb: &DynamoDb, table: String) -> Self {
        Self { client: dynamodb.0.clone(), table }
    }
}

/// `dynamodb:PutItem`.
impl CreateAccount for AccountMaker {
    async fn create(&self, user: &UserName, record: &Record) -> Result<Created, PortError> {
        let recent = record.created_at.saturating_sub(SAME_FORM_SECONDS);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(user, record)))
            .condition_expression(
                "attribute_not_exists(userid) OR \
                 (Mac = :mac AND CreatedAt > :recent AND Generation = :first AND attribute_not_exists(MustChange))",
            )
            .expression_attribute_values(":mac", bytes(&record.mac.0))
            .expression_attribute_values(":recent", number(recent))
            .expression_attribute_values(":first", number(1));
        match put.send().await {
            Ok(_) => Ok(Created::Now),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(Created::Before)
            }
            Err(error) => Err(failed("dynamodb:PutItem of an account")(error)),
        }
    }
}

/// The table for whoever lets people in.
#[derive(Clone, Debug)]
pub struct AccountReader {
    client: Client,
    table: String,
}

impl AccountReader {
    /// The table of that name.
    pub fn connect(dynamodb: &DynamoDb, table: String) -> Self {
        Self { client: dynamodb.0.clone(), table }
    }
}

/// `dynamodb:GetItem`.
impl ReadAccount for AccountReader {
    async fn read(&self, user: &UserName) -> Result<Option<Record>, PortError> {
        let get =
            self.client.get_item().table_name(&self.table).key(USER_ID, text(user.as_str())).consistent_read(true);
        let output = get.send().await.map_err(failed("dynamodb:GetItem of an account"))?;
        output.item.as_ref().map(read).transpose()
    }
}

/// `dynamodb:UpdateItem`, of the attributes that a new password changes and no others: an item that such a write makes is
/// no account, since it was never created.
impl ReplacePassword for AccountReader {
    async fn replace(&self, user: &UserName, old: &Record, new: &Record) -> Result<Replaced, PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(USER_ID, text(user.as_str()))
            // The second alternative: what this very write did when its answer was lost, and it is sent again.
            .condition_expression("(Mac = :old AND Generation = :was) OR Mac = :mac")
            .update_expression(replacing(old, new))
            .expression_attribute_values(":old", bytes(&old.mac.0))
            .expression_attribute_values(":was", number(old.generation))
            .expression_attribute_values(":cost", text(new.cost.as_str()))
            .expression_attribute_values(":salt", bytes(&new.salt.0))
            .expression_attribute_values(":mac", bytes(&new.mac.0))
            .expression_attribute_values(":key", text(&new.key))
            .expression_attribute_values(":generation", number(new.generation));
        match update.send().await {
            Ok(_) => Ok(Replaced::Yes),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(Replaced::No)
            }
            Err(error) => Err(failed("dynamodb:UpdateItem of an account")(error)),
        }
    }
}

fn replacing(old: &Record, new: &Record) -> &'static str {
    if new.generation == old.generation {
        "SET Cost = :cost, Salt = :salt, Mac = :mac, KeyArn = :key, Generation = :generation"
    } else {
        "SET Cost = :cost, Salt = :salt, Mac = :mac, KeyArn = :key, Generation = :generation REMOVE MustChange"
    }
}

fn write(user: &UserName, record: &Record) -> Item {
    let attributes = [
        (USER_ID, text(user.as_str())),
        (COST, text(record.cost.as_str())),
        (SALT, bytes(&record.salt.0)),
        (MAC, bytes(&record.mac.0)),
        (KEY_ARN, text(&record.key)),
        (GENERATION, number(record.generation)),
        (CREATED_AT, number(record.created_at)),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read(item: &Item) -> Result<Record, PortError> {
    Ok(Record {
        cost: Cost::parse(read_text(item, COST)?).map_err(|_| BadItem::error(COST))?,
        salt: Salt(read_bytes(item, SALT)?),
        mac: Mac(read_bytes(item, MAC)?),
        key: read_text(item, KEY_ARN)?.to_owned(),
        generation: read_number(item, GENERATION)?,
        created_at: read_number(item, CREATED_AT)?,
        must_change: item.contains_key(MUST_CHANGE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_password_hashed_anew_must_still_be_changed() {
        let record = |generation| Record {
            cost: Cost::CURRENT,
            salt: Salt([0; 16]),
            mac: Mac([0; 32]),
            key: String::new(),
            generation,
            created_at: 0,
            must_change: false,
        };
        assert!(!replacing(&record(1), &record(1)).contains(MUST_CHANGE), "an operator may have set it meanwhile");
        assert!(replacing(&record(1), &record(2)).ends_with("REMOVE MustChange"));
    }
}
