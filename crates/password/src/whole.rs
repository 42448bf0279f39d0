//! Draws whole strings until one meets the requirements: exact, and fast where few tries are needed.
//!
//! Each string that meets them is equally likely, because each string at all is. That needs no table of shares and no
//! floating point; where requirements are rarely met by chance, [`UniformStrings`](crate::uniform::UniformStrings) draws
//! character by character instead.

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::character_set::CharacterSet;
use crate::secret_text::Password;
use crate::uniform::Requirement;

/// Worth it where one string in so many, or more, meets the requirements; as a power of two.
pub(crate) const MIN_LOG2_SHARE: f64 = -3.0;

/// Random bytes that are asked for at once: the system's source answers a call in about the time that so many take, and
/// they are enough for two or three tries of the usual 32 characters.
const BLOCK: usize = 128;

/// Strings over an alphabet that begin with a character of one set.
#[derive(Clone)]
pub(crate) struct WholeStrings {
    alphabet: Choice,
    first: Choice,
    requirements: Vec<Requirement>,
    /// For each byte the requirements that it serves, one bit each.
    serves: Box<[u32; 128]>,
}

impl WholeStrings {
    /// `None` where there are more requirements than bits to mark them.
    pub(crate) fn new(alphabet: CharacterSet, first: CharacterSet, requirements: &[Requirement]) -> Option<Self> {
        let requirements: Vec<_> =
            requirements.iter().copied().filter(|requirement| requirement.at_least > 0).collect();
        if requirements.len() >= 32 {
            return None;
        }
        let mut serves = Box::new([0; 128]);
        for (byte, marks) in (0_u8..).zip(serves.iter_mut()) {
            for (bit, requirement) in requirements.iter().enumerate() {
                *marks |= u32::from(requirement.set.contains(char::from(byte))) << bit;
            }
        }
        Some(Self { alphabet: Choice::new(alphabet), first: Choice::new(first), requirements, serves })
    }

    /// Draws one of `length`, of which there must be some.
    ///
    /// Not generic, so that it is compiled here and optimized as this crate is, not as the one that calls it.
    pub(crate) fn draw(&self, length: usize, random: &mut dyn CryptoRng) -> Password {
        let mut random = Bytes::new(random);
        let mut text = String::with_capacity(length);
        loop {
            text.push(random.one_of(&self.first));
            while text.len() < length {
                text.push(random.one_of(&self.alphabet));
            }
            if self.is_met_by(text.as_bytes()) {
                return Password::new(text);
            }
            // The next try is written over it.
            text.clear();
        }
    }

    fn is_met_by(&self, text: &[u8]) -> bool {
        let seen = text.iter().fold(0, |seen, byte| seen | self.serves[usize::from(byte & 127)]);
        let enough = |(bit, requirement): (usize, &Requirement)| {
            let count = || text.iter().filter(|byte| self.serves[usize::from(**byte & 127)] >> bit & 1 == 1).count();
            requirement.at_least == 1 || count() >= requirement.at_least
        };
        seen == (1 << self.requirements.len()) - 1 && self.requirements.iter().enumerate().all(enough)
    }
}

/// Random bytes, a block at a time.
struct Bytes<'a> {
    random: &'a mut dyn CryptoRng,
    block: Zeroizing<[u8; BLOCK]>,
    used: usize,
}

impl<'a> Bytes<'a> {
    fn new(random: &'a mut dyn CryptoRng) -> Self {
        Self { random, block: Zeroizing::new([0; BLOCK]), used: BLOCK }
    }

    fn one_of(&mut self, choice: &Choice) -> char {
        loop {
            if self.used == BLOCK {
                self.random.fill_bytes(&mut *self.block);
                self.used = 0;
            }
            let byte = usize::from(self.block[self.used]);
            self.used += 1;
            if let Some(character) = choice.0.get(byte) {
                return char::from(*character);
            }
        }
    }
}

/// Characters for random bytes: each as often as the others, as often as possible. Bytes beyond that would prefer some,
/// and are passed over.
#[derive(Clone)]
struct Choice(Vec<u8>);

impl Choice {
    fn new(set: CharacterSet) -> Self {
        let characters: Vec<u8> = set.characters().filter_map(|character| u8::try_from(character).ok()).collect();
        let times = 256 / characters.len();
        Self(characters.repeat(times))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    const LENGTH: usize = 3;
    const DRAWS: usize = 1_000_000;

    fn requirement(characters: &str, at_least: usize) -> Requirement {
        Requirement { set: CharacterSet::of(characters), at_least }
    }

    /// By how many standard deviations chi-squared over all strings misses its mean; those that must not occur are none
    /// of the `accepted`.
    fn deviations(alphabet: &str, first: &str, requirements: &[Requirement], accepted: impl Fn(&str) -> bool) -> f64 {
        let set = CharacterSet::of;
        let strings = WholeStrings::new(set(alphabet), set(first), requirements).unwrap();
        let mut random = ChaCha12Rng::seed_from_u64(2016);
        let mut seen = BTreeMap::<String, f64>::new();
        for _ in 0..DRAWS {
            *seen.entry(strings.draw(LENGTH, &mut random).expose_secret().to_owned()).or_default() += 1.0;
        }
        let all = first.chars().flat_map(|one| {
            alphabet.chars().flat_map(move |two| alphabet.chars().map(move |three| format!("{one}{two}{three}")))
        });
        let possible: Vec<String> = all.filter(|text| accepted(text)).collect();
        assert!(seen.keys().all(|text| possible.contains(text)), "one that does not meet the requirements");
        let expected = DRAWS as f64 / possible.len() as f64;
        let count = |text: &String| seen.get(text).copied().unwrap_or_default();
        let chi_squared: f64 = possible.iter().map(|text| (count(text) - expected).powi(2) / expected).sum();
        let degrees = possible.len() as f64 - 1.0;
        (chi_squared - degrees) / (2.0 * degrees).sqrt()
    }

    #[test]
    fn every_string_that_meets_the_requirements_is_equally_likely() {
        let any = deviations("abc12-", "abc12-", &[], |_| true);
        let one_of_each = [requirement("abc", 1), requirement("12", 1)];
        let types = |text: &str| text.contains(['a', 'b', 'c']) && text.contains(['1', '2']);
        let two = deviations("abc12-", "abc", &one_of_each, types);
        let twice = |text: &str| text.matches(['1', '2']).count() >= 2;
        let counted = deviations("abc12-", "abc12-", &[requirement("12", 2)], twice);
        for deviations in [any, two, counted] {
            assert!(deviations.abs() < 4.0, "{deviations}");
        }
    }
}
