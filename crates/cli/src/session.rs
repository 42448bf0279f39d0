//! The session of whoever sits there, and one clear sentence where there is none.

use std::time::Duration;

use aws_session::{NoSession, Operator, Session};
use custom_resource::{Roots, TlsError};

use crate::cli::Globals;
use crate::context::Context;
use crate::edge::Edge;
use crate::exit::Kind;
use crate::failure::Failure;

/// Region and credentials, resolved before anything is asked.
pub(crate) async fn connect(context: &Context) -> Result<Session, Failure> {
    let Globals { region, profile, endpoint_url, cli_connect_timeout, cli_read_timeout, .. } = context.globals.clone();
    let connect_timeout = Duration::from_secs(cli_connect_timeout);
    let read_timeout = Duration::from_secs(cli_read_timeout);
    let region = region.map(|region| region.to_string());
    let operator = Operator { region, profile, role: None, endpoint_url, connect_timeout, read_timeout };
    let session = open(&operator, &context.edge).await.map_err(|error| match error {
        NotOpen::NoTls(failure) => failure,
        NotOpen::NoSession(error) => failure(error, context.profile()),
    })?;
    context.ui.debug(|| format!("region {}", session.region()));
    Ok(session)
}

/// Why there is no session.
pub(crate) enum NotOpen {
    NoTls(Failure),
    NoSession(NoSession),
}

/// A session over TLS that trusts this machine's certificates, or those of AWS_CA_BUNDLE.
pub(crate) async fn open(operator: &Operator, edge: &Edge) -> Result<Session, NotOpen> {
    let roots = Roots::from_env(|name| edge.var(name));
    let tls = custom_resource::tls_config(&roots).map_err(|error| match error {
        TlsError::Unreadable { .. } | TlsError::Empty { .. } => {
            Failure::new(Kind::NoCredentials, &error).hint("unset AWS_CA_BUNDLE, or name a file of PEM certificates")
        }
        error => Failure::bug("there is no TLS").because(error),
    });
    Session::of_operator(operator, tls.map_err(NotOpen::NoTls)?).await.map_err(NotOpen::NoSession)
}

fn failure(error: NoSession, profile: Option<String>) -> Failure {
    let of_profile = profile.as_ref().map(|name| format!(" for profile `{name}`")).unwrap_or_default();
    let flag = profile.as_ref().map(|name| format!(" --profile {name}")).unwrap_or_default();
    match error {
        NoSession::NoRegion => Failure::new(
            Kind::NoCredentials,
            format!(
                "no AWS region is given{}",
                match &profile {
                    Some(name) => format!(", and profile `{name}` has none"),
                    None => String::new(),
                }
            ),
        )
        .hint("say `--region eu-west-1`, set AWS_REGION, or give the profile one: `aws configure set region REGION`"),
        NoSession::NoCredentials => {
            Failure::new(Kind::NoCredentials, format!("no AWS credentials are found{of_profile}"))
                .hint(format!("log in with `aws login{flag}` or `aws sso login{flag}`, or choose a profile: --profile"))
        }
        NoSession::BadCredentials(source) => {
            Failure::new(Kind::NoCredentials, format!("the AWS credentials{of_profile} cannot be had"))
                .hint(format!(
                    "log in again with `aws sso login{flag}` or `aws login{flag}`; `--debug` says what failed"
                ))
                .because(source)
        }
        NoSession::Http(error) => Failure::bug("no HTTP client can be made").because(error),
    }
}
