//! What CloudFormation accepts as a response object, rule by rule.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>; the rules that the
//! page leaves out (no nulls, flat Data, a failed request keeps its id) are known from stacks that broke on them.

use std::{collections::BTreeMap, ops::Index};

use serde_json::{Map, Value};

/// The largest response object, in bytes, inclusive.
pub const MAX_BYTES: usize = 4096;
/// The longest PhysicalResourceId, in bytes.
pub const MAX_ID_BYTES: usize = 1024;

/// What a response must fit: the fields of its request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `Create`, `Update` or `Delete`.
    pub request_type: String,
    /// To be copied verbatim.
    pub stack_id: String,
    /// To be copied verbatim.
    pub request_id: String,
    /// To be copied verbatim.
    pub logical_resource_id: String,
    /// What Update and Delete carry.
    pub physical_resource_id: Option<String>,
}

/// `Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `SUCCESS`
    Success,
    /// `FAILED`
    Failed,
}

/// A response object that CloudFormation takes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Did it work?
    pub status: Status,
    /// What the stack's events show.
    pub reason: Option<String>,
    /// `!Ref` of the resource.
    pub physical_resource_id: String,
    /// Whether CloudFormation masks the attributes.
    pub no_echo: bool,
    /// What `Fn::GetAtt` reads.
    pub data: BTreeMap<String, String>,
}

impl Index<&str> for Answer {
    type Output = str;

    fn index(&self, attribute: &str) -> &str {
        self.data
            .get(attribute)
            .unwrap_or_else(|| panic!("Vendor response doesn't contain {attribute} key, only {:?}", self.data.keys()))
    }
}

/// Reads a response, or names each rule that it breaks.
pub fn check(body: &[u8], asked: &Asked) -> Result<Answer, Vec<String>> {
    let object: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| vec!["the response is not a JSON object".to_owned()])?;
    let mut broken = Vec::new();
    let mut rule = |holds: bool, text: &str| {
        if !holds {
            broken.push(text.to_owned());
        }
    };
    let text = |name: &str| object.get(name).and_then(Value::as_str);

    rule(body.len() <= MAX_BYTES, "Response object is too long.");
    rule(!object.values().any(holds_null), "a null somewhere discards the whole response");
    rule(text("StackId") == Some(&asked.stack_id), "StackId is not the request's");
    rule(text("RequestId") == Some(&asked.request_id), "RequestId is not the request's");
    rule(text("LogicalResourceId") == Some(&asked.logical_resource_id), "LogicalResourceId is not the request's");
    rule(matches!(text("Status"), Some("SUCCESS" | "FAILED")), "Status is neither SUCCESS nor FAILED");
    rule(object.get("Reason").is_none_or(Value::is_string), "Reason is not a string");
    let failed = text("Status") == Some("FAILED");
    rule(!failed || text("Reason").is_some_and(|reason| !reason.is_empty()), "FAILED without a Reason");
    let id = text("PhysicalResourceId").unwrap_or_default();
    rule((1..=MAX_ID_BYTES).contains(&id.len()), "Invalid PhysicalResourceId");
    let keeps_id = failed || asked.request_type == "Delete";
    let old_id = asked.physical_resource_id.as_deref();
    rule(
        !keeps_id || old_id.is_none_or(|old| old == id),
        "a failed Update, and any Delete, must keep the request's id",
    );
    rule(object.get("NoEcho").is_none_or(Value::is_boolean), "NoEcho is not a boolean");
    rule(object.get("Data").is_none_or(is_flat), "Data is not an object of strings");

    if !broken.is_empty() {
        return Err(broken);
    }
    Ok(Answer {
        status: if failed { Status::Failed } else { Status::Success },
        reason: text("Reason").map(str::to_owned),
        physical_resource_id: id.to_owned(),
        no_echo: object.get("NoEcho") == Some(&Value::Bool(true)),
        data: attributes(&object),
    })
}

fn attributes(object: &Map<String, Value>) -> BTreeMap<String, String> {
    let data = object.get("Data").and_then(Value::as_object).into_iter().flatten();
    data.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn is_flat(data: &Value) -> bool {
    data.as_object().is_some_and(|data| data.values().all(Value::is_string))
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(fields) => fields.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked() -> Asked {
        Asked {
            request_type: "Update".to_owned(),
            stack_id: "arn:stack".to_owned(),
            request_id: "r-1".to_owned(),
            logical_resource_id: "Secret".to_owned(),
            physical_resource_id: Some("the/id".to_owned()),
        }
    }

    fn good() -> Value {
        json!({
            "Status": "FAILED", "Reason": "because", "PhysicalResourceId": "the/id", "StackId": "arn:stack",
            "RequestId": "r-1", "LogicalResourceId": "Secret", "NoEcho": true, "Data": {"Version": "1"},
        })
    }

    #[test]
    fn a_good_response_is_read() {
        let answer = check(good().to_string().as_bytes(), &asked()).unwrap();
        assert_eq!(answer.status, Status::Failed);
        assert_eq!(answer.reason.as_deref(), Some("because"));
        assert_eq!(&answer["Version"], "1");
        assert!(answer.no_echo);
    }

    #[test]
    fn each_rule_can_be_broken() {
        let flaws: &[(&str, Value)] = &[
            ("Reason", json!("x".repeat(MAX_BYTES))),
            ("Reason", json!(null)),
            ("Reason", json!("")),
            ("Reason", json!(1)),
            ("StackId", json!("arn:other")),
            ("RequestId", json!("r-2")),
            ("LogicalResourceId", json!("secret")),
            ("Status", json!("success")),
            ("PhysicalResourceId", json!("")),
            ("PhysicalResourceId", json!("other/id")),
            ("NoEcho", json!("true")),
            ("Data", json!({"Version": 1})),
            ("Data", json!({"Version": {"a": "b"}})),
            ("Data", json!({"Version": null})),
            ("Data", json!(["a"])),
        ];
        for (field, value) in flaws {
            let mut response = good();
            response[field] = value.clone();
            assert!(check(response.to_string().as_bytes(), &asked()).is_err(), "{field} = {value}");
        }
        let mut id = good();
        id["Status"] = json!("SUCCESS");
        id["PhysicalResourceId"] = json!("x".repeat(MAX_ID_BYTES + 1));
        assert_eq!(check(id.to_string().as_bytes(), &asked()).unwrap_err(), ["Invalid PhysicalResourceId"]);
        assert!(check(b"[]", &asked()).is_err());
    }

    #[test]
    fn the_size_limit_is_inclusive() {
        let mut response = good();
        let room = MAX_BYTES - response.to_string().len() + "because".len();
        response["Reason"] = json!("x".repeat(room));
        assert_eq!(response.to_string().len(), MAX_BYTES);
        assert!(check(response.to_string().as_bytes(), &asked()).is_ok());
    }
}
