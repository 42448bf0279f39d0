//! The DynamoDB table, as whoever makes secrets and as whoever reads them may use it.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use aws_sdk_dynamodb::{Client, Config};
use aws_session::{Session, WarmUp, WarmUpRequest, classify, throttled};
use secret_store::plan::Changes;
use secret_store::store::{
    Capacity, GetHead, GetVersion, Limits, QueryVersions, Resource, Service, StoreError, WriteError, WriteVersions,
};
use secret_store::{Head, Identity, Record, Snapshot, StoreName, Version, VersionItem};

use crate::item::{self, Entry, Item};
use crate::limits::LIMITS;
use crate::sort_key;

/// What the messages of errors call it.
pub const TABLE: Resource = Resource::Store(Service {
    name: "DynamoDB",
    noun: "table",
    requirement: "the table must have the partition key StackName and the sort key Env, both strings",
});

/// The table for whoever makes secrets: it reads no values.
#[derive(Clone, Debug)]
pub struct TableWriter(Client);

/// The table for whoever reads secrets: it writes nothing.
#[derive(Clone, Debug)]
pub struct TableReader(Client);

impl TableWriter {
    /// The tables of a session's account and region; an address says which one.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The tables of a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

impl TableReader {
    /// The tables of a session's account and region; an address says which one.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The tables of a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `dynamodb:Query`.
impl QueryVersions for TableWriter {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        snapshot(&self.0, identity).await
    }
}

/// `dynamodb:Query`.
impl QueryVersions for TableReader {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        snapshot(&self.0, identity).await
    }
}

/// `dynamodb:GetItem`.
impl GetHead for TableReader {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        match self.item(identity, sort_key::head(identity)).await? {
            Some(Entry::Head(head)) => Ok(Some(head)),
            Some(Entry::Version(..)) | None => Ok(None),
        }
    }
}

/// `dynamodb:GetItem`.
impl GetVersion for TableReader {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        match self.item(identity, sort_key::version(identity, version)).await? {
            Some(Entry::Version(version, item)) => Ok(Some(item::read_record(identity, *version, &item)?)),
            Some(Entry::Head(_)) | None => Ok(None),
        }
    }
}

impl TableReader {
    async fn item(&self, identity: &Identity, sort_key: String) -> Result<Option<Entry>, StoreError> {
        let get = self
            .0
            .get_item()
            .table_name(identity.store.as_str())
            .set_key(Some(item::key(identity, sort_key)))
            .consistent_read(true);
        let output = get.send().await.map_err(|error| failed(&identity.store, "dynamodb:GetItem", error))?;
        output.item.map(|item| item::read(identity, item)).transpose()
    }
}

/// The head and the versions of one secret, without the values.
async fn snapshot(client: &Client, identity: &Identity) -> Result<Snapshot, StoreError> {
    let mut query = range(client, identity);
    let names = (0..).map(|index| format!("#p{index}"));
    let mut projection = Vec::new();
    for (placeholder, attribute) in names.zip(item::ALL_BUT_THE_VALUE) {
        query = query.expression_attribute_names(&placeholder, attribute);
        projection.push(placeholder);
    }
    let mut items = query.projection_expression(projection.join(", ")).into_paginator().items().send();
    let mut snapshot = Snapshot::default();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| failed(&identity.store, "dynamodb:Query", error))?;
        match item::read(identity, item)? {
            Entry::Head(head) => snapshot.head = Some(head),
            Entry::Version(version, _) => snapshot.versions.push(*version),
        }
    }
    Ok(snapshot)
}

/// A consistent Query of the head and the versions of one secret, in ascending order.
fn range(client: &Client, identity: &Identity) -> QueryFluentBuilder {
    between(client, identity, sort_key::head(identity), sort_key::last(identity))
}

/// A consistent Query of the items of this secret's stack between two sort keys, in ascending order.
pub(crate) fn between(client: &Client, identity: &Identity, first: String, last: String) -> QueryFluentBuilder {
    client
        .query()
        .table_name(identity.store.as_str())
        .consistent_read(true)
        .key_condition_expression("#stack = :stack AND #env BETWEEN :first AND :last")
        .expression_attribute_names("#stack", item::STACK_NAME)
        .expression_attribute_names("#env", item::ENV)
        .expression_attribute_values(":stack", item::text(identity.stack_name.as_str()))
        .expression_attribute_values(":first", item::text(first))
        .expression_attribute_values(":last", item::text(last))
}

