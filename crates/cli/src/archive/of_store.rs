//! The archive of another store than the pair's table: names as that store spells them, with what somebody said of each.

use std::collections::BTreeMap;

use secrecy::SecretString;
use secret_store::UnixTime;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{ARCHIVE, exposed, secret};
use crate::failure::Failure;
use crate::formats::Text;

const FORMAT: u64 = 2;

/// The first line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    archive: String,
    format: u64,
    /// As `--store` spells it.
    store: String,
    created_at: u64,
    secrets: usize,
}

/// A secret as it was when the archive was made.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    /// What it is called, behind the path or prefix of its store.
    pub(crate) name: String,
    /// Its version, as the store names it.
    pub(crate) version: String,
    /// The value.
    #[serde(serialize_with = "exposed", deserialize_with = "secret")]
    pub(crate) value: SecretString,
    /// What somebody said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    /// What it is bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) encryption_context: BTreeMap<String, String>,
}

/// The archive of these secrets as text.
pub(crate) fn write(store: &str, now: UnixTime, entries: &[Entry]) -> Result<Text, Failure> {
    let bug = |error: serde_json::Error| Failure::bug("no archive can be made").because(error);
    let header = Header {
        archive: ARCHIVE.to_owned(),
        format: FORMAT,
        store: store.to_owned(),
        created_at: now.0,
        secrets: entries.len(),
    };
    let mut text = Zeroizing::new(serde_json::to_string(&header).map_err(bug)?);
    text.push('\n');
    for entry in entries {
        let line = Zeroizing::new(serde_json::to_string(entry).map_err(bug)?);
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// What such an archive holds; `None` for another text.
///
/// # Errors
/// For a line that is wrong, and an archive that ends too early.
pub(crate) fn read(text: &str) -> Result<Option<Vec<Entry>>, Failure> {
    let header = text.lines().next().and_then(|line| serde_json::from_str::<Header>(line).ok());
    let Some(header) = header.filter(|header| header.archive == ARCHIVE && header.format == FORMAT) else {
        return Ok(None);
    };
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        // What serde says of a line may quote it.
        entries.push(serde_json::from_str(line).map_err(|_| {
            Failure::refused(format!("line {} of the archive is wrong: it is no secret as archived", index + 1))
        })?);
    }
    if entries.len() != header.secrets {
        let (found, said) = (entries.len(), header.secrets);
        return Err(Failure::refused(format!("the archive says that it has {said} secrets, and has {found}"))
            .hint("it was cut off or changed: take another copy"));
    }
    Ok(Some(entries))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let entry = Entry {
            name: "prod/db".to_owned(),
            version: "3".to_owned(),
            value: "hunter2\n".into(),
            comment: Some("why".to_owned()),
            encryption_context: BTreeMap::new(),
        };
        let text = write("ssm:/shop", UnixTime(1), &[entry]).unwrap();
        let read_back = read(&text).unwrap().unwrap();
        assert_eq!((read_back[0].name.as_str(), read_back[0].value.expose_secret()), ("prod/db", "hunter2\n"));
        assert_eq!(read_back[0].comment.as_deref(), Some("why"));
        let cut = text.lines().next().unwrap();
        assert!(read(cut).unwrap_err().message.contains("has 0"));
        let broken = text.replace("\"prod/db\"", "7");
        let failure = read(&broken).unwrap_err();
        assert!(failure.message.contains("line 2") && !format!("{failure:?}").contains("hunter2"), "{failure:?}");
        assert!(read(r#"{"A": "hunter2"}"#).unwrap().is_none());
    }
}
