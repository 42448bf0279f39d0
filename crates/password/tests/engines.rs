//! Ten thousand passwords for each engine, judged by rules that somebody else wrote: see `python/validate_engines.py`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod python;

use std::fmt::Write;

use password::{CharacterType, Engine, Policy};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

const OF_EACH_POLICY: usize = 2_500;

/// The default, and with all punctuation: the default length, the shortest and the longest.
fn policies(engine: Engine) -> [Policy; 4] {
    let wide = || Policy::builder().engine(engine).include(CharacterType::Punctuation).allow_weak();
    let (shortest, longest) = (*engine.lengths().start(), *engine.lengths().end());
    [
        Policy::for_engine(engine),
        wide().build().unwrap(),
        wide().types_optional().length(shortest).build().unwrap(),
        wide().types_optional().length(longest).build().unwrap(),
    ]
}

#[test]
fn every_engine_would_accept_ten_thousand_passwords() {
    let mut random = ChaCha12Rng::seed_from_u64(15);
    let mut lines = String::new();
    for engine in Engine::ALL {
        for policy in policies(engine) {
            for _ in 0..OF_EACH_POLICY {
                writeln!(lines, "{engine}\t{}", policy.generate(&mut random).expose_secret()).unwrap();
            }
        }
    }
    let Some(judgment) = python::ask("validate_engines.py", lines) else {
        return;
    };
    let expected: String = Engine::ALL.iter().map(|engine| format!("{engine} 10000\n")).collect();
    assert_eq!(judgment.unwrap(), expected);
}

#[test]
fn the_judge_does_refuse() {
    for (engine, password) in
        [("mysql", "abcdefgh/"), ("mysql", "-abcdefgh"), ("redshift", "abcdefgh"), ("directory-service", "Aadmin123")]
    {
        let Some(judgment) = python::ask("validate_engines.py", format!("{engine}\t{password}\n")) else {
            return;
        };
        assert!(judgment.unwrap_err().contains(&format!("{engine} would refuse {password}")));
    }
}
