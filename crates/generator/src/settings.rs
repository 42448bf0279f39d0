//! What the environment tells the generator, read once in `main.rs`.

use lambda_function::{InvalidSetting, Variables};
use password::KeyPairSpec;
use secret_store::plan::RecoveryWindow;
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
    /// Whom the pair serves: [`secret_store::scope`] lists the variables.
    pub scope: Scope,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB: the share of a processor goes with it. Lambda sets it.
    pub memory_size: Option<u32>,
}

impl Settings {
    /// Reads the settings through `env`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// The first variable that breaks its rule.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let variables = Variables::new(env);
        Ok(Self {
            table_name: variables.parse("TABLE_NAME")?,
            key_id: variables.parse("KMS_KEY_ID")?,
            recovery_window: variables.parse_with("RECOVERY_WINDOW_IN_DAYS", parse_window)?.unwrap_or_default(),
            scope: variables.scope()?,
            memory_size: variables.text("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|size| size.parse().ok()),
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
