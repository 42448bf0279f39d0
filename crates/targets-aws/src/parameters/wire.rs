//! Requests to Parameter Store and its pages, as they are spelled.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Kind, Parameter, ParameterValue, PastParameter, Tier};
use crate::call::{Tag, exposed};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter<'a> {
    pub(super) key: &'a str,
    pub(super) option: &'a str,
    pub(super) values: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) parameter_filters: &'a [Filter<'a>],
    pub(super) max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Get<'a> {
    pub(super) names: &'a [String],
    pub(super) with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got {
    #[serde(default)]
    pub(super) parameters: Vec<ParameterValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct History<'a> {
    pub(super) name: &'a str,
    pub(super) with_decryption: bool,
    pub(super) max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Passed {
    #[serde(default)]
    pub(super) parameters: Vec<PastParameter>,
    pub(super) next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put<'a> {
    pub(super) name: &'a str,
    #[serde(serialize_with = "exposed")]
    pub(super) value: &'a SecretString,
    #[serde(rename = "Type")]
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<&'a str>,
    pub(super) tier: Tier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    pub(super) overwrite: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tags: &'a [Tag],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Written {
    pub(super) version: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddTags<'a> {
    pub(super) resource_type: &'a str,
    pub(super) resource_id: &'a str,
    pub(super) tags: &'a [Tag],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveTags<'a> {
    pub(super) resource_type: &'a str,
    pub(super) resource_id: &'a str,
    pub(super) tag_keys: &'a [String],
}

/// What a parameter is to the operations that take tags of many things.
pub(super) const TAGGED: &str = "Parameter";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete<'a> {
    pub(super) name: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_says_what_would_change_by_itself() {
        let value = SecretString::from("hunter2");
        let put = |key_id, description, overwrite| {
            let (name, kind, tier) = ("/a", Kind::SecureString, Tier::Standard);
            let put = Put { name, value: &value, kind, key_id, tier, description, overwrite, tags: &[] };
            serde_json::to_string(&put).unwrap()
        };
        assert_eq!(
            put(Some("alias/x"), Some("why"), true),
            r#"{"Name":"/a","Value":"hunter2","Type":"SecureString","KeyId":"alias/x","Tier":"Standard","Description":"why","Overwrite":true}"#
        );
        assert_eq!(
            put(None, None, false),
            r#"{"Name":"/a","Value":"hunter2","Type":"SecureString","Tier":"Standard","Overwrite":false}"#
        );
    }

    #[test]
    fn an_answer_is_read_whatever_else_it_has() {
        let text = r#"{"Parameters":[{"Name":"/a","Type":"SecureString","KeyId":"k","Version":3,"Tier":"Advanced","LastModifiedDate":1764000000.5,"Policies":[]}]}"#;
        let described: Described = serde_json::from_str(text).unwrap();
        let found = &described.parameters[0];
        assert_eq!((found.version, found.tier, found.modified_at), (3, Tier::Advanced, 1_764_000_000));
        let tier: Tier = serde_json::from_str("\"Intelligent-Tiering\"").unwrap();
        assert_eq!(tier, Tier::Standard);
        let got: Got =
            serde_json::from_str(r#"{"Parameters":[{"Name":"/a","Type":"String","Value":"hunter2","Version":1}]}"#)
                .unwrap();
        assert!(!format!("{:?}", got.parameters[0]).contains("hunter2"));
    }
}
