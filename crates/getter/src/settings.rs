//! What the environment tells the getter, read once in `main.rs`.

use secret_store::scope::Scope;
use secret_store::{InvalidName, StoreName};

use crate::cache::Limits;

/// The settings of a deployed getter. `template.yaml` sets each of them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `TABLE_NAME`: the table where a template names none.
    pub table_name: Option<StoreName>,
    /// Whom the pair serves: [`secret_store::scope`] lists the variables.
    pub scope: Scope,
    /// `CACHE_SECONDS` and `CACHE_KILOBYTES`: values kept for direct invocations, none where unset.
    pub cache: Limits,
}

/// The variables that bound a pair; the error's source names the one.
const SCOPE: &str = "SHARED_STACK_NAMES, ALLOWED_ENVS, ACCOUNT_ID, ALLOWED_ACCOUNTS or ALLOWED_REGIONS";

/// A setting that breaks its rule.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} is not usable")]
pub struct InvalidSetting {
    variable: &'static str,
    source: InvalidName,
}

impl Settings {
    /// Reads the settings through `variable`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// The first variable that breaks its rule.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let invalid = |variable| move |source| InvalidSetting { variable, source };
        let cache = Limits::parse(get("CACHE_SECONDS").as_deref(), get("CACHE_KILOBYTES").as_deref());
        Ok(Self {
            table_name: get("TABLE_NAME").map(|name| name.parse()).transpose().map_err(invalid("TABLE_NAME"))?,
            scope: Scope::read(get).map_err(invalid(SCOPE))?,
            cache: cache.map_err(invalid("CACHE_SECONDS or CACHE_KILOBYTES"))?,
        })
    }
}
