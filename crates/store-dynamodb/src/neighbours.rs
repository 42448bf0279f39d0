//! Secrets that lie close to each other in a table, so that one Query reads them all, where each by itself would take one.

use std::collections::BTreeMap;

use secret_store::Identity;

use crate::item::{self, Item};
use crate::sort_key;

/// The most that are read by one Query: how many Queries there are decides how many can be under way at a time.
const MOST: usize = 100;

/// Fewer than these are read one by one: what lies between two that are far apart may be the whole stack.
const FEW: usize = 8;

/// Secrets of one table and stack, at least one, by their sort keys.
#[derive(Clone, Debug)]
pub struct Neighbours {
    any: Identity,
    by_key: BTreeMap<String, Identity>,
}

impl Neighbours {
    /// All of these secrets, in groups.
    pub fn of(identities: impl IntoIterator<Item = Identity>) -> Vec<Self> {
        let mut stacks: BTreeMap<_, BTreeMap<String, Identity>> = BTreeMap::new();
        for identity in identities {
            let stack = stacks.entry((identity.store.clone(), identity.stack_name.clone())).or_default();
            stack.insert(sort_key::head(&identity), identity);
        }
        stacks.into_values().flat_map(in_groups).collect()
    }

    /// Each of them by itself.
    pub fn one_by_one(self) -> impl Iterator<Item = Self> {
        self.by_key
            .into_iter()
            .map(|(key, identity)| Self { any: identity.clone(), by_key: BTreeMap::from([(key, identity)]) })
    }

    /// The secrets.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.by_key.values()
    }

    /// One of them: all have its table and its stack.
    pub(crate) fn any(&self) -> &Identity {
        &self.any
    }

    /// The first sort key of any of them, and the last.
    pub(crate) fn range(&self) -> (String, String) {
        let keys = self.iter().map(|identity| (sort_key::head(identity), sort_key::last(identity)));
        let start = (sort_key::head(&self.any), sort_key::last(&self.any));
        keys.fold(start, |(first, last), (head, end)| (first.min(head), last.max(end)))
    }

    /// Whose an item is; `None` for what lies between them.
    pub(crate) fn of_item(&self, item: &Item) -> Option<&Identity> {
        let key = item.get(item::ENV)?.as_s().ok()?;
        let head = key.split_once('#').map_or(key.as_str(), |(head, _)| head);
        self.by_key.get(head)
    }
}

fn in_groups(stack: BTreeMap<String, Identity>) -> Vec<Neighbours> {
    let size = if stack.len() < FEW { 1 } else { MOST };
    let mut groups: Vec<Neighbours> = Vec::new();
    for (key, identity) in stack {
        match groups.last_mut() {
            Some(group) if group.by_key.len() < size => {
                group.by_key.insert(key, identity);
            }
            _ => groups.push(Neighbours { any: identity.clone(), by_key: BTreeMap::from([(key, identity)]) }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn identity(stack: usize, name: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: format!("stack-{stack}").parse().unwrap(),
            env: "prod".parse().unwrap(),
            name: name.parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn each_secret_is_in_one_group_that_reads_all_of_it(
            secrets in prop::collection::btree_set((0..3_usize, "[ab._-]{1,4}"), 0..300),
        ) {
            let secrets: BTreeSet<_> = secrets.into_iter().map(|(stack, name)| identity(stack, &name)).collect();
            let groups = Neighbours::of(secrets.clone());
            let mut found: Vec<_> = groups.iter().flat_map(Neighbours::iter).cloned().collect();
            found.sort();
            prop_assert_eq!(found, secrets.into_iter().collect::<Vec<_>>());
            for group in &groups {
                let (first, last) = group.range();
                prop_assert!(group.by_key.len() <= MOST);
                for identity in group.iter() {
                    prop_assert_eq!(&identity.stack_name, &group.any.stack_name);
                    prop_assert!(first <= sort_key::head(identity) && sort_key::last(identity) <= last);
                    let version = sort_key::version(identity, secret_store::Version::FIRST);
                    prop_assert_eq!(group.of_item(&item::key(identity, version)), Some(identity));
                }
            }
        }
    }

    #[test]
    fn few_are_asked_for_one_by_one() {
        let groups = |count: usize| Neighbours::of((0..count).map(|name| identity(0, &name.to_string()))).len();
        assert_eq!([groups(0), groups(1), groups(7), groups(8), groups(100), groups(101)], [0, 1, 7, 1, 1, 2]);
    }
}
