//! The table as whoever lists credentials may use it: names, versions and comments.

use aws_session::{CallFailed, Session};
use credstash_format::{Place, Version};

use crate::Table;
use crate::attributes::{Wire, string, text};
use crate::reader::pages;

/// The table for whoever lists credentials.
#[derive(Clone, Debug)]
pub struct Lister(Table);

/// What a list says of one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listing {
    /// Which.
    pub place: Place,
    /// What somebody said of it.
    pub comment: Option<String>,
}

impl Lister {
    /// The table over a session.
    pub fn connect(session: &Session, table: &str) -> Self {
        Self(Table::connect(session, table))
    }

    /// Every version of every credential, in their order. `dynamodb:Scan`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn list(&self) -> Result<Vec<Listing>, CallFailed> {
        let Table { client, name: table } = &self.0;
        let scan = client.scan().table_name(table).projection_expression("#N, version, #C");
        let scan = scan.expression_attribute_names("#N", "name").expression_attribute_names("#C", "comment");
        let mut found = Vec::new();
        pages(scan, |items| found.extend(items.into_iter().filter_map(listing))).await?;
        found.sort();
        Ok(found)
    }

    /// Every version of one credential, in their order. `dynamodb:Query`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn history(&self, name: &str) -> Result<Vec<Listing>, CallFailed> {
        let Table { client, name: table } = &self.0;
        let query = client.query().table_name(table).key_condition_expression("#N = :N").consistent_read(true);
        let query = query.expression_attribute_names("#N", "name").expression_attribute_values(":N", string(name));
        let query = query.projection_expression("#N, version, #C").expression_attribute_names("#C", "comment");
        let mut pages = query.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallFailed::new("Query", error))?;
            found.extend(page.items.unwrap_or_default().into_iter().filter_map(listing));
        }
        Ok(found)
    }
}

fn listing(item: Wire) -> Option<Listing> {
    let place = Place { name: text(&item, "name")?, version: Version::stored(text(&item, "version")?) };
    Some(Listing { place, comment: text(&item, "comment") })
}
