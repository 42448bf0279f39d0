//! Every way in which the publisher fails, and what it tells the user to do: the one place where errors become text.

use std::fmt;

use custom_resource::{Error, PhysicalResourceIdError};
use lambda_function::reading::{ReadFailure, read_reason};
use lambda_function::reason::{KeyChoice, Speaker, store_reason};
use secret_store::publish::{Arrival, Hand, Refusal, Undone};
use secret_store::store::{Denier, StoreError};
use targets_aws::limits::Breach;
use targets_aws::{NotDone, Refusal as RefusedCall};

use crate::shape::ShapeError;

/// Who says it.
const SPEAKER: Speaker =
    Speaker { function: "publisher", store_properties: "SecretId or TableName", key: KeyChoice::Stored };

/// Where something is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// In Parameter Store.
    Parameter,
    /// In Secrets Manager.
    Secret,
}

impl TargetKind {
    fn prefixes(self) -> &'static str {
        match self {
            Self::Parameter => "ParameterPrefixes",
            Self::Secret => "SecretPrefixes",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parameter => "parameter",
            Self::Secret => "secret",
        })
    }
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The template says something that is not understood.
    #[error(transparent)]
    Properties(Error),
    /// Neither target is named.
    #[error("no target is named")]
    Nowhere,
    /// The secret was not read.
    #[error(transparent)]
    Read(#[from] ReadFailure),
    /// A value of `Fields` is no id.
    #[error("the field {0} has no SecretId")]
    FieldId(String),
    /// The secret does not have the shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The service would not take it.
    #[error("{0}: {1}")]
    Limit(TargetKind, Breach),
    /// A name that whoever looks for an ARN may take for one.
    #[error("the secret's name reads as an ARN")]
    ReadsAsAnArn(String),
    /// The role may not write there.
    #[error("the {kind} lies outside the prefixes")]
    OutsidePrefixes {
        /// Which kind.
        kind: TargetKind,
        /// Its name.
        name: String,
        /// What it may begin with.
        prefixes: String,
    },
    /// A tag that no service takes.
    #[error("the tag {0} cannot be one")]
    Tag(String),
    /// More tags than there may be.
    #[error("the {0} has {1} tags")]
    TooManyTags(TargetKind, usize),
    /// The target refused, or was left as it is.
    #[error("the {kind} is not published")]
    Target {
        /// Which kind.
        kind: TargetKind,
        /// Its name.
        name: String,
        /// Why.
        #[source]
        error: Box<Undone<NotDone>>,
        /// Whether it was to be removed.
        doing: Doing,
    },
    /// Somebody invokes the function, and no stack.
    #[error("no stack asks")]
    Invoked,
    /// The names of stack, resource and copies are longer than an id holds.
    #[error("the resource's names make no PhysicalResourceId")]
    Id(#[source] PhysicalResourceIdError),
}

/// What was being done to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It was to be published.
    Publish,
    /// It was to be removed.
    Remove,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Properties(error) => error,
            failure => Error::new(describe(&failure)).with_source(failure),
        }
    }
}

