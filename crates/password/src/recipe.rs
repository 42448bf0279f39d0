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
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::engine::Engine;

    #[test]
    fn every_kind_reads_its_own_name_and_makes_a_strong_text() {
        let mut random = ChaCha12Rng::seed_from_u64(5);
        for kind in TextKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            let recipe = Recipe::new(kind, None, &Policy::builder()).unwrap();
            assert!(recipe.entropy_bits() >= 77.0, "{kind}");
            let (one, other) = (recipe.generate(&mut random), recipe.generate(&mut random));
            assert_ne!(one.expose_secret(), other.expose_secret());
        }
    }

    #[test]
    fn no_text_has_more_bytes_than_its_recipe_says() {
        let mut random = ChaCha12Rng::seed_from_u64(7);
        let plain = Policy::builder();
        let quotes = plain.clone().alphabet(r#""\"#).length(70);
        let exact = |kind, size| Recipe::new(kind, Some(size), &plain).unwrap();
        let recipes = [
            (Recipe::new(TextKind::Uuid, None, &plain).unwrap(), 36),
            (exact(TextKind::Password, 33), 33),
            (exact(TextKind::Hex, 33), 66),
            (exact(TextKind::Base64, 33), 44),
            (exact(TextKind::Base64, 34), 48),
            (exact(TextKind::Base64Url, 34), 46),
            (Recipe::Username(Username::new(9).unwrap()), 9),
            (Recipe::document(r#"{"a": "é{{generate:uuid}}", "b": "{{generate:hex:8}}"}"#, &plain).unwrap(), 72),
            (Recipe::document(r#"{"a": "{{generate}}"}"#, &quotes).unwrap(), 149),
        ];
        for (recipe, bytes) in recipes {
            assert_eq!(recipe.max_bytes(), bytes, "{recipe:?}");
            assert_eq!(recipe.generate(&mut random).expose_secret().len(), bytes, "{recipe:?}");
        }
        let words = exact(TextKind::Passphrase, 128);
        assert_eq!(words.max_bytes(), 1279);
        assert!((0..100).all(|_| words.generate(&mut random).expose_secret().len() <= 1279));
        let with_key = Recipe::with_key(r#"{"a":1}"#, "k\"", exact(TextKind::Password, 40)).unwrap();
        assert_eq!(with_key.generate(&mut random).expose_secret().len(), with_key.max_bytes());
    }

    #[test]
    fn no_kind_makes_what_a_program_takes_for_an_option() {
        let mut random = ChaCha12Rng::seed_from_u64(5);
        let plain = Policy::builder();
        let wide = || plain.clone().include(CharacterType::Punctuation).include(CharacterType::Space);
        let mut recipes: Vec<_> = TextKind::ALL.iter().map(|kind| Recipe::new(*kind, None, &plain).unwrap()).collect();
        recipes.push(Recipe::new(TextKind::Password, None, &wide()).unwrap());
        recipes.push(Recipe::new(TextKind::Password, None, &wide().types_optional()).unwrap());
        recipes.push(Recipe::new(TextKind::Password, None, &plain.clone().url_safe()).unwrap());
        recipes
            .push(Recipe::new(TextKind::Password, None, &plain.clone().alphabet("abcdefgh-").require("-", 9)).unwrap());
        recipes.push(Recipe::Username(Username::new(8).unwrap()));
        for engine in Engine::ALL {
            recipes.push(Recipe::new(TextKind::Password, None, &plain.clone().engine(engine)).unwrap());
            recipes.push(Recipe::new(TextKind::Password, None, &wide_for(engine)).unwrap());
        }
        for recipe in &recipes {
            assert!((0..2_000).all(|_| !recipe.generate(&mut random).expose_secret().starts_with('-')), "{recipe:?}");
        }
        let json = r#"{"a": "{{generate}}", "b": "{{generate:base64url}}", "c": "{{generate:passphrase:8}}"}"#;
        let document = Recipe::document(json, &plain).unwrap();
        assert!((0..2_000).all(|_| !document.generate(&mut random).expose_secret().contains(r#""-"#)));
        for kind in [TextKind::Password, TextKind::Base64Url] {
            let recipe = Recipe::new(kind, None, &plain.clone().first_any()).unwrap();
            assert!((0..2_000).any(|_| recipe.generate(&mut random).expose_secret().starts_with('-')), "{kind}");
        }
    }

    fn wide_for(engine: Engine) -> PolicyBuilder {
        Policy::builder().engine(engine).include(CharacterType::Punctuation)
    }

    #[test]
    fn a_uuid_is_of_version_4() {
        let recipe = Recipe::new(TextKind::Uuid, None, &Policy::builder()).unwrap();
        let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(5)).into_secret();
        let uuid: uuid::Uuid = text.expose_secret().parse().unwrap();
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (4, uuid::Variant::RFC4122));
        assert_eq!(text.expose_secret().len(), 36);
    }

    #[test]
    fn sizes_and_combinations_that_make_no_sense_are_refused() {
        let refusal = |kind, size, options: &PolicyBuilder| Recipe::new(kind, size, options).unwrap_err().to_string();
        let plain = Policy::builder();
        assert_eq!(refusal(TextKind::Hex, Some(0), &plain), "Bytes must be 1 to 2048, not 0");
        assert_eq!(refusal(TextKind::Passphrase, Some(129), &plain), "Words must be 1 to 128, not 129");
        assert!(refusal(TextKind::Uuid, Some(4), &plain).starts_with("the kind uuid always has 122 bits"));
        assert!(refusal(TextKind::Base64, Some(7), &plain).starts_with("the password would have 56.0 bits"));
        assert!(Recipe::new(TextKind::Base64, Some(7), &plain.clone().allow_weak()).is_ok());
        assert!(Recipe::new(TextKind::Base64Url, Some(8), &plain).is_ok());
        for options in [plain.clone().engine(Engine::MySql), plain.clone().length(8), plain.clone().url_safe()] {
            assert!(refusal(TextKind::Hex, None, &options).ends_with("not for hex: leave them out"));
        }
        let refused = refusal(TextKind::Hex, Some(8), &plain.entropy(128));
        assert_eq!(refused, "Bytes and Entropy exclude each other: give one of them");
    }

    #[test]
    fn every_kind_but_one_reaches_the_entropy_asked_for() {
        let options = Policy::builder().entropy(100);
        for (kind, bits) in [
            (TextKind::Password, 100.0..106.0),
            (TextKind::Alphanumeric, 100.0..106.0),
            (TextKind::Hex, 104.0..104.1),
            (TextKind::Base64, 104.0..104.1),
            (TextKind::Base64Url, 103.97..104.0), // 13 bytes, and no hyphen first
            (TextKind::Passphrase, 103.0..104.0),
        ] {
            let recipe = Recipe::new(kind, None, &options).unwrap();
            assert!(bits.contains(&recipe.entropy_bits()), "{kind}: {}", recipe.entropy_bits());
        }
        assert!(Recipe::new(TextKind::Uuid, None, &options).is_err());
    }

    #[test]
    fn alphanumeric_holds_letters_and_digits_alone() {
        let recipe = Recipe::new(TextKind::Alphanumeric, Some(500), &Policy::builder()).unwrap();
        let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(5)).into_secret();
        assert!(text.expose_secret().chars().all(|character| character.is_ascii_alphanumeric()));
        assert_eq!(text.expose_secret().len(), 500);
    }
}
