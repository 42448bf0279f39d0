//! One call: asked in JSON, answered in JSON, and what an error means.

use aws_session::{JsonReply, JsonService, Session};
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::patience::{MayPass, Pace};
use secret_store::publish::Unclear;
use secret_store::store::{Capacity, Cause, Resource, Service, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Parameter Store.
pub(crate) const SSM: Spoken = Spoken {
    json: JsonService { name: "ssm", id: "SSM", target: "AmazonSSM" },
    resource: Resource::Store(Service {
        name: "Parameter Store",
        noun: "parameter",
        requirement: "name, value, key and tier must be valid",
    }),
};

/// Secrets Manager.
pub(crate) const SECRETS_MANAGER: Spoken = Spoken {
    json: JsonService { name: "secretsmanager", id: "Secrets Manager", target: "secretsmanager" },
    resource: Resource::Store(Service {
        name: "Secrets Manager",
        noun: "secret",
        requirement: "name, value and key must be valid",
    }),
};

/// A service, and what messages call it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    json: JsonService,
    resource: Resource,
}

/// Whoever can be asked for an operation, once: AWS by a session, or what plays it in memory.
pub trait Ask {
    /// Asks for an operation of a service.
    ///
    /// # Errors
    /// Where there is no answer.
    fn ask(
        &self,
        service: &JsonService,
        operation: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<JsonReply, Cause>> + Send;
}

impl Ask for Session {
    fn ask(
        &self,
        service: &JsonService,
        operation: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<JsonReply, Cause>> + Send {
        self.call_json(service, operation, body)
    }
}

/// Why a call did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The service says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be asked, or not by this caller.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// A no of the service, by a code of its own. What it says beside it may quote a value, and is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} refused {action}: {code}")]
pub struct Refusal {
    /// Which service.
    pub service: &'static str,
    /// The IAM action, which ends in the operation.
    pub action: &'static str,
    /// The error code.
    pub code: String,
}

impl NotDone {
    /// Whether the service answered with this code.
    pub fn is(&self, expected: &str) -> bool {
        matches!(self, Self::Refused(Refusal { code, .. }) if code == expected)
    }

    /// Whether nobody knows what became of the call: it may be done all the same.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Failed(StoreError::Unavailable(..)))
    }
}

impl MayPass for NotDone {
    fn passes(&self) -> Option<Pace> {
        match self {
            Self::Refused(_) => None,
            Self::Failed(error) => error.passes(),
        }
    }
}

/// A tag of a parameter or of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// What it is called.
    pub key: String,
    /// What it says.
    #[serde(default)]
    pub value: String,
}

impl Unclear for NotDone {
    fn is_unclear(&self) -> bool {
        NotDone::is_unclear(self)
    }
}

/// Calls the operation that the IAM action ends in.
pub(crate) async fn call<T: DeserializeOwned>(
    asked: &impl Ask,
    service: &Spoken,
    action: &'static str,
    input: &impl Serialize,
) -> Result<T, NotDone> {
    let resource = service.resource;
    let unavailable = |error| StoreError::Unavailable(resource, error);
    let (_, operation) = action.split_once(':').unwrap_or(("", action));
    let body = serde_json::to_vec(input).map_err(|_| unavailable("the request cannot be written".into()))?;
    let reply = asked.ask(&service.json, operation, body).await.map_err(unavailable)?;
    if (200..300).contains(&reply.status) {
        // What serde says of an answer may quote it.
        return serde_json::from_slice(&reply.body)
            .map_err(|_| unavailable(format!("the answer to {operation} makes no sense").into()).into());
    }
    Err(failed(service, action, &reply))
}

/// What an error of the service says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    #[serde(rename = "__type")]
    kind: String,
    message: String,
    /// Some services spell it so, some both ways.
    #[serde(rename = "Message")]
    denial: String,
}

