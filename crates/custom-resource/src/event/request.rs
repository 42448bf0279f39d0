//! The event understood: what CloudFormation asks for, strictly for Create and Update, leniently for Delete.

use serde_json::Value;

use crate::event::reply_to::ReplyTo;
use crate::properties::Properties;

/// The stack wants a new thing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateRequest {
    /// The properties in the template.
    pub properties: Properties,
}

/// A property has changed, or a rollback takes such a change back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateRequest {
    /// The id that the last successful answer gave. Answering with another one means replacement, and a Delete of this
    /// one.
    pub physical_resource_id: String,
    /// The properties to have from now on.
    pub properties: Properties,
    /// The properties so far.
    pub old_properties: Properties,
}

/// The thing is to go: with its stack, out of its template, after a replacement, or because its Create failed.
///
/// A Delete of what is not there has succeeded. Nothing but the envelope of the event has been checked: properties that
/// no longer parse must not block the deletion of a stack.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteRequest {
    /// The id; after a Create that was cancelled or timed out it is one that CloudFormation has invented. Emulators
    /// leave it out.
    pub physical_resource_id: Option<String>,
    /// The properties as they were; empty where the event has none that can be read.
    pub properties: Properties,
}

impl CreateRequest {
    /// A request as a handler's own tests need it.
    pub fn new(properties: Properties) -> Self {
        Self { properties }
    }
}

impl UpdateRequest {
    /// A request as a handler's own tests need it: from `old_properties` to `properties`.
    pub fn new(physical_resource_id: impl Into<String>, properties: Properties, old_properties: Properties) -> Self {
        Self { physical_resource_id: physical_resource_id.into(), properties, old_properties }
    }
}

impl DeleteRequest {
    /// A request as a handler's own tests need it.
    pub fn new(physical_resource_id: Option<String>, properties: Properties) -> Self {
        Self { physical_resource_id, properties }
    }
}

/// One of the three.
#[derive(Debug)]
pub(crate) enum Request {
    Create(CreateRequest),
    Update(UpdateRequest),
    Delete(DeleteRequest),
}

impl Request {
    /// Takes the event apart; `reply_to` is of the same event.
    pub(crate) fn parse(mut event: Value, reply_to: &ReplyTo) -> Result<Self, RequestError> {
        match event.get("RequestType").and_then(Value::as_str) {
            Some("Create") => {
                require_ids(reply_to)?;
                Ok(Self::Create(CreateRequest { properties: properties(&mut event, "ResourceProperties")? }))
            }
            Some("Update") => {
                require_ids(reply_to)?;
                Ok(Self::Update(UpdateRequest {
                    physical_resource_id: reply_to
                        .physical_resource_id
                        .clone()
                        .ok_or(RequestError::Missing("PhysicalResourceId"))?,
                    properties: properties(&mut event, "ResourceProperties")?,
                    old_properties: properties(&mut event, "OldResourceProperties")?,
                }))
            }
            Some("Delete") => Ok(Self::Delete(DeleteRequest {
                physical_resource_id: reply_to.physical_resource_id.clone(),
                properties: properties(&mut event, "ResourceProperties").unwrap_or_default(),
            })),
            _ => Err(RequestError::UnknownType),
        }
    }
}

/// Why an event that came with a URL is no request. Never shows a value of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("the RequestType is none of Create, Update and Delete")]
    UnknownType,
    #[error("the event has no {0}")]
    Missing(&'static str),
    #[error("{0} is not an object")]
    NotAnObject(&'static str),
}

/// Without these nothing could be told from anything else later on.
fn require_ids(reply_to: &ReplyTo) -> Result<(), RequestError> {
    let ids = [
        ("StackId", &reply_to.stack_id),
        ("RequestId", &reply_to.request_id),
        ("LogicalResourceId", &reply_to.logical_resource_id),
    ];
    match ids.iter().find(|(_, id)| id.is_empty()) {
        Some((name, _)) => Err(RequestError::Missing(name)),
        None => Ok(()),
    }
}

/// Documented as "Required: No", so missing means none:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html>.
fn properties(event: &mut Value, name: &'static str) -> Result<Properties, RequestError> {
    match event.get_mut(name).map(Value::take) {
        None => Ok(Properties::default()),
        Some(value) => Properties::from_value(value).map_err(|_| RequestError::NotAnObject(name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(changes: Value) -> Result<Request, RequestError> {
        let mut event = json!({"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"});
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        let reply_to = ReplyTo::parse(&event);
        Request::parse(event, &reply_to)
    }

    #[test]
    fn properties_may_be_missing_but_not_malformed() {
        let Ok(Request::Create(create)) = parse(json!({"RequestType": "Create"})) else { panic!() };
        assert_eq!(create.properties, Properties::default());

        let malformed = parse(json!({"RequestType": "Create", "ResourceProperties": null}));
        assert_eq!(malformed.unwrap_err(), RequestError::NotAnObject("ResourceProperties"));
        let malformed = parse(json!({"RequestType": "Update", "PhysicalResourceId": "p", "OldResourceProperties": []}));
        assert_eq!(malformed.unwrap_err(), RequestError::NotAnObject("OldResourceProperties"));
    }

    #[test]
    fn an_update_knows_both_sides() {
        let event = json!({
            "RequestType": "Update", "PhysicalResourceId": "p",
            "ResourceProperties": {"A": "new"}, "OldResourceProperties": {"A": "old"},
        });
        let Ok(Request::Update(update)) = parse(event) else { panic!() };
        assert_eq!((update.properties.string("A"), update.old_properties.string("A")), (Some("new"), Some("old")));
        assert_eq!(parse(json!({"RequestType": "Update"})).unwrap_err(), RequestError::Missing("PhysicalResourceId"));
    }

    #[test]
    fn nothing_but_its_type_matters_to_a_delete() {
        for properties in [json!(null), json!("odd"), json!([1])] {
            let event =
                json!({"RequestType": "Delete", "ResourceProperties": properties, "StackId": 7, "RequestId": ""});
            let Ok(Request::Delete(delete)) = parse(event) else { panic!() };
            assert_eq!((delete.physical_resource_id, delete.properties), (None, Properties::default()));
        }
    }

    #[test]
    fn a_create_and_an_update_need_all_their_ids() {
        for kind in ["Create", "Update"] {
            for name in ["StackId", "RequestId", "LogicalResourceId"] {
                let event = json!({"RequestType": kind, "PhysicalResourceId": "p", name: null});
                assert_eq!(parse(event).unwrap_err(), RequestError::Missing(name));
            }
        }
    }

    #[test]
    fn request_types_are_case_sensitive() {
        for odd in [json!("create"), json!("Read"), json!(null), json!(1)] {
            assert_eq!(parse(json!({"RequestType": odd})).unwrap_err(), RequestError::UnknownType);
        }
    }
}
