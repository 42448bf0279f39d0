//! The head moves while its version is looked for.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::testing::{at_once, no_pause};
use crate::{Head, RequestToken, Snapshot, UnixTime};

/// A store whose head moves on each time that it is read; none of its versions is there.
#[derive(Default)]
struct Restless {
    heads: Cell<u64>,
    until: u64,
}

impl GetHead for &Restless {
    async fn get_head(&self, _: &Identity) -> Result<Option<Head>, StoreError> {
        self.heads.set((self.heads.get() + 1).min(self.until));
        let current = Version::new(self.heads.get()).unwrap();
        Ok(Some(Head { current, as_of: UnixTime(1), retired: None, revision: 1 }))
    }
}

impl GetVersion for &Restless {
    async fn get(&self, _: &Identity, _: Version) -> Result<Option<Record>, StoreError> {
        Ok(None)
    }
}

impl QueryVersions for &Restless {
    async fn query(&self, _: &Identity) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::default())
    }
}

fn found(store: &Restless) -> Unreadable {
    let identity = Identity {
        store: "secrets".parse().unwrap(),
        stack_name: "shop".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    };
    let remaining = || Duration::from_secs(25);
    let mut patience = Patience::new(no_pause, RequestToken::manual("a"), &remaining);
    at_once(look_up(&store, &Wanted::Secret(identity, Selector::Current), &mut patience)).unwrap().unwrap_err()
}

#[test]
fn a_version_is_looked_for_where_the_head_is_now() {
    let store = Restless { until: 3, ..Restless::default() };
    assert_eq!(found(&store), Unreadable::NoVersion(Version::new(3).unwrap()));
}

#[test]
fn a_head_that_never_rests_is_not_followed_for_ever() {
    let store = Restless { until: u64::MAX, ..Restless::default() };
    assert!(matches!(found(&store), Unreadable::NoVersion(_)));
    assert!((5..1000).contains(&store.heads.get()), "{}", store.heads.get());
}
