//! [`Policy`]: what a password must look like, checked once so that every policy can be met.

use std::fmt;
use std::ops::RangeInclusive;

use rand::CryptoRng;

use crate::character_set::{CharacterSet, CharacterType};
use crate::engine::Engine;
use crate::error::{PolicyError, PolicyOption};
use crate::secret_text::Password;
use crate::uniform::{Requirement, TableTooLarge, UniformStrings};

/// The longest password, in characters (Secrets Manager, GetRandomPassword, `PasswordLength`).
pub const MAX_LENGTH: usize = 4096;

/// The least entropy, in bits, that a policy has without being called weak: below it, a random secret may only
/// be used where guesses are rate limited (NIST SP 800-63B §5.1.2.2).
pub const MIN_ENTROPY_BITS: f64 = 64.0;

/// The length where neither `PasswordLength` nor `Entropy` is given (Secrets Manager's own).
const DEFAULT_LENGTH: usize = 32;

/// What passwords are made of by default: all targets of [`Engine`] accept these, shells and URLs leave them
/// alone. The hyphen is the one such character that is neither a letter nor a digit.
const DEFAULT_ALPHABET: CharacterSet = CharacterSet::ALPHANUMERIC.union(CharacterSet::of("-"));

/// What a password must look like. It can always be met: [`PolicyBuilder::build`] refuses the others.
///
/// Limits: 1 to 4096 characters of printable ASCII; the product of all required counts, one added to each, times
/// the length is at most 2^20 (the table from which strings are counted; [`PolicyError::TooManyRequirements`]).
#[derive(Clone)]
pub struct Policy {
    length: usize,
    strings: UniformStrings,
}

impl Policy {
    /// Starts from the default: 32 letters, digits and hyphens, at least one lowercase letter, uppercase letter,
    /// digit and hyphen among them.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The default policy within what `engine` accepts and demands.
    pub fn for_engine(engine: Engine) -> Self {
        always_met(Self::builder().engine(engine))
    }

    /// Draws a password. All that meet the policy are equally likely.
    pub fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Password {
        self.strings.draw(self.length, random)
    }

    /// The length of every password, in characters.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The entropy in bits: the base-2 logarithm of the number of passwords that meet the policy.
    pub fn entropy_bits(&self) -> f64 {
        self.strings.entropy_bits(self.length)
    }
}

/// 32 characters that every engine accepts that accepts 32 at all.
impl Default for Policy {
    fn default() -> Self {
        always_met(Self::builder())
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Policy")
            .field("length", &self.length)
            .field("entropy_bits", &self.entropy_bits())
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::expect_used,
    reason = "nothing but an engine is set; a test builds every one of these policies"
)]
fn always_met(builder: PolicyBuilder) -> Policy {
    builder.build().expect("the default fits every engine")
}

/// Collects the options of a [`Policy`], in any order.
#[derive(Clone, Debug, Default)]
pub struct PolicyBuilder {
    engine: Option<Engine>,
    length: Option<usize>,
    entropy: Option<u32>,
    alphabet: Option<String>,
    included: CharacterSet,
    excluded: CharacterSet,
    only: Option<CharacterSet>,
    required: Vec<(String, usize)>,
    types_optional: bool,
    first: Option<CharacterSet>,
    weak_allowed: bool,
}

impl PolicyBuilder {
    /// `Engine`: what the password is for. Its characters that are not accepted are left out.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// `PasswordLength`: characters, 1 to 4096 (or what the engine accepts).
    pub fn length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// `Entropy` instead of a length: the shortest password with at least so many bits.
    pub fn entropy(mut self, bits: u32) -> Self {
        self.entropy = Some(bits);
        self
    }

    /// `Alphabet`: the characters to choose from, in place of the default ones.
    pub fn alphabet(mut self, characters: &str) -> Self {
        self.alphabet = Some(characters.to_owned());
        self
    }

    /// `IncludeSpace: true`, or `ExcludePunctuation: false` for all 32 punctuation characters.
    pub fn include(mut self, characters: CharacterType) -> Self {
        self.included = self.included.union(characters.characters());
        self
    }

    /// `ExcludeLowercase`, `ExcludeUppercase`, `ExcludeNumbers`, `ExcludePunctuation`.
    pub fn exclude(mut self, characters: CharacterType) -> Self {
        self.excluded = self.excluded.union(characters.characters());
        self
    }

