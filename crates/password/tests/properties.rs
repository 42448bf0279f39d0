//! Random policies: each that can be met is, and what it makes keeps every promise; each that cannot is refused.

use password::{CharacterType, Engine, Policy, PolicyBuilder};
use proptest::prelude::*;
use proptest::sample::subsequence;
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

/// Pieces of the character types, so that required alphabets do not overlap and their least length is a sum.
const PIECES: [&str; 8] = [
    "abcdefghijklm",
    "nopqrstuvwxyz",
    "ABCDEFGHIJKLM",
    "NOPQRSTUVWXYZ",
    "01234",
    "56789",
    "!\"#$%&'()*+,-./",
    ":;<=>?@[\\]^_`{|}~",
];

#[derive(Clone, Debug)]
struct Options {
    length: usize,
    excluded_types: Vec<CharacterType>,
    all_punctuation: bool,
    space: bool,
    excluded: String,
    unambiguous: bool,
    url_safe: bool,
    types_optional: bool,
    first_letter: bool,
    /// Indices into [`PIECES`], ascending, and how many characters of each.
    required: Vec<(usize, usize)>,
}

fn options() -> impl Strategy<Value = Options> {
    let types =
        vec![CharacterType::Lowercase, CharacterType::Uppercase, CharacterType::Number, CharacterType::Punctuation];
    let required = subsequence((0..PIECES.len()).collect::<Vec<_>>(), 0..=3)
        .prop_flat_map(|pieces| pieces.into_iter().map(|piece| (Just(piece), 0..6_usize)).collect::<Vec<_>>());
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    let more_flags = (any::<bool>(), any::<bool>());
    (1..40_usize, subsequence(types, 0..=3), "[ -~]{0,30}", flags, more_flags, required).prop_map(
        |(length, excluded_types, excluded, flags, more_flags, required)| Options {
            length,
            excluded_types,
            excluded,
            all_punctuation: flags.0,
            space: flags.1,
            unambiguous: flags.2,
            url_safe: flags.3,
            types_optional: more_flags.0,
            first_letter: more_flags.1,
            required,
        },
    )
}

impl Options {
    /// All of them but the length.
    fn builder(&self) -> PolicyBuilder {
        let mut builder = Policy::builder().exclude_characters(&self.excluded).allow_weak();
        builder = self.excluded_types.iter().fold(builder, |builder, &excluded| builder.exclude(excluded));
        for &(piece, count) in &self.required {
            builder = builder.require(PIECES[piece], count);
        }
        let optional = |builder, wanted, option: fn(PolicyBuilder) -> PolicyBuilder| {
            if wanted { option(builder) } else { builder }
        };
        builder = optional(builder, self.all_punctuation, |builder| builder.include(CharacterType::Punctuation));
        builder = optional(builder, self.space, |builder| builder.include(CharacterType::Space));
        builder = optional(builder, self.unambiguous, PolicyBuilder::exclude_ambiguous);
        builder = optional(builder, self.url_safe, PolicyBuilder::url_safe);
        builder = optional(builder, self.types_optional, PolicyBuilder::types_optional);
        optional(builder, self.first_letter, PolicyBuilder::first_letter)
    }

    /// Whether a character may occur, from the meaning of each option.
    fn allows(&self, character: char) -> bool {
        let required = self.required.iter().any(|&(piece, _)| PIECES[piece].contains(character));
        let included = character.is_ascii_alphanumeric()
            || character == '-'
            || self.all_punctuation && character.is_ascii_punctuation()
            || self.space && character == ' ';
        (included || required)
            && !self.excluded.contains(character)
            && !self.excluded_types.iter().any(|&excluded| is_of(character, excluded))
            && !(self.unambiguous && "O0Il1|".contains(character))
            && (!self.url_safe || character.is_ascii_alphanumeric() || "-._~".contains(character))
    }

    fn alphabet(&self) -> Vec<char> {
        (' '..='~').filter(|&character| self.allows(character)).collect()
    }

