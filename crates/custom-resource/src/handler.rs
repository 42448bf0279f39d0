//! What a handler sees and hands back: the trait, its context, its outcome, its error.

pub(crate) mod context;
pub(crate) mod custom_resource;
pub(crate) mod error;
pub(crate) mod not_started;
pub(crate) mod outcome;