    /// `ExcludeCharacters`: characters that must not occur.
    pub fn exclude_characters(mut self, characters: &str) -> Self {
        self.excluded = self.excluded.union(CharacterSet::of(characters));
        self
    }

    /// `ExcludeAmbiguous`: none of [`CharacterSet::AMBIGUOUS`].
    pub fn exclude_ambiguous(mut self) -> Self {
        self.excluded = self.excluded.union(CharacterSet::AMBIGUOUS);
        self
    }

    /// `UrlSafe`: only [`CharacterSet::URL_SAFE`].
    pub fn url_safe(mut self) -> Self {
        self.only = Some(CharacterSet::URL_SAFE);
        self
    }

    /// An entry of `Required`: at least `count` characters of `alphabet`, which become part of the password's
    /// alphabet. Entries may overlap; each is counted by itself.
    pub fn require(mut self, alphabet: &str, count: usize) -> Self {
        self.required.push((alphabet.to_owned(), count));
        self
    }

    /// `RequireEachIncludedType: false`: a type of character may be missing by chance (unless the engine wants it).
    pub fn types_optional(mut self) -> Self {
        self.types_optional = true;
        self
    }

    /// `FirstCharacter: letter`.
    pub fn first_letter(mut self) -> Self {
        self.first = Some(CharacterSet::LETTERS);
        self
    }

    /// `AllowWeak`: less than [`MIN_ENTROPY_BITS`] is not refused.
    pub fn allow_weak(mut self) -> Self {
        self.weak_allowed = true;
        self
    }

    /// Checks that the options can be met, together and by the engine.
    pub fn build(self) -> Result<Policy, PolicyError> {
        let lengths = self.engine.map_or(1..=MAX_LENGTH, Engine::lengths);
        let alphabet = self.resulting_alphabet()?;
        let requirements = self.requirements(alphabet)?;
        let first = self.first.unwrap_or(alphabet).intersection(alphabet);
        if first.is_empty() {
            return Err(PolicyError::NoFirstCharacter);
        }
        let mut strings = UniformStrings::new(alphabet, first, &requirements)?;
        let length = match (self.length, self.entropy) {
            (Some(_), Some(_)) => return Err(PolicyError::LengthAndEntropy),
            (None, Some(bits)) => shortest(&mut strings, bits, lengths, self.engine)?,
            (length, None) => {
                let length = length
                    .unwrap_or_else(|| DEFAULT_LENGTH.clamp(*lengths.start(), *lengths.end()));
                if !lengths.contains(&length) {
                    return Err(PolicyError::LengthOutOfRange {
                        accepted: lengths,
                        engine: self.engine,
                    });
                }
                grow(&mut strings, length)?;
                length
            }
        };
        let bits = strings.entropy_bits(length);
        if bits == f64::NEG_INFINITY {
            return Err(PolicyError::TooShort { length });
        }
        if bits < MIN_ENTROPY_BITS && !self.weak_allowed {
            return Err(PolicyError::Weak { bits });
        }
        Ok(Policy { length, strings })
    }

    /// What the password is drawn from, after every inclusion and exclusion.
    fn resulting_alphabet(&self) -> Result<CharacterSet, PolicyError> {
        let chosen = match &self.alphabet {
            Some(text) => {
                self.accepted(PolicyOption::Alphabet, parse(PolicyOption::Alphabet, text)?)?
            }
            None => DEFAULT_ALPHABET,
        };
        if self.included.contains(' ') {
            self.accepted(PolicyOption::IncludeSpace, CharacterSet::SPACE)?;
        }
        let mut alphabet = chosen.union(self.included);
        for (text, _) in &self.required {
            let set = parse(PolicyOption::Required, text)?;
            alphabet = alphabet.union(self.accepted(PolicyOption::Required, set)?);
        }
        alphabet = alphabet
            .minus(self.excluded)
            .intersection(self.only.unwrap_or(CharacterSet::PRINTABLE))
            .intersection(
                self.engine
                    .map_or(CharacterSet::PRINTABLE, Engine::accepted),
            );
        if alphabet.is_empty() {
            Err(PolicyError::NoCharacterLeft)
        } else {
            Ok(alphabet)
        }
    }