/// A failed call on a table, by name if it does not exist.
pub(crate) fn failed<E, R>(table: &StoreName, action: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match classify(TABLE, action, error) {
        StoreError::Missing { resource, source, .. } => {
            StoreError::Missing { resource, name: Some(table.to_string()), source }
        }
        other => other,
    }
}

/// `dynamodb:PutItem`, `UpdateItem` and `DeleteItem`: the whole write is one transaction.
impl WriteVersions for TableWriter {
    const LIMITS: Limits = LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        let writes = Writes { identity }.of(changes, new)?;
        let write = self.0.transact_write_items().set_transact_items(Some(writes));
        write.send().await.map_err(|error| write_error(identity, error))?;
        Ok(())
    }
}

impl WarmUp for TableWriter {
    async fn warm_up(&self) {
        open_connection(&self.0).await;
    }
}

impl WarmUp for TableReader {
    async fn warm_up(&self) {
        open_connection(&self.0).await;
    }
}

/// The SDK wants a table to be named; it goes away with the body.
async fn open_connection(client: &Client) {
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let call = client.query().table_name("-").customize().interceptor(WarmUpRequest).config_override(once);
    // A GET is never answered as the operation would be: this is an error, and means nothing.
    let _ = call.send().await;
}

/// Why a write was not made: a transaction says it of each of its items.
fn write_error<R>(identity: &Identity, error: SdkError<TransactWriteItemsError, R>) -> WriteError
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let cancelled = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => Cancelled::of(cancelled),
        // The same request is still being applied, or its token was used before: read again.
        Some(
            TransactWriteItemsError::TransactionInProgressException(_)
            | TransactWriteItemsError::IdempotentParameterMismatchException(_),
        ) => Cancelled::Conflict,
        _ => Cancelled::Otherwise,
    };
    match cancelled {
        Cancelled::Conflict => WriteError::Conflict,
        Cancelled::Throttled(capacity) => {
            WriteError::Store(StoreError::Throttled { resource: TABLE, capacity, source: Box::new(error) })
        }
        Cancelled::TooLarge => {
            let (resource, most) = (TABLE, LIMITS.version_bytes);
            WriteError::Store(StoreError::TooLarge { resource, most, source: Box::new(error) })
        }
        Cancelled::Rejected => WriteError::Store(StoreError::Rejected(TABLE, Box::new(error))),
        Cancelled::Otherwise => {
            let actions = "dynamodb:PutItem, dynamodb:UpdateItem or dynamodb:DeleteItem";
            WriteError::Store(match failed(&identity.store, actions, error) {
                StoreError::Throttled { resource, capacity, source } => {
                    StoreError::Throttled { resource, capacity: of_writes(capacity), source }
                }
                other => other,
            })
        }
    }
}

/// What a transaction was cancelled for.
#[derive(Debug, PartialEq, Eq)]
enum Cancelled {
    /// A condition failed, or another transaction was on the same items: whatever else there was, it is to be decided anew.
    Conflict,
    Throttled(Capacity),
    /// A version has grown by those who took it over; what it has beside its value is all that is known before it is written.
    TooLarge,
    Rejected,
    Otherwise,
}

impl Cancelled {
    fn of(cancelled: &TransactionCanceledException) -> Self {
        let codes = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
        let messages = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.message());
        let is_conflict = |code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict" | "DuplicateItem");
        if codes().any(is_conflict) {
            Self::Conflict
        } else if let Some(capacity) = codes().find_map(throttled) {
            Self::Throttled(of_writes(capacity))
        } else if messages().any(|message| message.starts_with("Item size")) {
            Self::TooLarge
        } else if codes().any(|code| matches!(code, "ValidationError" | "ItemCollectionSizeLimitExceeded")) {
            Self::Rejected
        } else {
            Self::Otherwise
        }
    }
}

/// What a write is short of, where something is provisioned.
fn of_writes(capacity: Capacity) -> Capacity {
    match capacity {
        Capacity::Reads | Capacity::Writes => Capacity::Writes,
        Capacity::Requests => Capacity::Requests,
    }
}

