//! What the environment tells the publisher, read once in `main.rs`.

use lambda_function::{InvalidSetting, Variables};
use secret_store::StoreName;
use secret_store::scope::Scope;

/// The settings of a deployed publisher. `template.yaml` sets each of them, and Lambda the region.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `TABLE_NAME`: the table where a template names none.
    pub table_name: Option<StoreName>,
    /// Whom the pair serves: [`secret_store::scope`] lists the variables.
    pub scope: Scope,
    /// `PARAMETER_PREFIXES`: how the names of parameters begin that the role may write.
    pub parameter_prefixes: Vec<String>,
    /// `SECRET_PREFIXES`: the same of secrets.
    pub secret_prefixes: Vec<String>,
    /// `AWS_REGION`: how long a parameter's name may be depends on it.
    pub region: String,
}

impl Settings {
    /// Reads the settings through `env`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// The first variable that breaks its rule.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let variables = Variables::new(env);
        let list = |name| {
            let text = variables.text(name).unwrap_or_default();
            text.split(',').filter(|prefix| !prefix.is_empty()).map(str::to_owned).collect()
        };
        Ok(Self {
            parameter_prefixes: list("PARAMETER_PREFIXES"),
            secret_prefixes: list("SECRET_PREFIXES"),
            region: variables.text("AWS_REGION").unwrap_or_default(),
            table_name: variables.parse("TABLE_NAME")?,
            scope: variables.scope()?,
        })
    }
}
