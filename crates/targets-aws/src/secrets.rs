//! Secrets Manager: secrets whose versions have an id and labels, the staging labels `AWSCURRENT` and `AWSPREVIOUS` among them.
//!
//! A write has a token that becomes the version's id. The same token with the same value writes nothing, so a token is one of a
//! wish, never of a value: an old value under its old token would not become current again.

mod told;
mod wire;

use aws_session::Session;
use secrecy::SecretString;
use serde::Serialize;

use crate::call::{Ask, NotDone, Nothing, SECRETS_MANAGER, Tag, call};
use told::CURRENT;
pub use told::{PastSecret, Published, Secret, SecretValue, Stage};
use wire::{
    AddTags, ByName, Create, Delete, Describe, Filter, Get, List, Listed, Passed, Put, Rekey, RemoveTags, Versions,
};

/// The secrets of a session's account and region.
#[derive(Clone, Debug)]
pub struct Secrets<S = Session>(S);
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
/// How a secret is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It can be restored for so many days, 7 to 30.
    AfterDays(u16),
    /// Soon, and for good.
    AtOnce,
}

impl Secrets {
    /// The secrets of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self::of(session.clone())
    }
}

impl<S: Ask> Secrets<S> {
    /// The secrets of whoever is asked.
    pub fn of(asked: S) -> Self {
        Self(asked)
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
