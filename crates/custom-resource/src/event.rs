//! The event before it is a request: read whatever its shape, taken out of its envelope, told apart from other
//! invocations.

pub(crate) mod idempotency_token;
pub(crate) mod reply_to;
pub(crate) mod request;
pub(crate) mod response_url;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::erased::Erased;

/// An event as Lambda handed it over: any JSON text, erased from memory when dropped.
///
/// The text is kept beside what is read of it, for [`NotYet`](crate::NotYet): it is many times smaller.
pub struct Event(Zeroizing<Box<str>>);

impl Event {
    /// Reads it, and takes it out of its envelope. One that serde_json refuses as a whole (nested too deeply, a number out
    /// of range, half a surrogate pair) is read field by field, and what cannot be read becomes null: with the ResponseURL
    /// saved, the rest can be complained about.
    pub(crate) fn read(&self) -> Erased {
        let event = serde_json::from_str(&self.0).unwrap_or_else(|_| {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(&self.0).unwrap_or_default();
            fields
                .into_iter()
                .map(|(name, field)| (name, serde_json::from_str(field.get()).unwrap_or(Value::Null)))
                .collect()
        });
        unwrap(Erased(event))
    }
}

impl From<Box<RawValue>> for Event {
    fn from(raw: Box<RawValue>) -> Self {
        Self(Zeroizing::new(raw.into()))
    }
}

impl From<Value> for Event {
    fn from(value: Value) -> Self {
        Self(Zeroizing::new(Erased(value).to_string().into()))
    }
}

/// Nothing of it: it holds the ResponseURL and the properties.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event")
    }
}

/// The request inside an SNS notification, for custom resources whose `ServiceToken` is a topic, or inside an SQS
/// message, for one that comes again; any other event as it is, and a batch of several messages too: it can have only
/// one end.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
fn unwrap(event: Erased) -> Erased {
    let inner = match event.get("Records").and_then(Value::as_array).map(Vec::as_slice) {
        Some([record]) => record.pointer("/Sns/Message").or_else(|| record.get("body")).and_then(Value::as_str),
        _ => None,
    };
    match inner.and_then(|inner| serde_json::from_str::<Value>(inner).ok()) {
        Some(inner) if is_request(&inner) => Erased(inner),
        inner => {
            drop(inner.map(Erased));
            event
        }
    }
}

/// Whether CloudFormation sent this, as opposed to somebody who invoked the function directly.
pub(crate) fn is_request(event: &Value) -> bool {
    event.get("ResponseURL").is_some() || event.get("RequestType").is_some()
}

/// The names of the event's fields: all of it that a log may show.
pub(crate) fn field_names(event: &Value) -> Vec<&str> {
    event.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        Event::from(serde_json::from_str::<Box<RawValue>>(text).unwrap()).read().take()
    }

    #[test]
    fn what_can_be_read_survives_what_can_not() {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        for broken in [deep.as_str(), "1e999", r#""\ud800""#, r#"{"a":1e999}"#] {
            let event = read(&format!(r#"{{"ResponseURL":"u","ResourceProperties":{broken}}}"#));
            assert_eq!(event, json!({"ResponseURL": "u", "ResourceProperties": null}), "{broken}");
        }
        assert_eq!(read(&deep), json!({}));
        assert_eq!(read("[1]"), json!([1]));
    }

    #[test]
    fn a_notification_is_opened_and_anything_else_left_alone() {
        let unwrap = |event: Value| Event::from(event).read().take();
        let request = json!({"RequestType": "Create"});
        let notification = |text: String| json!({"Records": [{"Sns": {"Message": text}}]});
        let message = |text: String| json!({"Records": [{"eventSource": "aws:sqs", "body": text}]});
        assert_eq!(unwrap(notification(request.to_string())), request);
        assert_eq!(unwrap(message(request.to_string())), request);
        assert_eq!(unwrap(request.clone()), request);
        let two =
            [notification(request.to_string()), message(request.to_string())].map(|event| event["Records"][0].clone());
        for other in [
            notification("hello".to_owned()),
            message("{}".to_owned()),
            json!({"Records": []}),
            json!({"Records": two}),
            json!(3),
        ] {
            assert_eq!(unwrap(other.clone()), other);
        }
    }

    #[test]
    fn field_names_are_all_that_is_told_of_an_event() {
        assert_eq!(field_names(&json!({"A": "secret", "B": 1})), ["A", "B"]);
        assert!(field_names(&json!(["A"])).is_empty());
    }
}
