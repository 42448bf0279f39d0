//! Parameter Store (AWS Systems Manager): SecureString parameters with numbered versions.
//!
//! A write has no condition but "not there yet" and no token: whoever overwrites compares the version that came of it.

mod wire;

use std::str::FromStr;

use aws_session::Session;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::call::{Ask, NotDone, Nothing, SSM, Tag, call, secret};
use wire::{AddTags, Delete, Describe, Described, Filter, Get, Got, History, Passed, Put, RemoveTags, TAGGED, Written};

/// The parameters of a session's account and region.
#[derive(Clone, Debug)]
pub struct Parameters<S = Session>(S);

/// What is told of a parameter without its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// Its whole name.
    pub name: String,
    /// Which kind of value it has.
    #[serde(rename = "Type")]
    pub kind: Kind,
    /// The current version.
    pub version: u64,
    /// The key of a SecureString.
    #[serde(default)]
    pub key_id: Option<String>,
    /// What it may hold, and costs.
    #[serde(default)]
    pub tier: Tier,
    /// What somebody said of it.
    #[serde(default)]
    pub description: Option<String>,
    /// When the current version was written.
    #[serde(default, deserialize_with = "seconds", rename = "LastModifiedDate")]
    pub modified_at: u64,
}

/// A value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterValue {
    /// Whose.
    pub name: String,
    /// Which version.
    pub version: u64,
    /// Which kind of value it is.
    #[serde(rename = "Type")]
    pub kind: Kind,
    /// The value.
    #[serde(deserialize_with = "secret")]
    pub value: SecretString,
}

/// What is told of one version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PastParameter {
    /// Its number.
    pub version: u64,
    /// What somebody called it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What somebody said of the parameter at that time.
    #[serde(default)]
    pub description: Option<String>,
    /// Which kind of value it has.
    #[serde(default, rename = "Type")]
    pub kind: Option<Kind>,
    /// What it may hold.
    #[serde(default)]
    pub tier: Tier,
    /// When it was written.
    #[serde(default, deserialize_with = "seconds", rename = "LastModifiedDate")]
    pub modified_at: u64,
}

/// Which kind of value a parameter has. It stays for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Kind {
    /// In the clear.
    String,
    /// A list in the clear.
    StringList,
    /// Encrypted.
    SecureString,
}

/// What a parameter may hold. An advanced one costs, and never becomes a standard one again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Tier {
    /// 4 KB, and free of charge. What is to choose by itself is this until it has chosen the other.
    #[default]
    #[serde(alias = "Intelligent-Tiering")]
    Standard,
    /// 8 KB.
    Advanced,
}

impl FromStr for Tier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "standard" => Ok(Self::Standard),
            "advanced" => Ok(Self::Advanced),
            _ => Err("must be standard or advanced"),
        }
    }
}

/// Whether a write may replace the current version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// The parameter must not be there yet.
    Never,
    /// Whatever is there becomes an earlier version.
    Always,
}

/// A version to write. Key and tier are said each time: a write that leaves them out may change them.
#[derive(Clone, Debug)]
pub struct NewParameter<'a> {
    /// The whole name.
    pub name: &'a str,
    /// The value.
    pub value: &'a SecretString,
    /// The key; without one, that of the account.
    pub key_id: Option<&'a str>,
    /// What it may hold.
    pub tier: Tier,
    /// What is said of it.
    pub description: Option<&'a str>,
    /// Whether it may be there.
    pub overwrite: Overwrite,
    /// Its tags from the start; the service takes none with a version that overwrites another.
    pub tags: &'a [Tag],
}

impl Parameters {
    /// How many values one call gives at most (API reference, `GetParameters`).
    pub const MOST_VALUES: usize = 10;

    /// The parameters of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self::of(session.clone())
    }
}

impl<S: Ask> Parameters<S> {
    /// The parameters of whoever is asked.
    pub fn of(asked: S) -> Self {
        Self(asked)
    }

