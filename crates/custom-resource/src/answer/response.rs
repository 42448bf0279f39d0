//! The answer as CloudFormation takes it: never a null, never an empty id, never over the limit.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::event::reply_to::{ReplyTo, escaped_bytes};
use crate::handler::outcome::{Echo, Outcome};

/// The most bytes that an answer may have, all of it counted; exactly as many are still accepted.
///
/// "The total size of the response body can't exceed 4096 bytes":
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>
pub const MAX_RESPONSE_BYTES: usize = 4096;

/// Stands where the middle of a Reason was left out.
const GAP: &str = " [...] ";

/// An answer, ready to be sent; erased from memory when dropped.
pub(crate) struct Body {
    pub(crate) status: Status,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Success,
    Failed,
}

/// SUCCESS, with what the handler hands back; without what is dispensable, where all of it would not fit.
pub(crate) fn success(reply_to: &ReplyTo, outcome: &Outcome) -> Result<Body, TooLarge> {
    let mut wire = Wire {
        no_echo: (outcome.echo == Echo::Masked).then_some(true),
        // A null would make CloudFormation discard the answer.
        data: outcome
            .data
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.as_str(), &**value))
            .collect(),
        ..Wire::new(Status::Success, reply_to, outcome.physical_resource_id.as_str())
    };
    let mut bounded = Bounded::encode(&wire);
    if bounded.size > MAX_RESPONSE_BYTES && !outcome.dispensable.is_empty() {
        wire.data.retain(|name, _| !outcome.dispensable.contains(*name));
        bounded = Bounded::encode(&wire);
    }
    if bounded.size > MAX_RESPONSE_BYTES {
        return Err(TooLarge { bytes: bounded.size });
    }
    Ok(Body { status: Status::Success, bytes: bounded.bytes })
}

/// SUCCESS of a Delete.
pub(crate) fn deleted(reply_to: &ReplyTo, physical_resource_id: &str) -> Body {
    let wire = Wire::new(Status::Success, reply_to, physical_resource_id);
    Body { status: Status::Success, bytes: Bounded::encode(&wire).bytes }
}

/// FAILED, with the text that CloudFormation shows; shortened where it would not fit.
pub(crate) fn failed(reply_to: &ReplyTo, physical_resource_id: &str, reason: &str) -> Body {
    let frame = |reason| Wire { reason: Some(reason), ..Wire::new(Status::Failed, reply_to, physical_resource_id) };
    let room = MAX_RESPONSE_BYTES.saturating_sub(Bounded::encode(&frame("")).size);
    Body { status: Status::Failed, bytes: Bounded::encode(&frame(&shorten(reason, room))).bytes }
}

/// A success with more `Data` than CloudFormation takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the answer would have {bytes} bytes, {} more than the {MAX_RESPONSE_BYTES} that CloudFormation takes: \
     return fewer or shorter attributes",
    bytes - MAX_RESPONSE_BYTES
)]
pub(crate) struct TooLarge {
    bytes: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_echo: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Wire<'a> {
    fn new(status: Status, reply_to: &'a ReplyTo, physical_resource_id: &'a str) -> Self {
        Self {
            status,
            reason: None,
            physical_resource_id,
            stack_id: &reply_to.stack_id,
            request_id: &reply_to.request_id,
            logical_resource_id: &reply_to.logical_resource_id,
            no_echo: None,
            data: BTreeMap::new(),
        }
    }
}

/// Keeps what fits and counts the rest; never grows, so that no copy of a secret is left behind in freed memory.
struct Bounded {
    bytes: Zeroizing<Vec<u8>>,
    size: usize,
}

impl Bounded {
    fn encode(wire: &Wire<'_>) -> Self {
        let mut bounded = Self { bytes: Zeroizing::new(Vec::with_capacity(MAX_RESPONSE_BYTES)), size: 0 };
        let written = serde_json::to_writer(&mut bounded, wire);
        debug_assert!(written.is_ok(), "texts and a flag always become JSON, and the writer never fails");
        bounded
    }
}

