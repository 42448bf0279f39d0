//! Every way in which the getter fails, and what it tells the user to do: the one place where errors become text.

use custom_resource::Error;
use lambda_function::fields::{MAX_FIELD_BYTES, MAX_FIELDS};
use lambda_function::reason::{self, KeyChoice, Speaker, store_reason};
use secret_store::Identity;
use secret_store::scope::OutOfScope;
use secret_store::select::Unreadable;
use secret_store::store::StoreError;

use crate::attributes::Answer;

/// Who says it.
const SPEAKER: Speaker =
    Speaker { function: "getter", store_properties: "SecretId or TableName", key: KeyChoice::Stored };

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// `SecretId` says it all; another property beside it could only contradict it.
    #[error("{0} stands beside SecretId")]
    BesidesSecretId(&'static str),
    /// Two ways to name a version.
    #[error("Version and Stage stand side by side")]
    VersionAndStage,
    /// Neither the template nor the environment names a table.
    #[error("no table is named")]
    NoTable,
    /// No stack is named and none asks.
    #[error("no stack is named")]
    NoStackName,
    /// No env is named.
    #[error("no env is named")]
    NoEnv,
    /// The secret lies outside this pair's bounds.
    #[error("the secret lies outside the bounds of this pair")]
    Scope(#[from] OutOfScope),
    /// No such version, or it is out of use.
    #[error("there is nothing to read")]
    Unreadable {
        /// Why.
        #[source]
        error: Unreadable,
        /// Which secret.
        identity: Box<Identity>,
    },
    /// `Attributes` names something that the secret does not have.
    #[error("there is no attribute {0}")]
    NoAttribute(String),
    /// More than an answer holds.
    #[error("{count} attributes have {bytes} bytes")]
    TooLarge {
        /// Whose answer.
        answer: Answer,
        /// Of names and values.
        bytes: usize,
        /// Of the attributes.
        count: usize,
    },
    /// The table or the key failed.
    #[error("the table or the key failed")]
    Store(#[from] StoreError),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(describe(&failure)).with_source(failure)
    }
}

/// What happened and what to do.
fn describe(failure: &Failure) -> String {
    match failure {
        Failure::BesidesSecretId(name) => {
            format!("property {name} cannot stand beside SecretId, which names the version fully: leave one of them out")
        }
        Failure::VersionAndStage => "Version and Stage both name a version: leave one of them out".to_owned(),
        Failure::NoTable => {
            "no table: set SecretId or TableName, or deploy the pair from its template, which sets TABLE_NAME".to_owned()
        }
        Failure::NoStackName => "property StackName is missing: set SecretId or StackName".to_owned(),
        Failure::NoEnv => "property Env is missing: set SecretId (!Ref of the generated secret) or Env".to_owned(),
        Failure::Scope(OutOfScope::OtherStack) => {
            "this secret is another stack's: use !Ref of a generated secret of this stack, or leave StackName out; a secret \
             that several stacks share must be listed in the parameter SharedStackNames of the cfn-secrets stack"
                .to_owned()
        }
        Failure::Scope(error @ OutOfScope::OtherEnv(_)) => {
            format!("{error}: use another Env, or add it to the parameter AllowedEnvs of the cfn-secrets stack")
        }
        Failure::Scope(error @ (OutOfScope::OtherAccount | OutOfScope::OtherPlace)) => {
            format!("{error}: it must be listed in a parameter of the cfn-secrets stack, ServedAccounts or ServedRegions")
        }
        Failure::Unreadable { error, identity } => unreadable_reason(error, identity),
        Failure::NoAttribute(name) => format!(
            "the secret has no {name}: Attributes names fields of a secret that is a JSON object, with dots for fields \
             inside others; a text has password and UrlEncodedPassword, a key pair PrivateKey, and each the whole \
             SecretString"
        ),
        Failure::TooLarge { answer: Answer::Stack, bytes, .. } => format!(
            "the secret's attributes have {bytes} bytes, and an answer to CloudFormation holds {} in all: select those that \
             the template needs with the property Attributes; a direct invocation of the getter gives the rest",
            custom_resource::MAX_RESPONSE_BYTES
        ),
        Failure::TooLarge { answer: Answer::Invoker, bytes, count } => format!(
            "the secret's {count} attributes have {bytes} bytes, and a direct invocation returns at most {MAX_FIELDS} of \
             {MAX_FIELD_BYTES} bytes: select those that you need with Attributes, or take the whole text, SecretString"
        ),
        Failure::Store(error) => store_reason(error, &SPEAKER),
    }
}

fn unreadable_reason(error: &Unreadable, identity: &Identity) -> String {
    let secret = reason::secret(identity);
    match error {
        Unreadable::NoSecret => format!(
            "{secret} does not exist: generate it first, and pass its !Ref as SecretId so that CloudFormation waits for it"
        ),
        Unreadable::NoVersion(version) => {
            format!(
                "{secret} has no version {version}: pass the generated secret's !Ref as SecretId, or leave Version out"
            )
        }
        Unreadable::NoPrevious => {
            format!("{secret} has no earlier version that is kept: leave Stage out to read the current one")
        }
        Unreadable::OtherTag(version) => format!(
            "{secret} has a version {version}, but not the one that SecretId names, which is gone: pass the generated secret's !Ref"
        ),
        Unreadable::Retired { .. } => format!(
            "{secret} was deleted and is kept only for recovery: generate it anew, with OnConflict: adopt to have this value back"
        ),
    }
}
