//! Prints throw-away secrets of every kind, engine and format that crate `password` has, one JSON object a line, for
//! `tests/tools/consumers`, which hands them to real servers, key readers and parsers:
//!
//! ```sh
//! secrets texts COUNT           # COUNT of each series of texts
//! secrets keys COUNT RSA_COUNT  # COUNT key pairs of each spec in each format, RSA_COUNT of RSA's, which take longer
//! ```

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::error::Error;

use password::{
    CharacterType, Engine, GenerateSecretString, KeyAlgorithm, KeyPair, KeyPairSpec, Policy, PolicyBuilder,
    PrivateKeyFormat, Recipe, TextKind,
};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use secrecy::ExposeSecret;
use serde_json::json;

const FORMATS: [PrivateKeyFormat; 4] =
    [PrivateKeyFormat::OpenSsh, PrivateKeyFormat::Pkcs8, PrivateKeyFormat::Pkcs1, PrivateKeyFormat::Sec1];

/// Sizes that some algorithm may have; an algorithm refuses those that it has not. None comes last, because it stands for
/// one of the others where there are any.
const KEY_SIZES: [Option<usize>; 4] = [Some(2048), Some(3072), Some(4096), None];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["texts", count] => texts(count.parse()?),
        ["keys", count, rsa_count] => keys(count.parse()?, rsa_count.parse()?),
        _ => Err("secrets texts COUNT | secrets keys COUNT RSA_COUNT".into()),
    }
}

fn texts(count: usize) -> Result<(), Box<dyn Error>> {
    let random = &mut UnwrapErr(SysRng);
    for Series { kind, engine, alphabet, recipe } in series()? {
        for _ in 0..count {
            let secret = recipe.generate(random);
            let text = secret.expose_secret();
            let url_encoded: String = getter::attributes::url_encoded(text).collect();
            println!(
                "{}",
                json!({ "kind": kind, "engine": engine, "alphabet": alphabet, "text": text, "url_encoded": url_encoded })
            );
        }
    }
    Ok(())
}

/// Texts of one recipe: what a template's `Kind` and `Engine` say, and which of the alphabets it is.
struct Series {
    kind: &'static str,
    engine: Option<&'static str>,
    alphabet: &'static str,
    recipe: Recipe,
}

fn series() -> Result<Vec<Series>, Box<dyn Error>> {
    let mut all = vec![Series {
        kind: "GenerateSecretString",
        engine: None,
        alphabet: "usual",
        recipe: GenerateSecretString::default().recipe(None)?,
    }];
    for kind in TextKind::ALL {
        let recipe = Recipe::new(kind, None, &Policy::builder())?;
        all.push(Series { kind: kind.name(), engine: None, alphabet: "usual", recipe });
    }
    let engines = Engine::ALL.into_iter().map(Some);
    for engine in [None].into_iter().chain(engines) {
        let usual = engine.into_iter().fold(Policy::builder(), PolicyBuilder::engine);
        let punctuation = usual.clone().include(CharacterType::Punctuation);
        let space = punctuation.clone().include(CharacterType::Space);
        for (alphabet, options) in [("usual", usual), ("punctuation", punctuation), ("space", space)] {
            // An engine may take no punctuation, or no space; the usual password of none is among the kinds already.
            let (Ok(recipe), true) =
                (Recipe::new(TextKind::Password, None, &options), engine.is_some() || alphabet != "usual")
            else {
                continue;
            };
            all.push(Series { kind: "password", engine: engine.map(Engine::name), alphabet, recipe });
        }
    }
    Ok(all)
}

fn keys(count: usize, rsa_count: usize) -> Result<(), Box<dyn Error>> {
    let random = &mut UnwrapErr(SysRng);
    for algorithm in KeyAlgorithm::ALL {
        let mut seen = Vec::new();
        for size in KEY_SIZES {
            let Ok(spec) = KeyPairSpec::new(algorithm, size) else { continue };
            if seen.contains(&spec) {
                continue;
            }
            seen.push(spec);
            let count = if algorithm == KeyAlgorithm::Rsa { rsa_count } else { count };
            for format in FORMATS {
                for _ in 0..count {
                    // Not every algorithm has every format. That none is missing, the table of docs/consumers.md tells.
                    let Ok(pair) = KeyPair::generate(spec, format, random) else { break };
                    println!(
                        "{}",
                        json!({
                            "kind": algorithm.name(),
                            "size": size,
                            "format": format_name(format),
                            "private": pair.private_key.expose_secret(),
                            "public": pair.public_key,
                            "public_pem": pair.public_key_pem,
                            "public_jwk": password::public_key_jwk(&pair.public_key)?,
                        })
                    );
                }
            }
        }
    }
    Ok(())
}

/// As the property `KeyFormat` names it; a format that joins has to be named here.
fn format_name(format: PrivateKeyFormat) -> &'static str {
    match format {
        PrivateKeyFormat::OpenSsh => "openssh",
        PrivateKeyFormat::Pkcs8 => "pkcs8",
        PrivateKeyFormat::Pkcs1 => "pkcs1",
        PrivateKeyFormat::Sec1 => "sec1",
    }
}
