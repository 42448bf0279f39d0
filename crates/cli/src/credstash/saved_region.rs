//! `~/.credstash`: the region of the key, which `setup --save-kms-region` keeps there.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::json;
use super::problem::Problem;
use crate::edge::Edge;

const REGION: &str = "kms-region";

/// The region that was saved.
///
/// # Errors
/// For a file that makes no sense.
pub(super) fn read(edge: &Edge) -> Result<Option<String>, Problem> {
    Ok(options(edge)?.get(REGION).and_then(Value::as_str).map(str::to_owned))
}

/// Saves it, beside what else is there.
///
/// # Errors
/// For a file that makes no sense, or cannot be written.
pub(super) fn write(edge: &Edge, region: &str) -> Result<(), Problem> {
    let mut options = options(edge)?;
    options.insert(REGION.to_owned(), Value::from(region));
    let members = options.iter().map(|(name, value)| {
        let mut text = String::new();
        json::string(&mut text, name);
        text.push_str(": ");
        match value {
            Value::String(value) => json::string(&mut text, value),
            other => text.push_str(&other.to_string()),
        }
        text
    });
    let text = format!("{{{}}}", members.collect::<Vec<_>>().join(", "));
    let path = path(edge)?;
    fs::write(&path, text).map_err(|error| Problem::refused(format!("{} cannot be written: {error}", path.display())))
}

fn options(edge: &Edge) -> Result<Map<String, Value>, Problem> {
    let Ok(path) = path(edge) else { return Ok(Map::new()) };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            return Ok(Map::new());
        }
        Err(error) => return Err(Problem::refused(format!("{} cannot be read: {error}", path.display()))),
    };
    serde_json::from_str(&text).map_err(|_| {
        Problem::refused(format!("{} is not an object in JSON", path.display()))
            .more("remove it, or write {\"kms-region\": \"eu-west-1\"} into it; --kms-region does without it")
    })
}

fn path(edge: &Edge) -> Result<PathBuf, Problem> {
    let home = edge.var("HOME").ok_or_else(|| Problem::refused("there is no home: HOME is not set"))?;
    Ok(PathBuf::from(home).join(".credstash"))
}
