//! What a user reads about a store or a key that fails, and about a secret: the same words in every function.

use secret_store::Identity;
use secret_store::store::{Resource, Service, StoreError};

/// Who says it.
#[derive(Clone, Copy, Debug)]
pub struct Speaker {
    /// The function, as its users call it.
    pub function: &'static str,
    /// The properties that name the store.
    pub store_properties: &'static str,
    /// How the function comes to its key.
    pub key: KeyChoice,
}

/// How a function comes to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChoice {
    /// The property `KeyId` or the deployment chooses it, to encrypt.
    Property,
    /// The stored version names the one that encrypted it, to decrypt.
    Stored,
}

/// A secret by its address.
pub fn secret(identity: &Identity) -> String {
    let Identity { store, stack_name, env, name } = identity;
    format!("the secret {name} of {stack_name} in Env {env} (table {store})")
}

/// What happened to a store or a key, and what to do about it.
pub fn store_reason(error: &StoreError, speaker: &Speaker) -> String {
    match error {
        StoreError::Missing(resource @ Resource::Store(_), _) => {
            format!("the {resource} does not exist in this region: check {}", speaker.store_properties)
        }
        StoreError::Missing(resource @ Resource::Key(_), _) => match speaker.key {
            KeyChoice::Property => format!("the {resource} does not exist in this region: check the property KeyId"),
            KeyChoice::Stored => format!("the {resource} that encrypted this secret does not exist any more"),
        },
        StoreError::Denied { resource, action, .. } => format!(
            "the {}'s role may not call {action} on this {resource}: the stock template allows its own table and key; \
             allow others by its parameters AdditionalTableArns and AdditionalKeyArns (and in the key's policy)",
            speaker.function
        ),
        StoreError::KeyUnusable(_) => match speaker.key {
            KeyChoice::Property => "the KMS key is disabled, pending deletion or not for encryption: enable it, or set \
                                    KeyId to another key"
                .to_owned(),
            KeyChoice::Stored => "the KMS key that encrypted this secret is disabled or pending deletion: enable it, or \
                                  cancel its deletion"
                .to_owned(),
        },
        StoreError::Undecryptable(_) => {
            "the stored value does not decrypt under its own key and encryption context: the item was changed or copied; \
             restore it from a backup"
                .to_owned()
        }
        StoreError::NotText => {
            "the stored value is not UTF-8 text, so no template can use it: encrypt a text for EncryptedValue".to_owned()
        }
        StoreError::Rejected(resource, _) => rejected(resource, speaker),
        StoreError::Malformed { .. } => format!("{error}: repair or remove the item; docs/format.md describes it"),
        StoreError::Unavailable(resource, _) => {
            format!("{} did not answer properly, also not when asked again: try again", resource.service().name)
        }
    }
}

fn rejected(resource: &Resource, speaker: &Speaker) -> String {
    let Service { name, requirement, .. } = resource.service();
    match (resource, speaker.key) {
        (Resource::Store(_), _) => format!("{name} refused the request: {requirement}"),
        (Resource::Key(_), KeyChoice::Property) => {
            format!("{name} refused the request: KeyId must be an id, ARN, alias or alias ARN, and {requirement}")
        }
        (Resource::Key(_), KeyChoice::Stored) => {
            format!("{name} refused the request: the stored KeyArn is not that of a {resource}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATOR: Speaker =
        Speaker { function: "generator", store_properties: "the property TableName", key: KeyChoice::Property };
    const GETTER: Speaker =
        Speaker { function: "getter", store_properties: "SecretId or TableName", key: KeyChoice::Stored };
    const TABLE: Resource =
        Resource::Store(Service { name: "DynamoDB", noun: "table", requirement: "the table must have these keys" });
    const KEY: Resource =
        Resource::Key(Service { name: "KMS", noun: "key", requirement: "the key must be a symmetric encryption key" });

    #[test]
    fn each_function_says_what_its_own_users_can_do() {
        for (error, of_the_generator, of_the_getter) in [
            (StoreError::Missing(TABLE, "".into()), "DynamoDB table does not exist", "check SecretId or TableName"),
            (StoreError::Missing(KEY, "".into()), "check the property KeyId", "encrypted this secret does not exist"),
            (
                StoreError::Rejected(TABLE, "".into()),
                "the table must have these keys",
                "the table must have these keys",
            ),
            (StoreError::Rejected(KEY, "".into()), "a symmetric encryption key", "not that of a KMS key"),
            (StoreError::KeyUnusable("".into()), "set KeyId to another", "cancel its deletion"),
            (StoreError::Unavailable(KEY, "".into()), "KMS did not answer", "try again"),
            (
                StoreError::Denied { resource: TABLE, action: "dynamodb:Query", source: "".into() },
                "the generator's role may not call dynamodb:Query on this DynamoDB table",
                "the getter's role",
            ),
        ] {
            for (speaker, expected) in [(GENERATOR, of_the_generator), (GETTER, of_the_getter)] {
                let reason = store_reason(&error, &speaker);
                assert!(reason.contains(expected), "{reason}");
            }
        }
    }
}
