//! Every way in which the generator fails, and what it tells the user to do: the one place where errors become text.

use custom_resource::{Error, PhysicalResourceId, PhysicalResourceIdError};
use lambda_function::reason::{self, KeyChoice, Speaker, store_reason};
use password::KeyPairError;
use secret_store::carry_out::Unfinished;
use secret_store::encryption_context::ContextError;
use secret_store::plan::Refusal;
use secret_store::scope::OutOfScope;
use secret_store::store::StoreError;
use secret_store::{Identity, SecretId, SourceContext};

use crate::origin::OriginError;
use crate::settings::TooSmall;

/// Who says it.
const SPEAKER: Speaker =
    Speaker { function: "generator", store_properties: "the property TableName", key: KeyChoice::Property };

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Neither the template nor the environment names a table.
    #[error("no table is named")]
    NoTable,
    /// Neither the template nor the environment names a key.
    #[error("no key is named")]
    NoKey,
    /// The template names no stack and the StackId tells none.
    #[error("no stack is named")]
    NoStackName,
    /// The properties that shape the value contradict each other.
    #[error("the value cannot be made as the properties say")]
    Origin(#[from] OriginError),
    /// No key pair was found.
    #[error("the key pair cannot be made")]
    KeyPair(#[from] KeyPairError),
    /// The function is too small for what it shall make.
    #[error("the function is too small")]
    TooSmall(#[from] TooSmall),
    /// `EncryptedValue` is not what KMS made for this secret.
    #[error("EncryptedValue was not encrypted for this secret")]
    NotEncryptedForThis {
        /// What it must have been encrypted under.
        context: SourceContext,
        /// What KMS says.
        source: Box<StoreError>,
    },
    /// The encryption context is not usable.
    #[error("the encryption context is not usable")]
    Context(#[from] ContextError),
    /// The secret lies outside this pair's bounds.
    #[error("the secret lies outside the bounds of this pair")]
    Scope(#[from] OutOfScope),
    /// The decision was to refuse.
    #[error("refused")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// Which secret.
        identity: Box<Identity>,
    },
    /// The table or the key failed.
    #[error("the table or the key failed")]
    Store(#[from] StoreError),
    /// More than the store holds.
    #[error("the value has {bytes} bytes")]
    TooLong {
        /// Of the value.
        bytes: usize,
        /// What the store holds.
        most: usize,
    },
    /// The same of the value with all that is stored beside it.
    #[error("the version takes {bytes} bytes")]
    VersionTooLarge {
        /// Of the version.
        bytes: usize,
        /// What the store holds.
        most: usize,
    },
    /// The names are too long together, or have what no id may have.
    #[error("the secret's id is not one that CloudFormation takes")]
    Id(#[source] PhysicalResourceIdError),
    /// A write was not confirmed, and nobody can tell whether it was stored: the id is that of what may be there.
    #[error("the version may be stored all the same")]
    PerhapsStored {
        /// What a Delete must find.
        id: Box<SecretId>,
        /// Why nobody can tell.
        source: StoreError,
    },
    /// A Delete could not be carried out.
    #[error("the version could not be taken out of use")]
    NotRetired(#[source] Box<Failure>),
    /// The secret changed in every round.
    #[error("the secret kept changing")]
    Contended,
}

impl<T> From<Unfinished<T, Failure>> for Failure {
    fn from(unfinished: Unfinished<T, Failure>) -> Self {
        match unfinished {
            Unfinished::Undecided(failure) => failure,
            Unfinished::Unread(error) | Unfinished::Unconfirmed { error, .. } => error.into(),
            Unfinished::Contended => Failure::Contended,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Error::new(describe(&failure));
        // That of a failed Create's answer, so that its Delete finds what may have been stored.
        let id = match &failure {
            Failure::PerhapsStored { id, .. } => PhysicalResourceId::parse(id.to_string()).ok(),
            _ => None,
        };
        let error = error.with_source(failure);
        match id {
            Some(id) => error.created(id),
            None => error,
        }
    }
}

/// An error and what led to it: of these, each level says something that the user needs.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What happened and what to do.
fn describe(failure: &Failure) -> String {
    match failure {
        Failure::NoTable => {
            "no table: set the property TableName, or deploy the pair from its template, which sets TABLE_NAME"
                .to_owned()
        }
        Failure::NoKey => {
            "no KMS key: set the property KeyId, or deploy the pair from its template, which sets KMS_KEY_ID".to_owned()
        }
        Failure::NoStackName => {
            "property StackName is missing, and the StackId does not tell the stack's name: set StackName".to_owned()
        }
        Failure::Origin(error) => with_causes(error),
        Failure::KeyPair(error) => with_causes(error),
        Failure::TooSmall(error) => error.to_string(),
        Failure::NotEncryptedForThis { context, .. } => {
            let pairs: Vec<String> = context.pairs().iter().map(|(key, value)| format!("{key}={value}")).collect();
            let pairs = pairs.join(",");
            format!(
                "EncryptedValue was not encrypted for this secret, or under a key that the generator may not use: encrypt \
                 it with aws kms encrypt --encryption-context {pairs}"
            )
        }
        Failure::Id(_) => failure.to_string(),
        Failure::Context(error) => error.to_string(),
        Failure::Scope(error) => scope_reason(error),
        Failure::Refused { refusal, identity } => refusal_reason(refusal, identity),
        Failure::Store(error) | Failure::PerhapsStored { source: error, .. } => store_reason(error, &SPEAKER),
        Failure::TooLong { bytes, most } => {
            format!("the value may have {bytes} bytes, and at most {most} can be stored: ask for a shorter one")
        }
        Failure::VersionTooLarge { bytes, most } => format!(
            "the encrypted value with its EncryptionContext, RotationTrigger and ids may take {bytes} bytes, and an item of \
             the table holds {most}: give a shorter value or a shorter EncryptionContext"
        ),
        Failure::NotRetired(cause) => format!(
            "the secret could not be taken out of use, and nothing was lost: delete the stack again. If it has to go all the \
             same, once it is DELETE_FAILED: aws cloudformation delete-stack --deletion-mode FORCE_DELETE_STACK, which leaves \
             the secret in use. The cause: {}",
            describe(cause)
        ),
        Failure::Contended => {
            "several requests changed this secret until this one's time was over; nothing was lost: try again"
                .to_owned()
        }
    }
}

fn scope_reason(error: &OutOfScope) -> String {
    match error {
        OutOfScope::OtherStack => {
            "property StackName names another stack: leave it out or use !Ref AWS::StackName; a secret that several stacks \
             share must be listed in the parameter SharedStackNames of the cfn-secrets stack"
                .to_owned()
        }
        OutOfScope::OtherEnv(_) => {
            format!("{error}: use another Env, or add it to the parameter AllowedEnvs of the cfn-secrets stack")
        }
        OutOfScope::OtherAccount | OutOfScope::OtherPlace => {
            format!("{error}: it must be listed in a parameter of the cfn-secrets stack, ServedAccounts or ServedRegions")
        }
    }
}

fn refusal_reason(refusal: &Refusal, identity: &Identity) -> String {
    let secret = reason::secret(identity);
    match refusal {
        Refusal::Expired => {
            "this request came too late: nobody waits for its answer any more; nothing was changed".to_owned()
        }
        Refusal::Overtaken => {
            format!("a newer request for {secret} was carried out before this one; nothing was changed: try again")
        }
        Refusal::OutOfBounds(out) => scope_reason(out),
        Refusal::Erased => format!(
            "{secret} has no version of this resource with this RotationTrigger any more; nothing was changed. Give \
             RotationTrigger a new value to make a new secret value"
        ),
        Refusal::Taken { owner, adoptable: true } => format!(
            "{secret} belongs to {owner}. Give this one a Name of its own, or set OnConflict: adopt to take its value over"
        ),
        Refusal::Taken { owner, adoptable: false } => {
            format!("{secret} belongs to {owner}. Give this one a Name of its own, or delete the other one first")
        }
    }
}

#[cfg(test)]
mod tests;
