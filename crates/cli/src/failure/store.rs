//! A store or a key that fails, and a version that is not handed out, in the words of this command.

use secret_store::select::Unreadable;
use secret_store::store::{Denier, Resource, StoreError};

use super::Failure;
use crate::exit::Kind;
use crate::secret::address;
use crate::when;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = match &error {
            StoreError::Missing { resource: resource @ Resource::Store(_), name, .. } => {
                let name = name.as_deref().unwrap_or_default();
                Self::refused(format!("the {resource} {name} does not exist in this account and region"))
                    .hint("check --table, --region and --profile")
            }
            StoreError::Missing { resource: resource @ Resource::Key(_), .. } => {
                Self::refused(format!("the {resource} that encrypted this secret does not exist any more"))
            }
            StoreError::Denied { resource, action, denier, .. } => {
                let denied = Self::new(Kind::AccessDenied, format!("you may not call {action} on this {resource}"));
                let denied = denied.hint(who_denies(*denier));
                match (resource, denier) {
                    (Resource::Key(_), Denier::Role) => denied.hint(
                        "the pair's own key also wants your role in the parameter ReaderArns of the pair's stack",
                    ),
                    _ => denied,
                }
            }
            StoreError::Throttled { resource, .. } => {
                Self::new(Kind::TryAgain, format!("the {resource} is throttled")).hint("try again in a moment")
            }
            StoreError::Unauthenticated(resource, _) => {
                Self::new(Kind::NoCredentials, format!("{} does not accept these credentials", resource.service().name))
                    .hint(
                        "log in again, `aws sso login` or `aws login`, and compare this machine's clock with the time",
                    )
            }
            StoreError::KeyElsewhere { region } => Self::refused(format!("the key of this secret is in {region}"))
                .hint(format!("read it there: `--region {region}`")),
            StoreError::KeyUnusable(_) => Self::refused("the KMS key of this secret is disabled or pending deletion")
                .hint("enable it, or cancel its deletion"),
            StoreError::Undecryptable(_) => {
                Self::refused("the stored value does not decrypt under its own key and encryption context")
                    .hint("the item was changed or copied: restore it from a backup")
            }
            StoreError::NotText => Self::refused("the stored value is not UTF-8 text"),
            StoreError::Rejected(resource @ Resource::Store(service), _) => {
                Self::refused(format!("this {resource} is none of cfn-secrets: {}", service.requirement))
                    .hint("check --table; the output TableName of the pair's stack says its name")
            }
            StoreError::Rejected(Resource::Key(service), _) => {
                Self::refused(format!("{} refused the request: {}", service.name, service.requirement))
            }
            StoreError::TooLarge { .. } => {
                Self::refused(&error).hint("too many owners had it one after the other: docs/format.md")
            }
            StoreError::Malformed { .. } => {
                Self::refused(&error).hint("repair or remove the item; docs/format.md describes it")
            }
            StoreError::Untrusted { host, why } => {
                Self::refused(format!("the certificate of {host} is not trusted: {why}"))
                    .hint("name the root certificates of your network with AWS_CA_BUNDLE")
            }
            StoreError::Unavailable(resource, _) => {
                Self::new(Kind::TryAgain, format!("{} did not answer properly", resource.service().name))
                    .hint("try again; if that does not help, check --region, --endpoint-url and the network")
            }
        };
        failure.because(error)
    }
}

/// Where the right is to be had.
fn who_denies(denier: Denier) -> &'static str {
    match denier {
        Denier::Role => "`cfn-secrets iam VERB` prints the policy that a verb needs",
        Denier::ServiceControlPolicy => "a service control policy of the organization denies it: ask its administrator",
        Denier::ResourceControlPolicy => {
            "a resource control policy of the organization denies it: ask its administrator"
        }
        Denier::PermissionsBoundary => "your permissions boundary does not allow it: allow it there",
        Denier::SessionPolicy => "the policy of your session does not allow it: allow it there",
        Denier::EndpointPolicy => "the policy of the VPC endpoint does not allow it: allow it there",
        Denier::ResourcePolicy => "the policy of that resource itself does not allow it: allow it there",
        Denier::ExplicitDeny => "a policy denies it explicitly: remove that statement",
        Denier::StoresOwnKey => "you may not use the KMS key that the table itself is encrypted with",
    }
}

impl Failure {
    /// Why a version of `secret`, as the user wrote it, is not handed out.
    pub(crate) fn unreadable(secret: &str, error: Unreadable) -> Self {
        let history = || format!("`cfn-secrets history {}` shows which there are", address(secret));
        match error {
            Unreadable::NoSecret => {
                Self::refused(format!("there is no secret `{secret}`")).hint("`cfn-secrets list` shows what there is")
            }
            Unreadable::NoVersion(version) => {
                Self::refused(format!("`{secret}` has no version {version}")).hint(history())
            }
            Unreadable::OtherTag(version) => Self::refused(format!(
                "version {version} is another one than `{secret}` names: its number was given again"
            ))
            .hint(history()),
            Unreadable::NoPrevious => {
                Self::refused(format!("no earlier version of `{secret}` is kept")).hint(history())
            }
            Unreadable::Retired { expires_at } => Self::refused(format!(
                "`{secret}` was retired: it is not readable, and is erased some time after {}",
                when::date(expires_at)
            ))
            .hint(format!("until then `cfn-secrets restore {secret}` brings it back")),
        }
    }
}
