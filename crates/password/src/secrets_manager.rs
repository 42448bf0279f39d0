//! [`GenerateSecretString`]: the block of `AWS::SecretsManager::Secret`, with its defaults and limits, so that a
//! template can move over as it is.

use crate::builder::PolicyBuilder;
use crate::character_set::CharacterType;
use crate::engine::Engine;
use crate::error::PolicyError;
use crate::policy::Policy;
use crate::recipe::Recipe;
use crate::secret_string_template::{SecretStringTemplate, SecretStringTemplateError};

/// The options of `GenerateSecretString`, spelled as AWS spells them (CloudFormation user guide,
/// `AWS::SecretsManager::Secret GenerateSecretString`; Secrets Manager API, GetRandomPassword).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateSecretString {
    /// Characters to leave out. None by default.
    pub exclude_characters: String,
    /// Leave out `a` to `z`.
    pub exclude_lowercase: bool,
    /// Leave out `0` to `9`.
    pub exclude_numbers: bool,
    /// Leave out the 32 punctuation characters.
    pub exclude_punctuation: bool,
    /// Leave out `A` to `Z`.
    pub exclude_uppercase: bool,
    /// The field of `secret_string_template` that gets the password.
    pub generate_string_key: Option<String>,
    /// Allow the space.
    pub include_space: bool,
    /// 1 to 4096 characters, 32 by default.
    pub password_length: usize,
    /// At least one character of each type that is left, the space too where it is included. True by default.
    pub require_each_included_type: bool,
    /// A JSON object that the password is added to.
    pub secret_string_template: Option<String>,
}

impl Default for GenerateSecretString {
    fn default() -> Self {
        Self {
            exclude_characters: String::new(),
            exclude_lowercase: false,
            exclude_numbers: false,
            exclude_punctuation: false,
            exclude_uppercase: false,
            generate_string_key: None,
            include_space: false,
            password_length: 32,
            require_each_included_type: true,
            secret_string_template: None,
        }
    }
}

impl GenerateSecretString {
    /// How to make the secret that Secrets Manager would make. It may be weak, as there; an `engine` narrows it to what
    /// that accepts.
    pub fn recipe(&self, engine: Option<Engine>) -> Result<Recipe, SecretStringTemplateError> {
        let password = Recipe::Password(self.policy(engine)?);
        match (&self.secret_string_template, &self.generate_string_key) {
            (None, None) => Ok(password),
            (Some(json), Some(key)) => Ok(Recipe::Document(SecretStringTemplate::with_key(json, key, password)?)),
            _ => Err(SecretStringTemplateError::KeyAndTemplate),
        }
    }

    fn policy(&self, engine: Option<Engine>) -> Result<Policy, PolicyError> {
        let exclusions = [
            (self.exclude_lowercase, CharacterType::Lowercase),
            (self.exclude_numbers, CharacterType::Number),
            (self.exclude_punctuation, CharacterType::Punctuation),
            (self.exclude_uppercase, CharacterType::Uppercase),
        ];
        let mut builder = PolicyBuilder::default()
            .include(CharacterType::Punctuation)
            .first_any()
            .exclude_characters(&self.exclude_characters)
            .length(self.password_length)
            .allow_weak();
        for (_, excluded) in exclusions.into_iter().filter(|(excluded, _)| *excluded) {
            builder = builder.exclude(excluded);
        }
        if self.include_space {
            builder = builder.include(CharacterType::Space);
        }
        if !self.require_each_included_type {
            builder = builder.types_optional();
        }
        engine.into_iter().fold(builder, PolicyBuilder::engine).build()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    fn bits(alphabet: f64, length: f64) -> f64 {
        length * alphabet.log2()
    }

    #[test]
    fn by_default_it_is_32_of_94_characters_of_four_types() {
        let recipe = GenerateSecretString::default().recipe(None).unwrap();
        let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(9)).into_secret();
        assert_eq!(text.expose_secret().len(), 32);
        let bits = bits(94.0, 32.0) - recipe.entropy_bits();
        assert!((0.0..0.1).contains(&bits), "the four types cost {bits} bits");
    }

    #[test]
    fn without_required_types_every_string_is_possible() {
        let block = GenerateSecretString {
            require_each_included_type: false,
            include_space: true,
            password_length: 1,
            ..Default::default()
        };
        let recipe = block.recipe(None).unwrap();
        assert!((recipe.entropy_bits() - bits(95.0, 1.0)).abs() < 1e-9);
    }

    #[test]
    fn each_exclusion_leaves_out_its_own_type() {
        let any = GenerateSecretString { require_each_included_type: false, password_length: 1, ..Default::default() };
        for (block, left) in [
            (GenerateSecretString { exclude_lowercase: true, ..any.clone() }, "ABC012!~"),
            (GenerateSecretString { exclude_numbers: true, ..any.clone() }, "abcABC!~"),
            (GenerateSecretString { exclude_punctuation: true, ..any.clone() }, "abcABC012"),
            (GenerateSecretString { exclude_uppercase: true, ..any.clone() }, "abc012!~"),
            (GenerateSecretString { exclude_characters: "abcABC012!~".to_owned(), ..any.clone() }, ""),
        ] {
            let recipe = block.recipe(None).unwrap();
            let mut random = ChaCha12Rng::seed_from_u64(9);
            let mut made = || recipe.generate(&mut random).expose_secret().to_owned();
            let seen: String = (0..3_000).map(|_| made()).collect();
            let kept: String = "abcABC012!~".chars().filter(|&character| seen.contains(character)).collect();
            assert_eq!(kept, left);
        }
    }

    #[test]
    fn it_may_begin_with_a_hyphen_as_there() {
        let block =
            GenerateSecretString { require_each_included_type: false, password_length: 1, ..Default::default() };
        let recipe = block.recipe(None).unwrap();
        let mut random = ChaCha12Rng::seed_from_u64(9);
        assert!((0..3_000).any(|_| recipe.generate(&mut random).expose_secret() == "-"));
    }

    #[test]
    fn the_password_joins_the_template() {
        let block = GenerateSecretString {
            exclude_characters: "\"@/\\".to_owned(),
            secret_string_template: Some(r#"{"username":"admin"}"#.to_owned()),
            generate_string_key: Some("password".to_owned()),
            ..Default::default()
        };
        let recipe = block.recipe(Some(Engine::MySql)).unwrap();
        let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(9)).into_secret();
        let value: serde_json::Value = serde_json::from_str(text.expose_secret()).unwrap();
        assert_eq!(value["username"], "admin");
        assert_eq!(value["password"].as_str().unwrap().len(), 32);
        let alone = GenerateSecretString { generate_string_key: None, ..block };
        assert!(matches!(alone.recipe(None), Err(SecretStringTemplateError::KeyAndTemplate)));
    }

    #[test]
    fn its_limits_are_awss() {
        for (password_length, accepted) in [(0, false), (3, false), (4, true), (4096, true), (4097, false)] {
            let block = GenerateSecretString { password_length, ..Default::default() };
            assert_eq!(block.recipe(None).is_ok(), accepted, "{password_length}");
        }
    }
}
