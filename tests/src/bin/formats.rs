//! Writes values in every format of `cfn-secrets get-all`, for `tests/tools/consumers`, which hands them to their real readers;
//! and reads lines of variables by dotenvy, which is one of these:
//!
//! ```sh
//! formats write <values.json  # {"NAME": "value"...}; prints for each format its file, and whom it refused, as JSON
//! formats dotenvy <file.env   # prints what dotenvy reads, as JSON
//! ```

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::collections::BTreeMap;
use std::error::Error;

use clap::ValueEnum as _;
use cli::cli::Output;
use cli::formats::{Dialect, Format, Names, Values};
use secrecy::SecretString;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write"] => {
            let values: BTreeMap<String, String> = serde_json::from_reader(std::io::stdin())?;
            formats().for_each(|format| println!("{}", written(format, &values)));
        }
        ["dotenvy"] => {
            let read: Result<BTreeMap<_, _>, _> = dotenvy::from_read_iter(std::io::stdin()).collect();
            println!("{}", json!(read?));
        }
        _ => return Err("formats write | formats dotenvy".into()),
    }
    Ok(())
}

fn formats() -> impl Iterator<Item = Format> {
    let format = |output, dialect| Format { output, dialect, names: Names::AsIs };
    Output::value_variants().iter().flat_map(move |&output| match output {
        Output::Table => vec![],
        Output::Dotenv => Dialect::value_variants().iter().map(|&dialect| format(output, dialect)).collect(),
        _ => vec![format(output, Dialect::default())],
    })
}

/// A file of all that the format carries, and why it refuses the rest.
fn written(format: Format, values: &BTreeMap<String, String>) -> Value {
    let (mut carried, mut refused) = (Vec::new(), BTreeMap::new());
    for (name, value) in values {
        let pair = || (name.clone(), SecretString::from(value.as_str()));
        match Values(vec![pair()]).write(format) {
            Ok(_) => carried.push(pair()),
            Err(failure) => drop(refused.insert(name, failure.to_string())),
        }
    }
    let text = Values(carried).write(format).map_or_else(|failure| failure.to_string(), |text| text.to_string());
    let name = |possible: Option<clap::builder::PossibleValue>| possible.map(|value| value.get_name().to_owned());
    json!({
        "output": name(format.output.to_possible_value()),
        "dialect": name(format.dialect.to_possible_value()),
        "text": text,
        "refused": refused,
    })
}
