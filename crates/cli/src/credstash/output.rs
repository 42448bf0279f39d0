//! Many values on stdout: JSON, YAML and CSV as credstash writes them, and .env lines that their readers read.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::problem::Problem;
use super::{json, yaml};
use crate::cli::Output;
use crate::failure::Failure;
use crate::formats::{self, Dialect, Names, Text, Values};

/// How many values are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Dotenv,
    Yaml,
}

impl Format {
    /// By its name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "dotenv" => Some(Self::Dotenv),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Values in the order of their names, without the newline that `getall` adds.
    ///
    /// # Errors
    /// For what a .env file cannot carry.
    pub(super) fn write(self, values: Vec<(String, SecretString)>) -> Result<Text, Problem> {
        match self {
            Self::Json => Ok(json::object(&values)),
            Self::Yaml => Ok(yaml::mapping(&values)),
            Self::Csv => csv(&values),
            Self::Dotenv => dotenv(values),
        }
    }
}

fn csv(values: &[(String, SecretString)]) -> Result<Text, Problem> {
    let bug = |error: String| Problem::from(Failure::bug(format!("no CSV can be made: {error}")));
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for (name, value) in values {
        writer.write_record([name, value.expose_secret()]).map_err(|error| bug(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| bug(error.to_string()))?;
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| bug(error.to_string()))
}

/// credstash's own spelling, the name in upper case and the value in single quotes, where all readers take it for what it
/// is; else another one that they do.
fn dotenv(values: Vec<(String, SecretString)>) -> Result<Text, Problem> {
    let format = formats::Format { output: Output::Dotenv, dialect: Dialect::Common, names: Names::AsIs };
    let upper = values.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
    let lines = Values(upper).write(format).map_err(|Failure { message, .. }| {
        Problem::refused(message).more("take another format, such as -f json; `cfn-secrets exec` carries any text")
    })?;
    let mut text = Zeroizing::new(String::with_capacity(lines.len() * 2));
    for line in lines.lines() {
        // No value has a newline, and no name a `=`.
        match line.split_once('=') {
            Some((name, bare)) if !bare.starts_with(['\'', '"']) => {
                text.push_str(&Zeroizing::new(format!("{name}='{bare}'")))
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, values: &[(&str, &str)]) -> Result<String, String> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)));
        let text = format.write(values.collect());
        text.map(|text| text.to_string()).map_err(|problem| problem.message().to_owned())
    }

    #[test]
    fn csv_quotes_what_must_be() {
        let text = written(Format::Csv, &[("a", ""), ("b", "x,\"y\"\n"), ("c,d", "plain value")]).unwrap();
        assert_eq!(text, "a,\nb,\"x,\"\"y\"\"\n\"\n\"c,d\",plain value\n");
    }

    #[test]
    fn dotenv_is_read_as_it_was_or_refused() {
        let dotenv = |name, value| written(Format::Dotenv, &[(name, value)]);
        assert_eq!(dotenv("b", "bee").unwrap(), "B='bee'\n");
        assert_eq!(dotenv("b", "").unwrap(), "B=''\n");
        assert_eq!(dotenv("b", "p w$\"").unwrap(), "B='p w$\"'\n");
        assert_eq!(dotenv("b", "it's").unwrap(), "B=\"it's\"\n");
        assert!(dotenv("a.b", "x").unwrap_err().contains("A.B"));
        assert!(dotenv("a", "one\ntwo").unwrap_err().contains("newlines"));
        assert!(written(Format::Dotenv, &[("a", "x"), ("A", "y")]).unwrap_err().contains("`A`"));
        assert_eq!(written(Format::Dotenv, &[]).unwrap(), "");
    }
}