    /// All parameters under a path, or of the whole region where it is empty or `/`; no values. `ssm:DescribeParameters`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn list(&self, path: &str, mut seen: impl FnMut(usize)) -> Result<Vec<Parameter>, NotDone> {
        let filter = [Filter { key: "Path", option: "Recursive", values: [path] }];
        let filters = if matches!(path, "" | "/") { &[][..] } else { &filter };
        let (mut found, mut next_token) = (Vec::new(), None);
        loop {
            let page = self.described(filters, next_token).await?;
            found.extend(page.parameters);
            seen(found.len());
            next_token = page.next_token.filter(|token| !token.is_empty());
            if next_token.is_none() {
                return Ok(found);
            }
        }
    }

    /// What is told of one. `ssm:DescribeParameters`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn describe(&self, name: &str) -> Result<Option<Parameter>, NotDone> {
        let filters = [Filter { key: "Name", option: "Equals", values: [name] }];
        let page = self.described(&filters, None).await?;
        Ok(page.parameters.into_iter().find(|found| found.name == name))
    }

    async fn described(&self, filters: &[Filter<'_>], next_token: Option<String>) -> Result<Described, NotDone> {
        let input = Describe { parameter_filters: filters, max_results: 50, next_token };
        call(&self.0, &SSM, "ssm:DescribeParameters", &input).await
    }

    /// The values of at most [`MOST_VALUES`](Parameters::MOST_VALUES) parameters, of those that there are. A name may end in
    /// `:VERSION` or `:LABEL`. `ssm:GetParameters`, and `kms:Decrypt`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn values(&self, names: &[String]) -> Result<Vec<ParameterValue>, NotDone> {
        let got: Got = call(&self.0, &SSM, "ssm:GetParameters", &Get { names, with_decryption: true }).await?;
        Ok(got.parameters)
    }

    /// Every version that is kept, the oldest first. `ssm:GetParameterHistory`.
    ///
    /// # Errors
    /// For a call that fails, and a parameter that is not there.
    pub async fn history(&self, name: &str) -> Result<Vec<PastParameter>, NotDone> {
        let (mut found, mut next_token) = (Vec::new(), None);
        loop {
            let input = History { name, with_decryption: false, max_results: 50, next_token };
            let page: Passed = call(&self.0, &SSM, "ssm:GetParameterHistory", &input).await?;
            found.extend(page.parameters);
            next_token = page.next_token.filter(|token| !token.is_empty());
            if next_token.is_none() {
                found.sort_by_key(|past| past.version);
                return Ok(found);
            }
        }
    }

    /// Writes a version, and says which one it is. `ssm:PutParameter`, and of the key `kms:Encrypt`, for an advanced one
    /// `kms:GenerateDataKey`; with tags `ssm:AddTagsToResource`.
    ///
    /// # Errors
    /// For a call that fails; where its [outcome is unclear](NotDone::is_unclear), it must not be made again before it is
    /// known whether it was done: it would be one version more.
    pub async fn put(&self, new: &NewParameter<'_>) -> Result<u64, NotDone> {
        let NewParameter { name, value, key_id, tier, description, overwrite, tags } = *new;
        let overwrite = overwrite == Overwrite::Always;
        let input = Put { name, value, kind: Kind::SecureString, key_id, tier, description, overwrite, tags };
        let written: Written = call(&self.0, &SSM, "ssm:PutParameter", &input).await?;
        Ok(written.version)
    }

    /// Adds tags, or gives those that there are another value. `ssm:AddTagsToResource`.
    ///
    /// # Errors
    /// For a call that fails, and a parameter that is not there.
    pub async fn tag(&self, name: &str, tags: &[Tag]) -> Result<(), NotDone> {
        let input = AddTags { resource_type: TAGGED, resource_id: name, tags };
        let Nothing {} = call(&self.0, &SSM, "ssm:AddTagsToResource", &input).await?;
        Ok(())
    }

    /// Removes tags, as far as they are there. `ssm:RemoveTagsFromResource`.
    ///
    /// # Errors
    /// For a call that fails, and a parameter that is not there.
    pub async fn untag(&self, name: &str, tag_keys: &[String]) -> Result<(), NotDone> {
        let input = RemoveTags { resource_type: TAGGED, resource_id: name, tag_keys };
        let Nothing {} = call(&self.0, &SSM, "ssm:RemoveTagsFromResource", &input).await?;
        Ok(())
    }

    /// Deletes a parameter with all its versions, at once. `ssm:DeleteParameter`.
    ///
    /// # Errors
    /// For a call that fails, and a parameter that is not there.
    pub async fn delete(&self, name: &str) -> Result<(), NotDone> {
        let Nothing {} = call(&self.0, &SSM, "ssm:DeleteParameter", &Delete { name }).await?;
        Ok(())
    }
}

/// A time as the services tell it: seconds with fractions.
pub(crate) fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let seconds = Option::<f64>::deserialize(deserializer)?.unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    Ok(seconds as u64)
}
