//! Names that no two scenarios share. Not secret: the randomness of hash maps is enough.

use std::hash::{BuildHasher, RandomState};

/// Hexadecimal digits, `length` of them.
pub fn hex(length: usize) -> String {
    let mut digits = String::new();
    while digits.len() < length {
        digits += &format!("{:016x}", RandomState::new().hash_one(digits.len()));
    }
    digits.truncate(length);
    digits
}

/// Text in the form of a UUID, as CloudFormation's request ids and stack GUIDs have it.
pub fn uuid() -> String {
    let digits = hex(32);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_form_and_differ() {
        assert_eq!(hex(7).len(), 7);
        assert_eq!(uuid().split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(uuid(), uuid());
    }
}
