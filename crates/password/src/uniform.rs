//! Counts the strings that meet a set of requirements and draws one of them, each equally likely.
//!
//! Placing the required characters first and filling up the rest, as is often done, prefers some strings to
//! others even after a shuffle, and leaves their entropy unknown. Here the string is drawn character by
//! character, each weighted by the number of ways in which the string can still be completed, so that every
//! string has the same chance and the entropy is the logarithm of their number.
//!
//! The numbers are kept as the base-2 logarithm of a share (of all strings of that length, how many meet the
//! requirements) in an `f64`. With one of each type in 32 characters, the probability of a string is off by less than one
//! part in 2^40; with the worst requirements of 128 characters, one in 2^30. To notice even that would take some 2^60
//! passwords. Where nothing is required any more, characters are drawn by whole numbers without any error.

use rand::{CryptoRng, RngExt};

use crate::character_set::CharacterSet;
use crate::secret_text::Password;

/// "At least so many characters of this set."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) set: CharacterSet,
    pub(crate) at_least: usize,
}

/// The requirements together need a larger table than [`MAX_TABLE_CELLS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableTooLarge;

/// Cells of 8 bytes: 8 MB, a sixteenth of the smallest Lambda function. Each requirement of n characters
/// multiplies their number by n + 1, the length by one more than itself.
pub(crate) const MAX_TABLE_CELLS: usize = 1 << 20;

/// The strings over an alphabet that start with a character of one set and meet every requirement.
#[derive(Clone)]
pub(crate) struct UniformStrings {
    /// Characters that no requirement tells apart.
    groups: Vec<Group>,
    alphabet: Vec<u8>,
    /// All requirements still open.
    start: State,
    /// `shares[rest][state]`: of all strings of `rest` characters, the log2 share that satisfies `state`.
    shares: Vec<Vec<f64>>,
}

/// How many characters of each requirement are still missing, as one number in a mixed radix (see [`Need`]).
type State = usize;

/// Nothing is missing.
const SATISFIED: State = 0;

/// One digit of a [`State`].
#[derive(Clone, Copy)]
struct Need {
    /// What one missing character adds to the state.
    weight: usize,
    at_least: usize,
}

#[derive(Clone)]
struct Group {
    characters: Vec<u8>,
    /// The requirements that a character of this group serves.
    serves: Vec<Need>,
    may_lead: bool,
}

impl UniformStrings {
    /// Prepares for strings of one character; [`Self::extend`] goes on from there.
    pub(crate) fn new(
        alphabet: CharacterSet,
        first: CharacterSet,
        requirements: &[Requirement],
    ) -> Result<Self, TableTooLarge> {
        let mut states: usize = 1;
        let mut needs = Vec::new();
        for requirement in requirements {
            needs.push(Need { weight: states, at_least: requirement.at_least });
            states = states
                .checked_mul(requirement.at_least.saturating_add(1))
                .filter(|&states| states <= MAX_TABLE_CELLS)
                .ok_or(TableTooLarge)?;
        }
        let mut empty_string = vec![f64::NEG_INFINITY; states];
        empty_string[SATISFIED] = 0.0;
        Ok(Self {
            groups: group(alphabet, first, requirements, &needs),
            alphabet: bytes(alphabet),
            start: states - 1,
            shares: vec![empty_string],
        })
    }

    /// The characters that may occur.
    pub(crate) fn alphabet(&self) -> impl Iterator<Item = char> {
        self.alphabet.iter().copied().map(char::from)
    }

    /// How many cells the table has.
    pub(crate) fn cells(&self) -> usize {
        self.shares.len() * (self.start + 1)
    }

    /// The longest strings that can be counted and drawn so far.
    pub(crate) fn max_length(&self) -> usize {
        self.shares.len()
    }

    /// Makes strings of one more character countable.
    pub(crate) fn extend(&mut self) -> Result<(), TableTooLarge> {
        let states = self.start + 1;
        if (self.shares.len() + 1).saturating_mul(states) > MAX_TABLE_CELLS {
            return Err(TableTooLarge);
        }
        let share = |state| match state {
            SATISFIED => 0.0,
            _ => log2_sum(self.groups.iter().map(|group| self.weight(group, state, self.max_length()))),
        };
        self.shares.push((0..states).map(share).collect());
        Ok(())
    }

    /// The base-2 logarithm of the number of strings of `length`, which is their entropy in bits; negative
    /// infinity where there is none.
    pub(crate) fn entropy_bits(&self, length: usize) -> f64 {
        let leading = self.groups.iter().filter(|group| group.may_lead);
        let share = log2_sum(leading.map(|group| self.weight(group, self.start, length)));
        share + length as f64 * log2(self.alphabet.len())
    }

