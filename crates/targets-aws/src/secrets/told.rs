//! What Secrets Manager tells of a secret and of its versions.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

use crate::call::{Tag, perhaps_secret};
use crate::parameters::seconds;

/// A staging label.
pub type Stage = String;

/// The label of the version that a reader gets who names none.
pub(super) const CURRENT: &str = "AWSCURRENT";

/// What is told of a secret without its value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Its ARN, with the six characters at the end.
    #[serde(default, rename = "ARN")]
    pub arn: String,
    /// What somebody said of it.
    #[serde(default)]
    pub description: Option<String>,
    /// What it is tagged with.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// The key of a customer's that encrypts it.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Whether AWS gives it new values by itself.
    #[serde(default)]
    pub rotation_enabled: Option<bool>,
    /// When somebody had it deleted, where it is.
    #[serde(default)]
    deleted_date: Option<f64>,
    /// When it was changed.
    #[serde(default, deserialize_with = "seconds", rename = "LastChangedDate")]
    pub changed_at: u64,
    /// The labels of each version, as a list has them.
    #[serde(default, rename = "SecretVersionsToStages")]
    listed_stages: Option<BTreeMap<String, Vec<Stage>>>,
    /// The same, as a description has them.
    #[serde(default, rename = "VersionIdsToStages")]
    described_stages: Option<BTreeMap<String, Vec<Stage>>>,
}

impl Secret {
    /// The ids of the versions that have labels, and these.
    pub fn stages(&self) -> impl Iterator<Item = (&String, &Vec<Stage>)> {
        self.described_stages.iter().chain(&self.listed_stages).flatten()
    }

    /// Whether it is about to be erased.
    pub fn is_scheduled_for_deletion(&self) -> bool {
        self.deleted_date.is_some()
    }

    /// The id of the current version.
    pub fn current(&self) -> Option<&str> {
        self.stages().find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT)).map(|(id, _)| id.as_str())
    }

    /// Whether a rotation has begun and not ended: a version is pending that is not current.
    pub fn is_being_rotated(&self) -> bool {
        let has = |stages: &[Stage], label: &str| stages.iter().any(|stage| stage == label);
        self.stages().any(|(_, stages)| has(stages, "AWSPENDING") && !has(stages, CURRENT))
    }
}

/// A value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecretValue {
    /// The id of its version.
    pub version_id: String,
    /// The value; `None` for one of bytes.
    #[serde(default, deserialize_with = "perhaps_secret", rename = "SecretString")]
    pub value: Option<SecretString>,
}

/// What is told of one version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PastSecret {
    /// Its id.
    pub version_id: String,
    /// Its labels.
    #[serde(default, rename = "VersionStages")]
    pub stages: Vec<Stage>,
    /// When it was written.
    #[serde(default, deserialize_with = "seconds", rename = "CreatedDate")]
    pub created_at: u64,
}
/// What a write came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Published {
    /// The id of the version.
    pub version_id: String,
    /// Its labels.
    #[serde(default, rename = "VersionStages")]
    pub stages: Option<Vec<Stage>>,
}

impl Published {
    /// Whether readers get it now. An old token writes nothing, and says so by nothing else.
    pub fn is_current(&self) -> bool {
        self.stages.as_ref().is_none_or(|stages| stages.iter().any(|stage| stage == CURRENT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_is_current_and_whether_somebody_rotates_it() {
        let described = |stages: &str| -> Secret {
            serde_json::from_str(&format!(r#"{{"Name":"a","VersionIdsToStages":{stages},"LastChangedDate":1.5}}"#))
                .unwrap()
        };
        let quiet = described(r#"{"one":["AWSPREVIOUS"],"two":["AWSCURRENT","AWSPENDING"]}"#);
        assert_eq!((quiet.current(), quiet.is_being_rotated(), quiet.changed_at), (Some("two"), false, 1));
        let rotated = described(r#"{"one":["AWSCURRENT"],"two":["AWSPENDING"]}"#);
        assert_eq!((rotated.current(), rotated.is_being_rotated()), (Some("one"), true));
        let listed: Secret =
            serde_json::from_str(r#"{"Name":"a","SecretVersionsToStages":{"one":["AWSCURRENT"]}}"#).unwrap();
        assert_eq!((listed.current(), listed.is_scheduled_for_deletion()), (Some("one"), false));
    }

    #[test]
    fn a_token_that_wrote_nothing_is_seen() {
        let published = |text: &str| serde_json::from_str::<Published>(text).unwrap().is_current();
        assert!(published(r#"{"VersionId":"one","VersionStages":["AWSCURRENT"]}"#));
        assert!(published(r#"{"VersionId":"one"}"#), "a new secret says nothing of it");
        assert!(!published(r#"{"VersionId":"one","VersionStages":["AWSPREVIOUS"]}"#));
        assert!(!published(r#"{"VersionId":"one","VersionStages":[]}"#));
    }
}
