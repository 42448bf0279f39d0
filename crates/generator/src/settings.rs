//! What the environment tells the generator, read once in `main.rs`.

use password::KeyPairSpec;
use secret_store::plan::delete::RecoveryWindow;
use secret_store::scope::Scope;
use secret_store::{InvalidName, KeyId, StoreName};

/// The settings of a deployed generator. `template.yaml` sets each of them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `TABLE_NAME`: the table where a template names none.
    pub table_name: Option<StoreName>,
    /// `KMS_KEY_ID`: the key where a template names none; an ARN, because IAM policies match ARNs.
    pub key_id: Option<KeyId>,
    /// `RECOVERY_WINDOW_IN_DAYS`: 0 to 365, 30 where unset.
    pub recovery_window: RecoveryWindow,
    /// `SHARED_STACK_NAMES` and `ALLOWED_ENVS`.
    pub scope: Scope,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB: the share of a processor goes with it. Lambda sets it.
    pub memory_size: Option<u32>,
}

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
        let recovery_window = match get("RECOVERY_WINDOW_IN_DAYS") {
            None => RecoveryWindow::default(),
            Some(days) => parse_window(&days).map_err(invalid("RECOVERY_WINDOW_IN_DAYS"))?,
        };
        let shared = get("SHARED_STACK_NAMES").unwrap_or_default();
        let envs = get("ALLOWED_ENVS").unwrap_or_default();
        Ok(Self {
            table_name: get("TABLE_NAME").map(|name| name.parse()).transpose().map_err(invalid("TABLE_NAME"))?,
            key_id: get("KMS_KEY_ID").map(|id| id.parse()).transpose().map_err(invalid("KMS_KEY_ID"))?,
            recovery_window,
            scope: Scope::parse(&shared, &envs).map_err(invalid("SHARED_STACK_NAMES or ALLOWED_ENVS"))?,
            memory_size: get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|size| size.parse().ok()),
        })
    }

    /// Whether a function of this size finds such a key pair before its deadline.
    ///
    /// # Errors
    /// If it would probably not.
    pub(crate) fn check_memory(&self, spec: KeyPairSpec) -> Result<(), TooSmall> {
        let wanted = spec.memory_size();
        match self.memory_size {
            Some(size) if size < wanted => Err(TooSmall { wanted, size }),
            _ => Ok(()),
        }
    }
}

/// A function that would not be done in time. An answer at once is better than none for half a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this Kind and KeySize need a function of at least {wanted} MB, and the generator has {size}: set the parameter \
     GeneratorMemorySize of the cfn-secrets stack to {wanted}"
)]
pub struct TooSmall {
    wanted: u32,
    size: u32,
}

/// `RecoveryWindowInDays` as text.
///
/// # Errors
/// What is no whole number from 0 to 365.
pub fn parse_window(days: &str) -> Result<RecoveryWindow, InvalidName> {
    let window = days.parse().ok().and_then(RecoveryWindow::from_days);
    window.ok_or(InvalidName { what: "RecoveryWindowInDays", rule: "a whole number from 0 to 365" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, InvalidSetting> {
        Settings::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_empty_environment_is_usable() {
        let settings = read(&[("TABLE_NAME", ""), ("RECOVERY_WINDOW_IN_DAYS", "")]).unwrap();
        assert!(settings.table_name.is_none());
        assert_eq!(settings.recovery_window, RecoveryWindow::default());
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        for (variable, value) in [
            ("TABLE_NAME", "x"),
            ("KMS_KEY_ID", "a b"),
            ("RECOVERY_WINDOW_IN_DAYS", "366"),
            ("RECOVERY_WINDOW_IN_DAYS", "-1"),
        ] {
            let error = read(&[(variable, value)]).unwrap_err();
            assert!(error.to_string().contains(variable), "{error}");
        }
        assert!(read(&[("ALLOWED_ENVS", "a/b")]).unwrap_err().to_string().contains("ALLOWED_ENVS"));
    }
}
