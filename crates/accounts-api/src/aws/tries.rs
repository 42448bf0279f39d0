//! The table of tries: what is counted for names and for sources. Each try is one conditional write, so that two at once
//! count as two.

use accounts::ports::{CountTries, PortError};
use accounts::{Fill, LADDER, MAX_PER_SOURCE, Seconds, Subject, TRIES_REMEMBERED, Tries, WINDOW};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use aws_sdk_dynamodb::{Client, Config};
use aws_session::{WarmUp, WarmUpRequest};

use super::item::{Item, bytes, number, read_number, text};
use super::{DynamoDb, failed};

const SUBJECT: &str = "Subject";
const TRIES: &str = "Tries";
const LAST_AT: &str = "LastAt";
const ACTION: &str = "dynamodb:UpdateItem of tries";

/// The table.
#[derive(Clone, Debug)]
pub struct TriesTable {
    client: Client,
    table: String,
    fill: Fill,
}

impl TriesTable {
    /// The table of that name.
    pub fn connect(dynamodb: &DynamoDb, table: String, fill: Fill) -> Self {
        Self { client: dynamodb.0.clone(), table, fill }
    }

    fn update(&self, subject: &Subject) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).key(SUBJECT, text(subject.as_str()))
    }
}

/// `dynamodb:UpdateItem`.
impl CountTries for TriesTable {
    async fn try_name(&self, name: &Subject, now: Seconds) -> Result<Result<(), Tries>, PortError> {
        // Which write it is: sent again because its answer was lost, it does not meet a wait that it began itself.
        let mut write = [0; 16];
        (self.fill)(&mut write);
        let mut update = self
            .update(name)
            .update_expression("ADD Tries :one SET LastAt = :now, ExpiresAt = :end, WriteId = :write")
            .condition_expression(over())
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":write", bytes(&write))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":end", number(now + TRIES_REMEMBERED))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (step, (tries, wait)) in LADDER.iter().enumerate() {
            if step > 0 {
                update = update.expression_attribute_values(format!(":n{step}"), number((*tries).into()));
                update = update.expression_attribute_values(format!(":t{step}"), number(now.saturating_sub(*wait)));
            }
        }
        match counted(update).await? {
            None => Ok(Ok(())),
            Some(item) => Ok(Err(Tries {
                count: read_number(&item, TRIES)?.try_into().unwrap_or(u32::MAX),
                last_at: read_number(&item, LAST_AT)?,
            })),
        }
    }

    async fn try_source(&self, source: &Subject, now: Seconds) -> Result<bool, PortError> {
        let update = self
            .update(source)
            .update_expression("ADD Tries :one SET ExpiresAt = :end")
            .condition_expression("attribute_not_exists(Tries) OR Tries < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_PER_SOURCE.into()))
            .expression_attribute_values(":end", number(now + 2 * WINDOW));
        Ok(counted(update).await?.is_none())
    }

    async fn forget(&self, name: &Subject) -> Result<(), PortError> {
        let update =
            self.update(name).update_expression("SET Tries = :none").expression_attribute_values(":none", number(0));
        update.send().await.map(drop).map_err(failed(ACTION))
    }
}

/// What [`accounts::wait_for`] says, as a condition: the wait of the highest step that was reached is over.
fn over() -> String {
    let steps = (1..LADDER.len()).map(|step| match LADDER.get(step + 1) {
        Some(_) => format!("(Tries < :n{} AND LastAt <= :t{step})", step + 1),
        None => format!("LastAt <= :t{step}"),
    });
    let first = ["attribute_not_exists(Tries)", "WriteId = :write", "Tries < :n1"].map(str::to_owned);
    first.into_iter().chain(steps).collect::<Vec<_>>().join(" OR ")
}

/// Sends a conditional write; the item that did not meet the condition, if one did not.
async fn counted(update: UpdateItemFluentBuilder) -> Result<Option<Item>, PortError> {
    match update.send().await {
        Ok(_) => Ok(None),
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
        {
            match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => Ok(Some(failed.item.unwrap_or_default())),
                error => Err(failed(ACTION)(error)),
            }
        }
        Err(error) => Err(failed(ACTION)(error)),
    }
}

impl WarmUp for TriesTable {
    async fn warm_up(&self) {
        let once = Config::builder().retry_config(RetryConfig::disabled());
        // A GET is never answered as the operation would be: this is an error, and means nothing.
        let _ = self.client.update_item().customize().interceptor(WarmUpRequest).config_override(once).send().await;
    }
}
