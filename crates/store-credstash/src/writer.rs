//! The table as whoever stores credentials may use it: new versions, never another value for one that is there.

use aws_session::{CallFailed, Session};
use credstash_format::{Item, Version};

use crate::Table;
use crate::attributes::{string, text, to_wire};
use crate::reader::highest;

/// The table for whoever stores credentials.
#[derive(Clone, Debug)]
pub struct Writer(Table);

/// Why a version was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotPut {
    /// There is one already, with another value.
    #[error("the version is there already")]
    Exists(#[source] CallFailed),
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] CallFailed),
}

impl Writer {
    /// The table over a session.
    pub fn connect(session: &Session, table: &str) -> Self {
        Self(Table::connect(session, table))
    }

    /// The highest version that there is. `dynamodb:Query`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn highest(&self, name: &str) -> Result<Option<Version>, CallFailed> {
        let query = highest(&self.0, name).projection_expression("version");
        let output = query.send().await.map_err(|error| CallFailed::new("Query", error))?;
        Ok(output.items().first().and_then(|item| text(item, "version")).map(Version::stored))
    }

    /// Stores a version that is not there yet. `dynamodb:PutItem`.
    ///
    /// # Errors
    /// For one that is there, and for a call that fails.
    pub async fn put(&self, item: &Item) -> Result<(), NotPut> {
        let Table { client, name: table } = &self.0;
        let put = client.put_item().table_name(table).set_item(Some(to_wire(item.to_attributes())));
        let put = put.condition_expression("attribute_not_exists(#N)").expression_attribute_names("#N", "name");
        match put.send().await.map_err(|error| CallFailed::new("PutItem", error)) {
            Ok(_) => Ok(()),
            // The answer to the first attempt may have been lost, and the SDK have tried again: is it ours?
            Err(error) if error.is("ConditionalCheckFailedException") => {
                if self.holds(item).await {
                    Ok(())
                } else {
                    Err(NotPut::Exists(error))
                }
            }
            Err(error) => Err(NotPut::Failed(error)),
        }
    }

    /// Whether this very item is there: no two have the same encrypted key. Whoever may not look does not know.
    async fn holds(&self, item: &Item) -> bool {
        let Table { client, name: table } = &self.0;
        let get = client.get_item().table_name(table).consistent_read(true).projection_expression("#K, contents");
        let get = get.expression_attribute_names("#K", "key").key("name", string(&item.place.name));
        let get = get.key("version", string(item.place.version.as_str()));
        let ours = to_wire(item.to_attributes());
        let same = |found: &crate::attributes::Wire| {
            ["key", "contents"].iter().all(|name| found.get(*name).is_some() && found.get(*name) == ours.get(*name))
        };
        get.send().await.is_ok_and(|output| output.item.is_some_and(|found| same(&found)))
    }
}
