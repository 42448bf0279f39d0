//! The DynamoDB table as whoever looks after it sees it: what it is set up as, never what it holds.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    BillingMode, ContinuousBackupsDescription, KeyType, PointInTimeRecoveryStatus, ScalarAttributeType,
    TableDescription, TableStatus, TimeToLiveStatus,
};
use aws_session::Session;
use secret_store::StoreName;
use secret_store::store::StoreError;

use crate::item::{ENV, STACK_NAME};
use crate::table::failed;

/// The attribute that must be the time to live of a table.
pub use crate::item::EXPIRES_AT as TIME_TO_LIVE;

/// Tables for whoever looks at how they are set up.
#[derive(Clone, Debug)]
pub struct TableInspector(Client);

/// What a table is set up as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFacts {
    /// Whether it can be used.
    pub active: bool,
    /// As DynamoDB spells it.
    pub status: String,
    /// Whether its keys are those of docs/format.md.
    pub is_ours: bool,
    /// Its keys, for people.
    pub keys: String,
    /// How it is paid for.
    pub billing: Billing,
    /// Whether DynamoDB refuses to delete it.
    pub deletion_protection: bool,
}

/// How a table is paid for, and with it how much it does in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Whatever comes.
    OnDemand,
    /// What is provisioned.
    Provisioned {
        /// Reads of 4 KB a second.
        reads: u64,
        /// Writes of 1 KB a second.
        writes: u64,
    },
}

impl TableInspector {
    /// The tables of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(Client::new(session.config()))
    }

    /// What the table itself says. `dynamodb:DescribeTable`.
    ///
    /// # Errors
    /// Where there is no such table, or DynamoDB does not answer, or not to this caller.
    pub async fn describe(&self, table: &StoreName) -> Result<TableFacts, StoreError> {
        let described = self.0.describe_table().table_name(table.as_str()).send().await;
        let described = described.map_err(|error| failed(table, "dynamodb:DescribeTable", error))?;
        Ok(facts(&described.table.unwrap_or_else(|| TableDescription::builder().build())))
    }

    /// The attribute by which items expire, if there is one. `dynamodb:DescribeTimeToLive`.
    ///
    /// # Errors
    /// As for [`Self::describe`].
    pub async fn time_to_live(&self, table: &StoreName) -> Result<Option<String>, StoreError> {
        let described = self.0.describe_time_to_live().table_name(table.as_str()).send().await;
        let described = described.map_err(|error| failed(table, "dynamodb:DescribeTimeToLive", error))?;
        let described = described.time_to_live_description;
        let on = described.filter(|ttl| {
            matches!(ttl.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        });
        Ok(on.and_then(|ttl| ttl.attribute_name))
    }

    /// Whether it can be restored as it was at any moment. `dynamodb:DescribeContinuousBackups`.
    ///
    /// # Errors
    /// As for [`Self::describe`].
    pub async fn recovers(&self, table: &StoreName) -> Result<bool, StoreError> {
        let described = self.0.describe_continuous_backups().table_name(table.as_str()).send().await;
        let described = described.map_err(|error| failed(table, "dynamodb:DescribeContinuousBackups", error))?;
        let recovery = described.continuous_backups_description.and_then(
            |ContinuousBackupsDescription { point_in_time_recovery_description, .. }| {
                point_in_time_recovery_description
            },
        );
        let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status);
        Ok(status == Some(PointInTimeRecoveryStatus::Enabled))
    }
}

fn facts(table: &TableDescription) -> TableFacts {
    let kind_of = |name: &str| {
        let defined = table.attribute_definitions().iter().find(|attribute| attribute.attribute_name() == name);
        defined.map(|attribute| attribute.attribute_type().clone())
    };
    let keys: Vec<_> = table.key_schema().iter().map(|key| (key.attribute_name(), key.key_type().clone())).collect();
    let ours = [(STACK_NAME, KeyType::Hash), (ENV, KeyType::Range)];
    let is_ours = keys == ours && keys.iter().all(|(name, _)| kind_of(name) == Some(ScalarAttributeType::S));
    let keys: Vec<_> = keys.iter().map(|(name, _)| *name).collect();
    let status = table.table_status().cloned().unwrap_or(TableStatus::Creating);
    let by_mode = table.billing_mode_summary().and_then(|summary| summary.billing_mode()).cloned();
    let capacity = |units: Option<i64>| units.and_then(|units| u64::try_from(units).ok()).unwrap_or_default();
    let provisioned = table.provisioned_throughput();
    let reads = capacity(provisioned.and_then(|provisioned| provisioned.read_capacity_units()));
    let writes = capacity(provisioned.and_then(|provisioned| provisioned.write_capacity_units()));
    let on_demand = by_mode == Some(BillingMode::PayPerRequest) || (by_mode.is_none() && reads == 0 && writes == 0);
    TableFacts {
        active: matches!(status, TableStatus::Active | TableStatus::Updating),
        status: status.as_str().to_owned(),
        is_ours,
        keys: keys.join(" and "),
        billing: if on_demand { Billing::OnDemand } else { Billing::Provisioned { reads, writes } },
        deletion_protection: table.deletion_protection_enabled().unwrap_or_default(),
    }
}
