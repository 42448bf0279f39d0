//! Secrets Manager: secrets whose versions have an id and labels, the staging labels `AWSCURRENT` and `AWSPREVIOUS` among them.
//!
//! A write has a token that becomes the version's id. The same token with the same value writes nothing, so a token is one of a
//! wish, never of a value: an old value under its old token would not become current again.

use std::collections::BTreeMap;

use aws_session::Session;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::call::{NotDone, Nothing, SECRETS_MANAGER, Tag, call, exposed, perhaps_secret};
use crate::parameters::seconds;

/// The secrets of a session's account and region.
#[derive(Clone, Debug)]
pub struct Secrets(Session);

/// A staging label.
pub type Stage = String;

/// The label of the version that a reader gets who names none.
const CURRENT: &str = "AWSCURRENT";

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

/// Which version is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichVersion<'a> {
    /// The one with `AWSCURRENT`, which is always said: an emulator gives another one where it is not.
    Current,
    /// By its id.
    Id(&'a str),
    /// By a label.
    Stage(&'a str),
}

/// A secret to make, with its first version.
#[derive(Clone, Debug)]
pub struct NewSecret<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the version is to be called: 32 to 64 characters.
    pub token: &'a str,
    /// The value.
    pub value: &'a SecretString,
    /// The key; without one, that of the account.
    pub key_id: Option<&'a str>,
    /// What is said of it.
    pub description: Option<&'a str>,
    /// Its tags.
    pub tags: &'a [Tag],
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

/// How a secret is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It can be restored for so many days, 7 to 30.
    AfterDays(u16),
    /// Soon, and for good.
    AtOnce,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ByName<'a> {
    secret_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    key: &'a str,
    values: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    filters: &'a [Filter<'a>],
    max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    secret_list: Vec<Secret>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Get<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stage: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Versions<'a> {
    secret_id: &'a str,
    include_deprecated: bool,
    max_results: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Passed {
    #[serde(default)]
    versions: Vec<PastSecret>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Create<'a> {
    name: &'a str,
    client_request_token: &'a str,
    #[serde(serialize_with = "exposed")]
    secret_string: &'a SecretString,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [Tag],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Put<'a> {
    secret_id: &'a str,
    client_request_token: &'a str,
    #[serde(serialize_with = "exposed")]
    secret_string: &'a SecretString,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Describe<'a> {
    secret_id: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rekey<'a> {
    secret_id: &'a str,
    kms_key_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddTags<'a> {
    secret_id: &'a str,
    tags: &'a [Tag],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RemoveTags<'a> {
    secret_id: &'a str,
    tag_keys: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Delete<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_window_in_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    force_delete_without_recovery: Option<bool>,
}

impl Secrets {
    /// The secrets of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self(session.clone())
    }

    /// All secrets whose name begins so; those that are about to be erased are left out, and no values.
    /// `secretsmanager:ListSecrets`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn list(&self, prefix: &str, mut seen: impl FnMut(usize)) -> Result<Vec<Secret>, NotDone> {
        let filter = [Filter { key: "name", values: [prefix] }];
        let filters = if prefix.is_empty() { &[][..] } else { &filter };
        let (mut found, mut next_token) = (Vec::new(), None);
        loop {
            let input = List { filters, max_results: 100, next_token };
            let page: Listed = call(&self.0, &SECRETS_MANAGER, "secretsmanager:ListSecrets", &input).await?;
            // The filter looks at each part of a name.
            found.extend(page.secret_list.into_iter().filter(|secret| secret.name.starts_with(prefix)));
            seen(found.len());
            next_token = page.next_token.filter(|token| !token.is_empty());
            if next_token.is_none() {
                return Ok(found);
            }
        }
    }

    /// What is told of one; `None` where there is none. `secretsmanager:DescribeSecret`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn describe(&self, name: &str) -> Result<Option<Secret>, NotDone> {
        let answer =
            call(&self.0, &SECRETS_MANAGER, "secretsmanager:DescribeSecret", &ByName { secret_id: name }).await;
        there(answer)
    }

    /// A value; `None` where there is none. `secretsmanager:GetSecretValue`, and of a customer's key `kms:Decrypt`.
    ///
    /// # Errors
    /// For a call that fails, and for a secret that is about to be erased.
    pub async fn value(&self, name: &str, which: WhichVersion<'_>) -> Result<Option<SecretValue>, NotDone> {
        let (version_id, version_stage) = match which {
            WhichVersion::Current => (None, Some(CURRENT)),
            WhichVersion::Id(id) => (Some(id), None),
            WhichVersion::Stage(stage) => (None, Some(stage)),
        };
        let input = Get { secret_id: name, version_id, version_stage };
        there(call(&self.0, &SECRETS_MANAGER, "secretsmanager:GetSecretValue", &input).await)
    }

    /// Every version that is kept, the oldest first. `secretsmanager:ListSecretVersionIds`.
    ///
    /// # Errors
    /// For a call that fails, and a secret that is not there.
    pub async fn versions(&self, name: &str) -> Result<Vec<PastSecret>, NotDone> {
        let (mut found, mut next_token) = (Vec::new(), None);
        loop {
            let input = Versions { secret_id: name, include_deprecated: true, max_results: 100, next_token };
            let page: Passed = call(&self.0, &SECRETS_MANAGER, "secretsmanager:ListSecretVersionIds", &input).await?;
            found.extend(page.versions);
            next_token = page.next_token.filter(|token| !token.is_empty());
            if next_token.is_none() {
                found.sort_by_key(|past: &PastSecret| past.created_at);
                return Ok(found);
            }
        }
    }

    /// Makes a secret with its first version. `secretsmanager:CreateSecret`, with tags `secretsmanager:TagResource`, and of a
    /// customer's key `kms:GenerateDataKey` and `kms:Decrypt`.
    ///
    /// # Errors
    /// For a call that fails, and where there is one of this name with another value or token.
    pub async fn create(&self, new: &NewSecret<'_>) -> Result<Published, NotDone> {
        let NewSecret { name, token, value, key_id, description, tags } = *new;
        let input =
            Create { name, client_request_token: token, secret_string: value, kms_key_id: key_id, description, tags };
        call(&self.0, &SECRETS_MANAGER, "secretsmanager:CreateSecret", &input).await
    }

    /// Adds a version, which becomes the current one. `secretsmanager:PutSecretValue`, and of a customer's key
    /// `kms:GenerateDataKey` and `kms:Decrypt`.
    ///
    /// # Errors
    /// For a call that fails, and where the token has another value.
    pub async fn put(&self, name: &str, token: &str, value: &SecretString) -> Result<Published, NotDone> {
        let input = Put { secret_id: name, client_request_token: token, secret_string: value };
        call(&self.0, &SECRETS_MANAGER, "secretsmanager:PutSecretValue", &input).await
    }

    /// Says something else of a secret. `secretsmanager:UpdateSecret`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn redescribe(&self, name: &str, description: &str) -> Result<(), NotDone> {
        let input = Describe { secret_id: name, description };
        self.call_for_nothing("secretsmanager:UpdateSecret", &input).await
    }

    /// Encrypts a secret under another key, with those of its versions that have labels of AWS's own.
    /// `secretsmanager:UpdateSecret`, and of both keys `kms:GenerateDataKey` and `kms:Decrypt`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn rekey(&self, name: &str, key_id: &str) -> Result<(), NotDone> {
        let input = Rekey { secret_id: name, kms_key_id: key_id };
        self.call_for_nothing("secretsmanager:UpdateSecret", &input).await
    }

    /// Adds tags, or gives those that there are another value. `secretsmanager:TagResource`.
    ///
    /// # Errors
    /// For a call that fails, and a secret that is not there.
    pub async fn tag(&self, name: &str, tags: &[Tag]) -> Result<(), NotDone> {
        self.call_for_nothing("secretsmanager:TagResource", &AddTags { secret_id: name, tags }).await
    }

    /// Removes tags, as far as they are there. `secretsmanager:UntagResource`.
    ///
    /// # Errors
    /// For a call that fails, and a secret that is not there.
    pub async fn untag(&self, name: &str, tag_keys: &[String]) -> Result<(), NotDone> {
        self.call_for_nothing("secretsmanager:UntagResource", &RemoveTags { secret_id: name, tag_keys }).await
    }

    /// Brings a secret back that is about to be erased. `secretsmanager:RestoreSecret`.
    ///
    /// # Errors
    /// For a call that fails, and a secret that is not there.
    pub async fn restore(&self, name: &str) -> Result<(), NotDone> {
        self.call_for_nothing("secretsmanager:RestoreSecret", &ByName { secret_id: name }).await
    }

    async fn call_for_nothing(&self, action: &'static str, input: &impl Serialize) -> Result<(), NotDone> {
        let Nothing {} = call(&self.0, &SECRETS_MANAGER, action, input).await?;
        Ok(())
    }

    /// Deletes a secret. `secretsmanager:DeleteSecret`.
    ///
    /// # Errors
    /// For a call that fails, and a secret that is not there.
    pub async fn delete(&self, name: &str, erasure: Erasure) -> Result<(), NotDone> {
        let (recovery_window_in_days, force_delete_without_recovery) = match erasure {
            Erasure::AfterDays(days) => (Some(days), None),
            Erasure::AtOnce => (None, Some(true)),
        };
        let input = Delete { secret_id: name, recovery_window_in_days, force_delete_without_recovery };
        self.call_for_nothing("secretsmanager:DeleteSecret", &input).await
    }
}

/// Whether there is one.
fn there<T>(answer: Result<T, NotDone>) -> Result<Option<T>, NotDone> {
    match answer {
        Err(error) if error.is("ResourceNotFoundException") => Ok(None),
        answer => answer.map(Some),
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
