//! What one write and one version may be at most.

use secret_store::store::{Limits, Windows};

/// An object holds 5 TB, so these are our own: what every store must hold, for a decision or a value must not depend on which
/// one it is for. The window is the bucket's, whose lifecycle erases.
pub const LIMITS: Limits = Limits { windows: Windows::OfTheStore, ..Limits::LEAST };

const _: () = assert!(LIMITS.suffice(), "a bucket holds what a store must");