impl io::Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.size += chunk.len();
        if self.size <= MAX_RESPONSE_BYTES {
            self.bytes.extend_from_slice(chunk);
        }
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Cuts `text` to `limit` bytes of JSON text: its middle goes, because the beginning says what happened and the end
/// what to do.
fn shorten(text: &str, limit: usize) -> String {
    if escaped_bytes(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(GAP.len());
    let head = fitting(text.chars(), room / 3 * 2);
    let tail: String = fitting(text.chars().rev(), room / 3).chars().rev().collect();
    format!("{head}{GAP}{tail}")
}

/// As many of the characters as fit into `limit` bytes of JSON text.
fn fitting(characters: impl Iterator<Item = char>, limit: usize) -> String {
    let mut spent = 0;
    let within = |character: &char| {
        spent += escaped_bytes(character.encode_utf8(&mut [0; 4]));
        spent <= limit
    };
    characters.take_while(within).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::handler::physical_resource_id::PhysicalResourceId;

    fn reply_to() -> ReplyTo {
        ReplyTo::parse(&json!({"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}))
    }

    fn read(body: &Body) -> Value {
        serde_json::from_slice(&body.bytes).unwrap()
    }

    fn outcome() -> Outcome {
        Outcome::new(PhysicalResourceId::from_static("id"))
    }

    #[test]
    fn an_answer_holds_what_is_needed_and_no_null() {
        let reply_to = reply_to();
        let with = |more: Value| {
            let mut all =
                json!({"PhysicalResourceId": "id", "StackId": "s", "RequestId": "r", "LogicalResourceId": "l"});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let open = success(&reply_to, &outcome().attribute("A", "1")).unwrap();
        assert_eq!(read(&open), with(json!({"Status": "SUCCESS", "Data": {"A": "1"}})));
        let any = outcome().attribute("A", 1).attribute("B", vec![true]).attribute("C", None::<&str>);
        assert_eq!(
            read(&success(&reply_to, &any).unwrap()),
            with(json!({"Status": "SUCCESS", "Data": {"A": 1, "B": [true]}}))
        );
        let masked = success(&reply_to, &outcome().secret("A", "1".to_owned())).unwrap();
        assert_eq!(read(&masked), with(json!({"Status": "SUCCESS", "NoEcho": true, "Data": {"A": "1"}})));
        assert_eq!(read(&deleted(&reply_to, "id")), with(json!({"Status": "SUCCESS"})));
        assert_eq!(read(&failed(&reply_to, "id", "why")), with(json!({"Status": "FAILED", "Reason": "why"})));
    }

    #[test]
    fn the_last_byte_that_fits_is_used_and_the_next_one_is_told() {
        let reply_to = reply_to();
        let with_data = |bytes| success(&reply_to, &outcome().attribute("A", "x".repeat(bytes)));
        let frame = with_data(0).unwrap_or_else(|_| panic!()).bytes.len();
        assert_eq!(with_data(MAX_RESPONSE_BYTES - frame).unwrap_or_else(|_| panic!()).bytes.len(), 4096);

        let over = with_data(MAX_RESPONSE_BYTES - frame + 3).err().unwrap();
        assert_eq!(
            over.to_string(),
            "the answer would have 4099 bytes, 3 more than the 4096 that CloudFormation takes: \
             return fewer or shorter attributes"
        );
    }

    #[test]
    fn what_is_dispensable_makes_room_for_the_rest() {
        let reply_to = reply_to();
        let data = |needed: usize, handy: usize| {
            let outcome = outcome().attribute("Needed", "x".repeat(needed)).attribute("Handy", "y".repeat(handy));
            success(&reply_to, &outcome.dispensable("Handy").dispensable("NotThere"))
                .map(|body| read(&body)["Data"].clone())
        };
        let names = |data: &Value| data.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let both = data(0, 0).unwrap_or_else(|_| panic!());
        assert_eq!(names(&both), ["Handy", "Needed"]);
        let room = MAX_RESPONSE_BYTES - success(&reply_to, &outcome().attribute("Needed", "")).unwrap().bytes.len();
        assert_eq!(names(&data(room - 2000, 1900).unwrap()), ["Handy", "Needed"]);
        assert_eq!(names(&data(room - 2000, 2000).unwrap()), ["Needed"]);
        assert_eq!(names(&data(room, 0).unwrap()), ["Needed"]);
        assert!(data(room + 1, 0).is_err());
    }

    #[test]
    fn a_long_reason_keeps_its_beginning_and_its_end() {
        let reason = format!("what happened {} what to do", "\"é\u{1}".repeat(5000));
        let body = failed(&reply_to(), "id", &reason);
        assert!((4000..=4096).contains(&body.bytes.len()));
        let shown = read(&body)["Reason"].as_str().unwrap().to_owned();
        assert!(shown.starts_with("what happened \"é") && shown.ends_with(" what to do") && shown.contains(GAP));
    }

    proptest! {
        #[test]
        fn whatever_the_event_and_the_reason_are_a_failure_fits(
            ids in prop::array::uniform4(prop::collection::vec(any::<char>(), 0..1500)),
            reason in any::<String>(),
            times in 1_usize..400,
        ) {
            let [stack, request, logical, physical] = ids.map(|id| id.into_iter().collect::<String>());
            let reply_to = ReplyTo::parse(&json!({
                "StackId": stack, "RequestId": request, "LogicalResourceId": logical, "PhysicalResourceId": physical,
            }));
            let id = reply_to.physical_resource_id.clone().unwrap_or("none".to_owned());
            let body = failed(&reply_to, &id, &reason.repeat(times));
            prop_assert!(body.bytes.len() <= MAX_RESPONSE_BYTES);
            prop_assert_eq!(read(&body)["Reason"].as_str().unwrap().is_empty(), reason.is_empty());
            prop_assert!(deleted(&reply_to, &id).bytes.len() <= MAX_RESPONSE_BYTES);
        }

        #[test]
        fn whatever_the_data_are_they_fit_or_are_counted(
            data in prop::collection::btree_map(any::<String>(), any::<String>(), 0..80)
        ) {
            let reply_to = reply_to();
            let mut outcome = outcome();
            for (name, value) in &data {
                outcome = outcome.attribute(name, value.as_str());
            }
            let size = serde_json::to_string(&data).unwrap().len();
            match success(&reply_to, &outcome) {
                Ok(body) => {
                    let sent = read(&body).get("Data").cloned().unwrap_or(json!({}));
                    prop_assert!(body.bytes.len() <= MAX_RESPONSE_BYTES);
                    prop_assert_eq!(sent, json!(data));
                }
                Err(TooLarge { bytes }) => prop_assert!(bytes > MAX_RESPONSE_BYTES && bytes > size),
            }
        }
    }
}
