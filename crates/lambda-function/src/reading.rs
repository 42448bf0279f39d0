//! Reading a version for somebody: is it in bounds, is it there, and what the user reads where it is not.

use secret_store::lookup::{Wanted, look_up};
use secret_store::patience::Patience;
use secret_store::scope::{OutOfScope, Scope};
use secret_store::select::Unreadable;
use secret_store::store::{GetHead, GetVersion, QueryVersions, StoreError};
use secret_store::{Identity, Record, StackId};

use crate::reason::{self, Speaker, store_reason};

/// Who asks: the bounds of a pair are for stacks; whoever may invoke a function may name any.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// A stack.
    Stack {
        /// Its id.
        id: &'a StackId,
        /// The account that the function runs in, as far as its host says.
        host: Option<&'a str>,
    },
    /// Whoever invokes the function.
    Invoker,
}

/// Why nothing is read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
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
    /// The table or the key failed.
    #[error("the table or the key failed")]
    Store(#[from] StoreError),
}

/// The record that is wanted, if whoever asks may have it.
///
/// # Errors
/// Where it is out of bounds, not there or out of use, and where the table fails.
pub async fn record<T: QueryVersions + GetHead + GetVersion>(
    table: &T,
    scope: &Scope,
    asker: Asker<'_>,
    wanted: &Wanted,
    patience: &mut Patience<'_>,
) -> Result<Record, ReadFailure> {
    let identity = wanted.identity();
    match asker {
        Asker::Stack { id, host } => scope.check_stack(identity, id, host)?,
        Asker::Invoker => scope.check_env(identity)?,
    }
    let found = look_up(table, wanted, patience).await?;
    let record = found.map_err(|error| ReadFailure::Unreadable { error, identity: Box::new(identity.clone()) })?;
    if let Asker::Stack { id, .. } = asker {
        scope.check_owner(identity, id, &record.item.owner)?;
    }
    Ok(record)
}

/// What happened and what to do.
pub fn read_reason(failure: &ReadFailure, speaker: &Speaker) -> String {
    match failure {
        ReadFailure::BesidesSecretId(name) => {
            format!("property {name} cannot stand beside SecretId, which names the version fully: leave one of them out")
        }
        ReadFailure::VersionAndStage => "Version and Stage both name a version: leave one of them out".to_owned(),
        ReadFailure::NoTable => {
            "no table: set SecretId or TableName, or deploy the pair from its template, which sets TABLE_NAME".to_owned()
        }
        ReadFailure::NoStackName => "property StackName is missing: set SecretId or StackName".to_owned(),
        ReadFailure::NoEnv => "property Env is missing: set SecretId (!Ref of the generated secret) or Env".to_owned(),
        ReadFailure::Scope(OutOfScope::OtherStack) => {
            "this secret is another stack's: use !Ref of a generated secret of this stack, or leave StackName out; a secret \
             that several stacks share must be listed in the parameter SharedStackNames of the cfn-secrets stack"
                .to_owned()
        }
        ReadFailure::Scope(error @ OutOfScope::OtherEnv(_)) => {
            format!("{error}: use another Env, or add it to the parameter AllowedEnvs of the cfn-secrets stack")
        }
        ReadFailure::Scope(error @ (OutOfScope::OtherAccount | OutOfScope::OtherPlace)) => {
            format!("{error}: it must be listed in a parameter of the cfn-secrets stack, ServedAccounts or ServedRegions")
        }
        ReadFailure::Unreadable { error, identity } => unreadable_reason(error, identity),
        ReadFailure::Store(error) => store_reason(error, speaker),
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