    /// The length of the shortest string that meets all of it; none where there is no such string.
    fn least_length(&self) -> Option<usize> {
        let alphabet = self.alphabet();
        let may_lead =
            |character: char| if self.first_letter { character.is_ascii_alphabetic() } else { character != '-' };
        if !alphabet.iter().copied().any(may_lead) {
            return None;
        }
        let mut least = 0;
        let mut first_is_among_them = false;
        for wanted in CharacterType::ALL {
            let mut of_type = 0;
            for &(piece, count) in &self.required {
                if count == 0 || !PIECES[piece].starts_with(|character| is_of(character, wanted)) {
                    continue;
                }
                let left = || alphabet.iter().copied().filter(|&character| PIECES[piece].contains(character));
                left().next()?;
                of_type += count;
                first_is_among_them |= left().any(may_lead);
            }
            let included = || alphabet.iter().copied().filter(|&character| is_of(character, wanted));
            if of_type == 0 && !self.types_optional && included().next().is_some() {
                of_type = 1;
                first_is_among_them |= included().any(may_lead);
            }
            least += of_type;
        }
        Some(if first_is_among_them { least } else { least + 1 })
    }
}

fn is_of(character: char, wanted: CharacterType) -> bool {
    match wanted {
        CharacterType::Lowercase => character.is_ascii_lowercase(),
        CharacterType::Uppercase => character.is_ascii_uppercase(),
        CharacterType::Number => character.is_ascii_digit(),
        CharacterType::Punctuation => character.is_ascii_punctuation(),
        CharacterType::Space => character == ' ',
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_is_refused_exactly_when_it_cannot_be_met(options in options(), seed: u64) {
        let possible = options.least_length().is_some_and(|least| least <= options.length);
        match options.builder().length(options.length).build() {
            Err(error) => prop_assert!(!possible, "{error}"),
            Ok(policy) => {
                prop_assert!(possible);
                let random = &mut ChaCha12Rng::seed_from_u64(seed);
                for _ in 0..5 {
                    check(&options, &options.alphabet(), policy.generate(random).expose_secret())?;
                }
                let most = options.length as f64 * (options.alphabet().len() as f64).log2();
                prop_assert!((-1e-9..=most + 1e-9).contains(&policy.entropy_bits()));
            }
        }
    }

    #[test]
    fn what_an_engine_accepts_comes_out(options in options(), engine in prop::sample::select(&Engine::ALL), seed: u64) {
        let Ok(policy) = options.builder().length(options.length).engine(engine).build() else { return Ok(()) };
        let password = policy.generate(&mut ChaCha12Rng::seed_from_u64(seed)).into_secret();
        let text = password.expose_secret();
        let mut alphabet = options.alphabet();
        alphabet.retain(|&character| engine.accepted().contains(character));
        check(&options, &alphabet, text)?;
        prop_assert!(engine.lengths().contains(&text.len()));
        for &wanted in engine.required() {
            prop_assert!(text.contains(|character| is_of(character, wanted)));
        }
    }

    #[test]
    fn the_entropy_asked_for_is_reached_by_the_shortest_length(options in options(), bits in 1..200_u32) {
        let Ok(policy) = options.builder().entropy(bits).build() else { return Ok(()) };
        prop_assert!(policy.entropy_bits() >= f64::from(bits));
        if let Ok(shorter) = options.builder().length(policy.length() - 1).build() {
            prop_assert!(shorter.entropy_bits() < f64::from(bits));
        }
    }
}

/// Everything that `options` promise of a text over `alphabet`.
fn check(options: &Options, alphabet: &[char], text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(text.chars().count(), options.length);
    prop_assert!(text.chars().all(|character| alphabet.contains(&character)));
    prop_assert!(!text.starts_with('-'));
    prop_assert!(!options.first_letter || text.starts_with(|first: char| first.is_ascii_alphabetic()));
    for &(piece, count) in &options.required {
        prop_assert!(text.matches(|character| PIECES[piece].contains(character)).count() >= count);
    }
    for wanted in CharacterType::ALL {
        let included = alphabet.iter().any(|&character| is_of(character, wanted));
        prop_assert!(options.types_optional || !included || text.contains(|character| is_of(character, wanted)));
    }
    Ok(())
}
