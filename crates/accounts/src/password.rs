//! A password as it was typed, and what a new one must be: long, and on no list. Nothing else (NIST SP 800-63B-4, 3.1.1.2).

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use zeroize::Zeroizing;

use crate::UserName;
use crate::blocklist;

/// The fewest characters of a new password, where it is the only thing that is asked for.
pub const MIN_CHARACTERS: usize = 15;

/// The longest password, in UTF-8, before and after it is normalised. None is ever cut.
pub const MAX_BYTES: usize = 1024;

/// A password in Unicode's normal form C. It cannot be printed, and is erased when it is dropped.
#[derive(Debug)]
pub struct Password(SecretString);

/// A password that nobody can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Longer than any.
    #[error("a password has at most {MAX_BYTES} bytes in UTF-8")]
    TooLong,
    /// What a keyboard does not type, and some forms change on the way.
    #[error("a password has no control characters, such as a tab or a line break")]
    Control,
}

impl Password {
    /// Reads what was typed.
    ///
    /// # Errors
    /// If it breaks a rule that every password keeps, also an old one.
    pub fn new(typed: &str) -> Result<Self, PasswordError> {
        if typed.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        if typed.contains(char::is_control) {
            return Err(PasswordError::Control);
        }
        if is_nfc(typed) {
            return Ok(Self(typed.into()));
        }
        // The normal form has at most three times the bytes: with room for all of them, the buffer leaves no copies.
        let mut normal = Zeroizing::new(String::with_capacity(3 * typed.len()));
        normal.extend(typed.nfc());
        if normal.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(normal.as_str().into()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// Why a new password is refused; it is shown to who chose it, with what would be better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too few characters.
    #[error(
        "the password has fewer than {MIN_CHARACTERS} characters: take four or five words that do not belong together"
    )]
    Short,
    /// Many people have it.
    #[error(
        "the password is on the list of those that are tried first: take four or five words that do not belong together"
    )]
    Common,
    /// A short piece over and over again, or neighbours on the keyboard or in the alphabet.
    #[error(
        "the password repeats itself, or runs along the keyboard: take four or five words that do not belong together"
    )]
    Pattern,
    /// Hardly more than what everybody knows.
    #[error("the password is hardly more than the user name or the name of this service: add words that are neither")]
    Known,
}

/// A password that was looked at and may be stored for its user.
#[derive(Debug)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Looks at a password that is to be stored.
    ///
    /// # Errors
    /// If it is too easy to guess.
    pub fn new(password: Password, user: &UserName) -> Result<Self, Weakness> {
        let text = password.0.expose_secret();
        if text.chars().count() < MIN_CHARACTERS {
            return Err(Weakness::Short);
        }
        match blocklist::weakness(text, user.as_str()) {
            Some(weakness) => Err(weakness),
            None => Ok(Self(password)),
        }
    }

    pub(crate) fn password(&self) -> &Password {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(password: &str) -> Result<(), Weakness> {
        let user = UserName::new("margarete").unwrap();
        NewPassword::new(Password::new(password).unwrap(), &user).map(drop)
    }

    #[test]
    fn length_is_counted_in_characters_and_there_is_no_other_composition() {
        assert_eq!(chosen("only fourteen."), Err(Weakness::Short));
        assert_eq!(chosen("éééé🐠🐠🐠🐠ßßßß,,"), Err(Weakness::Short));
        for fine in ["fifteen letters", "tulpe kran ofen mond", "🐠 und 🦀 und 🐢 im Teich", "  spaces are kept  "]
        {
            assert_eq!(chosen(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn what_is_known_is_refused_with_its_reason() {
        for (password, weakness) in [
            ("1234567890123456", Weakness::Pattern),
            ("qwertyuiopasdfghjkl", Weakness::Pattern),
            ("1qaz2wsx3edc4rfv", Weakness::Pattern),
            ("aaaaaaaaaaaaaaa", Weakness::Pattern),
            ("passwordpassword", Weakness::Pattern),
            ("PasswordPassword", Weakness::Pattern),
            ("abcdefghijklmnop", Weakness::Pattern),
            ("0987654321qwerty", Weakness::Pattern),
            ("margaretemargarete1", Weakness::Known),
            ("cfn-secrets margarete", Weakness::Known),
            ("lhbjkjubz2957704", Weakness::Common),
            ("LhbJkjubz2957704", Weakness::Common),
        ] {
            assert_eq!(chosen(password), Err(weakness), "{password}");
        }
    }

    #[test]
    fn every_bound_is_kept_before_and_after_normalising() {
        assert!(Password::new(&"é".repeat(512)).is_ok());
        assert_eq!(Password::new(&"a".repeat(1025)).unwrap_err(), PasswordError::TooLong);
        assert_eq!(Password::new(&"\u{1d160}".repeat(256)).unwrap_err(), PasswordError::TooLong);
        for odd in ["a\tb", "a\nb", "\0", "\u{7f}"] {
            assert_eq!(Password::new(odd).unwrap_err(), PasswordError::Control, "{odd:?}");
        }
        assert_eq!(Password::new("e\u{301}").unwrap().bytes(), "é".as_bytes());
    }

    #[test]
    fn none_can_be_printed() {
        assert!(!format!("{:?}", Password::new("fifteen letters").unwrap()).contains("letters"));
    }

    proptest! {
        #[test]
        fn letters_are_kept_apart(password in "[a-zéèêëñöüß ]{1,40}", place in 0_usize..40, other in "[éèêëñöü]") {
            let mut letters: Vec<char> = password.chars().collect();
            let place = place % letters.len();
            let was = std::mem::replace(&mut letters[place], other.chars().next().unwrap());
            prop_assume!(was != letters[place]);
            let changed: String = letters.into_iter().collect();
            let (one, two) = (Password::new(&password).unwrap(), Password::new(&changed).unwrap());
            prop_assert_ne!(one.bytes(), two.bytes());
        }

        #[test]
        fn anything_is_looked_at(password in any::<String>(), user in "[a-z ]{1,64}") {
            if let (Ok(password), Ok(user)) = (Password::new(&password), UserName::new(&user)) {
                let _ = NewPassword::new(password, &user);
            }
        }
    }
}
