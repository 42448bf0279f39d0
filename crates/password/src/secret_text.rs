//! [`Password`]: generated text that cannot be printed by accident and is erased when dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A generated secret. `Debug` shows no character of it; only [`ExposeSecret`] reveals it.
pub struct Password(SecretString);

impl Password {
    /// Takes over `text` without leaving a copy behind.
    ///
    /// Whoever builds `text` reserves its exact length first: a buffer that grows or shrinks moves, and
    /// leaves what it held in freed memory.
    pub(crate) fn new(text: String) -> Self {
        debug_assert_eq!(text.len(), text.capacity(), "secret text must not be moved");
        Self(SecretString::from(text))
    }

    /// The text as the type that the other crates carry secrets in.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl ExposeSecret<str> for Password {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_character_of_it() {
        let password = Password::new("hunter2".to_owned());
        assert_eq!(format!("{password:?}"), "Password([REDACTED])");
        assert_eq!(password.expose_secret(), "hunter2");
        assert_eq!(password.into_secret().expose_secret(), "hunter2");
    }
}
