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
    // The SDK takes an empty variable for a region.
    let said = || context.edge.var("AWS_REGION").or_else(|| context.edge.var("AWS_DEFAULT_REGION"));
    let region = region.map(|region| region.to_string()).or_else(said);
    let operator = Operator { region, profile, role: None, endpoint_url, connect_timeout, read_timeout };
    let session = open(&operator, &context.edge).await.map_err(|error| match error {
        NotOpen::Setting(failure) => failure,
        NotOpen::NoSession(error) => failure(error, context.profile()),
    })?;
    context.ui.debug(|| format!("region {}", session.region()));
    Ok(session)
}

/// Why there is no session.
pub(crate) enum NotOpen {
    /// One of the settings makes no sense.
    Setting(Failure),
    /// There is no region, or there are no credentials.
    NoSession(NoSession),
}

/// Where the environment may say another address than AWS's (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
const ENDPOINTS: [&str; 11] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_KMS",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SIGNIN",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
];

/// What the SDK would only notice in the middle of a call.
fn check_endpoints(flag: Option<&String>, edge: &Edge) -> Result<(), Failure> {
    let flag = flag.map(|url| ("--endpoint-url", url.clone()));
    let variables = ENDPOINTS.into_iter().filter_map(|name| Some((name, (edge.env)(name)?)));
    match flag.into_iter().chain(variables).find(|(_, url)| !aws_session::is_endpoint(url)) {
        None => Ok(()),
        Some((name, url)) => Err(Failure::usage(format!("{name} must be an http or https URL, not {url:?}"))
            .hint("such as https://localhost:4566; where AWS itself is meant, leave it out or unset it")),
    }
}

/// A session over TLS that trusts this machine's certificates, or those of AWS_CA_BUNDLE.
pub(crate) async fn open(operator: &Operator, edge: &Edge) -> Result<Session, NotOpen> {
    check_endpoints(operator.endpoint_url.as_ref(), edge).map_err(NotOpen::Setting)?;
    let roots = Roots::from_env(|name| edge.var(name));
    let tls = custom_resource::tls_config(&roots).map_err(|error| match error {
        TlsError::Unreadable { .. } | TlsError::Empty { .. } => {
            Failure::new(Kind::NoCredentials, &error).hint("unset AWS_CA_BUNDLE, or name a file of PEM certificates")
        }
        error => Failure::bug("there is no TLS").because(error),
    });
    Session::of_operator(operator, tls.map_err(NotOpen::Setting)?).await.map_err(NotOpen::NoSession)
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