/// What happened and what to do.
pub(crate) fn describe(failure: &Failure) -> String {
    match failure {
        Failure::Properties(error) => error.to_string(),
        Failure::Nowhere => {
            "property Parameter is missing: set Parameter, Secret or both, which say where the secret is published"
                .to_owned()
        }
        Failure::Read(failure) => read_reason(failure, &SPEAKER),
        Failure::FieldId(name) => {
            format!(
                "property Fields.{name}: must be the !Ref of a generated secret, such as TableName/StackName/Env/Name@version.tag"
            )
        }
        Failure::Shape(error) => error.to_string(),
        Failure::Limit(TargetKind::Parameter, breach) => format!("property Parameter: {breach}{}", tier_advice(breach)),
        Failure::Limit(TargetKind::Secret, breach) => format!("property Secret: {breach}"),
        Failure::ReadsAsAnArn(name) => format!(
            "property Secret: {name:?} ends in a hyphen and six characters, as the ARN of a secret does, and whoever asks by a part of \
             an ARN may get another secret: choose another Name"
        ),
        Failure::OutsidePrefixes { kind, name, prefixes } => {
            let may = match prefixes.as_str() {
                "" => "none at all".to_owned(),
                prefixes => format!("only names that begin with {prefixes}"),
            };
            format!(
                "the publisher may not write the {kind} {name:?}, {may}: use another Name, or add a prefix to the parameter {} of the \
                 cfn-secrets stack",
                kind.prefixes()
            )
        }
        Failure::Tag(key) => format!(
            "property Tags: {key:?} cannot be a tag: keys have 1 to 128 characters and do not begin with aws: or cfn-secrets:, values at \
             most 256; those of a parameter have letters, digits, spaces and _.:/=+-@ alone"
        ),
        Failure::TooManyTags(kind, count) => {
            format!("property Tags: {count} are too many: a {kind} has at most 50, one of them the publisher's own")
        }
        Failure::Target { kind, name, error, doing } => {
            let what = match doing {
                Doing::Publish => "is not published",
                Doing::Remove => "is not removed",
            };
            format!("the {kind} {name:?} {what}: {}", target_reason(*kind, error))
        }
        Failure::Invoked => {
            "the publisher publishes what Custom::PublishedSecret of a stack wants, which removes it in the end, and not what an invoker \
             does: copy a secret by hand with cfn-secrets copy, or invoke the getter to read it"
                .to_owned()
        }
        Failure::Id(_) => {
            "the names of the stack, of the resource and of its copies are together too long for a PhysicalResourceId, which holds 1024 \
             bytes: choose shorter ones"
                .to_owned()
        }
    }
}

fn tier_advice(breach: &Breach) -> &'static str {
    if breach.to_string().contains("advanced one, which costs") { "; set Tier: Advanced for one" } else { "" }
}

fn target_reason(kind: TargetKind, error: &Undone<NotDone>) -> String {
    match error {
        Undone::Refused(refusal) => refusal_reason(kind, refusal),
        Undone::Contended => contended_reason(kind).to_owned(),
        Undone::Failed(NotDone::Refused(refused)) => call_reason(refused),
        Undone::Failed(NotDone::Failed(error)) => service_reason(kind, error),
    }
}

fn contended_reason(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Parameter => "somebody else writes it all the time: find out who, and try again",
        TargetKind::Secret => {
            "somebody else writes it all the time, or Secrets Manager has not yet erased a secret of this name that was deleted at once: try \
             again in some minutes, and if that does not help, find out who writes it"
        }
    }
}

fn refusal_reason(kind: TargetKind, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Overtaken => {
            "a newer request has published it already, so nobody waits for this one: update the stack again if it does".to_owned()
        }
        Refusal::Gone => format!(
            "somebody removed this {kind} since it was published: set OnDrift: overwrite to publish it anew, or find out who did"
        ),
        Refusal::Leaving => {
            "a secret of this name is scheduled for deletion and is not this resource's: wait for its end, delete it with \
             aws secretsmanager delete-secret --force-delete-without-recovery, or set OnConflict: adopt to bring it back and publish as \
             its next version"
                .to_owned()
        }
        Refusal::OtherKind(what) => format!(
            "a {kind} of this name is there, and it is {what}, which stays so for good: choose another Name, or delete it first"
        ),
        Refusal::Rotated(Hand::RotationAtWork) => {
            "a rotation of Secrets Manager has begun and not ended (a version is labelled AWSPENDING): end it with \
             aws secretsmanager cancel-rotate-secret, and remove that label"
                .to_owned()
        }
        Refusal::Rotated(_) => {
            "Secrets Manager rotates it by itself, so the next version of the pair would be a value that the database no longer has: \
             switch that off with aws secretsmanager cancel-rotate-secret, or publish under another Name"
                .to_owned()
        }
        Refusal::Taken => format!(
            "there is a {kind} of this name that this resource did not publish: choose another Name, or set OnConflict: adopt to publish as \
             its next version"
        ),
        Refusal::TooLate => format!(
            "this request was on its way for more than {} seconds, and may be given up by now: so it neither takes over nor brings back the \
             {kind} of this name. Deploy again",
            Arrival::PROMPT.as_secs()
        ),
        Refusal::Changed { version } => format!(
            "somebody else has changed it since it was published (a SecretTargetAttachment does so, too): version {version} is theirs. Set \
             OnDrift: overwrite to publish over it, or change it back"
        ),
    }
}

