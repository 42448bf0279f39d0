//! [`Passphrase`]: words that people can read to each other, from the long list of the Electronic Frontier
//! Foundation.
//!
//! The list is J. Bonneau's, "Deep Dive: EFF's New Wordlists for Random Passphrases" (2016), licensed under Creative
//! Commons Attribution 3.0 US; a test compares it with the digest of EFF's own file.

use rand::{CryptoRng, RngExt};

use crate::secret_text::Password;

/// A word on each line.
const WORDS: &str = include_str!(concat!(env!("OUT_DIR"), "/words.txt"));

/// Stands between two words. Four words of the list have a hyphen in them, but none has only words of the list on
/// its two sides, so that no two draws give the same text.
const SEPARATOR: &str = "-";

/// Of the list, in bytes.
const LONGEST_WORD: usize = 9;

/// A number of words, joined by hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passphrase {
    words: usize,
}

impl Passphrase {
    /// What EFF advises: 77 bits.
    pub const DEFAULT_WORDS: usize = 6;
    /// Enough for 1654 bits, in at most 1279 characters.
    pub const MAX_WORDS: usize = 128;

    /// `words` must be between 1 and [`Self::MAX_WORDS`].
    pub(crate) const fn new(words: usize) -> Self {
        debug_assert!(1 <= words && words <= Self::MAX_WORDS);
        Self { words }
    }

    /// Draws each word independently, all 7776 being equally likely.
    pub(crate) fn generate<R: CryptoRng + ?Sized>(self, random: &mut R) -> Password {
        let list: Vec<&str> = WORDS.lines().collect();
        let words: Vec<&str> = (0..self.words).map(|_| list[random.random_range(0..list.len())]).collect();
        Password::new(words.join(SEPARATOR))
    }

    /// The length of the longest.
    pub(crate) const fn max_bytes(self) -> usize {
        self.words * (LONGEST_WORD + SEPARATOR.len()) - SEPARATOR.len()
    }

    pub(crate) fn entropy_bits(self) -> f64 {
        self.words as f64 * (WORDS.lines().count() as f64).log2()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write;

    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;
    use sha2::{Digest, Sha256};

    use super::*;

    /// EFF's file numbers each word by five dice: `11111<TAB>abacus`.
    #[test]
    fn the_list_is_effs_own() {
        let mut file = String::new();
        for (index, word) in WORDS.lines().enumerate() {
            let dice = (0..5).rev().map(|place| index / 6_usize.pow(place) % 6 + 1);
            dice.for_each(|die| write!(file, "{die}").unwrap());
            writeln!(file, "\t{word}").unwrap();
        }
        let digest = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(digest, "addd35536511597a02fa0a9ff1e5284677b8883b83e986e43f15a3db996b903e");
    }

    #[test]
    fn joined_words_can_be_told_apart() {
        let words: HashSet<&str> = WORDS.lines().collect();
        assert_eq!(words.len(), 7776);
        assert_eq!(words.iter().map(|word| word.len()).max(), Some(LONGEST_WORD));
        for word in words.iter().filter(|word| word.contains(SEPARATOR)) {
            assert!(!word.split(SEPARATOR).all(|part| words.contains(part)), "{word}");
        }
    }

    #[test]
    fn it_has_as_many_words_as_asked_for() {
        let passphrase = Passphrase::new(Passphrase::MAX_WORDS);
        let text = passphrase.generate(&mut ChaCha12Rng::seed_from_u64(1)).into_secret();
        assert!(text.expose_secret().split(SEPARATOR).count() >= Passphrase::MAX_WORDS);
        assert!((Passphrase::new(6).entropy_bits() - 77.549).abs() < 0.001);
    }
}
