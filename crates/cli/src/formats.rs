//! Named values in a file format of somebody else: written so that its readers give back every byte, or refused.
//!
//! What a format cannot carry is refused by name, before the first byte is written. Which reader takes which spelling was
//! measured, not remembered: docs/cli.md has the table of dialects.

mod dotenv;
mod names;
mod properties;
mod terraform;

use clap::ValueEnum;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::cli::Output;
use crate::failure::Failure;
pub(crate) use dotenv::said_alike;
pub use names::Names;
pub(crate) use names::{variable, variable_name};

/// A text that holds values, and is erased when dropped.
pub type Text = Zeroizing<String>;

/// Values under their names.
#[derive(Debug, Default)]
pub struct Values(pub Vec<(String, SecretString)>);

/// Who reads the lines of --output dotenv. There is no format of that name, only readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Every reader that knows quotes; refuses what they read differently.
    #[default]
    Common,
    /// sh, bash, dash, busybox: any value.
    Shell,
    /// systemd's EnvironmentFile=: any value.
    Systemd,
    /// docker and podman --env-file, which know no quotes: no newlines.
    Docker,
    /// node --env-file, and npm's dotenv.
    Node,
    /// python-dotenv.
    Python,
    /// dotenvy, uv, just.
    Dotenvy,
}

/// How the values are written down.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The format.
    pub output: Output,
    /// The reader of a .env file.
    pub dialect: Dialect,
    /// What becomes of names.
    pub names: Names,
}

impl Values {
    /// The whole text.
    ///
    /// # Errors
    /// For a value or a name that the format cannot carry: which one, and why.
    pub fn write(&self, format: Format) -> Result<Text, Failure> {
        let Format { output, dialect, names } = format;
        match output {
            Output::Json => Ok(Zeroizing::new(format!("{:#}\n", self.object(self.named(names, names::any)?)))),
            Output::Yaml => self.yaml(names),
            Output::Csv => self.csv(names),
            Output::Tfvars => self.lines(names, names::terraform, terraform::line),
            Output::TfvarsJson => {
                let object = self.object(self.named(names, names::terraform)?);
                for (given, value) in &self.0 {
                    terraform::carries(value.expose_secret()).map_err(|why| refusal(given, &why))?;
                }
                Ok(Zeroizing::new(format!("{object:#}\n")))
            }
            Output::Properties => self.lines(names, names::any, |name, value| Ok(properties::line(name, value))),
            Output::Dotenv => self.lines(names, dialect.rule(), |name, value| {
                Ok(format!("{name}={}\n", dotenv::spelled(value, dialect)?))
            }),
            Output::Shell => self.lines(names, names::shell_variable, |name, value| {
                Ok(format!("{name}={}\n", dotenv::spelled(value, Dialect::Shell)?))
            }),
            Output::Table => Err(Failure::usage("--output table is for lists, and these are values")
                .hint("use json, yaml, csv, tfvars, tfvars-json, properties, dotenv or shell")),
        }
    }

    /// The names as they are written, each of them taken by the format, and none twice.
    fn named(&self, names: Names, rule: names::Rule) -> Result<Vec<String>, Failure> {
        names::all(self.0.iter().map(|(name, _)| name.as_str()), names, rule)
    }

    fn lines(
        &self,
        names: Names,
        rule: names::Rule,
        line: impl Fn(&str, &str) -> Result<String, String>,
    ) -> Result<Text, Failure> {
        let mut text = Zeroizing::new(String::new());
        for (name, (given, value)) in self.named(names, rule)?.iter().zip(&self.0) {
            let line = line(name, value.expose_secret()).map_err(|why| refusal(given, &why))?;
            text.push_str(&Zeroizing::new(line));
        }
        Ok(text)
    }

    fn object(&self, names: Vec<String>) -> Value {
        let pairs = names.into_iter().zip(&self.0);
        Value::Object(pairs.map(|(name, (_, value))| (name, Value::from(value.expose_secret()))).collect::<Map<_, _>>())
    }

    fn yaml(&self, names: Names) -> Result<Text, Failure> {
        let object = self.object(self.named(names, names::any)?);
        let text = serde_saphyr::to_string(&object);
        text.map(Zeroizing::new).map_err(|error| Failure::bug("no YAML can be made").because(error))
    }

    fn csv(&self, names: Names) -> Result<Text, Failure> {
        let bug = |error: String| Failure::bug("no CSV can be made").because(error);
        // PostgreSQL takes an empty text without quotes for NULL.
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["name", "value"]).map_err(|error| bug(error.to_string()))?;
        for (name, (_, value)) in self.named(names, names::any)?.iter().zip(&self.0) {
            writer.write_record([name, value.expose_secret()]).map_err(|error| bug(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| bug(error.to_string()))?;
        String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| bug(error.to_string()))
    }
}

fn refusal(name: &str, why: &str) -> Failure {
    Failure::refused(format!("this format cannot carry the value of `{name}`: {why}"))
        .hint("take another --output or --dialect, or hand it over by `cfn-secrets exec`, which carries any text")
}

#[cfg(test)]
mod tests;
