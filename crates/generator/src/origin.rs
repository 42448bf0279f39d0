//! Where a new value comes from: which of the properties say so, and whether they can be met together.
//!
//! Asked only when a value is made: a rule that a later release tightens must not refuse the Update that rolls a stack
//! back.

mod fields;

use lambda_function::properties::Empty;
use password::{
    CharacterType, GenerateSecretString, KeyPairSpec, Policy, PolicyBuilder, PolicyError, PrivateKeyFormat, Recipe,
    RecipeError, SecretStringTemplateError, TextKind, UnknownKeyFormat, UnknownKeySize, Username,
};
use secrecy::{ExposeSecret, SecretString};
use secret_store::seal::MAX_VALUE_BYTES;

use fields::FieldError;

use crate::properties::GeneratorProperties;
use crate::properties::types::{FirstCharacter, KeyFormat, KindProperty, Number};

/// How a value comes about.
#[derive(Debug)]
pub(crate) enum Origin<'a> {
    /// Drawn at random.
    Generated(Recipe),
    /// A key pair, of which the private half is the value.
    KeyPair(KeyPairSpec, PrivateKeyFormat),
    /// Given as it is.
    Value(&'a SecretString),
    /// Given as a KMS ciphertext.
    EncryptedValue(&'a [u8]),
}

/// Properties that cannot be met together.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// Two that exclude each other.
    #[error("property {option} cannot stand beside {other}: leave one of them out")]
    Beside {
        /// The one.
        option: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A size that this kind does not have.
    #[error("property {option} is for {kinds}: leave it out, or change Kind")]
    SizeOfAnotherKind {
        /// The size.
        option: &'static str,
        /// The kinds that have it.
        kinds: &'static str,
    },
    /// An empty string where a text must be.
    #[error("property {}", Empty(.0))]
    Empty(&'static str),
    /// A user name that some engine does not take.
    #[error(
        "property UsernameLength: must be {least} to {most}, not {0}",
        least = Username::MIN_LENGTH,
        most = Username::MAX_LENGTH
    )]
    UsernameLength(usize),
    /// No value, or more than an item of the table can hold.
    #[error("property Value: must be 1 to {MAX_VALUE_BYTES} bytes of text")]
    ValueSize,
    /// The properties of a password.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Those of another kind.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The template.
    #[error(transparent)]
    SecretStringTemplate(#[from] SecretStringTemplateError),
    /// A field of the object that is made.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The size of a key pair.
    #[error(transparent)]
    KeySize(#[from] UnknownKeySize),
    /// Its format.
    #[error(transparent)]
    KeyFormat(#[from] UnknownKeyFormat),
}

impl GeneratorProperties {
    /// Where a new value comes from.
    pub(crate) fn origin(&self) -> Result<Origin<'_>, OriginError> {
        self.nothing_empty()?;
        if let Some(value) = &self.value {
            self.nothing_beside("Value", &["Value"])?;
            let size = value.0.expose_secret().len();
            return if (1..=MAX_VALUE_BYTES).contains(&size) {
                Ok(Origin::Value(&value.0))
            } else {
                Err(OriginError::ValueSize)
            };
        }
        if let Some(value) = &self.encrypted_value {
            self.nothing_beside("EncryptedValue", &["EncryptedValue"])?;
            return Ok(Origin::EncryptedValue(&value.0));
        }
        if let Some(block) = &self.generate_secret_string {
            self.nothing_beside("GenerateSecretString", &["GenerateSecretString", "Engine"])?;
            let block = GenerateSecretString::from(block);
            if let Some(json) = &block.secret_string_template {
                fields::check(json, block.generate_string_key.as_deref())?;
            }
            return Ok(Origin::Generated(block.recipe(self.engine.map(|engine| engine.0))?));
        }
        match self.kind.unwrap_or_default() {
            KindProperty::KeyPair(algorithm) => {
                self.nothing_beside("a Kind of key pair", &["Kind", "KeySize", "KeyFormat"])?;
                let spec = KeyPairSpec::new(algorithm, self.key_size.map(|size| size.0))?;
                let format = spec.format(self.key_format.map(KeyFormat::private_key_format))?;
                Ok(Origin::KeyPair(spec, format))
            }
            KindProperty::Text(kind) => self.recipe(kind).map(Origin::Generated),
        }
    }

    /// How to make a text, or a JSON object with texts in it.
    fn recipe(&self, kind: TextKind) -> Result<Recipe, OriginError> {
        let size = self.size(kind)?;
        let options = self.options();
        let field = || Recipe::new(kind, size, &options);
        let template = self.secret_string_template.as_deref();
        fields::check(template.unwrap_or("{}"), self.generate_string_key.as_deref())?;
        match (template, &self.generate_string_key, self.username_length) {
            (None, None, None) => Ok(field()?),
            (template, Some(key), None) => Ok(Recipe::with_key(template.unwrap_or("{}"), key, field()?)?),
            (Some(json), None, None) => {
                if self.kind.is_some() {
                    return beside(
                        "Kind",
                        "a SecretStringTemplate with placeholders, which name their kind themselves",
                    );
                }
                Ok(Recipe::document(json, &options)?)
            }
            (None, None, Some(Number(length))) => {
                if !(Username::MIN_LENGTH..=Username::MAX_LENGTH).contains(&length) {
                    return Err(OriginError::UsernameLength(length));
                }
                field()?; // with its own errors; those of the template speak of placeholders that the user did not write
                let size = size.map(|size| format!(":{size}")).unwrap_or_default();
                let json = format!(
                    r#"{{"username":"{{{{generate:username:{length}}}}}","password":"{{{{generate:{kind}{size}}}}}"}}"#
                );
                Ok(Recipe::document(&json, &options)?)
            }
            (_, Some(_), Some(_)) => beside("UsernameLength", "GenerateStringKey"),
            (Some(_), None, Some(_)) => beside("UsernameLength", "SecretStringTemplate"),
        }
    }

    /// The size that belongs to the kind; another kind's is refused. Characters are an option of the policy.
    fn size(&self, kind: TextKind) -> Result<Option<usize>, OriginError> {
        let (of_bytes, of_words) = match kind {
            TextKind::Hex | TextKind::Base64 | TextKind::Base64Url => (true, false),
            TextKind::Passphrase => (false, true),
            TextKind::Password | TextKind::Alphanumeric | TextKind::Uuid => (false, false),
        };
        for (option, misplaced, kinds) in [
            ("Bytes", self.bytes.is_some() && !of_bytes, "the kinds hex, base64 and base64url"),
            ("Words", self.words.is_some() && !of_words, "the kind passphrase"),
            ("KeySize", self.key_size.is_some(), "the kind rsa"),
            ("KeyFormat", self.key_format.is_some(), "the kinds of key pairs"),
        ] {
            if misplaced {
                return Err(OriginError::SizeOfAnotherKind { option, kinds });
            }
        }
        Ok(self.bytes.map(|bytes| bytes.0).or(self.words.map(|words| words.0)))
    }

    /// The options of passwords.
    fn options(&self) -> PolicyBuilder {
        let yes = |flag: Option<bool>| flag == Some(true);
        let mut policy = Policy::builder();
        for (flag, excluded) in [
            (self.exclude_lowercase, CharacterType::Lowercase),
            (self.exclude_uppercase, CharacterType::Uppercase),
            (self.exclude_numbers, CharacterType::Number),
            (self.exclude_punctuation, CharacterType::Punctuation),
        ] {
            policy = if yes(flag) { policy.exclude(excluded) } else { policy };
        }
        for (flag, option) in [
            (
                yes(self.include_space),
                (|policy| policy.include(CharacterType::Space)) as fn(PolicyBuilder) -> PolicyBuilder,
            ),
            // By default the one punctuation character is the hyphen; whoever says so gets them all.
            (self.exclude_punctuation == Some(false), |policy| policy.include(CharacterType::Punctuation)),
            (self.require_each_included_type == Some(false), PolicyBuilder::types_optional),
            (yes(self.exclude_ambiguous), PolicyBuilder::exclude_ambiguous),
            (self.first_character == Some(FirstCharacter::Letter), PolicyBuilder::first_letter),
            (self.first_character == Some(FirstCharacter::Any), PolicyBuilder::first_any),
            (yes(self.url_safe), PolicyBuilder::url_safe),
            (yes(self.allow_weak), PolicyBuilder::allow_weak),
        ] {
            policy = if flag { option(policy) } else { policy };
        }
        policy = self.engine.iter().fold(policy, |policy, engine| policy.engine(engine.0));
        policy = self.password_length.iter().fold(policy, |policy, length| policy.length(length.0));
        let entropy = self.entropy.map(|bits| u32::try_from(bits.0).unwrap_or(u32::MAX));
        policy = entropy.into_iter().fold(policy, PolicyBuilder::entropy);
        policy = self.alphabet.iter().fold(policy, |policy, alphabet| policy.alphabet(alphabet));
        policy = self.exclude_characters.iter().fold(policy, |policy, excluded| policy.exclude_characters(excluded));
        self.required.iter().flatten().fold(policy, |policy, entry| policy.require(&entry.alphabet, entry.count.0))
    }

    /// Refuses the texts that would shape nothing, as if they had been left out, or everything.
    fn nothing_empty(&self) -> Result<(), OriginError> {
        let value = self.value.as_ref().map(|value| value.0.expose_secret());
        let texts = [
            ("Value", value),
            ("Alphabet", self.alphabet.as_deref()),
            ("SecretStringTemplate", self.secret_string_template.as_deref()),
            ("GenerateStringKey", self.generate_string_key.as_deref()),
        ];
        match texts.into_iter().find(|(_, text)| *text == Some("")) {
            Some((option, _)) => Err(OriginError::Empty(option)),
            None => Ok(()),
        }
    }

    /// Refuses every property that shapes a value but those `allowed`.
    fn nothing_beside(&self, other: &'static str, allowed: &[&str]) -> Result<(), OriginError> {
        let given = [
            ("Engine", self.engine.is_some()),
            ("Kind", self.kind.is_some()),
            ("PasswordLength", self.password_length.is_some()),
            ("Bytes", self.bytes.is_some()),
            ("Words", self.words.is_some()),
            ("KeySize", self.key_size.is_some()),
            ("KeyFormat", self.key_format.is_some()),
            ("Entropy", self.entropy.is_some()),
            ("Alphabet", self.alphabet.is_some()),
            ("Required", self.required.is_some()),
            ("ExcludeCharacters", self.exclude_characters.is_some()),
            ("ExcludeLowercase", self.exclude_lowercase.is_some()),
            ("ExcludeUppercase", self.exclude_uppercase.is_some()),
            ("ExcludeNumbers", self.exclude_numbers.is_some()),
            ("ExcludePunctuation", self.exclude_punctuation.is_some()),
            ("ExcludeAmbiguous", self.exclude_ambiguous.is_some()),
            ("IncludeSpace", self.include_space.is_some()),
            ("RequireEachIncludedType", self.require_each_included_type.is_some()),
            ("FirstCharacter", self.first_character.is_some()),
            ("UrlSafe", self.url_safe.is_some()),
            ("AllowWeak", self.allow_weak.is_some()),
            ("SecretStringTemplate", self.secret_string_template.is_some()),
            ("GenerateStringKey", self.generate_string_key.is_some()),
            ("UsernameLength", self.username_length.is_some()),
            ("GenerateSecretString", self.generate_secret_string.is_some()),
            ("Value", self.value.is_some()),
            ("EncryptedValue", self.encrypted_value.is_some()),
        ];
        match given.into_iter().find(|(option, given)| *given && !allowed.contains(option)) {
            Some((option, _)) => beside(option, other),
            None => Ok(()),
        }
    }
}

fn beside<T>(option: &'static str, other: &'static str) -> Result<T, OriginError> {
    Err(OriginError::Beside { option, other })
}

#[cfg(test)]
mod tests;
