//! Lambda and IAM, asked how the pair's functions and their roles are set up, and AWS's clock: for whoever runs the pair.
//!
//! Two questions, asked by signed requests of our own: the SDKs of Lambda and IAM are two of the largest, and each would be
//! compiled for one call.

mod clock;

use std::collections::BTreeMap;

use aws_session::{Endpoint, FormReply, Session, refused};
use secret_store::store::{Resource, Service, StoreError};
use serde::Deserialize;

pub use clock::{Clock, Told};

/// What the messages of errors call a function. It fails as a store does, so it says so as one.
pub const FUNCTION: Resource =
    Resource::Store(Service { name: "Lambda", noun: "function", requirement: "a function's name must be valid" });

/// What the messages of errors call a role.
pub const ROLE: Resource =
    Resource::Store(Service { name: "IAM", noun: "role", requirement: "a role's name must be valid" });

/// The functions of a session's account and region, and their roles.
#[derive(Clone, Debug)]
pub struct Functions(Session);

/// How a function is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FunctionFacts {
    /// Such as `provided.al2023`.
    pub runtime: String,
    /// Such as `arm64`.
    pub architectures: Vec<String>,
    /// In seconds.
    pub timeout: u64,
    /// `Active` where it can be invoked.
    pub state: Option<String>,
    /// `Successful` where the last change of its setup came to its end.
    pub last_update_status: Option<String>,
    /// The ARN of its role.
    pub role: String,
    environment: Environment,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<String, String>,
}

impl FunctionFacts {
    /// The value of one of its environment variables.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.variables.get(name).map(String::as_str)
    }
}

impl Functions {
    /// The functions of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(session.clone())
    }

    /// How the function of this name is set up. `lambda:GetFunctionConfiguration`.
    ///
    /// # Errors
    /// Where there is no such function, or Lambda does not answer, or not to this caller.
    pub async fn configuration(&self, name: &str) -> Result<FunctionFacts, StoreError> {
        let endpoint = Endpoint::of("lambda", self.0.region());
        let path = format!("/2015-03-31/functions/{name}/configuration");
        let reply = self.0.get(&endpoint, &path).await.map_err(|error| StoreError::Unavailable(FUNCTION, error))?;
        if reply.is_success() {
            return serde_json::from_str(&reply.body).map_err(|error| StoreError::Unavailable(FUNCTION, error.into()));
        }
        Err(refused(FUNCTION, "lambda:GetFunctionConfiguration", &code(&reply), &reply.body))
    }

    /// Whether the role of this ARN is there. `iam:GetRole`.
    ///
    /// # Errors
    /// Where there is none, or IAM does not answer, or not to this caller.
    pub async fn role(&self, arn: &str) -> Result<(), StoreError> {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let form = [("Action", "GetRole"), ("Version", "2010-05-08"), ("RoleName", name)];
        let reply = self.0.post_form_patiently(&iam(self.0.region()), &form).await;
        let reply = reply.map_err(|error| StoreError::Unavailable(ROLE, error))?;
        if reply.is_success() { Ok(()) } else { Err(refused(ROLE, "iam:GetRole", &code(&reply), &reply.body)) }
    }
}

/// Which error it is: of Lambda by a header, of IAM by an element.
fn code(reply: &FormReply) -> String {
    let header = reply.error.as_deref().and_then(|error| error.split(':').next()).map(str::to_owned);
    let element = || {
        let (_, rest) = reply.body.split_once("<Code>")?;
        rest.split_once("</Code>").map(|(code, _)| code.to_owned())
    };
    header.or_else(element).unwrap_or_else(|| format!("status {}", reply.status))
}

/// IAM has one region in each partition; that of `aws` answers by its region's name as well (AWS General Reference, "IAM
/// endpoints").
fn iam(region: &str) -> Endpoint {
    let only = match region {
        region if region.starts_with("cn-") => "cn-north-1",
        region if region.starts_with("us-gov-") => "us-gov-west-1",
        region if region.starts_with("eusc-") => "eusc-de-east-1",
        _ => "us-east-1",
    };
    Endpoint::of("iam", only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_is_where_its_partition_has_it() {
        assert_eq!(Endpoint::of("lambda", "eu-west-1").host(), "lambda.eu-west-1.amazonaws.com");
        assert_eq!(Endpoint::of("lambda", "cn-north-1").host(), "lambda.cn-north-1.amazonaws.com.cn");
        assert_eq!(iam("us-gov-east-1").host(), "iam.us-gov-west-1.amazonaws.com");
        assert_eq!(iam("eu-west-1").region, "us-east-1");
    }

    #[test]
    fn an_error_is_told_by_header_or_element() {
        let reply = |error: Option<&str>, body: &str| FormReply {
            status: 403,
            error: error.map(str::to_owned),
            date: None,
            body: body.to_owned(),
        };
        assert_eq!(code(&reply(Some("AccessDeniedException:http://x"), "")), "AccessDeniedException");
        assert_eq!(code(&reply(None, "<Error><Code>NoSuchEntity</Code></Error>")), "NoSuchEntity");
        assert_eq!(code(&reply(None, "<html>")), "status 403");
    }

    #[test]
    fn a_setup_is_read_whatever_else_it_has() {
        let facts: FunctionFacts = serde_json::from_str(
            r#"{"Runtime":"provided.al2023","Timeout":30,"Environment":{"Variables":{"TABLE_NAME":"secrets"}},"CodeSize":1}"#,
        )
        .unwrap();
        assert_eq!((facts.timeout, facts.variable("TABLE_NAME"), facts.state.as_deref()), (30, Some("secrets"), None));
    }
}
