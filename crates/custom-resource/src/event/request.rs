//! The event understood: what CloudFormation asks for, strictly for Create and Update, leniently for Delete.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use crate::erased::Erased;
use crate::event::reply_to::ReplyTo;
use crate::properties::error::PropertyError;
use crate::properties::{FromProperties, Properties};

/// The stack wants a new thing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateRequest<P = Properties> {
    /// The properties in the template, read into [`CustomResource::Properties`](crate::CustomResource::Properties).
    pub properties: P,
}

/// A property has changed, or a rollback takes such a change back.
#[derive(Clone)]
#[non_exhaustive]
pub struct UpdateRequest<P = Properties> {
    /// The id that the last successful answer gave. Answering with another one means replacement, and a Delete of this
    /// one.
    pub physical_resource_id: String,
    /// The properties to have from now on, read into
    /// [`CustomResource::Properties`](crate::CustomResource::Properties).
    pub properties: P,
    /// The properties so far, as they came: those of an older release of the function need not be what `P` is now. See
    /// [`old`](Self::old) and [`changed`](Self::changed).
    pub old_properties: Properties,
    old: OnceLock<Option<P>>,
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

impl<P> CreateRequest<P> {
    /// A request as a handler's own tests need it.
    pub fn new(properties: P) -> Self {
        Self { properties }
    }
}

impl CreateRequest {
    pub(crate) fn read<P: FromProperties>(self) -> Result<CreateRequest<P>, PropertyError> {
        P::from_properties(Cow::Owned(self.properties)).map(CreateRequest::new)
    }
}

impl<P> UpdateRequest<P> {
    /// A request as a handler's own tests need it: from `old_properties` to `properties`.
    pub fn new(physical_resource_id: impl Into<String>, properties: P, old_properties: Properties) -> Self {
        Self { physical_resource_id: physical_resource_id.into(), properties, old_properties, old: OnceLock::new() }
    }
}

impl UpdateRequest {
    pub(crate) fn read<P: FromProperties>(self) -> Result<UpdateRequest<P>, PropertyError> {
        let properties = P::from_properties(Cow::Owned(self.properties))?;
        Ok(UpdateRequest::new(self.physical_resource_id, properties, self.old_properties))
    }
}

impl<P: FromProperties> UpdateRequest<P> {
    /// The properties so far as a `P`, read once; `None` where they cannot be read as one any more.
    pub fn old(&self) -> Option<&P> {
        self.old.get_or_init(|| P::from_properties(Cow::Borrowed(&self.old_properties)).ok()).as_ref()
    }

    /// Whether a part of the properties is another one than before; also where the old ones cannot be read any more.
    ///
    /// ```
    /// # use custom_resource::{Properties, UpdateRequest};
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Settings {
    ///     length: u16,
    ///     comment: Option<String>,
    /// }
    ///
    /// let old = Properties::from_value(serde_json::json!({"Length": "8"}))?;
    /// let new = Settings { length: 8, comment: Some("new".to_owned()) };
    /// let request = UpdateRequest::new("id", new, old);
    /// assert!(!request.changed(|settings| &settings.length));
    /// assert!(request.changed(|settings| &settings.comment));
    /// # Ok::<(), custom_resource::PropertyError>(())
    /// ```
    pub fn changed<T: PartialEq + ?Sized>(&self, part: impl Fn(&P) -> &T) -> bool {
        self.old().is_none_or(|old| part(old) != part(&self.properties))
    }
}

impl DeleteRequest {
    /// A request as a handler's own tests need it.
    pub fn new(physical_resource_id: Option<String>, properties: Properties) -> Self {
        Self { physical_resource_id, properties }
    }
}

/// [`Properties`] show their names only; what a type of your own shows is yours.
impl<P: fmt::Debug> fmt::Debug for UpdateRequest<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateRequest")
            .field("physical_resource_id", &self.physical_resource_id)
            .field("properties", &self.properties)
            .field("old_properties", &self.old_properties)
            .finish()
    }
}

/// CloudFormation's word for what it wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RequestType {
    Create,
    Update,
    Delete,
}

impl RequestType {
    /// That of an event; `None` if it is none of the three.
    pub(crate) fn of(event: &Value) -> Option<Self> {
        match event.get("RequestType")?.as_str()? {
            "Create" => Some(Self::Create),
            "Update" => Some(Self::Update),
            "Delete" => Some(Self::Delete),
            _ => None,
        }
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
    pub(crate) fn parse(mut event: Erased, reply_to: &ReplyTo) -> Result<Self, RequestError> {
        match RequestType::of(&event).ok_or(RequestError::UnknownType)? {
            RequestType::Create => {
                require_ids(reply_to)?;
                Ok(Self::Create(CreateRequest::new(properties(&mut event, "ResourceProperties")?)))
            }
            RequestType::Update => {
                require_ids(reply_to)?;
                let id = reply_to.physical_resource_id.clone().ok_or(RequestError::Missing("PhysicalResourceId"))?;
                let old_properties = properties(&mut event, "OldResourceProperties")?;
                Ok(Self::Update(UpdateRequest::new(id, properties(&mut event, "ResourceProperties")?, old_properties)))
            }
            RequestType::Delete => Ok(Self::Delete(DeleteRequest {
                physical_resource_id: reply_to.physical_resource_id.clone(),
                properties: properties(&mut event, "ResourceProperties").unwrap_or_default(),
            })),
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
        Request::parse(Erased(event), &reply_to)
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

    #[test]
    fn what_changed_is_told_part_by_part() {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Sizes {
            length: u16,
            width: u16,
        }
        let properties = |value: Value| Properties::from_value(value).unwrap();
        let (new, old) = (json!({"Length": "8", "Width": 9}), json!({"Length": "8", "Width": "7"}));
        let update = |old| UpdateRequest::new("id", properties(new.clone()), properties(old)).read::<Sizes>().unwrap();
        let same = update(old);
        assert_eq!(same.old().map(|old| (old.length, old.width)), Some((8, 7)));
        assert!(!same.changed(|sizes| &sizes.length) && same.changed(|sizes| &sizes.width));
        let of_an_older_release = update(json!({"Size": "8"}));
        assert!(of_an_older_release.old().is_none() && of_an_older_release.changed(|sizes| &sizes.length));
    }
}
