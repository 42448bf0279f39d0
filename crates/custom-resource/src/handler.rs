//! What a handler sees and hands back: the trait, its context, its outcome, its error.

pub(crate) mod begun;
pub(crate) mod context;
pub(crate) mod context_builder;
pub(crate) mod custom_resource;
pub(crate) mod error;
pub(crate) mod from_fn;
pub(crate) mod invocation;
pub(crate) mod not_started;
pub(crate) mod not_yet;
pub(crate) mod outcome;
pub(crate) mod physical_resource_id;
