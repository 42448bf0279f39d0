//! [`Recipe`]: the kinds of text that can be generated, under one roof.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::builder::PolicyBuilder;
use crate::character_set::CharacterType;
use crate::error::PolicyError;
use crate::passphrase::Passphrase;
use crate::policy::{MIN_ENTROPY_BITS, Policy};
use crate::random_bytes::{Encoding, LeadingHyphen, RandomBytes};
use crate::secret_string_template::{self, NEEDS_ESCAPE, SecretStringTemplate, SecretStringTemplateError};
use crate::secret_text::Password;
use crate::username::Username;

/// A kind of text, as the property `Kind` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// `alphanumeric`: a password without punctuation. Its size is in characters.
    Alphanumeric,
    /// `base64`: see [`Encoding::Base64`]. Its size is in bytes before encoding.
    Base64,
    /// `base64url`: see [`Encoding::Base64Url`]. Its size is in bytes before encoding.
    Base64Url,
    /// `hex`: see [`Encoding::Hex`]. Its size is in bytes, of two digits each.
    Hex,
    /// `passphrase`: see [`Passphrase`]. Its size is in words.
    Passphrase,
    /// `password`: see [`Policy`]. Its size is in characters.
    #[default]
    Password,
    /// `uuid`: version 4 of RFC 9562, 122 random bits. It has no size.
    Uuid,
}

impl TextKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Password, Self::Passphrase, Self::Alphanumeric, Self::Hex, Self::Base64, Self::Base64Url, Self::Uuid];

    /// Whether the options of a password are its own, too.
    pub(crate) const fn is_made_of_characters(self) -> bool {
        match self {
            Self::Alphanumeric | Self::Password => true,
            Self::Base64 | Self::Base64Url | Self::Hex | Self::Passphrase | Self::Uuid => false,
        }
    }

    /// Its name in a template.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alphanumeric => "alphanumeric",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Hex => "hex",
            Self::Passphrase => "passphrase",
            Self::Password => "password",
            Self::Uuid => "uuid",
        }
    }
}

/// A name that is no kind's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", TextKind::ALL.map(TextKind::name).join(", "))]
pub struct UnknownKind;

impl FromStr for TextKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

impl fmt::Display for TextKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How to make a text of some kind. Like a [`Policy`], it always can.
#[derive(Clone, Debug)]
pub enum Recipe {
    /// Random bytes as text.
    Bytes(RandomBytes),
    /// A JSON object with generated values in it.
    Document(SecretStringTemplate),
    /// Words.
    Passphrase(Passphrase),
    /// Characters.
    Password(Policy),
    /// A name for a user, which need not be hard to guess.
    Username(Username),
    /// A random UUID.
    Uuid,
}

impl Recipe {
    /// A recipe for `kind`, in the given size; with none, in the size that has the options' entropy, or the kind's own.
    ///
    /// Kinds that are not made of characters take only [`PolicyBuilder::entropy`] and [`PolicyBuilder::allow_weak`] of the
    /// `options` and refuse all others, which they could not heed.
    pub fn new(kind: TextKind, size: Option<usize>, options: &PolicyBuilder) -> Result<Self, RecipeError> {
        if !kind.is_made_of_characters() && *options != options.beyond_characters() {
            return Err(RecipeError::NotMadeOfCharacters { kind });
        }
        let recipe = match kind {
            TextKind::Alphanumeric => Self::password(options.clone().exclude(CharacterType::Punctuation), size)?,
            TextKind::Base64 => Self::Bytes(bytes(Encoding::Base64, size, options)?),
            TextKind::Base64Url => Self::Bytes(bytes(Encoding::Base64Url, size, options)?),
            TextKind::Hex => Self::Bytes(bytes(Encoding::Hex, size, options)?),
            TextKind::Passphrase => Self::Passphrase(Passphrase::new(words(size, options)?)),
            TextKind::Password => Self::password(options.clone(), size)?,
            TextKind::Uuid if size.is_none() && options.bits().is_none() => Self::Uuid,
            TextKind::Uuid => return Err(RecipeError::UuidHasOneSize),
        };
        let bits = recipe.strength_bits();
        if bits < MIN_ENTROPY_BITS && !options.allows_weak() {
            return Err(RecipeError::Policy(PolicyError::Weak { bits }));
        }
        Ok(recipe)
    }

    /// What the rule against weak ones goes by. Bytes count in full: that no text begins with a hyphen takes a fortieth of
    /// a bit, and must not refuse a size that is strong enough.
    fn strength_bits(&self) -> f64 {
        match self {
            Self::Bytes(bytes) => bytes.bits_of_bytes(),
            Self::Document(_) | Self::Passphrase(_) | Self::Password(_) | Self::Username(_) | Self::Uuid => {
                self.entropy_bits()
            }
        }
    }

    fn password(options: PolicyBuilder, length: Option<usize>) -> Result<Self, PolicyError> {
        let options = length.into_iter().fold(options, PolicyBuilder::length);
        options.build().map(Self::Password)
    }

    /// A recipe for a JSON object, whose placeholders [`SecretStringTemplate`] explains; `options` are those of its passwords.
    pub fn document(json: &str, options: &PolicyBuilder) -> Result<Self, SecretStringTemplateError> {
        SecretStringTemplate::parse(json, options).map(Self::Document)
    }

    /// A recipe for the JSON object with one more field, `key`, which holds what `recipe` makes; a field of that name
    /// is replaced. The object has no placeholders.
    pub fn with_key(json: &str, key: &str, recipe: Self) -> Result<Self, SecretStringTemplateError> {
        if json.contains(secret_string_template::OPEN) {
            return Err(SecretStringTemplateError::KeyAndPlaceholder);
        }
        SecretStringTemplate::with_key(json, key, recipe).map(Self::Document)
    }