fn failed(service: &Spoken, action: &'static str, reply: &JsonReply) -> NotDone {
    let said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
    let kind = reply.error.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(&said.kind);
    // `PREFIX#CODE:WHERE`
    let code = kind.rsplit_once('#').map_or(kind, |(_, code)| code);
    let code = code.split(':').next().unwrap_or_default();
    let refused = || NotDone::from(Refusal { service: service.resource.service().name, action, code: code.to_owned() });
    if code == "TooManyUpdates" {
        let (resource, source) = (service.resource, code.into());
        return StoreError::Throttled { resource, capacity: Capacity::Requests, source }.into();
    }
    // A quota of the account, which no waiting helps.
    if code == "LimitExceededException" {
        return refused();
    }
    // A denial is read for who denies; its text is not kept either.
    let message = if said.message.is_empty() { &said.denial } else { &said.message };
    match aws_session::refused(service.resource, action, code, message) {
        StoreError::Denied { resource, action, denier, .. } => {
            StoreError::Denied { resource, action, denier, source: code.into() }.into()
        }
        StoreError::Unavailable(..) | StoreError::Rejected(..) | StoreError::Missing { .. }
            if (400..500).contains(&reply.status) && !code.is_empty() =>
        {
            refused()
        }
        // What passes is told by its code alone.
        _ => aws_session::refused(service.resource, action, code, "").into(),
    }
}

/// A request is where a value is to be told.
pub(crate) fn exposed<S: Serializer>(value: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose_secret())
}

/// A value in an answer.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// The same where there may be none.
pub(crate) fn perhaps_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// An answer that says nothing.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn error(status: u16, header: Option<&str>, body: &str) -> NotDone {
        let body = Zeroizing::new(body.as_bytes().to_vec());
        failed(&SSM, "ssm:PutParameter", &JsonReply { status, error: header.map(str::to_owned), body })
    }

    #[test]
    fn a_refusal_has_its_code_and_nothing_of_the_value() {
        for (header, body) in [
            (None, r#"{"__type":"ParameterAlreadyExists","message":"Value 'hunter2' at 'value'"}"#),
            (None, r#"{"__type":"com.amazonaws.ssm#ParameterAlreadyExists"}"#),
            (None, r#"{"__type":"ParameterAlreadyExists","message":"hunter2","Message":"hunter2"}"#),
            (Some("ParameterAlreadyExists:http://internal.amazon.com/coral/"), "hunter2"),
        ] {
            let error = error(400, header, body);
            assert!(error.is("ParameterAlreadyExists") && !format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        let invalid = error(400, None, r#"{"__type":"ValidationException","message":"Value 'hunter2' at 'value'"}"#);
        assert!(invalid.is("ValidationException") && !format!("{invalid:?}").contains("hunter2"), "{invalid:?}");
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let code = |status, code: &str| error(status, None, &format!(r#"{{"__type":"{code}"}}"#));
        for throttled in ["ThrottlingException", "TooManyUpdates"] {
            assert_eq!(code(400, throttled).passes(), Some(Pace::Slow), "{throttled}");
        }
        for unclear in [code(500, "InternalServerError"), error(503, None, "<html>"), error(400, None, "<html>")] {
            assert!(unclear.is_unclear(), "{unclear:?}");
        }
        for refused in ["ParameterNotFound", "ResourceNotFoundException", "LimitExceededException", "InvalidKeyId"] {
            assert!(code(400, refused).is(refused) && code(400, refused).passes().is_none(), "{refused}");
        }
        let denied = error(400, None, r#"{"__type":"AccessDeniedException","Message":"hunter2"}"#);
        assert!(!format!("{denied:?}").contains("hunter2"), "{denied:?}");
        assert!(matches!(denied, NotDone::Failed(StoreError::Denied { action: "ssm:PutParameter", .. })), "{denied:?}");
    }

    #[test]
    fn an_answer_is_never_printed() {
        let reply = JsonReply { status: 200, error: None, body: Zeroizing::new(b"hunter2".to_vec()) };
        assert!(!format!("{reply:?}").contains("hunter2"));
    }
}