/// Turns one decision into the items of one transaction.
struct Writes<'a> {
    identity: &'a Identity,
}

impl Writes<'_> {
    fn of(&self, changes: &Changes, new: Option<&Record>) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = Vec::new();
        if let Some(record) = new {
            let put = self
                .put(item::version_item(self.identity, record))
                .condition_expression("attribute_not_exists(#env)")
                .expression_attribute_names("#env", item::ENV);
            writes.push(TransactWriteItem::builder().put(built(put.build())?).build());
        }
        writes.push(self.head(changes)?);
        for version in &changes.update {
            let update = built(self.update(version).build())?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        for version in &changes.erase {
            let key = item::key(self.identity, sort_key::version(self.identity, *version));
            let delete = Delete::builder()
                .table_name(self.identity.store.as_str())
                .set_key(Some(key))
                .condition_expression("attribute_exists(#env)")
                .expression_attribute_names("#env", item::ENV);
            writes.push(TransactWriteItem::builder().delete(built(delete.build())?).build());
        }
        Ok(writes)
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(self.identity.store.as_str()).set_item(Some(item))
    }

    /// The head, written only if it is still the one that was read.
    fn head(&self, changes: &Changes) -> Result<TransactWriteItem, StoreError> {
        let (condition, names, values) = unchanged(changes.read.as_ref());
        let put = self
            .put(item::head_item(self.identity, &changes.head))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(values);
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }

    /// A version's owner and state, replaced; never its value, and only if it is still there.
    fn update(&self, version: &VersionItem) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let key = item::key(self.identity, sort_key::version(self.identity, version.version));
        let mut update = Update::builder()
            .table_name(self.identity.store.as_str())
            .set_key(Some(key))
            .condition_expression("attribute_exists(#env)")
            .expression_attribute_names("#env", item::ENV);
        let mut state = item::state(version);
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (index, attribute) in item::MUTABLE.into_iter().enumerate() {
            update = update.expression_attribute_names(format!("#a{index}"), attribute);
            match state.remove(attribute) {
                Some(value) => {
                    update = update.expression_attribute_values(format!(":a{index}"), value);
                    set.push(format!("#a{index} = :a{index}"));
                }
                None => remove.push(format!("#a{index}")),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&remove.join(", "));
        }
        update.update_expression(expression)
    }
}

type Names = HashMap<String, String>;

/// The condition that the head is as it was read: the same revision and time, or still absent.
fn unchanged(read: Option<&Head>) -> (&'static str, Names, Option<Item>) {
    let name = |placeholder: &str, name: &str| (placeholder.to_owned(), name.to_owned());
    match read {
        None => ("attribute_not_exists(#env)", HashMap::from([name("#env", item::ENV)]), None),
        Some(head) => (
            "#revision = :revision AND #asof = :asof",
            HashMap::from([name("#revision", item::REVISION), name("#asof", item::AS_OF)]),
            Some(HashMap::from([
                (":revision".to_owned(), item::number(head.revision)),
                (":asof".to_owned(), item::number(head.as_of.0)),
            ])),
        ),
    }
}

/// A request that lacks a required member is our own mistake; it is reported, not panicked on.
fn built<T>(result: Result<T, aws_sdk_dynamodb::error::BuildError>) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::Rejected(TABLE, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;

    use super::*;

    #[test]
    fn a_cancelled_transaction_is_sorted_by_its_reasons() {
        for (codes, expected) in [
            (["None", "ConditionalCheckFailed"], Cancelled::Conflict),
            (["TransactionConflict", "None"], Cancelled::Conflict),
            (["ThrottlingError", "ConditionalCheckFailed"], Cancelled::Conflict),
            (["None", "ThrottlingError"], Cancelled::Throttled(Capacity::Requests)),
            (["ProvisionedThroughputExceeded", "None"], Cancelled::Throttled(Capacity::Writes)),
            (["ValidationError", "None"], Cancelled::Rejected),
            (["None", "AccessDenied"], Cancelled::Otherwise),
        ] {
            let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
            let cancelled =
                TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons.to_vec())).build();
            assert_eq!(Cancelled::of(&cancelled), expected, "{codes:?}");
        }
    }
}
