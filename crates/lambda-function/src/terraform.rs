//! What Terraform adds to a direct invocation whose `aws_lambda_invocation` has `lifecycle_scope = "CRUD"`: the key `tf`.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_invocation>

use custom_resource::{Error, Properties};
use serde::Deserialize;
use serde_json::Value;

const KEY: &str = "tf";

/// What Terraform does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Create,
    /// Something about it has changed.
    Update,
    /// It is destroyed.
    Delete,
}

impl Action {
    /// Takes `tf` out of an event, where it is: none of the properties.
    ///
    /// # Errors
    /// An action that is not known, of which nobody can tell what it must not do.
    pub fn take(event: &mut Properties) -> Result<Option<Self>, Error> {
        let Some(tf) = event.get(KEY) else { return Ok(None) };
        let action = tf.get("action").and_then(|action| Self::deserialize(action).ok());
        event.remove(KEY);
        action.map(Some).ok_or_else(|| {
            Error::new(format!("{KEY} is Terraform's own, and its action is create, update or delete: leave {KEY} out"))
        })
    }
}

/// The answer to a destroy, of which nothing comes: a secret that something may still have is not erased by it, and a
/// refusal would keep Terraform from ever ending.
pub fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}
