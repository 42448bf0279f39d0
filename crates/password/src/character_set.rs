//! Sets of printable ASCII characters, and the types of character that AWS distinguishes.

use std::fmt;

/// A set of printable ASCII characters (`' '` to `'~'`), one bit each.
///
/// No target in [`Engine`](crate::Engine) accepts anything else.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CharacterSet(u128);

impl CharacterSet {
    /// No character at all.
    pub const EMPTY: Self = Self(0);
    /// All 95 printable ASCII characters, the space among them.
    pub const PRINTABLE: Self = Self(((1 << 95) - 1) << 32);
    /// The 26 lowercase letters.
    pub const LOWERCASE: Self = Self::of("abcdefghijklmnopqrstuvwxyz");
    /// The 26 uppercase letters.
    pub const UPPERCASE: Self = Self::of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    /// The 10 digits.
    pub const NUMBERS: Self = Self::of("0123456789");
    /// The 52 letters.
    pub const LETTERS: Self = Self::LOWERCASE.union(Self::UPPERCASE);
    /// Letters and digits.
    pub const ALPHANUMERIC: Self = Self::LETTERS.union(Self::NUMBERS);
    /// The 32 characters that Secrets Manager calls punctuation (GetRandomPassword, `ExcludePunctuation`).
    pub const PUNCTUATION: Self = Self::of(r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##);
    /// The space.
    pub const SPACE: Self = Self::of(" ");
    /// Characters that are taken for each other on paper and in many fonts (KeePass, "exclude look-alike
    /// characters": O and 0; I, l, 1 and the bar).
    pub const AMBIGUOUS: Self = Self::of("O0Il1|");
    /// What stands in any part of a URL without being escaped (RFC 3986 §2.3, "unreserved").
    pub const URL_SAFE: Self = Self::ALPHANUMERIC.union(Self::of("-._~"));

    /// The printable ASCII characters of `text`; whatever else it holds is left out.
    pub const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut set = 0;
        let mut index = 0;
        while index < bytes.len() {
            if bytes[index] < 128 {
                set |= 1 << bytes[index];
            }
            index += 1;
        }
        Self(set & Self::PRINTABLE.0)
    }

    /// What is in either set.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in `other`.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `character` is in the set.
    pub const fn contains(self, character: char) -> bool {
        character.is_ascii() && self.0 >> (character as u32) & 1 == 1
    }

    /// Whether every character of this set is in `other`.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.minus(other).is_empty()
    }

    /// Whether the set holds no character.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many characters it holds, 0 to 95.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Its characters in ASCII order.
    pub fn characters(self) -> impl Iterator<Item = char> {
        (' '..='~').filter(move |&character| self.contains(character))
    }
}

/// The characters in ASCII order, for messages: `"/@`.
impl fmt::Display for CharacterSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.characters().try_for_each(|character| write!(formatter, "{character}"))
    }
}

impl fmt::Debug for CharacterSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CharacterSet({:?})", self.to_string())
    }
}

/// The types of character that Secrets Manager's GetRandomPassword includes, excludes and requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharacterType {
    /// `a` to `z`.
    Lowercase,
    /// `0` to `9`.
    Number,
    /// The 32 of [`CharacterSet::PUNCTUATION`].
    Punctuation,
    /// The space.
    Space,
    /// `A` to `Z`.
    Uppercase,
}

impl CharacterType {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Lowercase, Self::Uppercase, Self::Number, Self::Punctuation, Self::Space];

    /// The characters of this type.
    pub const fn characters(self) -> CharacterSet {
        match self {
            Self::Lowercase => CharacterSet::LOWERCASE,
            Self::Number => CharacterSet::NUMBERS,
            Self::Punctuation => CharacterSet::PUNCTUATION,
            Self::Space => CharacterSet::SPACE,
            Self::Uppercase => CharacterSet::UPPERCASE,
        }
    }
}

/// The noun that messages use: "at least one lowercase letter".
impl fmt::Display for CharacterType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Lowercase => "lowercase letter",
            Self::Number => "digit",
            Self::Punctuation => "punctuation character",
            Self::Space => "space",
            Self::Uppercase => "uppercase letter",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_divide_printable_ascii_among_them() {
        let sets = CharacterType::ALL.map(CharacterType::characters);
        let all = sets.into_iter().fold(CharacterSet::EMPTY, CharacterSet::union);
        assert_eq!(all, CharacterSet::PRINTABLE);
        assert_eq!(sets.map(CharacterSet::len), [26, 26, 10, 32, 1]);
        assert_eq!(all.len(), 95);
    }

    #[test]
    fn punctuation_is_what_the_standard_library_calls_so() {
        for character in ' '..='~' {
            let expected = character.is_ascii_punctuation();
            assert_eq!(CharacterSet::PUNCTUATION.contains(character), expected, "{character:?}");
        }
    }

    #[test]
    fn control_and_foreign_characters_are_left_out() {
        assert_eq!(CharacterSet::of("a\n\u{7f}é€b"), CharacterSet::of("ab"));
        assert!(!CharacterSet::PRINTABLE.contains('é'));
        assert!(!CharacterSet::PRINTABLE.contains('\t'));
    }
}
