//! The names of secrets that `list` remembered for a profile, one a line: names alone, and only where the user asked for it.
//!
//! The file is `cfn-secrets/names-PROFILE` where the system keeps a user's caches (`~/.cache`), for its owner alone. It is no
//! ground for anything but a suggestion.

use std::io::Read as _;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use secret_store::Identity;

use crate::context::Context;
use crate::failure::Failure;
use crate::file;
use crate::secret::spelled;

/// No tab key waits for more.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The names of a profile; none where nothing is remembered, or it cannot be read.
pub(super) fn read(profile: Option<&str>) -> Vec<String> {
    let mut text = String::new();
    let read = path(profile).and_then(|path| std::fs::File::open(path).ok()).and_then(|file| {
        let mut file = file.take(MOST_BYTES);
        file.read_to_string(&mut text).ok()
    });
    if read.is_none() {
        return Vec::new();
    }
    text.lines().map(ToOwned::to_owned).collect()
}

/// Remembers the names of these secrets, and no others.
///
/// # Errors
/// Where they cannot be written.
pub(crate) fn write<'i>(secrets: impl Iterator<Item = &'i Identity>, context: &Context) -> Result<(), Failure> {
    let Some(path) = path(context.profile().as_deref()) else {
        return Err(Failure::refused("no names can be remembered: this profile's name is none for a file"));
    };
    let text: String = secrets.map(|identity| format!("{}\n", spelled(identity))).collect();
    if let Some(folder) = path.parent() {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Failure::refused(format!("{} cannot be made: {error}", folder.display())))?;
    }
    file::replace(&path, text.as_bytes())
}

fn path(profile: Option<&str>) -> Option<PathBuf> {
    let profile = profile.unwrap_or("default");
    let plain = profile.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'));
    let folder = etcetera::choose_base_strategy().ok()?.cache_dir().join(COMMAND);
    (plain && !profile.is_empty()).then(|| folder.join(format!("names-{profile}")))
}

const COMMAND: &str = "cfn-secrets";
