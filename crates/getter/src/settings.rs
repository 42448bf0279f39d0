//! What the environment tells the getter, read once in `main.rs`.

use lambda_function::{InvalidSetting, Variables, invalid};
use secret_store::StoreName;
use secret_store::scope::Scope;

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

impl Settings {
    /// Reads the settings through `env`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// The first variable that breaks its rule.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let variables = Variables::new(env);
        let (seconds, kilobytes) = (variables.text("CACHE_SECONDS"), variables.text("CACHE_KILOBYTES"));
        let cache = Limits::parse(seconds.as_deref(), kilobytes.as_deref());
        Ok(Self {
            table_name: variables.parse("TABLE_NAME")?,
            scope: variables.scope()?,
            cache: cache.map_err(invalid("CACHE_SECONDS or CACHE_KILOBYTES"))?,
        })
    }
}