    /// Draws one string of `length`, of which there must be at least one.
    pub(crate) fn draw<R: CryptoRng + ?Sized>(&self, length: usize, random: &mut R) -> Password {
        let mut text = String::with_capacity(length);
        let mut state = self.start;
        for position in 0..length {
            let unrestricted = state == SATISFIED && position > 0;
            let characters = if unrestricted {
                &self.alphabet
            } else {
                let group = self.draw_group(state, length - position, Position::of(position), random);
                state = group.after(state);
                &group.characters
            };
            text.push(char::from(characters[random.random_range(0..characters.len())]));
        }
        debug_assert_eq!(state, SATISFIED, "only groups that leave a way to the end have weight");
        Password::new(text)
    }

    /// Draws the group of the next character, `rest` characters before the end.
    fn draw_group<R: CryptoRng + ?Sized>(
        &self,
        state: State,
        rest: usize,
        position: Position,
        random: &mut R,
    ) -> &Group {
        let weight = |group: &Group| match position {
            Position::First if !group.may_lead => f64::NEG_INFINITY,
            _ => self.weight(group, state, rest),
        };
        let total = log2_sum(self.groups.iter().map(weight));
        let mut left: f64 = random.random();
        let mut chosen = 0;
        for (index, group) in self.groups.iter().enumerate() {
            let chance = (weight(group) - total).exp2();
            if chance > 0.0 {
                chosen = index;
                left -= chance;
            }
            if left < 0.0 {
                break;
            }
        }
        &self.groups[chosen]
    }

    /// Of all strings of `rest` characters, the log2 share that begins with this group and satisfies `state`.
    fn weight(&self, group: &Group, state: State, rest: usize) -> f64 {
        let chance = log2(group.characters.len()) - log2(self.alphabet.len());
        chance + self.shares[rest - 1][group.after(state)]
    }
}

/// Where in the string a character stands.
#[derive(Clone, Copy)]
enum Position {
    First,
    Later,
}

impl Position {
    fn of(index: usize) -> Self {
        if index == 0 { Self::First } else { Self::Later }
    }
}

impl Group {
    /// What is still missing once a character of this group has been placed.
    fn after(&self, state: State) -> State {
        let missing = |need: &Need| (state / need.weight) % (need.at_least + 1);
        let open = self.serves.iter().filter(|need| missing(need) > 0);
        state - open.map(|need| need.weight).sum::<usize>()
    }
}

/// Divides `alphabet` into groups of characters that serve the same requirements.
fn group(alphabet: CharacterSet, first: CharacterSet, requirements: &[Requirement], needs: &[Need]) -> Vec<Group> {
    let serves = |character| -> Vec<bool> {
        requirements.iter().map(|requirement| requirement.set.contains(character)).collect()
    };
    let mut groups = std::collections::BTreeMap::<(bool, Vec<bool>), Vec<u8>>::new();
    for byte in bytes(alphabet) {
        let character = char::from(byte);
        groups.entry((first.contains(character), serves(character))).or_default().push(byte);
    }
    groups
        .into_iter()
        .map(|((may_lead, serves), characters)| Group {
            characters,
            serves: needs.iter().zip(serves).filter_map(|(need, serves)| serves.then_some(*need)).collect(),
            may_lead,
        })
        .collect()
}

fn bytes(set: CharacterSet) -> Vec<u8> {
    set.characters().filter_map(|character| u8::try_from(character).ok()).collect()
}

fn log2(count: usize) -> f64 {
    (count as f64).log2()
}

