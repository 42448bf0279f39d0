//! What a seed makes for each engine never changes: a template that is deployed again makes the password that it made.

#![expect(clippy::unwrap_used, reason = "a test")]

use password::{CharacterType, Engine, Policy};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// The first eight hex digits of SHA-256 of ten passwords: by default, and with all punctuation at the longest.
fn digest(engine: Engine) -> String {
    let wide = Policy::builder().engine(engine).include(CharacterType::Punctuation);
    let policies = [Policy::for_engine(engine), wide.length(*engine.lengths().end()).build().unwrap()];
    let mut random = ChaCha12Rng::seed_from_u64(2016);
    let mut hash = Sha256::new();
    for policy in policies.iter().cycle().take(10) {
        hash.update(policy.generate(&mut random).expose_secret());
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_seed_makes_the_same_passwords_as_ever() {
    let names = PINNED.map(|(name, _)| name);
    assert!(Engine::ALL.into_iter().all(|engine| names.contains(&engine.name())), "an engine without a digest here");
    for (name, pinned) in PINNED {
        assert_eq!(digest(name.parse().unwrap()), pinned, "{name}");
    }
}

/// Never to be replaced by what the code makes now: another value here is another password there.
const PINNED: [(&str, &str); 15] = [
    ("mysql", "9cca2b7b"),
    ("mariadb", "9cca2b7b"),
    ("postgres", "2c3a7471"),
    ("aurora-mysql", "9cca2b7b"),
    ("aurora-postgresql", "9cca2b7b"),
    ("oracle", "388b5da6"),
    ("sqlserver", "2c3a7471"),
    ("db2", "2700e636"),
    ("redshift", "b868eb56"),
    ("docdb", "27f9d5f9"),
    ("elasticache", "0c341285"),
    ("memorydb", "0c341285"),
    ("opensearch", "4de14a75"),
    ("mq", "b85cdc9d"),
    ("directory-service", "94ab5d0d"),
];
