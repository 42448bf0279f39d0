//! [`Policy`]: what a password must look like, and how one is drawn.

use std::fmt;

use rand::CryptoRng;

use crate::builder::PolicyBuilder;
use crate::engine::Engine;
use crate::secret_text::Password;
use crate::uniform::UniformStrings;
use crate::whole::WholeStrings;

/// The longest password, in characters (Secrets Manager, GetRandomPassword, `PasswordLength`).
pub const MAX_LENGTH: usize = 4096;

/// The least entropy, in bits, that a policy has without being called weak: below it, a random secret may only
/// be used where guesses are rate limited (NIST SP 800-63B §5.1.2.2).
pub const MIN_ENTROPY_BITS: f64 = 64.0;

/// What a password must look like. It can always be met: [`PolicyBuilder::build`] refuses the rest.
///
/// Limits: 1 to 4096 characters of printable ASCII; the product of all required counts, one added to each, times
/// the length is at most 2^20 (the table from which strings are counted; `PolicyError::TooManyRequirements`).
#[derive(Clone)]
pub struct Policy {
    /// Always a length of which there are strings.
    pub(crate) length: usize,
    pub(crate) strings: UniformStrings,
    /// The faster way to draw, where chance meets the requirements often.
    pub(crate) whole: Option<WholeStrings>,
}

impl Policy {
    /// Starts from the default: 32 letters, digits and hyphens, at least one lowercase letter, uppercase letter,
    /// digit and hyphen among them, and no hyphen at the beginning.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The default policy within what `engine` accepts and demands.
    pub fn for_engine(engine: Engine) -> Self {
        always_met(Self::builder().engine(engine))
    }

    /// Draws a password. All that meet the policy are equally likely.
    pub fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Password {
        match &self.whole {
            Some(whole) => whole.draw(self.length, &mut &mut *random),
            None => self.strings.draw(self.length, random),
        }
    }

    /// The length of every password, in characters.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether one of the characters may occur.
    pub(crate) fn has_any_of(&self, characters: &[char]) -> bool {
        self.strings.alphabet().any(|character| characters.contains(&character))
    }

    /// The entropy in bits: the base-2 logarithm of the number of passwords that meet the policy.
    pub fn entropy_bits(&self) -> f64 {
        self.strings.entropy_bits(self.length)
    }
}

/// 32 characters that every engine accepts that accepts 32 at all, and the hyphen.
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

#[expect(clippy::expect_used, reason = "nothing but an engine is set; a test builds every one of these policies")]
fn always_met(builder: PolicyBuilder) -> Policy {
    builder.build().expect("the default fits every engine")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::builder::DEFAULT_ALPHABET;
    use crate::character_set::CharacterSet;

    #[test]
    fn the_default_fits_every_engine_that_accepts_its_length() {
        let policy = Policy::default();
        assert_eq!(policy.length(), 32);
        let mut random = ChaCha12Rng::seed_from_u64(1);
        let text = policy.generate(&mut random).into_secret();
        for engine in Engine::ALL.into_iter().filter(|engine| engine.lengths().contains(&32)) {
            for required in engine.required() {
                assert!(text.expose_secret().contains(|c| required.characters().contains(c)), "{engine}");
            }
            // The m that some go without only spells "admin" together with four others; the 0 is none in front.
            let accepted = engine.accepted().union(CharacterSet::of("mM0"));
            let takes_no_hyphen = [Engine::TimestreamInfluxDb, Engine::Vpn, Engine::CognitoClient].contains(&engine);
            assert!(
                DEFAULT_ALPHABET.is_subset_of(accepted) != takes_no_hyphen,
                "{engine} accepts the default alphabet or not: docs/properties.md names those that do not"
            );
        }
    }

    #[test]
    fn every_engine_has_a_default_policy() {
        for engine in Engine::ALL {
            let policy = Policy::for_engine(engine);
            assert_eq!(policy.length(), 32.min(*engine.lengths().end()));
            assert!(policy.entropy_bits() > 170.0, "{engine}");
        }
    }

    /// Written down once for each way of drawing, not to be replaced by what comes out: the same seed means the same
    /// password.
    #[test]
    fn a_seed_pins_the_password() {
        let made = |policy: Policy| policy.generate(&mut ChaCha12Rng::seed_from_u64(2016)).expose_secret().to_owned();
        assert_eq!(made(Policy::builder().first_any().build().unwrap()), "I-GQ89OfGhQKi0OyUvKl5uExHNY4Ap3h");
        assert_eq!(made(Policy::default()), "K-GQ89OfGhQKi0OyUvKl5uExHNY4Ap3h");
    }

    #[test]
    fn debug_output_of_a_policy_is_short() {
        let text = format!("{:?}", Policy::default());
        assert!(text.starts_with("Policy { length: 32, entropy_bits: 189."), "{text}");
    }
}
