//! Passwords of 15 characters and more that are tried first: a list of those that leaked often, and rules for those that no
//! list has room for. A list of the most common passwords alone blocks next to nothing at this length.

use sha2::{Digest, Sha256};

use crate::password::Weakness;

/// The first four bytes of SHA-256 of each password in lower case, ascending: what `python -m tools.common_passwords`
/// makes of the million most common ones. A good password is among them by chance twice in a million.
const COMMON: &[u8] = include_bytes!("../data/common-passwords.sha256-32");

/// What everybody knows of this service.
const SERVICE: [&str; 5] = ["cfn-secrets", "cfnsecrets", "accounts", "password", "passwort"];

/// What must be left of a password without the names in it.
const FEWEST_OF_ITS_OWN: usize = 8;

/// The longest piece that is looked for over and over again.
const LONGEST_PIECE: usize = 8;

/// Neighbours on keyboards and in the alphabet.
const RUNS: [&str; 18] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "!@#$%^&*()",
];

/// Why a password of this user is easily guessed, if it is.
pub(crate) fn weakness(password: &str, user: &str) -> Option<Weakness> {
    let password: Vec<char> = password.to_lowercase().chars().collect();
    if repeats(&password) || runs(&password) {
        Some(Weakness::Pattern)
    } else if is_common(&password) {
        Some(Weakness::Common)
    } else if own_characters(&password, user) < FEWEST_OF_ITS_OWN {
        Some(Weakness::Known)
    } else {
        None
    }
}

fn is_common(password: &[char]) -> bool {
    let text = zeroize::Zeroizing::new(password.iter().collect::<String>());
    let digest = Sha256::digest(text.as_bytes());
    let (entries, _) = COMMON.as_chunks::<4>();
    entries.binary_search_by(|entry| entry.as_slice().cmp(&digest[..4])).is_ok()
}

/// A piece of at most [`LONGEST_PIECE`] characters, over and over again; the last one may be cut.
fn repeats(password: &[char]) -> bool {
    (1..=LONGEST_PIECE.min(password.len() / 2))
        .any(|length| password.iter().zip(&password[length..]).all(|(one, next)| one == next))
}

/// Pieces of [`RUNS`], forwards or backwards, or of one character, that have at least three characters on average.
fn runs(password: &[char]) -> bool {
    let mut pieces = 0;
    let mut rest = password;
    while let [first, ..] = rest {
        let same = rest.iter().take_while(|character| *character == first).count();
        let longest = RUNS.iter().flat_map(|run| [along(rest, run.chars()), along(rest, run.chars().rev())]).max();
        rest = &rest[same.max(longest.unwrap_or(1)).max(1)..];
        pieces += 1;
    }
    pieces * 3 <= password.len()
}

/// How many characters the beginning of `rest` goes along a run.
fn along(rest: &[char], run: impl Iterator<Item = char>) -> usize {
    let run = run.skip_while(|character| *character != rest[0]);
    rest.iter().zip(run).take_while(|(character, expected)| *character == expected).count()
}

/// How many characters are left without the names.
fn own_characters(password: &[char], user: &str) -> usize {
    let user = user.to_lowercase();
    // A name of one or two letters is in every other word.
    let names = SERVICE.into_iter().chain([user.as_str()]).filter(|name| name.chars().count() >= 3);
    let text = zeroize::Zeroizing::new(password.iter().collect::<String>());
    let left = names.fold(text, |text, name| zeroize::Zeroizing::new(text.replace(name, "")));
    left.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        let (entries, rest) = COMMON.as_chunks::<4>();
        assert!(rest.is_empty());
        assert!(entries.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(entries.len() >= 3000, "OWASP ASVS 5.0.0, 6.2.4: {}", entries.len());
    }
}
