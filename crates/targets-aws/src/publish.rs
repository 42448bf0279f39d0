//! Copies of secrets under names where others look: secret-store's port for them, over Parameter Store and Secrets Manager.
//!
//! Neither reads a value. What stands there is known by its marks: that of a parameter's version is in the version's
//! description, that of a secret's version is its id. Both come with the write itself, so that no version of ours is ever
//! without one.

mod parameter;
mod secret;

pub use parameter::{ParameterOrder, ParameterPublisher, SeenParameter};
pub use secret::{SecretOrder, SecretPublisher, SeenSecret};

#[cfg(test)]
mod tests;
