//! A DynamoDB table for whoever makes one: the same as `template.yaml` makes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification, ScalarAttributeType,
    TimeToLiveSpecification,
};
use aws_session::Session;
use secret_store::StoreName;
use secret_store::store::StoreError;

use crate::item::{ENV, EXPIRES_AT, STACK_NAME};
use crate::table::{TABLE, failed};

/// Tables for whoever makes them. It reads and writes no item.
#[derive(Clone, Debug)]
pub struct TableMaker(Client);

impl TableMaker {
    /// The tables of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// Makes one, paid for by use and protected from deletion. `dynamodb:CreateTable`.
    ///
    /// # Errors
    /// Where DynamoDB does not, or not for this caller.
    pub async fn create(&self, table: &StoreName) -> Result<(), StoreError> {
        let mut create = self.0.create_table().table_name(table.as_str());
        for (name, kind) in [(STACK_NAME, KeyType::Hash), (ENV, KeyType::Range)] {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            create = create.attribute_definitions(attribute.build().map_err(incomplete)?);
            let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
            create = create.key_schema(key.build().map_err(incomplete)?);
        }
        let create = create.billing_mode(BillingMode::PayPerRequest).deletion_protection_enabled(true);
        create.send().await.map(|_| ()).map_err(|error| failed(table, "dynamodb:CreateTable", error))
    }

    /// Protects it from deletion. `dynamodb:UpdateTable`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn protect(&self, table: &StoreName) -> Result<(), StoreError> {
        let update = self.0.update_table().table_name(table.as_str()).deletion_protection_enabled(true);
        update.send().await.map(|_| ()).map_err(|error| failed(table, "dynamodb:UpdateTable", error))
    }

    /// Lets what is retired expire. `dynamodb:UpdateTimeToLive`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn let_expire(&self, table: &StoreName) -> Result<(), StoreError> {
        let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT);
        let expiry = expiry.build().map_err(incomplete)?;
        let update = self.0.update_time_to_live().table_name(table.as_str()).time_to_live_specification(expiry);
        update.send().await.map(|_| ()).map_err(|error| failed(table, "dynamodb:UpdateTimeToLive", error))
    }

    /// Lets it be restored as it was at any moment. `dynamodb:UpdateContinuousBackups`.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub async fn let_recover(&self, table: &StoreName) -> Result<(), StoreError> {
        let recovery = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true);
        let recovery = recovery.build().map_err(incomplete)?;
        let update = self.0.update_continuous_backups().table_name(table.as_str());
        let update = update.point_in_time_recovery_specification(recovery);
        update.send().await.map(|_| ()).map_err(|error| failed(table, "dynamodb:UpdateContinuousBackups", error))
    }
}

/// All that these take is given.
fn incomplete(error: BuildError) -> StoreError {
    StoreError::Rejected(TABLE, Box::new(error))
}