/// What to look at where the key of a copy is refused.
const UNUSABLE_KEY: &str =
    "KeyId names no key that can be used here: it must be there, enabled, symmetric and in this region";

/// A no of the service, by its code.
fn call_reason(refused: &RefusedCall) -> String {
    let RefusedCall { service, action, code } = refused;
    let advice = match code.as_str() {
        "ParameterLimitExceeded" => {
            "this account and region have 10,000 standard parameters already: delete some, or set Tier: Advanced"
        }
        "ParameterMaxVersionLimitExceeded" => {
            "it has 100 versions, the oldest of them with a label: remove that label with aws ssm unlabel-parameter-version"
        }
        "HierarchyTypeMismatchException" | "HierarchyTypeMismatch" => {
            "a parameter keeps its type for good: choose another Name, or delete it first"
        }
        "InvalidKeyId" | "NotFoundException" => UNUSABLE_KEY,
        "EncryptionFailure" | "DecryptionFailure" => {
            "the key cannot be used: it must be enabled and let the publisher's role use it through Secrets Manager (PublishedKeyArns)"
        }
        "ParameterPatternMismatchException" => {
            "the parameter has an AllowedPattern that the value does not match: remove it, or delete the parameter first"
        }
        "InvalidAllowedPatternException" | "UnsupportedParameterType" | "PoliciesLimitExceededException" => {
            "the parameter that is there cannot be written over: choose another Name, or delete it first"
        }
        "TooManyTagsError" => "it has 50 tags, counting those that others gave it: remove some, there or in Tags",
        "ParameterNotFound" | "InvalidResourceId" | "ResourceNotFoundException" => {
            "it was removed while it was being published, or KeyId names no key: check KeyId, and try again"
        }
        "LimitExceededException" => {
            "a quota of this account is used up: see the service's quotas, and delete what nothing needs"
        }
        "ResourceExistsException" => {
            "a secret of this name is there already: choose another Name, or set OnConflict: adopt"
        }
        "InvalidRequestException" => {
            "the secret's state does not allow it: it may be scheduled for deletion, a replica, or owned by another service"
        }
        "ValidationException" | "InvalidParameterException" | "InvalidParameterValueException" => {
            "name, value, key, tier and tags must be valid; a parameter's value must not have a reference such as `{{ssm:x}}` in it"
        }
        _ => "look the code up in the service's API reference",
    };
    format!("{service} refused {action} ({code}): {advice}")
}

fn service_reason(kind: TargetKind, error: &StoreError) -> String {
    match error {
        StoreError::Denied { action, denier: Denier::Role, .. } => format!(
            "the publisher's role may not call {action} on it: the stock template allows names that begin with one of its parameter {}, and \
             with KeyId the keys of PublishedKeyArns, whose own policies must agree",
            kind.prefixes()
        ),
        // The key that it is to be encrypted with, and not that of the pair.
        StoreError::KeyUnusable(_) | StoreError::Undecryptable(_) => UNUSABLE_KEY.to_owned(),
        StoreError::Throttled { resource, .. } => format!(
            "{} was throttled until the request's time was over: try again with fewer resources at a time, or ask AWS for a higher quota of \
             requests a second",
            resource.service().name
        ),
        error => store_reason(error, &SPEAKER),
    }
}

#[cfg(test)]
mod tests;
