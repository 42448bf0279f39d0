//! Two million passwords against the probabilities that counting by hand gives, and biased generators that must fail.
//!
//! The expected numbers come from inclusion and exclusion over the four character types, not from the crate's table.

#![expect(clippy::unwrap_used, reason = "a test")]

use password::Policy;
use rand::rngs::ChaCha12Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use secrecy::ExposeSecret;

const LENGTH: usize = 8;
const DRAWS: usize = 2_000_000;

/// The types of the default alphabet; one of each is required.
const TYPES: [&str; 4] = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "-"];

/// Sequences of types, two bits each.
const PATTERNS: usize = 1 << (2 * LENGTH);

/// Standard deviations that a seeded, unbiased generator stays within.
const BOUND: f64 = 4.0;

#[test]
fn our_generator_is_uniform() {
    let policy = Policy::builder().length(LENGTH).first_any().allow_weak().build().unwrap();
    let mut random = ChaCha12Rng::seed_from_u64(20161);
    let measured = measure(|| policy.generate(&mut random).expose_secret().to_owned());
    assert!(measured.within_bounds(), "{measured:?}");
}

#[test]
fn required_characters_first_then_shuffled_is_not() {
    let mut random = ChaCha12Rng::seed_from_u64(20161);
    let all = TYPES.concat();
    let measured = measure(|| {
        let mut text: Vec<char> = TYPES.iter().map(|characters| pick(characters, &mut random)).collect();
        text.resize_with(LENGTH, || pick(&all, &mut random));
        text.shuffle(&mut random);
        text.into_iter().collect()
    });
    assert!(measured.patterns > 100.0, "{measured:?}");
}

#[test]
fn required_characters_first_and_left_there_is_not() {
    let mut random = ChaCha12Rng::seed_from_u64(20161);
    let all = TYPES.concat();
    let measured = measure(|| {
        let mut text: Vec<char> = TYPES.iter().map(|characters| pick(characters, &mut random)).collect();
        text.resize_with(LENGTH, || pick(&all, &mut random));
        text.into_iter().collect()
    });
    assert!(measured.characters > 100.0 && measured.hyphen > 100.0, "{measured:?}");
}

/// The remainder of a byte: four of the 63 characters come up five times in 256, not four.
#[test]
fn the_remainder_of_a_byte_is_not() {
    let mut random = ChaCha12Rng::seed_from_u64(20161);
    let all: Vec<char> = TYPES.concat().chars().collect();
    let measured = measure(|| {
        loop {
            let bytes = random.next_u64().to_le_bytes();
            let text: String = bytes.iter().map(|&byte| all[usize::from(byte) % all.len()]).collect();
            if TYPES.iter().all(|characters| text.contains(|character| characters.contains(character))) {
                return text;
            }
        }
    });
    assert!(measured.characters > 100.0, "{measured:?}");
}

/// By how many standard deviations chi-squared misses its mean.
#[derive(Debug)]
struct Deviations {
    /// Of each character at each position; the worst position.
    characters: f64,
    /// Of the place of the hyphen, where there is exactly one.
    hyphen: f64,
    /// Of the sequences of types: which type stands where.
    patterns: f64,
}

impl Deviations {
    fn within_bounds(&self) -> bool {
        [self.characters, self.hyphen, self.patterns].iter().all(|deviations| deviations.abs() < BOUND)
    }
}

fn measure(mut draw: impl FnMut() -> String) -> Deviations {
    let mut characters = [[0.0; 128]; LENGTH];
    let mut patterns = vec![0.0; PATTERNS];
    let mut hyphens = [0.0; LENGTH];
    for _ in 0..DRAWS {
        let text = draw();
        assert_eq!(text.len(), LENGTH);
        let mut pattern = 0;
        for (position, byte) in text.bytes().enumerate() {
            characters[position][usize::from(byte)] += 1.0;
            pattern += type_of(byte) << (2 * position);
        }
        patterns[pattern] += 1.0;
        if text.matches('-').count() == 1 {
            hyphens[text.find('-').unwrap()] += 1.0;
        }
    }
    let hyphen_mean = hyphens.iter().sum::<f64>() / LENGTH as f64;
    Deviations {
        characters: characters.iter().map(of_characters).fold(0.0, f64::max),
        hyphen: deviations(hyphens.map(|seen| (seen, hyphen_mean))),
        patterns: of_patterns(&patterns),
    }
}

fn of_characters(seen: &[f64; 128]) -> f64 {
    deviations(TYPES.iter().enumerate().flat_map(|(index, characters)| {
        let share = strings(1 << index, LENGTH - 1) / strings(0, LENGTH);
        characters.bytes().map(move |byte| (seen[usize::from(byte)], share * DRAWS as f64))
    }))
}

/// Each pattern with all four types has as many strings as the product of its types' sizes.
fn of_patterns(seen: &[f64]) -> f64 {
    let mut cells = Vec::new();
    let mut rare = (0.0, 0.0);
    for (number, &seen) in seen.iter().enumerate() {
        let pattern = (0..LENGTH).map(|position| number >> (2 * position) & 3);
        if !(0..TYPES.len()).all(|index| pattern.clone().any(|there| there == index)) {
            assert!(seen == 0.0, "a type is missing");
            continue;
        }
        let count: f64 = pattern.map(|index| TYPES[index].len() as f64).product();
        let expected = DRAWS as f64 * count / strings(0, LENGTH);
        if expected < 5.0 {
            rare = (rare.0 + seen, rare.1 + expected);
        } else {
            cells.push((seen, expected));
        }
    }
    cells.push(rare);
    deviations(cells)
}

/// How many strings of `length` hold each type at least once, but for those in the bit set `present`.
fn strings(present: usize, length: usize) -> f64 {
    let missing = (0..16).filter(|missing| missing & present == 0);
    let terms = missing.map(|missing: usize| {
        let left = (0..4).filter(|index| missing >> index & 1 == 0).map(|index| TYPES[index].len());
        let sign = if missing.count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * (left.sum::<usize>() as f64).powi(length as i32)
    });
    terms.sum()
}

fn deviations(cells: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let mut chi_squared = 0.0;
    let mut degrees = -1.0;
    for (seen, expected) in cells {
        chi_squared += (seen - expected).powi(2) / expected;
        degrees += 1.0;
    }
    (chi_squared - degrees) / (2.0_f64 * degrees).sqrt()
}

fn type_of(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

fn pick(characters: &str, random: &mut impl Rng) -> char {
    let index = random.random_range(0..characters.len());
    char::from(characters.as_bytes()[index])
}
