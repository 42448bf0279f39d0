//! [`PolicyError`]: why a policy cannot be met, and what to change.

use std::fmt;
use std::ops::RangeInclusive;

use crate::character_set::{CharacterSet, CharacterType};
use crate::engine::Engine;
use crate::policy::MIN_ENTROPY_BITS;

/// Options that contradict each other, the engine or a limit. The messages name options as a template spells
/// them; none of what they show is secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// The engine demands a type of which no character is left.
    #[error(
        "engine {engine} demands at least one {wanted}, but the other options leave none: exclude fewer characters"
    )]
    EngineRequires {
        /// Who demands it.
        engine: Engine,
        /// What it demands.
        wanted: CharacterType,
    },
    /// No length that is accepted has as much entropy.
    #[error("Entropy must be at most {}{} with these characters: ask for less", .possible.floor(), ForEngine(*.engine))]
    EntropyOutOfReach {
        /// Whose longest password it is; none: [`MAX_LENGTH`](crate::MAX_LENGTH).
        engine: Option<Engine>,
        /// The bits of the longest password.
        possible: f64,
    },
    /// Two ways to say how long.
    #[error("PasswordLength and Entropy exclude each other: give one of them")]
    LengthAndEntropy,
    /// A length that the engine, or Secrets Manager, does not accept.
    #[error(
        "PasswordLength must be {} to {}{}, not {given}", .accepted.start(), .accepted.end(), ForEngine(*.engine)
    )]
    LengthOutOfRange {
        /// Lengths that are.
        accepted: RangeInclusive<usize>,
        /// Whose they are.
        engine: Option<Engine>,
        /// The length that was asked for.
        given: usize,
    },
    /// Everything is excluded.
    #[error("no character is left to make a password from: exclude fewer characters")]
    NoCharacterLeft,
    /// Every letter is excluded.
    #[error("FirstCharacter asks for a letter, but no letter is left: exclude fewer characters")]
    NoFirstCharacter,
    /// With a hyphen no password begins.
    #[error("no character but the hyphen is left to begin with: allow more characters, or set FirstCharacter to any")]
    OnlyHyphens,
    /// An option names characters that the engine refuses.
    #[error("{option} brings in characters that engine {engine} does not accept: leave out {:?}", .characters.to_string())]
    NotAccepted {
        /// The option.
        option: PolicyOption,
        /// Who refuses them.
        engine: Engine,
        /// The characters.
        characters: CharacterSet,
    },
    /// An option is empty or holds something that no engine accepts.
    #[error("{option} must hold one or more characters, printable ASCII only")]
    NotPrintable {
        /// The option.
        option: PolicyOption,
    },
    /// An entry of `Required` has nothing to choose from.
    #[error("Required asks for characters that another option excludes: remove one of the two")]
    RequiredIsExcluded,
    /// More characters are required than there is room for.
    #[error(
        "a password of {length} characters has no room for all that it must contain: make it longer or require less"
    )]
    TooShort {
        /// Its length.
        length: usize,
    },
    /// See [`Policy`](crate::Policy), limits.
    #[error(
        "Required asks for too many characters to count in how many ways they fit: use fewer entries or smaller counts"
    )]
    TooManyRequirements,
    /// Somebody could find it by trying.
    #[error(
        "the password would have {bits:.1} bits of entropy, fewer than {MIN_ENTROPY_BITS}: make it longer, allow more \
         characters, or set AllowWeak to true"
    )]
    Weak {
        /// Its entropy.
        bits: f64,
    },
}

/// The options whose text a [`PolicyError`] is about; shown in the spelling of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOption {
    /// `Alphabet`.
    Alphabet,
    /// `IncludeSpace`.
    IncludeSpace,
    /// `Required`.
    Required,
}

impl fmt::Display for PolicyOption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// " for engine mysql", or nothing.
struct ForEngine(Option<Engine>);

impl fmt::Display for ForEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |engine| write!(formatter, " for engine {engine}"))
    }
}
