//! Prints secrets, one a line, for whoever wants to try a policy:
//!
//! ```sh
//! cargo run -p password --example generate -- --engine mysql --count 2000
//! cargo run -p password --example generate -- --kind passphrase --size 7
//! cargo run -p password --example generate -- --template '{"user": "{{generate:username}}", "password": "{{generate}}"}'
//! ```
//!
//! The options are the properties of the template in lower case; the entropy goes to standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::process::ExitCode;

use lexopt::prelude::*;
use password::{
    CharacterType, GenerateSecretString, KeyPair, KeyPairSpec, Policy, PolicyBuilder, Recipe, TextKind, UnknownKind,
};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use secrecy::ExposeSecret;

const USAGE: &str = "\
generate [OPTION]...
  --count N                 how many (1)
  --kind KIND               password, passphrase, alphanumeric, hex, base64, base64url, uuid, rsa, ed25519,
                            ecdsa-p256, ecdsa-p384
  --size N                  characters, words, bytes or bits (of rsa: 2048, 3072), as the kind counts
  --template JSON           an object with {{generate}}, {{generate:SIZE}}, {{generate:KIND:SIZE}} in it
  --secrets-manager         what GenerateSecretString would make by default
Of passwords:
  --engine NAME             what it is for: mysql, postgres, oracle-ee, redshift, ...
  --entropy BITS            instead of --size
  --alphabet CHARACTERS
  --exclude-characters CHARACTERS
  --exclude-lowercase  --exclude-uppercase  --exclude-numbers  --exclude-punctuation  --exclude-ambiguous
  --include-punctuation  --include-space
  --require CHARACTERS COUNT
  --types-optional  --first-letter  --url-safe  --allow-weak";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause = Some(&*error);
            while let Some(error) = cause {
                eprintln!("{error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(lexopt::Parser::from_env())?;
    let mut random = UnwrapErr(SysRng);
    let recipe = match arguments.what {
        What::KeyPair(spec) => {
            for _ in 0..arguments.count {
                let pair = KeyPair::generate(spec, spec.format(None)?, &mut random)?;
                print!("{}", pair.private_key.expose_secret());
                println!("{}\n{}", pair.public_key, pair.public_key_pem);
            }
            return Ok(());
        }
        What::SecretsManager => GenerateSecretString::default().recipe(arguments.engine)?,
        What::Template(json) => Recipe::document(&json, &arguments.policy)?,
        What::Text(kind) => Recipe::new(kind, arguments.size, &arguments.policy)?,
    };
    for _ in 0..arguments.count {
        println!("{}", recipe.generate(&mut random).expose_secret());
    }
    eprintln!("{:.2} bits of entropy", recipe.entropy_bits());
    Ok(())
}

enum What {
    KeyPair(KeyPairSpec),
    SecretsManager,
    Template(String),
    Text(TextKind),
}

struct Arguments {
    count: usize,
    engine: Option<password::Engine>,
    policy: PolicyBuilder,
    size: Option<usize>,
    what: What,
}

impl Arguments {
    fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut arguments = Self {
            count: 1,
            engine: None,
            policy: Policy::builder(),
            size: None,
            what: What::Text(TextKind::Password),
        };
        let mut kind: Option<String> = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("count") => arguments.count = parser.value()?.parse()?,
                Long("kind") => kind = Some(parser.value()?.string()?),
                Long("secrets-manager") => arguments.what = What::SecretsManager,
                Long("size") => arguments.size = Some(parser.value()?.parse()?),
                Long("template") => arguments.what = What::Template(parser.value()?.string()?),
                Long("engine") => arguments.engine = Some(parser.value()?.parse()?),
                Long(option) => {
                    let option = option.to_owned();
                    arguments.policy = policy_option(arguments.policy, &option, &mut parser)?;
                }
                Short(_) | Value(_) => return Err(USAGE.into()),
            }
        }
        if let Some(name) = kind {
            arguments.what = match name.parse() {
                Ok(algorithm) => What::KeyPair(KeyPairSpec::new(algorithm, arguments.size).map_err(text)?),
                Err(_) => What::Text(name.parse().map_err(text::<UnknownKind>)?),
            };
        }
        arguments.policy = arguments.engine.into_iter().fold(arguments.policy, PolicyBuilder::engine);
        Ok(arguments)
    }
}

fn policy_option(
    policy: PolicyBuilder,
    option: &str,
    parser: &mut lexopt::Parser,
) -> Result<PolicyBuilder, lexopt::Error> {
    Ok(match option {
        "allow-weak" => policy.allow_weak(),
        "alphabet" => policy.alphabet(&parser.value()?.string()?),
        "entropy" => policy.entropy(parser.value()?.parse()?),
        "exclude-ambiguous" => policy.exclude_ambiguous(),
        "exclude-characters" => policy.exclude_characters(&parser.value()?.string()?),
        "exclude-lowercase" => policy.exclude(CharacterType::Lowercase),
        "exclude-numbers" => policy.exclude(CharacterType::Number),
        "exclude-punctuation" => policy.exclude(CharacterType::Punctuation),
        "exclude-uppercase" => policy.exclude(CharacterType::Uppercase),
        "first-letter" => policy.first_letter(),
        "include-punctuation" => policy.include(CharacterType::Punctuation),
        "include-space" => policy.include(CharacterType::Space),
        "require" => policy.require(&parser.value()?.string()?, parser.value()?.parse()?),
        "types-optional" => policy.types_optional(),
        "url-safe" => policy.url_safe(),
        _ => return Err(USAGE.into()),
    })
}

fn text<E: Error>(error: E) -> lexopt::Error {
    error.to_string().into()
}
