//! Versions: any text, padded with zeros to 19 characters, in the order of its bytes.

use std::fmt;

/// How many characters a version has at least.
const LEAST: usize = 19;

/// A version as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(String);

/// A version that somebody asks for and that is no number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a version of fewer than 19 characters is a number, and {0:?} is none")]
pub struct InvalidVersion(pub String);

/// Why no version can be made by counting.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoNextVersion {
    /// It is a word.
    #[error("the current version {0} is not a number")]
    NotANumber(Version),
    /// The next number would sort before it: it was written without its zeros, or has no digit left.
    #[error("the next version {next} would sort before the current one, {current}, and never be read")]
    SortsBefore {
        /// The highest that there is.
        current: Version,
        /// The next number.
        next: Version,
    },
}

impl Version {
    /// What is stored already, as it is: others write versions without zeros.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What somebody writes: any text, padded.
    pub fn to_write(text: &str) -> Self {
        let missing = LEAST.saturating_sub(text.chars().count());
        Self(format!("{}{text}", "0".repeat(missing)))
    }

    /// What somebody asks for: a number in any spelling of Python's `int`, padded; 19 characters or more as they are.
    ///
    /// # Errors
    /// For a shorter text that is no number.
    pub fn to_read(text: &str) -> Result<Self, InvalidVersion> {
        if text.chars().count() >= LEAST {
            return Ok(Self::stored(text));
        }
        let number = number(text).ok_or_else(|| InvalidVersion(text.to_owned()))?;
        Ok(Self::to_write(&number.to_string()))
    }

    /// The first that counting gives.
    pub fn first() -> Self {
        Self::to_write("1")
    }

    /// The next number after this one, the highest that there is.
    ///
    /// # Errors
    /// Where it is no number, and where the next one would sort before it.
    pub fn next(&self) -> Result<Self, NoNextVersion> {
        let number = number(&self.0).and_then(|number| number.checked_add(1));
        let number = number.ok_or_else(|| NoNextVersion::NotANumber(self.clone()))?;
        let next = Self::to_write(&number.to_string());
        if next > *self { Ok(next) } else { Err(NoNextVersion::SortsBefore { current: self.clone(), next }) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What Python's `int` makes of a text: blanks around it, a sign, digits, and single `_` between these.
fn number(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let groups_are_digits = digits.split('_').all(|group| {
        let digit = |byte: u8| byte.is_ascii_digit();
        !group.is_empty() && group.bytes().all(digit)
    });
    if !groups_are_digits {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_padded_whatever_it_is() {
        for (text, stored) in [
            ("1", "0000000000000000001"),
            ("", "0000000000000000000"),
            ("-1", "00000000000000000-1"),
            ("abc", "0000000000000000abc"),
            ("é", "000000000000000000é"),
            ("a-version-of-twenty-chars", "a-version-of-twenty-chars"),
        ] {
            assert_eq!(Version::to_write(text).as_str(), stored);
        }
    }

    #[test]
    fn what_is_asked_for_is_a_number_or_long() {
        for (text, stored) in [
            ("0002", "0000000000000000002"),
            ("-1", "00000000000000000-1"),
            ("+1", "0000000000000000001"),
            (" 7 ", "0000000000000000007"),
            ("1_000", "0000000000000001000"),
            ("0", "0000000000000000000"),
            ("0000000000000000abc", "0000000000000000abc"),
        ] {
            assert_eq!(Version::to_read(text).unwrap().as_str(), stored);
        }
        for text in ["abc", "", "1_", "_1", "1__0", "+-1", "1.0", "0x1", "é"] {
            assert_eq!(Version::to_read(text), Err(InvalidVersion(text.to_owned())));
        }
    }

    #[test]
    fn counting_gives_a_version_that_is_read() {
        let next = |text: &str| Version::stored(text).next().map(|next| next.0);
        assert_eq!(next("0000000000000000009").unwrap(), "0000000000000000010");
        assert_eq!(next("00000000000000000000005").unwrap(), "0000000000000000006");
        assert!(matches!(next("0000000000000000abc"), Err(NoNextVersion::NotANumber(_))));
        for behind in ["9", "9999999999999999999"] {
            assert!(matches!(next(behind), Err(NoNextVersion::SortsBefore { .. })), "{behind}");
        }
    }
}
