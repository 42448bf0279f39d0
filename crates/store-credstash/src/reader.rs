//! The table as whoever reads credentials may use it.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_session::{CallFailed, Session, page};
use credstash_format::{Attributes, Place, Version};

use crate::Table;
use crate::attributes::{Wire, of_wire, string, text};

/// The table for whoever reads credentials.
#[derive(Clone, Debug)]
pub struct Reader(Table);

impl Reader {
    /// The table over a session.
    pub fn connect(session: &Session, table: &str) -> Self {
        Self(Table::connect(session, table))
    }

    /// The highest version of a credential. `dynamodb:Query`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn latest(&self, name: &str) -> Result<Option<(Place, Attributes)>, CallFailed> {
        let output = highest(&self.0, name).send().await.map_err(|error| CallFailed::new("Query", error))?;
        let item = output.items.unwrap_or_default().into_iter().next();
        Ok(item.and_then(|item| {
            let version = Version::stored(text(&item, "version")?);
            Some((Place { name: name.to_owned(), version }, of_wire(item)))
        }))
    }

    /// One version of a credential. `dynamodb:GetItem`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn version(&self, place: &Place) -> Result<Option<Attributes>, CallFailed> {
        let Table { client, name: table } = &self.0;
        let get = client.get_item().table_name(table).consistent_read(true);
        let get = get.key("name", string(&place.name)).key("version", string(place.version.as_str()));
        let output = get.send().await.map_err(|error| CallFailed::new("GetItem", error))?;
        Ok(output.item.map(of_wire))
    }

    /// Every version of every credential, a page after the other. `dynamodb:Scan`.
    ///
    /// A scan reads whole items in any case: to keep what credstash asks for once more, name by name, spares it all those
    /// questions, and as a consistent one it sees what they would.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn all(&self, mut each: impl FnMut(Place, Attributes)) -> Result<(), CallFailed> {
        let Table { client, name: table } = &self.0;
        pages(client.scan().table_name(table).consistent_read(true), |items| {
            for item in items {
                let keys = text(&item, "name").zip(text(&item, "version"));
                if let Some((name, version)) = keys {
                    each(Place { name, version: Version::stored(version) }, of_wire(item));
                }
            }
        })
        .await
    }
}

/// Scans the table, a page after the other. Each is waited for: the table that credstash makes reads 4 KB in a second.
pub(crate) async fn pages(scan: ScanFluentBuilder, mut each: impl FnMut(Vec<Wire>)) -> Result<(), CallFailed> {
    let mut start = None;
    loop {
        let scan = scan.clone().set_exclusive_start_key(start);
        let ask = async || scan.clone().send().await.map_err(|error| CallFailed::new("Scan", error));
        let output = page(ask).await?;
        each(output.items.unwrap_or_default());
        start = output.last_evaluated_key;
        if start.is_none() {
            return Ok(());
        }
    }
}

/// A consistent query of the highest version.
pub(crate) fn highest(table: &Table, name: &str) -> QueryFluentBuilder {
    let query = table.client.query().table_name(&table.name).key_condition_expression("#N = :N");
    let query = query.expression_attribute_names("#N", "name").expression_attribute_values(":N", string(name));
    query.scan_index_forward(false).limit(1).consistent_read(true)
}
