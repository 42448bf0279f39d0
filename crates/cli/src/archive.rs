//! **The archive**: secrets with what is needed to bring them back into a table, as lines of JSON. docs/archive-format.md is
//! its description.
//!
//! The first line says what it is and how many follow; each other line is a secret. [`encrypted`] puts it under a key that
//! people have, [`plain`] reads names and values that other programs wrote.

pub(crate) mod encrypted;
pub(crate) mod of_store;
pub(crate) mod plain;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use secret_store::seal::MAX_VALUE_BYTES;
use secret_store::{
    Description, EntropyBits, Env, Identity, LogicalResourceId, Name, Owner, PublicKey, Record, StackName, StoreName,
    Trigger, UnixTime,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::formats::Text;

/// The longest that is read: more than ten thousand secrets as they are, and no more than a machine has memory for.
pub(crate) const MOST_BYTES: u64 = 512 * 1024 * 1024;

const ARCHIVE: &str = "cfn-secrets";
const FORMAT: u64 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Header {
    /// Always the same: by it an archive is known.
    archive: String,
    /// The version of the format.
    format: u64,
    /// 32 hex digits that no other archive has.
    pub(crate) id: String,
    /// The table that it is of.
    table: String,
    /// When it was made.
    created_at: u64,
    /// How many lines follow.
    secrets: usize,
}

/// A secret as it was when the archive was made: the value that is current, and what was told of it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    stack_name: String,
    env: String,
    name: String,
    version: u64,
    created_at: u64,
    #[serde(serialize_with = "exposed", deserialize_with = "secret")]
    value: SecretString,
    stack_id: String,
    logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_trigger: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entropy_bits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key_pem: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    encryption_context: BTreeMap<String, String>,
}

/// An archive is where the value is to be told.
fn exposed<S: Serializer>(value: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose_secret())
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// What is to be brought in: an address, a value, and what is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Of which stack.
    pub(crate) stack_name: StackName,
    /// In which env.
    pub(crate) env: Env,
    /// By which name.
    pub(crate) name: Name,
    /// The value.
    pub(crate) value: SecretString,
    /// What is told of it.
    pub(crate) description: Description,
    /// What a template added to its encryption context.
    pub(crate) context: BTreeMap<String, String>,
}

impl Wish {
    /// Its address, as it is written here: the shortest way.
    pub(crate) fn called(&self) -> String {
        let Self { stack_name, env, name, .. } = self;
        if *name == Name::default() { format!("{stack_name}/{env}") } else { format!("{stack_name}/{env}/{name}") }
    }
}

impl Entry {
    /// A secret as it is stored.
    pub(crate) fn of(identity: &Identity, record: &Record, value: SecretString) -> Self {
        let Record { item, context, .. } = record;
        let (stack_id, logical_resource_id) = match &item.owner {
            Owner::Manual => (MANUAL, MANUAL),
            Owner::Resource { stack_id, logical_resource_id } => {
                (stack_id.as_str(), LogicalResourceId::as_str(logical_resource_id))
            }
        };
        let own = |key: &String| !["StackName", "Env", "Name", "Version"].contains(&key.as_str());
        let added = context.pairs().iter().filter(|(key, _)| own(key));
        let public_key = item.description.public_key.as_ref();
        Self {
            stack_name: identity.stack_name.to_string(),
            env: identity.env.to_string(),
            name: identity.name.to_string(),
            version: item.version.number(),
            created_at: item.created_at.0,
            value,
            stack_id: stack_id.to_owned(),
            logical_resource_id: logical_resource_id.to_owned(),
            rotation_trigger: match &item.trigger {
                Trigger::Rotation(text) => Some(text.clone()),
                Trigger::External => None,
            },
            entropy_bits: item.description.entropy.map(|bits| bits.to_string()),
            public_key: public_key.map(|key| key.openssh.clone()),
            public_key_pem: public_key.map(|key| key.pem.clone()),
            encryption_context: added.map(|(key, value)| (key.clone(), value.clone())).collect(),
        }
    }

    /// What a line says, or what is wrong with it; never its value.
    fn wish(self) -> Result<Wish, String> {
        let wrong = |error: secret_store::InvalidName| error.to_string();
        let public_key = match (self.public_key, self.public_key_pem) {
            (Some(openssh), Some(pem)) => Some(PublicKey { openssh, pem }),
            (None, None) => None,
            _ => return Err("one half of PublicKey and PublicKeyPem is missing".to_owned()),
        };
        let entropy = self.entropy_bits.map(|bits| bits.parse::<EntropyBits>());
        let entropy = entropy.transpose().map_err(|error| format!("EntropyBits is {error}"))?;
        if !(1..=MAX_VALUE_BYTES).contains(&self.value.expose_secret().len()) {
            return Err(format!("Value must have 1 to {MAX_VALUE_BYTES} bytes"));
        }
        Ok(Wish {
            stack_name: self.stack_name.parse().map_err(wrong)?,
            env: self.env.parse().map_err(wrong)?,
            name: self.name.parse().map_err(wrong)?,
            value: self.value,
            description: Description { entropy, public_key },
            context: self.encryption_context,
        })
    }
}

/// The owner of what no stack has, as the table spells it.
const MANUAL: &str = "manual";

/// The archive of these secrets as text.
pub(crate) fn write<'e>(
    table: &StoreName,
    id: String,
    now: UnixTime,
    entries: impl ExactSizeIterator<Item = &'e Entry>,
) -> Result<Text, Failure> {
    let header = Header {
        archive: ARCHIVE.to_owned(),
        format: FORMAT,
        id,
        table: table.to_string(),
        created_at: now.0,
        secrets: entries.len(),
    };
    let bug = |error: serde_json::Error| Failure::bug("no archive can be made").because(error);
    let mut text = Zeroizing::new(serde_json::to_string(&header).map_err(bug)?);
    text.push('\n');
    for entry in entries {
        let line = Zeroizing::new(serde_json::to_string(entry).map_err(bug)?);
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// The header, where the text is an archive.
pub(crate) fn header(text: &str) -> Option<Header> {
    let header: Header = serde_json::from_str(text.lines().next()?).ok()?;
    (header.archive == ARCHIVE).then_some(header)
}

/// What an archive holds.
///
/// # Errors
/// For another format than this one, a line that is wrong, and an archive that ends too early.
pub(crate) fn read(header: &Header, text: &str) -> Result<Vec<Wish>, Failure> {
    if header.format != FORMAT {
        return Err(Failure::refused(format!(
            "the archive has format {}, and this release reads format {FORMAT}",
            header.format
        ))
        .hint("use the release that made it, or a later one"));
    }
    let wrong = |line: usize, why: &str| Failure::refused(format!("line {line} of the archive is wrong: {why}"));
    let mut wishes = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        // What serde says of a line may quote it.
        let entry: Entry = serde_json::from_str(line).map_err(|_| wrong(index + 1, "it is no secret as archived"))?;
        wishes.push(entry.wish().map_err(|why| wrong(index + 1, &why))?);
    }
    if wishes.len() != header.secrets {
        let (found, said) = (wishes.len(), header.secrets);
        return Err(Failure::refused(format!("the archive says that it has {said} secrets, and has {found}"))
            .hint("it was cut off or changed: take another copy"));
    }
    Ok(wishes)
}

#[cfg(test)]
mod tests;
