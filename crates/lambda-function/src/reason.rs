//! What a user reads about a store or a key that fails, and about a secret: the same words in every function.

use secret_store::Identity;
use secret_store::store::{Capacity, Denier, Resource, Service, StoreError};

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
        StoreError::Missing { resource: resource @ Resource::Store(_), name, .. } => format!(
            "the {resource} {} does not exist in this region: restore it under this name, or check {}",
            name.as_deref().unwrap_or_default(),
            speaker.store_properties
        ),
        StoreError::Missing { resource: resource @ Resource::Key(_), .. } => match speaker.key {
            KeyChoice::Property => format!("the {resource} does not exist in this region: check the property KeyId"),
            KeyChoice::Stored => format!("the {resource} that encrypted this secret does not exist any more"),
        },
        StoreError::Denied { resource, action, denier, .. } => denied(resource, action, *denier, speaker),
        StoreError::Throttled { resource, capacity, .. } => throttled(resource, *capacity),
        StoreError::Unauthenticated(resource, _) => format!(
            "{} did not accept the function's credentials or the time of its request, however often it was asked: try \
             again; if that does not help, update the function's configuration, so that it starts with new credentials",
            resource.service().name
        ),
        StoreError::KeyElsewhere { region } => format!(
            "the key that encrypted this secret is in {region}, and it is not a multi-Region key: read the secret there, or generate it with a \
             multi-Region key that is replicated to this region"
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
        StoreError::TooLarge { resource, most, .. } => format!(
            "an item of the {resource} holds {most} bytes, and this version has more, counting who took it over from whom: \
             delete resources that had it before and no longer use it, or give this one a Name of its own"
        ),
        StoreError::Malformed { .. } => format!("{error}: repair or remove the item; docs/format.md describes it"),
        StoreError::Untrusted { .. } => format!(
            "{error}; where a network looks into TLS, name its root certificates to the {} by AWS_CA_BUNDLE",
            speaker.function
        ),
        StoreError::Unavailable(resource, _) => {
            format!("{} did not answer properly, however often it was asked: try again", resource.service().name)
        }
    }
}

/// Who has to change what, by whose denial it is.
fn denied(resource: &Resource, action: &str, denier: Denier, speaker: &Speaker) -> String {
    let way_out = match denier {
        Denier::Role => {
            return format!(
                "the {}'s role may not call {action} on this {resource}: the stock template allows its own table and key; \
                 allow others by its parameters AdditionalTableArns and AdditionalKeyArns (and in the key's policy)",
                speaker.function
            );
        }
        Denier::ServiceControlPolicy => "a service control policy of the organization denies it: ask its administrator",
        Denier::ResourceControlPolicy => {
            "a resource control policy of the organization denies it: ask its administrator"
        }
        Denier::PermissionsBoundary => "the role's permissions boundary does not allow it: allow it there",
        Denier::SessionPolicy => "the session's policy does not allow it: allow it there",
        Denier::EndpointPolicy => "the policy of the VPC endpoint does not allow it: allow it there",
        Denier::ResourcePolicy => "the policy of that resource itself does not allow it: allow it there",
        Denier::ExplicitDeny => "a policy of the role denies it explicitly: remove that statement",
        Denier::StoresOwnKey => {
            "the role may not use the KMS key that the table itself is encrypted with: allow it in that key's policy"
        }
    };
    format!("the {}'s role may not call {action} on this {resource}: {way_out}", speaker.function)
}

/// What there is too little of, and how there is more.
fn throttled(resource: &Resource, capacity: Capacity) -> String {
    let way_out = match capacity {
        Capacity::Reads => "raise the parameter ReadCapacityUnits of the cfn-secrets stack",
        Capacity::Writes => "raise the parameter WriteCapacityUnits of the cfn-secrets stack",
        Capacity::Requests => "ask AWS for a higher quota of requests a second",
    };
    format!(
        "the {resource} was throttled until the request's time was over: try again with fewer resources at a time, or {way_out}"
    )
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

    fn missing(resource: Resource, name: Option<&str>) -> StoreError {
        StoreError::Missing { resource, name: name.map(str::to_owned), source: "".into() }
    }

    fn throttled(resource: Resource, capacity: Capacity) -> StoreError {
        StoreError::Throttled { resource, capacity, source: "".into() }
    }

    fn denied(denier: Denier) -> StoreError {
        StoreError::Denied { resource: TABLE, action: "dynamodb:Query", denier, source: "".into() }
    }

    #[test]
    fn each_function_says_what_its_own_users_can_do() {
        for (error, of_the_generator, of_the_getter) in [
            (missing(TABLE, Some("secrets")), "DynamoDB table secrets does not exist", "check SecretId or TableName"),
            (missing(TABLE, Some("secrets")), "restore it under this name", "restore it under this name"),
            (missing(KEY, None), "check the property KeyId", "encrypted this secret does not exist"),
            (throttled(TABLE, Capacity::Writes), "throttled", "raise the parameter WriteCapacityUnits"),
            (throttled(TABLE, Capacity::Reads), "throttled", "raise the parameter ReadCapacityUnits"),
            (throttled(KEY, Capacity::Requests), "throttled", "try again"),
            (StoreError::Unauthenticated(TABLE, "".into()), "credentials or the time", "try again"),
            (StoreError::KeyElsewhere { region: "eu-west-1".to_owned() }, "in eu-west-1", "multi-Region key"),
            (
                StoreError::Rejected(TABLE, "".into()),
                "the table must have these keys",
                "the table must have these keys",
            ),
            (StoreError::Rejected(KEY, "".into()), "a symmetric encryption key", "not that of a KMS key"),
            (
                StoreError::TooLarge { resource: TABLE, most: 409_600, source: "".into() },
                "an item of the DynamoDB table holds 409600 bytes",
                "a Name of its own",
            ),
            (StoreError::KeyUnusable("".into()), "set KeyId to another", "cancel its deletion"),
            (StoreError::Unavailable(KEY, "".into()), "KMS did not answer", "try again"),
            (
                StoreError::Untrusted { host: "kms.example".to_owned(), why: "UnknownIssuer".to_owned() },
                "the certificate of kms.example is not trusted: UnknownIssuer",
                "to the getter by AWS_CA_BUNDLE",
            ),
            (
                denied(Denier::Role),
                "the generator's role may not call dynamodb:Query on this DynamoDB table",
                "the getter's role",
            ),
            (denied(Denier::Role), "AdditionalTableArns", "AdditionalTableArns"),
            (denied(Denier::ServiceControlPolicy), "a service control policy", "dynamodb:Query"),
            (denied(Denier::ResourceControlPolicy), "a resource control policy", "dynamodb:Query"),
            (denied(Denier::PermissionsBoundary), "the role's permissions boundary", "dynamodb:Query"),
            (denied(Denier::SessionPolicy), "the session's policy", "dynamodb:Query"),
            (denied(Denier::EndpointPolicy), "the policy of the VPC endpoint", "dynamodb:Query"),
            (denied(Denier::ResourcePolicy), "the policy of that resource itself", "dynamodb:Query"),
            (denied(Denier::ExplicitDeny), "denies it explicitly", "dynamodb:Query"),
            (denied(Denier::StoresOwnKey), "the KMS key that the table itself is encrypted with", "dynamodb:Query"),
        ] {
            for (speaker, expected) in [(GENERATOR, of_the_generator), (GETTER, of_the_getter)] {
                let reason = store_reason(&error, &speaker);
                assert!(reason.contains(expected), "{reason}");
            }
        }
    }
}
