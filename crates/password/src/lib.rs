//! Policy in, secret text out: passwords that fit what they are for.
//!
//! - A [`Policy`] says what a password may and must look like, for an [`Engine`] or in general. It can always be met:
//!   [`PolicyBuilder::build`] refuses what cannot. [`Policy::generate`] draws one password, each that meets the policy
//!   being equally likely; [`Policy::entropy_bits`] is the logarithm of their number.
//! - A [`Recipe`] is a policy or another [`TextKind`] of text: words, random bytes, a UUID, or a JSON [`SecretStringTemplate`] with
//!   such values in it. [`GenerateSecretString`] is Secrets Manager's own.
//! - A [`KeyPair`] has a private and a public half; [`public_key_jwk`] writes the latter as JSON.
//!
//! The crate does no I/O and never asks the system for randomness: the random source is a parameter, so that a test can
//! hand in a seeded one. Secrets leave it as [`Password`] or `SecretString`, which are erased when dropped and cannot be
//! printed. It knows nothing of CloudFormation but the names of the options, which its errors use.
//!
//! ```
//! use password::{Engine, Policy};
//! use rand::rand_core::UnwrapErr;
//! use rand::rngs::SysRng;
//!
//! let policy = Policy::builder().engine(Engine::MySql).length(20).build()?;
//! let password = policy.generate(&mut UnwrapErr(SysRng));
//! # Ok::<(), password::PolicyError>(())
//! ```

mod apart;
mod builder;
mod character_set;
mod engine;
mod error;
mod key_pair;
mod older_random;
mod passphrase;
mod policy;
mod random_bytes;
mod recipe;
mod secret_string_template;
mod secret_text;
mod secrets_manager;
mod uniform;
mod username;
mod whole;

pub use crate::builder::PolicyBuilder;
pub use crate::character_set::{CharacterSet, CharacterType};
pub use crate::engine::{Engine, UnknownEngine};
pub use crate::error::{PolicyError, PolicyOption};
pub use crate::key_pair::jwk::{NotAPublicKey, public_key_jwk};
pub use crate::key_pair::spec::{
    KeyAlgorithm, KeyPairSpec, PrivateKeyFormat, UnknownKeyAlgorithm, UnknownKeyFormat, UnknownKeySize,
};
pub use crate::key_pair::{KeyPair, KeyPairError};
pub use crate::passphrase::Passphrase;
pub use crate::policy::{MAX_LENGTH, MIN_ENTROPY_BITS, Policy};
pub use crate::random_bytes::{Encoding, RandomBytes};
pub use crate::recipe::{Recipe, RecipeError, TextKind, Unit, UnknownKind};
pub use crate::secret_string_template::{SecretStringTemplate, SecretStringTemplateError};
pub use crate::secret_text::Password;
pub use crate::secrets_manager::GenerateSecretString;
pub use crate::username::Username;
