//! What the template tells the functions.

/// The tables and the key.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ACCOUNTS_TABLE`
    pub accounts: String,
    /// `TRIES_TABLE`
    pub tries: String,
    /// `SESSIONS_TABLE`, which only the login has.
    pub sessions: String,
    /// `KEY_ARN`
    pub key: String,
}

/// A variable that is not set.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set: the template of apps/accounts sets it")]
pub struct Missing(&'static str);

impl Settings {
    /// Those of the sign-up, which knows no sessions.
    ///
    /// # Errors
    /// If one is missing.
    pub fn of_sign_up(env: impl Fn(&str) -> Option<String>) -> Result<Self, Missing> {
        let text = |name| env(name).filter(|text| !text.is_empty()).ok_or(Missing(name));
        Ok(Self {
            accounts: text("ACCOUNTS_TABLE")?,
            tries: text("TRIES_TABLE")?,
            sessions: String::new(),
            key: text("KEY_ARN")?,
        })
    }

    /// Those of the login.
    ///
    /// # Errors
    /// If one is missing.
    pub fn of_log_in(env: impl Fn(&str) -> Option<String>) -> Result<Self, Missing> {
        let sessions = env("SESSIONS_TABLE").filter(|text| !text.is_empty()).ok_or(Missing("SESSIONS_TABLE"))?;
        Ok(Self { sessions, ..Self::of_sign_up(env)? })
    }
}
