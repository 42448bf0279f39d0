//! The few fields of an event that an answer needs, taken leniently: whatever else is broken, the answer still gets
//! there.

use serde_json::Value;

use crate::event::response_url::{ResponseUrl, UrlProblem};

/// The longest id that is echoed, in bytes of JSON text. What CloudFormation sends is far shorter (a StackId has about
/// 240 bytes, a logical id at most 255), so only an event that it never sent is cut; three of these, a physical id and
/// a Reason fit the limit.
const MAX_ECHOED_BYTES: usize = 512;

/// The same for a physical id, which may have 1024 bytes of its own, each of them escaped:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>.
const MAX_ECHOED_PHYSICAL_ID_BYTES: usize = 2048;

/// What it takes to answer.
#[derive(Debug)]
pub(crate) struct ReplyTo {
    pub(crate) url: Result<ResponseUrl, UrlProblem>,
    pub(crate) stack_id: String,
    pub(crate) request_id: String,
    pub(crate) logical_resource_id: String,
    /// Not empty where it is given.
    pub(crate) physical_resource_id: Option<String>,
}

impl ReplyTo {
    /// Never fails: what is missing stays empty.
    pub(crate) fn parse(event: &Value) -> Self {
        let field = |name| cut(text(event, name).unwrap_or_default(), MAX_ECHOED_BYTES);
        let url = match event.get("ResponseURL").map(Value::as_str) {
            None => Err(UrlProblem::Missing),
            Some(None) => Err(UrlProblem::Malformed),
            Some(Some(url)) => ResponseUrl::parse(url),
        };
        Self {
            url,
            stack_id: field("StackId"),
            request_id: field("RequestId"),
            logical_resource_id: field("LogicalResourceId"),
            physical_resource_id: text(event, "PhysicalResourceId")
                .filter(|id| !id.is_empty())
                .map(|id| cut(id, MAX_ECHOED_PHYSICAL_ID_BYTES)),
        }
    }
}

/// A field as text; an id may come as a number from an event made by hand.
fn text(event: &Value, name: &str) -> Option<String> {
    match event.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Cuts `text` to `limit` bytes of JSON text.
fn cut(text: String, limit: usize) -> String {
    if escaped_bytes(&text) <= limit {
        return text;
    }
    let mut spent = 0;
    text.chars()
        .take_while(|&character| {
            spent += escaped_bytes(character.encode_utf8(&mut [0; 4]));
            spent <= limit
        })
        .collect()
}

/// The length of `text` inside a JSON string: RFC 8259 §7, as serde_json writes it.
pub(crate) fn escaped_bytes(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0x00..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_needs_nothing_but_the_url() {
        let reply_to =
            ReplyTo::parse(&json!({"ResponseURL": "https://example.com/a", "StackId": ["odd"], "RequestId": 7}));
        assert!(reply_to.url.is_ok());
        assert_eq!((reply_to.stack_id.as_str(), reply_to.request_id.as_str()), ("", "7"));
        assert_eq!((reply_to.logical_resource_id.as_str(), reply_to.physical_resource_id), ("", None));
    }

    #[test]
    fn a_url_that_is_none_is_told_apart_from_a_missing_one() {
        for odd in [json!(null), json!(7), json!({}), json!("nonsense")] {
            assert_eq!(ReplyTo::parse(&json!({"ResponseURL": odd})).url, Err(UrlProblem::Malformed));
        }
        for odd in [json!({}), json!([]), json!("text"), json!(null)] {
            assert_eq!(ReplyTo::parse(&odd).url, Err(UrlProblem::Missing));
        }
    }

    #[test]
    fn an_empty_physical_id_counts_as_missing() {
        assert_eq!(ReplyTo::parse(&json!({"PhysicalResourceId": ""})).physical_resource_id, None);
        let kept = ReplyTo::parse(&json!({"PhysicalResourceId": "\"".repeat(1024)})).physical_resource_id;
        assert_eq!(kept.as_deref(), Some("\"".repeat(1024).as_str()));
        let cut = ReplyTo::parse(&json!({"PhysicalResourceId": "é".repeat(1025)})).physical_resource_id;
        assert_eq!(cut.map(|id| id.len()), Some(2048));
    }

    proptest! {
        #[test]
        fn escaped_lengths_are_those_of_serde_json(text in any::<String>()) {
            prop_assert_eq!(escaped_bytes(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }

        #[test]
        fn a_cut_text_is_a_prefix_within_the_limit(text in any::<String>(), limit in 0_usize..40) {
            let short = cut(text.clone(), limit);
            prop_assert!(text.starts_with(&short) && escaped_bytes(&short) <= limit);
        }
    }
}
