//! Every input of AWS's APIs that takes a secret has something here that fits it: see `aws_inputs.tsv`, which says what,
//! and `python/walk_aws_inputs.py`, which holds it to botocore's models.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod python;

use std::collections::BTreeMap;

use password::{KeyAlgorithm, KeyPair, KeyPairSpec, Policy, PrivateKeyFormat, Recipe, TextKind};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;
use serde_json::json;

const TABLE: &str = include_str!("aws_inputs.tsv");

/// Of each recipe for a text; one key of each for a key pair.
const TEXTS: usize = 500;

/// Recipes that are words, not properties.
const WORDS: [&str; 2] = ["outside", "never"];

/// The table as it is, and three with a fault each, so that the faults are known to be found.
#[test]
fn every_input_of_aws_that_takes_a_secret_has_something_that_fits() {
    let lines = TABLE.lines().filter(|line| !line.contains("PreSharedKey"));
    let tables = [
        (TABLE.to_owned(), " constraints held"),
        (lines.collect::<Vec<_>>().join("\n"), "inputs of AWS without a row in aws_inputs.tsv: ec2 PreSharedKey, "),
        (format!("{TABLE}ec2\tNoSuchPassword\toutside\n"), "take them out: ec2 NoSuchPassword"),
        (
            TABLE.replace("Engine=timestream-influxdb", "Kind=password"),
            "timestream-influxdb password wants [a-zA-Z0-9]+, 8 to 64, and ",
        ),
    ];
    let mut random = ChaCha12Rng::seed_from_u64(16);
    let mut made = BTreeMap::new();
    for row in rows(TABLE) {
        if !WORDS.contains(&row[2]) {
            made.entry(row[2]).or_insert_with(|| secrets(row[2], &mut random));
        }
    }
    let rows: Vec<_> = tables.iter().map(|(table, _)| rows(table)).collect();
    let Some(judgment) = python::ask("walk_aws_inputs.py", json!({"tables": rows, "made": made}).to_string()) else {
        return;
    };
    let judgment = judgment.unwrap();
    let judged: Vec<_> = judgment.lines().collect();
    assert_eq!(judged.len(), tables.len(), "{judgment}");
    for ((_, expected), line) in tables.iter().zip(judged) {
        assert!(line.contains(expected), "{line}");
    }
}

fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect()).inspect(|row: &Vec<_>| assert_eq!(row.len(), 3, "{row:?}")).collect()
}

/// What a template with these properties would make.
fn secrets(recipe: &str, random: &mut ChaCha12Rng) -> Vec<String> {
    let mut options = Policy::builder();
    let mut kind = "password";
    let (mut size, mut format) = (None, None);
    for property in recipe.split(' ') {
        match property.split_once('=').unwrap() {
            ("Engine", name) => options = options.engine(name.parse().unwrap()),
            ("Kind", name) => kind = name,
            ("Bytes", number) => size = Some(number.parse().unwrap()),
            ("KeyFormat", "pkcs1") => format = Some(PrivateKeyFormat::Pkcs1),
            _ => panic!("{property} is no part of a recipe"),
        }
    }
    if let Ok(algorithm) = kind.parse::<KeyAlgorithm>() {
        let spec = KeyPairSpec::new(algorithm, None).unwrap();
        let pair = KeyPair::generate(spec, spec.format(format).unwrap(), random).unwrap();
        return vec![pair.private_key.expose_secret().to_owned()];
    }
    let recipe = Recipe::new(kind.parse::<TextKind>().unwrap(), size, &options).unwrap();
    (0..TEXTS).map(|_| recipe.generate(random).expose_secret().to_owned()).collect()
}
