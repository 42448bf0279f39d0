//! The DynamoDB table as whoever lists secrets may use it: it reads no values, and so has nothing to decrypt.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_session::{Session, page};
use secret_store::store::{Inventory, ScanVersions, StoreError};
use secret_store::{Identity, StoreName};

use crate::item::{self, Entry, Item};
use crate::sort_key;
use crate::table::{TABLE, failed};

/// The table for whoever lists secrets.
#[derive(Clone, Debug)]
pub struct TableLister(Client);

impl TableLister {
    /// The tables of a session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self::new(Client::new(session.config()))
    }

    /// The tables of a client that was configured elsewhere.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

/// `dynamodb:Scan`.
impl ScanVersions for TableLister {
    async fn scan(&self, store: &StoreName, mut seen: impl FnMut(usize)) -> Result<Inventory, StoreError> {
        let mut inventory = Inventory::default();
        let mut read = 0;
        pages(store, self.pages(store), |items| {
            read += items.len();
            for item in items {
                placed(store, item)?.put_into(&mut inventory);
            }
            seen(read);
            Ok(())
        })
        .await?;
        if read == 0 {
            check_the_keys(&self.0, store).await?;
        }
        in_order(&mut inventory);
        Ok(inventory)
    }
}

impl TableLister {
    fn pages(&self, store: &StoreName) -> ScanFluentBuilder {
        let mut scan = self.0.scan().table_name(store.as_str());
        let mut projection = Vec::new();
        for (index, attribute) in [item::STACK_NAME].into_iter().chain(item::ALL_BUT_THE_VALUE).enumerate() {
            let placeholder = format!("#p{index}");
            scan = scan.expression_attribute_names(&placeholder, attribute);
            projection.push(placeholder);
        }
        scan.projection_expression(projection.join(", "))
    }
}

/// Scans a table, a page after the other, each waited for.
pub(crate) async fn pages(
    store: &StoreName,
    scan: ScanFluentBuilder,
    mut each: impl FnMut(Vec<Item>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut start = None;
    loop {
        let scan = scan.clone().set_exclusive_start_key(start);
        let ask = async || scan.clone().send().await.map_err(|error| failed(store, "dynamodb:Scan", error));
        let output = page(ask).await?;
        each(output.items.unwrap_or_default())?;
        start = output.last_evaluated_key;
        if start.is_none() {
            return Ok(());
        }
    }
}

/// An empty table says nothing of what it is for; DynamoDB takes no key to start from that is not one of its own.
pub(crate) async fn check_the_keys(client: &Client, store: &StoreName) -> Result<(), StoreError> {
    let start = BTreeMap::from([(item::STACK_NAME, "-"), (item::ENV, "-")]);
    let start: Item = start.into_iter().map(|(name, value)| (name.to_owned(), item::text(value))).collect();
    let scan = client.scan().table_name(store.as_str()).limit(1).set_exclusive_start_key(Some(start));
    scan.send().await.map(|_| ()).map_err(|error| failed(store, "dynamodb:Scan", error))
}

/// Where an item belongs.
pub(crate) enum Placed {
    Of(Identity, Entry),
    /// It cannot be read: where it lies, and what is wrong with it.
    Unreadable(String, StoreError),
}

/// Finds out where an item belongs.
///
/// # Errors
/// For an item without the keys of the format: all items of a table have the same ones, so it is another kind of table.
pub(crate) fn placed(store: &StoreName, item: Item) -> Result<Placed, StoreError> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let (Some(stack_name), Some(key)) = (text(item::STACK_NAME), text(item::ENV)) else {
        return Err(StoreError::Rejected(TABLE, Box::new(OtherKeys)));
    };
    let place = format!("{stack_name}/{key}");
    let identity = stack_name.parse().ok().and_then(|stack_name| {
        let (env, name) = sort_key::secret(&key)?;
        Some(Identity { store: store.clone(), stack_name, env, name })
    });
    let Some(identity) = identity else {
        let problem = "its keys are not those of a secret";
        return Ok(Placed::Unreadable(place, StoreError::Malformed { version: key, problem }));
    };
    Ok(match item::read(&identity, item) {
        Ok(entry) => Placed::Of(identity, entry),
        Err(error) => Placed::Unreadable(place, error),
    })
}

impl Placed {
    /// Puts it there.
    pub(crate) fn put_into(self, inventory: &mut Inventory) {
        match self {
            Self::Of(identity, Entry::Head(head)) => inventory.secrets.entry(identity).or_default().head = Some(head),
            Self::Of(identity, Entry::Version(version, _)) => {
                inventory.secrets.entry(identity).or_default().versions.push(*version);
            }
            Self::Unreadable(place, error) => inventory.unreadable.push((place, error)),
        }
    }
}

/// A scan has no order.
pub(crate) fn in_order(inventory: &mut Inventory) {
    for snapshot in inventory.secrets.values_mut() {
        snapshot.versions.sort_by_key(|item| item.version);
    }
}

/// A table for something else.
#[derive(Debug)]
struct OtherKeys;

impl std::fmt::Display for OtherKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its items have no text under {} and {}", item::STACK_NAME, item::ENV)
    }
}

impl std::error::Error for OtherKeys {}

#[cfg(test)]
mod tests {
    use secret_store::{Head, UnixTime, Version};

    use super::*;

    fn put(inventory: &mut Inventory, attributes: &[(&str, &str)]) -> Result<(), StoreError> {
        let item = attributes.iter().map(|(name, value)| ((*name).to_owned(), item::text(*value)));
        placed(&"secrets".parse().unwrap(), item.collect()).map(|placed| placed.put_into(inventory))
    }

    #[test]
    fn what_is_no_secret_is_told_and_does_not_stop_the_list() {
        let identity = Identity {
            store: "secrets".parse().unwrap(),
            stack_name: "shop".parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: "api".parse().unwrap(),
        };
        let head = Head { current: Version::FIRST, as_of: UnixTime(1), retired: None, revision: 1 };
        let mut inventory = Inventory::default();
        placed(&identity.store, item::head_item(&identity, &head)).unwrap().put_into(&mut inventory);
        put(&mut inventory, &[("StackName", "shop"), ("Env", "prod#0000000000000000001")]).unwrap();
        put(&mut inventory, &[("StackName", "shop"), ("Env", "a b")]).unwrap();
        assert_eq!(inventory.secrets[&identity].head, Some(head));
        let places: Vec<_> = inventory.unreadable.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["shop/prod#0000000000000000001", "shop/a b"]);
    }

    #[test]
    fn a_table_with_other_keys_is_another_kind_of_table() {
        for keys in [["name", "version"], ["StackName", "Name"], ["stackname", "Env"]] {
            let error = put(&mut Inventory::default(), &[(keys[0], "a"), (keys[1], "b")]).unwrap_err();
            assert!(matches!(error, StoreError::Rejected(TABLE, _)), "{error:?}");
        }
    }
}
