//! [`PolicyBuilder`]: the options of a policy, and the checks that they can be met together.

use std::ops::RangeInclusive;

use crate::character_set::{CharacterSet, CharacterType};
use crate::engine::Engine;
use crate::error::{PolicyError, PolicyOption};
use crate::policy::{MAX_LENGTH, MIN_ENTROPY_BITS, Policy};
use crate::uniform::{Requirement, TableTooLarge, UniformStrings};
use crate::whole::{MIN_LOG2_SHARE, WholeStrings};

/// The length where neither `PasswordLength` nor `Entropy` is given (Secrets Manager's own).
const DEFAULT_LENGTH: usize = 32;

/// The most entries of `Required`: each that asks for a character doubles the table at least, so that 20 are the most
/// that can be counted; those that ask for none only add characters, of which there are 95.
const MAX_REQUIRED: usize = 128;

/// What passwords are made of by default: nearly all targets of [`Engine`] accept these, shells and URLs leave them
/// alone. The hyphen is the one such character that is neither a letter nor a digit.
pub(crate) const DEFAULT_ALPHABET: CharacterSet = CharacterSet::ALPHANUMERIC.union(CharacterSet::of("-"));

/// What a password may begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum First {
    /// Anything but a hyphen: a program that is given such a password as an argument of its own takes it for an option.
    #[default]
    NoHyphen,
    Letter,
    Any,
}

impl First {
    const fn characters(self) -> CharacterSet {
        match self {
            Self::NoHyphen => CharacterSet::PRINTABLE.minus(CharacterSet::of("-")),
            Self::Letter => CharacterSet::LETTERS,
            Self::Any => CharacterSet::PRINTABLE,
        }
    }
}

/// Collects the options of a [`Policy`], in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    first: First,
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
        self.first = First::Letter;
        self
    }

    /// `FirstCharacter: any`: the hyphen, too.
    pub fn first_any(mut self) -> Self {
        self.first = First::Any;
        self
    }

    /// `AllowWeak`: less than [`MIN_ENTROPY_BITS`] is not refused.
    pub fn allow_weak(mut self) -> Self {
        self.weak_allowed = true;
        self
    }

    /// What is left of the options for a secret that is not made of characters.
    pub(crate) fn beyond_characters(&self) -> Self {
        let first = if self.first == First::Any { First::Any } else { First::default() };
        Self { entropy: self.entropy, weak_allowed: self.weak_allowed, first, ..Self::default() }
    }

    /// For a secret that says its size itself.
    pub(crate) fn without_size(self) -> Self {
        Self { length: None, entropy: None, ..self }
    }

    /// The entropy that was asked for.
    pub(crate) fn bits(&self) -> Option<u32> {
        self.entropy
    }

    pub(crate) fn allows_leading_hyphen(&self) -> bool {
        self.first == First::Any
    }

    pub(crate) fn allows_weak(&self) -> bool {
        self.weak_allowed
    }

    /// Checks that the options can be met, together and by the engine.
    pub fn build(self) -> Result<Policy, PolicyError> {
        let alphabet = self.resulting_alphabet()?;
        let requirements = self.requirements(alphabet)?;
        let first = self.first.characters().intersection(alphabet);
        if first.is_empty() {
            let hyphens = self.first == First::NoHyphen;
            return Err(if hyphens { PolicyError::OnlyHyphens } else { PolicyError::NoFirstCharacter });
        }
        let mut strings = UniformStrings::new(alphabet, first, &requirements)?;
        let length = self.resulting_length(&mut strings)?;
        let bits = strings.entropy_bits(length);
        if bits == f64::NEG_INFINITY {
            return Err(PolicyError::TooShort { length });
        }
        if bits < MIN_ENTROPY_BITS && !self.weak_allowed {
            return Err(PolicyError::Weak { bits });
        }
        let often = bits - length as f64 * (alphabet.characters().count() as f64).log2() >= MIN_LOG2_SHARE;
        let whole = often.then(|| WholeStrings::new(alphabet, first, &requirements)).flatten();
        Ok(Policy { length, strings, whole })
    }

    /// The length that was asked for, the default one, or the shortest that has the entropy. `strings` can be
    /// counted up to it afterwards.
    fn resulting_length(&self, strings: &mut UniformStrings) -> Result<usize, PolicyError> {
        let accepted = self.engine.map_or(1..=MAX_LENGTH, Engine::lengths);
        let length = match (self.length, self.entropy) {
            (Some(_), Some(_)) => return Err(PolicyError::LengthAndEntropy),
            (Some(length), None) => length,
            (None, Some(bits)) => return self.shortest(f64::from(bits), accepted, strings),
            (None, None) => DEFAULT_LENGTH.clamp(*accepted.start(), *accepted.end()),
        };
        if !accepted.contains(&length) {
            return Err(PolicyError::LengthOutOfRange { accepted, engine: self.engine, given: length });
        }
        extend(strings, length)?;
        Ok(length)
    }

    /// The shortest of the `accepted` lengths that has so many bits of entropy.
    fn shortest(
        &self,
        bits: f64,
        accepted: RangeInclusive<usize>,
        strings: &mut UniformStrings,
    ) -> Result<usize, PolicyError> {
        for length in accepted {
            extend(strings, length)?;
            if strings.entropy_bits(length) >= bits {
                return Ok(length);
            }
        }
        let possible = strings.entropy_bits(strings.max_length());
        Err(PolicyError::EntropyOutOfReach { engine: self.engine, possible })
    }

    /// What the password is drawn from, after every inclusion and exclusion.
    fn resulting_alphabet(&self) -> Result<CharacterSet, PolicyError> {
        let chosen = match &self.alphabet {
            Some(text) => self.accepted(PolicyOption::Alphabet, parse(PolicyOption::Alphabet, text)?)?,
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
            .intersection(self.engine.map_or(CharacterSet::PRINTABLE, Engine::accepted));
        if alphabet.is_empty() { Err(PolicyError::NoCharacterLeft) } else { Ok(alphabet) }
    }

    /// `set`, unless the engine refuses a character of it.
    fn accepted(&self, option: PolicyOption, set: CharacterSet) -> Result<CharacterSet, PolicyError> {
        match self.engine {
            Some(engine) if !set.is_subset_of(engine.accepted()) => {
                let characters = set.minus(engine.accepted());
                Err(PolicyError::NotAccepted { option, engine, characters })
            }
            _ => Ok(set),
        }
    }

    /// Everything that must occur: what the options ask for and what the engine wants.
    fn requirements(&self, alphabet: CharacterSet) -> Result<Vec<Requirement>, PolicyError> {
        if self.required.len() > MAX_REQUIRED {
            return Err(PolicyError::TooManyRequirements);
        }
        let mut requirements = Vec::<Requirement>::new();
        let mut add = |set: CharacterSet, at_least: usize| match requirements.iter_mut().find(|known| known.set == set)
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
            match self.engine.filter(|engine| engine.required().contains(&wanted)) {
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
    let printable = text.chars().all(|character| CharacterSet::PRINTABLE.contains(character));
    if text.is_empty() || !printable {
        return Err(PolicyError::NotPrintable { option });
    }
    Ok(CharacterSet::of(text))
}

fn extend(strings: &mut UniformStrings, length: usize) -> Result<(), TableTooLarge> {
    while strings.max_length() < length {
        strings.extend()?;
    }
    Ok(())
}

impl From<TableTooLarge> for PolicyError {
    fn from(_: TableTooLarge) -> Self {
        Self::TooManyRequirements
    }
}

#[cfg(test)]
mod tests;
