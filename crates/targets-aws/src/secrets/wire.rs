//! Requests to Secrets Manager and its pages, as they are spelled.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::told::{PastSecret, Secret};
use crate::call::{Tag, exposed};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByName<'a> {
    pub(super) secret_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter<'a> {
    pub(super) key: &'a str,
    pub(super) values: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) filters: &'a [Filter<'a>],
    pub(super) max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    #[serde(default)]
    pub(super) secret_list: Vec<Secret>,
    pub(super) next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Get<'a> {
    pub(super) secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_stage: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Versions<'a> {
    pub(super) secret_id: &'a str,
    pub(super) include_deprecated: bool,
    pub(super) max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Passed {
    #[serde(default)]
    pub(super) versions: Vec<PastSecret>,
    pub(super) next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create<'a> {
    pub(super) name: &'a str,
    pub(super) client_request_token: &'a str,
    #[serde(serialize_with = "exposed")]
    pub(super) secret_string: &'a SecretString,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tags: &'a [Tag],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put<'a> {
    pub(super) secret_id: &'a str,
    pub(super) client_request_token: &'a str,
    #[serde(serialize_with = "exposed")]
    pub(super) secret_string: &'a SecretString,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe<'a> {
    pub(super) secret_id: &'a str,
    pub(super) description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rekey<'a> {
    pub(super) secret_id: &'a str,
    pub(super) kms_key_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddTags<'a> {
    pub(super) secret_id: &'a str,
    pub(super) tags: &'a [Tag],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveTags<'a> {
    pub(super) secret_id: &'a str,
    pub(super) tag_keys: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete<'a> {
    pub(super) secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_window_in_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) force_delete_without_recovery: Option<bool>,
}
