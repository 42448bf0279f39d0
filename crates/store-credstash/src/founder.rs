//! The table as whoever makes it may use it.

use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, KeyType, ProvisionedThroughput, ScalarAttributeType, TableStatus, Tag,
};
use aws_session::{CallFailed, Session};

use crate::Table;

/// How often a new table is looked at, and after how many looks it is given up.
const PAUSE: Duration = Duration::from_secs(1);
const MOST_LOOKS: usize = 300;

/// The table for whoever makes it.
#[derive(Clone, Debug)]
pub struct Founder(Table);

/// What became of the wish for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founded {
    /// It is there now.
    Made,
    /// It was there before.
    WasThere,
}

impl Founder {
    /// The table over a session.
    pub fn connect(session: &Session, table: &str) -> Self {
        Self(Table::connect(session, table))
    }

    /// Makes the table as credstash does, with its tag and these. `dynamodb:ListTables`, `dynamodb:CreateTable`,
    /// `dynamodb:DescribeTable`, `dynamodb:TagResource`.
    ///
    /// # Errors
    /// For a call that fails, and for a table that does not come up.
    pub async fn make(&self, tags: &[(String, String)]) -> Result<Founded, CallFailed> {
        if self.is_there().await? {
            return Ok(Founded::WasThere);
        }
        self.create().await?;
        let arn = self.wait().await?;
        let tags = [("Name".to_owned(), "credstash".to_owned())].into_iter().chain(tags.iter().cloned());
        let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<_, _>>().map_err(|error| unbuilt("TagResource", error))?;
        let tag = self.0.client.tag_resource().resource_arn(arn).set_tags(Some(tags));
        tag.send().await.map_err(|error| CallFailed::new("TagResource", error))?;
        Ok(Founded::Made)
    }

    async fn is_there(&self) -> Result<bool, CallFailed> {
        let mut pages = self.0.client.list_tables().into_paginator().items().send();
        while let Some(name) = pages.next().await {
            if name.map_err(|error| CallFailed::new("ListTables", error))? == self.0.name {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn create(&self) -> Result<(), CallFailed> {
        let create = || -> Result<_, BuildError> {
            let mut create = self.0.client.create_table().table_name(&self.0.name);
            for (name, key) in [("name", KeyType::Hash), ("version", KeyType::Range)] {
                let definition = AttributeDefinition::builder().attribute_name(name);
                let definition = definition.attribute_type(ScalarAttributeType::S).build()?;
                let element = KeySchemaElement::builder().attribute_name(name).key_type(key).build()?;
                create = create.attribute_definitions(definition).key_schema(element);
            }
            let throughput = ProvisionedThroughput::builder().read_capacity_units(1).write_capacity_units(1);
            Ok(create.provisioned_throughput(throughput.build()?))
        };
        let create = create().map_err(|error| unbuilt("CreateTable", error))?;
        create.send().await.map(|_| ()).map_err(|error| CallFailed::new("CreateTable", error))
    }

    /// Until it can be used; its ARN.
    async fn wait(&self) -> Result<String, CallFailed> {
        for _ in 0..MOST_LOOKS {
            let describe = self.0.client.describe_table().table_name(&self.0.name).send().await;
            let table = match describe.map_err(|error| CallFailed::new("DescribeTable", error)) {
                Ok(output) => output.table,
                // DynamoDB does not promise that it is seen at once.
                Err(error) if error.is("ResourceNotFoundException") => None,
                Err(error) => return Err(error),
            };
            if let Some(table) = table.filter(|table| table.table_status == Some(TableStatus::Active)) {
                return table.table_arn.ok_or_else(|| CallFailed::incomplete("DescribeTable"));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(CallFailed::other("DescribeTable", "the table does not become active"))
    }
}

/// What was to be sent lacks something, which nothing above leaves out.
fn unbuilt(operation: &'static str, error: BuildError) -> CallFailed {
    CallFailed::other(operation, &error.to_string())
}