    /// Makes one. All that the recipe can make are equally likely.
    pub fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Password {
        match self {
            Self::Bytes(bytes) => bytes.generate(random),
            Self::Document(template) => template.generate(random),
            Self::Passphrase(passphrase) => passphrase.generate(random),
            Self::Password(policy) => policy.generate(random),
            Self::Username(username) => username.generate(random),
            Self::Uuid => uuid(random),
        }
    }

    /// The most bytes that a text of it may have: what a store must hold before one is made.
    pub fn max_bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.text_bytes(),
            Self::Document(template) => template.max_bytes(),
            Self::Passphrase(passphrase) => passphrase.max_bytes(),
            Self::Password(policy) => policy.length(),
            Self::Username(username) => username.length(),
            Self::Uuid => uuid::fmt::Hyphenated::LENGTH,
        }
    }

    /// The same inside a JSON string, where some characters are written as two.
    pub(crate) fn max_json_bytes(&self) -> usize {
        match self {
            Self::Password(policy) if policy.has_any_of(&NEEDS_ESCAPE) => 2 * policy.length(),
            Self::Bytes(_)
            | Self::Document(_)
            | Self::Passphrase(_)
            | Self::Password(_)
            | Self::Username(_)
            | Self::Uuid => self.max_bytes(),
        }
    }

    /// The cells of the tables that it is drawn from: most of the memory that it takes.
    pub(crate) fn table_cells(&self) -> usize {
        match self {
            Self::Password(policy) => policy.strings.cells(),
            Self::Username(_) | Self::Bytes(_) | Self::Document(_) | Self::Passphrase(_) | Self::Uuid => 0,
        }
    }

    /// The entropy in bits: the base-2 logarithm of the number of texts that it can make; of a document, that of its
    /// weakest value.
    pub fn entropy_bits(&self) -> f64 {
        match self {
            Self::Bytes(bytes) => bytes.entropy_bits(),
            Self::Document(template) => template.entropy_bits(),
            Self::Passphrase(passphrase) => passphrase.entropy_bits(),
            Self::Password(policy) => policy.entropy_bits(),
            Self::Username(username) => username.entropy_bits(),
            Self::Uuid => 122.0, // RFC 9562 §5.4: 128 bits, of which version and variant take six
        }
    }
}

fn uuid<R: CryptoRng + ?Sized>(random: &mut R) -> Password {
    let mut bytes = Zeroizing::new([0; 16]);
    random.fill_bytes(&mut *bytes);
    let uuid = uuid::Builder::from_random_bytes(*bytes).into_uuid();
    let mut buffer = Zeroizing::new(uuid::Uuid::encode_buffer());
    Password::new(uuid.hyphenated().encode_lower(&mut *buffer).to_owned())
}

fn bytes(encoding: Encoding, size: Option<usize>, options: &PolicyBuilder) -> Result<RandomBytes, RecipeError> {
    let bytes = resulting_size(size, options, f64::from(u8::BITS), Unit::Bytes)?.unwrap_or(RandomBytes::DEFAULT_BYTES);
    let bytes = check(bytes, 1..=RandomBytes::MAX_BYTES, Unit::Bytes)?;
    let allowed = options.allows_leading_hyphen();
    let leading_hyphen = if allowed { LeadingHyphen::Allowed } else { LeadingHyphen::Never };
    Ok(RandomBytes::new(encoding, bytes, leading_hyphen))
}

fn words(size: Option<usize>, options: &PolicyBuilder) -> Result<usize, RecipeError> {
    let one = Passphrase::new(1).entropy_bits();
    let words = resulting_size(size, options, one, Unit::Words)?.unwrap_or(Passphrase::DEFAULT_WORDS);
    check(words, 1..=Passphrase::MAX_WORDS, Unit::Words)
}

/// The size that was asked for, as a number of units or as their entropy, if any was.
fn resulting_size(
    size: Option<usize>,
    options: &PolicyBuilder,
    bits_of_one: f64,
    unit: Unit,
) -> Result<Option<usize>, RecipeError> {
    match (size, options.bits()) {
        (Some(_), Some(_)) => Err(RecipeError::SizeAndEntropy { unit }),
        (None, Some(bits)) => Ok(Some((f64::from(bits) / bits_of_one).ceil() as usize)),
        (size, None) => Ok(size),
    }
}

fn check(size: usize, accepted: RangeInclusive<usize>, unit: Unit) -> Result<usize, RecipeError> {
    if accepted.contains(&size) { Ok(size) } else { Err(RecipeError::SizeOutOfRange { accepted, unit, given: size }) }
}

/// Options that no recipe can be made of.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// An engine, a length, an alphabet: none of it is about this kind.
    #[error(
        "Engine, PasswordLength and the options about characters are for the kinds password and alphanumeric, not for \
         {kind}: leave them out"
    )]
    NotMadeOfCharacters {
        /// The kind that was asked for.
        kind: TextKind,
    },
    /// The password's own.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Two ways to say how long.
    #[error("{unit} and Entropy exclude each other: give one of them")]
    SizeAndEntropy {
        /// What the size counts.
        unit: Unit,
    },
    /// Too small or too large.
    #[error("{unit} must be {} to {}, not {given}", .accepted.start(), .accepted.end())]
    SizeOutOfRange {
        /// Sizes that are neither.
        accepted: RangeInclusive<usize>,
        /// What they count.
        unit: Unit,
        /// The size that was asked for.
        given: usize,
    },
    /// A UUID is as long as it is.
    #[error("the kind uuid always has 122 bits of entropy: leave its size and Entropy out")]
    UuidHasOneSize,
}

/// What a size counts; shown in the spelling of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `Bytes`, before encoding.
    Bytes,
    /// `Words` of a passphrase.
    Words,
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests;
