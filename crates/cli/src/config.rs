//! The configuration file: what holds for each profile, nothing of it secret.
//!
//! `cfn-secrets/config.toml` where the system keeps a user's configuration (`~/.config`), a section for each AWS profile:
//!
//! ```toml
//! [default]
//! table = "cfn-secrets-SecretsTable-1ABCDEFG"
//! output = "json"
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use secret_store::{KeyId, StoreName};

use crate::cli::Output;
use crate::failure::Failure;

/// What the file says for one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The pair's table.
    pub(crate) table: Option<StoreName>,
    /// The key for what is stored.
    pub(crate) key: Option<KeyId>,
    /// The form of what is printed.
    pub(crate) output: Option<Output>,
    /// How much is asked at a time.
    pub(crate) concurrency: Option<usize>,
    /// Whether `list` remembers the names of secrets for completions.
    pub(crate) remember_names: bool,
}

impl Config {
    /// What the file says for a profile; nothing where there is no file.
    ///
    /// # Errors
    /// For a file that cannot be read, or says something else.
    pub(crate) fn read(profile: &str) -> Result<Self, Failure> {
        let Some(path) = path() else { return Ok(Self::default()) };
        let wrong = |what: String| {
            Failure::usage(format!("the configuration file {} {what}", path.display()))
                .hint("it has sections named like AWS profiles, with the keys table, key, output, concurrency and remember_names")
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::of_profile(&text, profile).map_err(|error| wrong(format!("is wrong: {error}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(format!("cannot be read: {error}"))),
        }
    }

    fn of_profile(text: &str, profile: &str) -> Result<Self, String> {
        let sections: BTreeMap<String, Self> = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        Ok(sections.get(profile).cloned().unwrap_or_default())
    }
}

fn path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("cfn-secrets").join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_has_a_section() {
        let text = "[default]\ntable = 'one'\n[prod]\ntable = 'two'\noutput = 'tfvars-json'\nconcurrency = 4\n";
        assert_eq!(Config::of_profile(text, "default").unwrap().table.unwrap().as_str(), "one");
        let prod = Config::of_profile(text, "prod").unwrap();
        assert_eq!((prod.output, prod.concurrency), (Some(Output::TfvarsJson), Some(4)));
        assert_eq!(Config::of_profile(text, "other").unwrap(), Config::default());
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        for text in
            ["[default]\ntabel = 'x'\n", "[default]\ntable = 'x y'\n", "table = 'x'\n", "[default]\noutput = 'xml'\n"]
        {
            assert!(Config::of_profile(text, "default").is_err(), "{text}");
        }
    }
}
