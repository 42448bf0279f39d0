//! The port [`DescribeStack`] of `secret-store`: one operation, `DescribeStacks`, by a stack's id.
//!
//! By a request of our own over the session's HTTP client, signed by AWS's `aws-sigv4`: the function asks this one question,
//! in one kind of Delete, and is to stay small, so it does without CloudFormation's SDK.

use aws_session::{Endpoint, FormReply, Session};
use secret_store::stack::{DescribeStack, StackNotTold, StackState};
use secret_store::store::Cause;
use secret_store::{Region, StackId};

/// The name of the service in signatures and hosts.
const SERVICE: &str = "cloudformation";

/// CloudFormation, as the session's credentials may ask it.
#[derive(Clone, Debug)]
pub struct StackStates {
    session: Session,
}

impl StackStates {
    /// No connection is made before somebody asks.
    pub fn connect(session: &Session) -> Self {
        Self { session: session.clone() }
    }
}

/// `cloudformation:DescribeStacks`: on the stack, by its id. A stack of another account does not tell.
impl DescribeStack for StackStates {
    async fn describe(&self, stack: &StackId) -> Result<StackState, StackNotTold> {
        let endpoint = endpoint(stack).ok_or_else(|| not_told("the stack's id is no ARN of a known partition"))?;
        let form = [("Action", "DescribeStacks"), ("Version", "2010-05-15"), ("StackName", stack.as_str())];
        let reply = self.session.post_form(&endpoint, &form).await.map_err(StackNotTold)?;
        state(&reply)
    }
}

/// Where the stack's CloudFormation is. The suffixes of the partitions are those of AWS's endpoint rules (`partitions.json`
/// of the SDKs). The id is the event's: what is no region never becomes part of a host, or a signed request would go there.
fn endpoint(stack: &StackId) -> Option<Endpoint> {
    let place = stack.place()?;
    let region: Region = place.region.parse().ok()?;
    let suffix = match place.partition {
        "aws" | "aws-us-gov" => "amazonaws.com",
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        _ => return None,
    };
    Some(Endpoint { service: SERVICE, region: region.as_str().to_owned(), suffix })
}

/// Reads the answer. A stack is described by one element of each name, so its state is the first text between those tags.
fn state(reply: &FormReply) -> Result<StackState, StackNotTold> {
    let element = |name: &str| {
        let (_, rest) = reply.body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    };
    if reply.is_success() {
        return match element("StackStatus") {
            Some("DELETE_COMPLETE") => Ok(StackState::Gone),
            Some(status) if status.starts_with("UPDATE_ROLLBACK_") => Ok(StackState::RollsBack),
            Some(_) => Ok(StackState::Lives),
            None => Err(not_told("the answer has no StackStatus")),
        };
    }
    // A stack that there never was, or was deleted more than 90 days ago, is a ValidationError like any other.
    let message = element("Message").unwrap_or_default();
    match element("Code") {
        Some("ValidationError") if message.contains("does not exist") => Ok(StackState::Gone),
        Some(code) => Err(not_told(format!("CloudFormation answered {code}"))),
        None => Err(not_told(format!("CloudFormation answered with status {}", reply.status))),
    }
}

fn not_told(why: impl Into<Cause>) -> StackNotTold {
    StackNotTold(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> Result<StackState, String> {
        let cause = |StackNotTold(cause)| cause.to_string();
        state(&FormReply { status, error: None, date: None, body: body.to_owned() }).map_err(cause)
    }

    fn described(status: &str) -> String {
        format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>shop</StackName>\
             <StackStatus>{status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )
    }

    #[test]
    fn only_an_update_that_is_undone_rolls_back() {
        for status in ["IN_PROGRESS", "COMPLETE_CLEANUP_IN_PROGRESS", "COMPLETE", "FAILED"] {
            assert_eq!(told(200, &described(&format!("UPDATE_ROLLBACK_{status}"))), Ok(StackState::RollsBack));
        }
        // A stack whose first Create failed is taken away, not back.
        for status in ["DELETE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"] {
            assert_eq!(told(200, &described(status)), Ok(StackState::Lives), "{status}");
        }
        assert_eq!(told(200, &described("DELETE_COMPLETE")), Ok(StackState::Gone));
    }

    #[test]
    fn what_is_not_there_is_gone_and_a_refusal_tells_nothing() {
        let error = |code: &str, message: &str| {
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")
        };
        assert_eq!(told(400, &error("ValidationError", "Stack with id x does not exist")), Ok(StackState::Gone));
        assert_eq!(
            told(403, &error("AccessDenied", "User x does not exist")),
            Err("CloudFormation answered AccessDenied".to_owned())
        );
        assert!(told(400, &error("ValidationError", "1 validation error detected")).is_err());
        assert!(told(200, "").is_err() && told(502, "<html>").is_err());
    }

    #[test]
    fn each_partition_has_its_own_hosts_and_an_id_that_is_no_arn_has_none() {
        let host = |partition: &str, region: &str| {
            let id = format!("arn:{partition}:cloudformation:{region}:123456789012:stack/shop/1");
            endpoint(&StackId::new(id)).map(|endpoint| endpoint.host())
        };
        assert_eq!(host("aws", "eu-west-1").unwrap(), "cloudformation.eu-west-1.amazonaws.com");
        assert_eq!(host("aws-cn", "cn-north-1").unwrap(), "cloudformation.cn-north-1.amazonaws.com.cn");
        assert_eq!(host("aws-eusc", "eusc-de-east-1").unwrap(), "cloudformation.eusc-de-east-1.amazonaws.eu");
        assert_eq!(host("aws-else", "somewhere-1"), None);
        assert!(endpoint(&StackId::new("shop")).is_none());
        for region in ["", "example.com", "a.example", "eu-west-1.example", "x@example", "x#", "x?", "EU-WEST-1", "x y"]
        {
            assert_eq!(host("aws", region), None, "{region}");
        }
    }
}
