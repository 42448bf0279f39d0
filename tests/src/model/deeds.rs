//! What an operator may set out to do, and how proptest comes by it.

use proptest::option;
use proptest::prelude::*;
use secret_store::plan::operator::Manner;

/// Something that is done by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A value is brought in.
    Put { place: Place, manner: Manner },
    /// A new value for one that was brought in.
    Rotate { place: Place },
    /// A version, or all, out of use; for so many days.
    Retire { place: Place, version: Option<u8>, window: Option<u64> },
    /// A version back into use.
    Restore { place: Place, version: u8 },
    /// Whatever has expired is erased.
    Prune,
    /// A version under another key.
    Reencrypt { place: Place, version: u8, key: usize },
}

/// With what a value begins that was brought in by hand: it is for every stack of the name.
pub const BY_HAND: &str = "by hand";

/// To which secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One of those that are stored.
    Known(u8),
    /// The first stack's, in one of two envs and one of two tables.
    Fresh { env: usize, table: usize },
}

impl Deed {
    /// `None` for all that are stored.
    pub fn place(&self) -> Option<Place> {
        match *self {
            Deed::Put { place, .. }
            | Deed::Rotate { place }
            | Deed::Retire { place, .. }
            | Deed::Restore { place, .. }
            | Deed::Reencrypt { place, .. } => Some(place),
            Deed::Prune => None,
        }
    }
}

/// Any deed.
pub fn deeds() -> impl Strategy<Value = Deed> {
    let manner = prop_oneof![Just(Manner::Next), Just(Manner::Existing)];
    let window = prop_oneof![2 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(7))];
    prop_oneof![
        3 => (place(), manner).prop_map(|(place, manner)| Deed::Put { place, manner }),
        2 => known().prop_map(|place| Deed::Rotate { place }),
        4 => (known(), option::weighted(0.6, 0..4_u8), window)
            .prop_map(|(place, version, window)| Deed::Retire { place, version, window }),
        4 => (known(), 0..4_u8).prop_map(|(place, version)| Deed::Restore { place, version }),
        1 => Just(Deed::Prune),
        2 => (known(), 0..4_u8, 0..3_usize).prop_map(|(place, version, key)| Deed::Reencrypt { place, version, key }),
    ]
}

fn known() -> impl Strategy<Value = Place> {
    (0..4_u8).prop_map(Place::Known)
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![known(), (0..2_usize, 0..2_usize).prop_map(|(env, table)| Place::Fresh { env, table })]
}