/// The logarithm of a sum of numbers given by their logarithms.
fn log2_sum(logarithms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = logarithms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + logarithms.map(|logarithm| (logarithm - largest).exp2()).sum::<f64>().log2()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    fn strings(alphabet: &str, first: &str, requirements: &[(&str, usize)], length: usize) -> UniformStrings {
        let set = CharacterSet::of;
        let requirements: Vec<_> =
            requirements.iter().map(|&(text, at_least)| Requirement { set: set(text), at_least }).collect();
        let mut strings = UniformStrings::new(set(alphabet), set(first), &requirements).unwrap();
        while strings.max_length() < length {
            strings.extend().unwrap();
        }
        strings
    }

    /// Every string over `alphabet`, tried one by one.
    fn count_by_trying(alphabet: &str, first: &str, requirements: &[(&str, usize)], length: u32) -> usize {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..alphabet.len().pow(length))
            .map(|mut number| {
                let mut text = String::new();
                for _ in 0..length {
                    text.push(alphabet[number % alphabet.len()]);
                    number /= alphabet.len();
                }
                text
            })
            .filter(|text| text.starts_with(|character| first.contains(character)))
            .filter(|text| {
                requirements.iter().all(|&(set, at_least)| {
                    text.chars().filter(|&character| set.contains(character)).count() >= at_least
                })
            })
            .count()
    }

    type Case = (&'static str, &'static str, &'static [(&'static str, usize)], u32);

    /// Disjoint, overlapping, nested and impossible requirements, and a first character among them.
    const CASES: [Case; 9] = [
        ("ab12-", "ab12", &[("ab", 1), ("12", 1), ("-", 1)], 5),
        ("abc", "abc", &[], 4),
        ("abc", "a", &[], 4),
        ("abcd12", "abcd", &[("12", 1)], 5),
        ("abc123-", "abc123-", &[("abc", 1), ("123", 1), ("-", 1)], 5),
        ("abc123", "abc", &[("abc", 2), ("c12", 2)], 5),
        ("abc12", "12", &[("abc12", 1), ("ab", 3), ("a", 1)], 6),
        ("ab12", "ab12", &[("ab", 3), ("12", 3)], 6),
        ("ab12", "ab12", &[("ab", 3), ("12", 3)], 5),
    ];

    #[test]
    fn entropy_is_the_logarithm_of_the_number_of_strings() {
        for (alphabet, first, requirements, length) in CASES {
            let counted = count_by_trying(alphabet, first, requirements, length);
            let strings = strings(alphabet, first, requirements, length as usize);
            let bits = strings.entropy_bits(length as usize);
            let expected = log2(counted);
            assert!(bits == expected || (bits - expected).abs() < 1e-12, "{bits} is not {expected}");
        }
    }

    /// Whole numbers, by inclusion and exclusion over the four types; 63^21 just fits.
    #[test]
    fn entropy_of_longer_strings_is_exact_to_the_fortieth_bit() {
        let sizes: [i128; 4] = [26, 26, 10, 1];
        let types = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "-"];
        let all = types.concat();
        for hyphen_leads in [0, 1] {
            let first = if hyphen_leads == 1 { &all } else { &all[..62] };
            let strings = strings(&all, first, &types.map(|characters| (characters, 1)), 21);
            for length in 4..=21 {
                let terms = (0..16_u32).map(|missing| {
                    let left: i128 = (0..4).filter(|index| missing >> index & 1 == 0).map(|index| sizes[index]).sum();
                    let leading = if missing >> 3 & 1 == 0 { left - 1 + hyphen_leads } else { left };
                    leading * left.pow(length - 1) * if missing.count_ones() % 2 == 0 { 1 } else { -1 }
                });
                let expected = (terms.sum::<i128>() as f64).log2();
                let bits = strings.entropy_bits(length as usize);
                assert!((bits - expected).abs() < 2.0_f64.powi(-40), "{length}: {bits} is not {expected}");
            }
        }
    }

    /// Chi-squared over whole strings: 100 draws for each that can be drawn.
    #[test]
    fn every_string_is_equally_likely() {
        for (alphabet, first, requirements, length) in CASES {
            let count = count_by_trying(alphabet, first, requirements, length);
            if count == 0 || count > 4_000 {
                continue;
            }
            let strings = strings(alphabet, first, requirements, length as usize);
            let mut random = ChaCha12Rng::seed_from_u64(7);
            let mut seen = BTreeMap::<String, f64>::new();
            let draws = (count * 100) as f64;
            for _ in 0..count * 100 {
                let text = strings.draw(length as usize, &mut random);
                *seen.entry(text.expose_secret().to_owned()).or_default() += 1.0;
            }
            assert_eq!(seen.len(), count, "every string comes up");
            let expected = draws / count as f64;
            let chi_squared: f64 = seen.values().map(|n| (n - expected).powi(2) / expected).sum();
            let degrees = (count - 1) as f64;
            let deviations = (chi_squared - degrees) / (2.0 * degrees).sqrt();
            assert!(deviations.abs() < 5.0, "{alphabet} {requirements:?}: {deviations} standard deviations");
        }
    }

    #[test]
    fn a_long_string_of_required_characters_alone_can_be_drawn() {
        let length = 500;
        let strings = strings("abcdefgh", "abcdefgh", &[("ab", length)], length);
        assert!((strings.entropy_bits(length) - length as f64).abs() < 1e-6, "two choices, one bit each");
        let text = strings.draw(length, &mut ChaCha12Rng::seed_from_u64(1));
        assert!(text.expose_secret().chars().all(|character| "ab".contains(character)));
    }

    #[test]
    fn a_table_that_would_not_fit_is_refused() {
        let requirement = Requirement { set: CharacterSet::NUMBERS, at_least: 2_000 };
        let two = [requirement, requirement];
        assert!(UniformStrings::new(CharacterSet::PRINTABLE, CharacterSet::PRINTABLE, &two).is_err());
    }
}