    /// `set`, unless the engine refuses a character of it.
    fn accepted(
        &self,
        option: PolicyOption,
        set: CharacterSet,
    ) -> Result<CharacterSet, PolicyError> {
        match self.engine {
            Some(engine) if !set.is_subset_of(engine.accepted()) => {
                let characters = set.minus(engine.accepted());
                Err(PolicyError::NotAccepted {
                    option,
                    engine,
                    characters,
                })
            }
            _ => Ok(set),
        }
    }

    /// Everything that must occur: what the options ask for and what the engine wants.
    fn requirements(&self, alphabet: CharacterSet) -> Result<Vec<Requirement>, PolicyError> {
        let mut requirements = Vec::<Requirement>::new();
        let mut add = |set: CharacterSet, at_least: usize| match requirements
            .iter_mut()
            .find(|known| known.set == set)
        {
            Some(known) => known.at_least = known.at_least.max(at_least),
            None => requirements.push(Requirement { set, at_least }),
        };
        for (text, count) in &self.required {
            let set = CharacterSet::of(text).intersection(alphabet);
            if set.is_empty() && *count > 0 {
                return Err(PolicyError::RequiredIsExcluded);
            }
            add(set, *count);
        }
        for wanted in CharacterType::ALL {
            let set = wanted.characters().intersection(alphabet);
            match self
                .engine
                .filter(|engine| engine.required().contains(&wanted))
            {
                Some(engine) if set.is_empty() => {
                    return Err(PolicyError::EngineRequires { engine, wanted });
                }
                Some(_) => add(set, 1),
                None if set.is_empty() || self.types_optional => {}
                None => add(set, 1),
            }
        }
        Ok(requirements)
    }
}

/// The printable characters of an option's text, of which it must have at least one and nothing else.
fn parse(option: PolicyOption, text: &str) -> Result<CharacterSet, PolicyError> {
    let printable = text
        .chars()
        .all(|character| CharacterSet::PRINTABLE.contains(character));
    if text.is_empty() || !printable {
        return Err(PolicyError::NotPrintable { option });
    }
    Ok(CharacterSet::of(text))
}

fn grow(strings: &mut UniformStrings, length: usize) -> Result<(), TableTooLarge> {
    while strings.max_length() < length {
        strings.extend()?;
    }
    Ok(())
}

/// The shortest length that has `bits` of entropy.
fn shortest(
    strings: &mut UniformStrings,
    bits: u32,
    lengths: RangeInclusive<usize>,
    engine: Option<Engine>,
) -> Result<usize, PolicyError> {
    for length in lengths {
        grow(strings, length)?;
        if strings.entropy_bits(length) >= f64::from(bits) {
            return Ok(length);
        }
    }
    let possible = strings.entropy_bits(strings.max_length());
    Err(PolicyError::EntropyOutOfReach { engine, possible })
}

