//! The table as whoever deletes credentials may use it.

use aws_session::{CallFailed, Session};
use credstash_format::{Place, Version};

use crate::Table;
use crate::attributes::{string, text};

/// The table for whoever deletes credentials.
#[derive(Clone, Debug)]
pub struct Eraser(Table);

impl Eraser {
    /// The table over a session.
    pub fn connect(session: &Session, table: &str) -> Self {
        Self(Table::connect(session, table))
    }

    /// All versions of a credential, in their order. `dynamodb:Query`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn versions(&self, name: &str) -> Result<Vec<Place>, CallFailed> {
        let Table { client, name: table } = &self.0;
        let query = client.query().table_name(table).key_condition_expression("#N = :N").consistent_read(true);
        let query = query.expression_attribute_names("#N", "name").expression_attribute_values(":N", string(name));
        let mut pages = query.projection_expression("#N, version").into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallFailed::new("Query", error))?;
            let versions = page.items.unwrap_or_default().into_iter().filter_map(|item| text(&item, "version"));
            found.extend(versions.map(|version| Place { name: name.to_owned(), version: Version::stored(version) }));
        }
        Ok(found)
    }

    /// Deletes a version. `dynamodb:DeleteItem`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn delete(&self, place: &Place) -> Result<(), CallFailed> {
        let Table { client, name: table } = &self.0;
        let delete = client.delete_item().table_name(table).key("name", string(&place.name));
        let delete = delete.key("version", string(place.version.as_str()));
        delete.send().await.map(|_| ()).map_err(|error| CallFailed::new("DeleteItem", error))
    }
}
