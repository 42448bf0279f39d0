//! The name that somebody chose for themselves.

use unicode_normalization::UnicodeNormalization;

/// The longest name. The passwords of a form need the rest of its body.
pub const MAX_NAME_CHARACTERS: usize = 64;

/// A name in Unicode's normal form C; letters of another case make another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

/// What a name breaks; it is shown to who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// No letter at all, or too many.
    #[error("the user name must have 1 to {MAX_NAME_CHARACTERS} characters")]
    Length,
    /// What nobody sees.
    #[error("the user name must not begin or end with a space, or have a control character in it")]
    Invisible,
}

impl UserName {
    /// Reads what was typed.
    ///
    /// # Errors
    /// If it breaks one of the rules.
    pub fn new(typed: &str) -> Result<Self, UserNameError> {
        let bounded =
            |text: &str| (1..=MAX_NAME_CHARACTERS).contains(&text.chars().take(MAX_NAME_CHARACTERS + 1).count());
        if !bounded(typed) {
            return Err(UserNameError::Length);
        }
        let name: String = typed.nfc().collect();
        if !bounded(&name) {
            return Err(UserNameError::Length);
        }
        if name.trim() != name || name.contains(char::is_control) {
            return Err(UserNameError::Invisible);
        }
        Ok(Self(name))
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_write_a_letter_are_one_name() {
        assert_eq!(UserName::new("Zoe\u{301}"), UserName::new("Zo\u{e9}"));
        assert_ne!(UserName::new("zoé"), UserName::new("zoe"));
        assert_ne!(UserName::new("Zoé"), UserName::new("zoé"));
    }

    #[test]
    fn bounds_hold_before_and_after() {
        assert!(UserName::new(&"é".repeat(64)).is_ok());
        for long in ["a".repeat(65), "a".repeat(1_000_000), "\u{1d160}".repeat(60)] {
            assert_eq!(UserName::new(&long), Err(UserNameError::Length));
        }
        assert_eq!(UserName::new(""), Err(UserNameError::Length));
        for odd in [" a", "a ", "a\nb", "\u{85}", "a\u{0}"] {
            assert_eq!(UserName::new(odd), Err(UserNameError::Invisible), "{odd:?}");
        }
    }
}
