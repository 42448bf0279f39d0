//! The environment variables of a function, read into types; an empty one is as good as none.

use std::fmt;
use std::str::FromStr;

use secret_store::InvalidName;
use secret_store::scope::Scope;

/// The variables that bound a pair; the error's source names the one.
const SCOPE: &str = "SHARED_STACK_NAMES, ALLOWED_ENVS, ACCOUNT_ID, SERVED_ACCOUNTS or SERVED_REGIONS";

/// A setting that breaks its rule.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} is not usable")]
pub struct InvalidSetting {
    variable: &'static str,
    source: InvalidName,
}

/// The variables of a function; a closure gives their values.
pub struct Variables<E>(E);

impl<E: Fn(&str) -> Option<String>> Variables<E> {
    /// The variables that `env` gives the values of.
    pub fn new(env: E) -> Self {
        Self(env)
    }

    /// The text of a variable, if it has one.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// A variable that holds a name.
    ///
    /// # Errors
    /// If it breaks the name's rule.
    pub fn parse<T: FromStr<Err = InvalidName>>(&self, name: &'static str) -> Result<Option<T>, InvalidSetting> {
        self.parse_with(name, str::parse)
    }

    /// A variable with a rule of its own.
    ///
    /// # Errors
    /// If it breaks that rule.
    pub fn parse_with<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, InvalidName>,
    ) -> Result<Option<T>, InvalidSetting> {
        self.text(name).map(|text| parse(&text)).transpose().map_err(invalid(name))
    }

    /// Whom the pair serves: the variables of [`Scope`].
    ///
    /// # Errors
    /// If a name in them breaks its rule.
    pub fn scope(&self) -> Result<Scope, InvalidSetting> {
        Scope::read(|name| self.text(name)).map_err(invalid(SCOPE))
    }
}

/// Says which variable a broken rule was met in.
pub fn invalid(variable: &'static str) -> impl FnOnce(InvalidName) -> InvalidSetting {
    move |source| InvalidSetting { variable, source }
}

impl<E> fmt::Debug for Variables<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use secret_store::StoreName;

    use super::*;

    fn variables<'v>(pairs: &'v [(&str, &str)]) -> Variables<impl Fn(&str) -> Option<String> + 'v> {
        Variables::new(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        assert_eq!(variables(&[("TABLE_NAME", "")]).parse::<StoreName>("TABLE_NAME").unwrap(), None);
        assert_eq!(variables(&[]).scope().unwrap(), Scope::default());
    }

    #[test]
    fn a_misspelt_one_is_named_with_its_rule() {
        let error = variables(&[("TABLE_NAME", "x")]).parse::<StoreName>("TABLE_NAME").unwrap_err();
        assert_eq!(error.to_string(), "the environment variable TABLE_NAME is not usable");
        assert!(error.source().unwrap().to_string().contains("3 to 255"));
        let error = variables(&[("ALLOWED_ENVS", "a/b")]).scope().unwrap_err();
        assert!(error.to_string().contains("ALLOWED_ENVS"));
    }
}