impl From<TableTooLarge> for PolicyError {
    fn from(_: TableTooLarge) -> Self {
        Self::TooManyRequirements
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    fn refusal(builder: PolicyBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn the_default_fits_every_engine_that_accepts_its_length() {
        let policy = Policy::default();
        assert_eq!(policy.length(), 32);
        let mut random = ChaCha12Rng::seed_from_u64(1);
        let text = policy.generate(&mut random).into_secret();
        for engine in Engine::ALL
            .into_iter()
            .filter(|engine| engine.lengths().contains(&32))
        {
            for required in engine.required() {
                assert!(
                    text.expose_secret()
                        .contains(|c| required.characters().contains(c)),
                    "{engine}"
                );
            }
            // The m that `directory-service` goes without only spells "admin" together with four others.
            let accepted = engine.accepted().union(CharacterSet::of("mM"));
            assert!(DEFAULT_ALPHABET.is_subset_of(accepted), "{engine}");
        }
    }

    #[test]
    fn every_engine_has_a_default_policy() {
        for engine in Engine::ALL {
            let policy = Policy::for_engine(engine);
            assert_eq!(
                policy.length(),
                if engine == Engine::Oracle { 30 } else { 32 }
            );
            assert!(policy.entropy_bits() > 170.0, "{engine}");
        }
    }

    #[test]
    fn lengths_outside_the_limits_are_refused() {
        let refused = |length| refusal(Policy::builder().length(length));
        assert_eq!(refused(0), "PasswordLength must be 1 to 4096");
        assert_eq!(refused(5000), "PasswordLength must be 1 to 4096");
        assert_eq!(
            refusal(Policy::builder().engine(Engine::MySql).length(64)),
            "PasswordLength must be 8 to 41 for engine mysql"
        );
        assert_eq!(
            Policy::builder().length(4096).build().unwrap().length(),
            4096
        );
    }

    #[test]
    fn weak_passwords_are_refused_unless_allowed() {
        let ten = Policy::builder().length(10);
        assert!(refusal(ten.clone()).starts_with("the password would have 5"));
        assert_eq!(ten.allow_weak().build().unwrap().length(), 10);
        assert_eq!(
            refusal(Policy::builder().length(3).allow_weak()),
            "a password of 3 characters has no room for all that it must contain: make it longer or require less"
        );
    }

    #[test]
    fn entropy_chooses_the_shortest_length() {
        let policy = Policy::builder().entropy(128).build().unwrap();
        let shorter = Policy::builder()
            .length(policy.length() - 1)
            .build()
            .unwrap();
        assert!(policy.entropy_bits() >= 128.0 && shorter.entropy_bits() < 128.0);
        assert_eq!(
            refusal(Policy::builder().engine(Engine::Oracle).entropy(256)),
            "Entropy must be at most 178 for engine oracle with these characters: ask for less"
        );
        assert_eq!(
            refusal(Policy::builder().entropy(128).length(32)),
            "PasswordLength and Entropy exclude each other: give one of them"
        );
    }

    #[test]
    fn what_the_engine_does_not_accept_is_refused_by_name() {
        let mysql = Policy::builder().engine(Engine::MySql);
        assert_eq!(
            refusal(mysql.clone().alphabet("abc/@")),
            r#"Alphabet brings in characters that engine mysql does not accept: leave out "/@""#
        );
        assert_eq!(
            refusal(mysql.include(CharacterType::Space)),
            r#"IncludeSpace brings in characters that engine mysql does not accept: leave out " ""#
        );
        assert_eq!(
            refusal(
                Policy::builder()
                    .engine(Engine::Redshift)
                    .exclude(CharacterType::Number)
            ),
            "engine redshift demands at least one digit, but the other options leave none: exclude fewer characters"
        );
    }

    #[test]
    fn contradictions_are_refused() {
        let digits = Policy::builder().alphabet("0123456789");
        assert!(matches!(
            digits.clone().first_letter().build(),
            Err(PolicyError::NoFirstCharacter)
        ));
        let nothing = digits.exclude(CharacterType::Number);
        assert!(matches!(nothing.build(), Err(PolicyError::NoCharacterLeft)));
        let excluded = Policy::builder().require("!#", 2).exclude_characters("#!");
        assert!(matches!(
            excluded.build(),
            Err(PolicyError::RequiredIsExcluded)
        ));
        for text in ["", "ä", "a\n"] {
            let built = Policy::builder().alphabet(text).build();
            assert!(
                matches!(built, Err(PolicyError::NotPrintable { .. })),
                "{text:?}"
            );
        }
        let counts = Policy::builder()
            .length(4096)
            .require("ab", 1000)
            .require("cd", 1000);
        assert!(matches!(
            counts.build(),
            Err(PolicyError::TooManyRequirements)
        ));
    }

    #[test]
    fn required_characters_join_the_alphabet() {
        let policy = Policy::builder().require("!#", 3).build().unwrap();
        let text = policy
            .generate(&mut ChaCha12Rng::seed_from_u64(1))
            .into_secret();
        assert!(text.expose_secret().matches(['!', '#']).count() >= 3);
    }

    /// Written down once, not to be replaced by what comes out: the same seed means the same password.
    #[test]
    fn a_seed_pins_the_password() {
        let policy = Policy::default();
        let text = policy
            .generate(&mut ChaCha12Rng::seed_from_u64(2016))
            .into_secret();
        assert_eq!(text.expose_secret(), "T9uPSN-i5grACRMQyNUOwhsKPtZxHfKL");
    }

    #[test]
    fn debug_output_of_a_policy_is_short() {
        let text = format!("{:?}", Policy::default());
        assert!(
            text.starts_with("Policy { length: 32, entropy_bits: 189."),
            "{text}"
        );
    }
}
