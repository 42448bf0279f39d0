//! Names and values in a file of another program: JSON, YAML or lines of dotenv, as far as its readers agree on them.
//!
//! Only texts are taken: what `no`, `1.10` or `0x1F` means, readers of YAML do not agree on. What is wrong is told by its
//! place, never by its text.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::failure::Failure;
use crate::formats::{said_alike, variable_name};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Written {
    /// An object of texts.
    Json,
    /// A mapping of texts.
    Yaml,
    /// Lines NAME=value, as every reader of .env files reads them.
    Dotenv,
}

impl Written {
    /// By the ending of its name.
    pub(crate) fn by_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        match name.rsplit_once('.')?.1 {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "env" => Some(Self::Dotenv),
            _ if name.starts_with(".env.") => Some(Self::Dotenv),
            _ => None,
        }
    }
}

/// The names and values of a file, in its order.
///
/// # Errors
/// For what is not of this format, and a value that is no text.
pub(crate) fn read(text: &str, written: Written) -> Result<Vec<(String, SecretString)>, Failure> {
    let wrong = |what: &str, place: String| {
        Failure::refused(format!("the file is no {what}{place}"))
            .hint("quote what is no text: \"3306\"; --format says how the file is written, where its name does not")
    };
    match written {
        Written::Json => {
            let pairs: Result<Pairs, _> = serde_json::from_str(text);
            // Its text may quote a value; its place does not.
            let place = |error: &serde_json::Error| format!(": line {}, column {}", error.line(), error.column());
            pairs.map(|pairs| pairs.0).map_err(|error| wrong("JSON object of texts", place(&error)))
        }
        Written::Yaml => {
            let pairs: Result<Pairs, _> = serde_saphyr::from_str(text);
            let place = |error: &serde_saphyr::Error| {
                error.location().map(|at| format!(": line {}, column {}", at.line(), at.column())).unwrap_or_default()
            };
            pairs.map(|pairs| pairs.0).map_err(|error| wrong("YAML mapping of texts", place(&error)))
        }
        Written::Dotenv => dotenv(text),
    }
}

/// An object as the pairs that it has: a name that comes twice is seen by whoever reads them.
struct Pairs(Vec<(String, SecretString)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfTexts;
        impl<'de> Visitor<'de> for OfTexts {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, OnlyText>()? {
                    pairs.push((name, value.0));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(OfTexts)
    }
}

/// A text, and nothing that becomes one.
struct OnlyText(SecretString);

impl<'de> Deserialize<'de> for OnlyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = OnlyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<OnlyText, E> {
                Ok(OnlyText(SecretString::from(text)))
            }

            fn visit_string<E>(self, text: String) -> Result<OnlyText, E> {
                Ok(OnlyText(SecretString::from(text)))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// The lines that every reader reads alike, and comments. Whatever readers disagree on is refused.
fn dotenv(text: &str) -> Result<Vec<(String, SecretString)>, Failure> {
    let mut pairs = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let wrong = |why: &str| {
            Failure::refused(format!("line {} of the file cannot be read: {why}", index + 1))
                .hint("write the values as JSON, which carries every text")
        };
        let (name, value) = line.split_once('=').ok_or_else(|| wrong("it is no NAME=value"))?;
        variable_name(name).map_err(&wrong)?;
        let value = said_alike(value).ok_or_else(|| wrong("readers of .env files disagree on its value"))?;
        pairs.push((name.to_owned(), SecretString::from(value)));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn pairs(text: &str, written: Written) -> Result<Vec<(String, String)>, Failure> {
        let pairs = read(text, written)?;
        Ok(pairs.into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect())
    }

    #[test]
    fn each_form_gives_its_names_and_texts() {
        let expected = [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "x y#z\"".to_owned())];
        for (text, written) in [
            (r#"{"A": "1", "B": "x y#z\""}"#, Written::Json),
            ("A: \"1\"\nB: 'x y#z\"'\n", Written::Yaml),
            ("# comment\n\nA=1\nB='x y#z\"'\n", Written::Dotenv),
        ] {
            assert_eq!(pairs(text, written).unwrap(), expected, "{text}");
        }
        assert_eq!(pairs("A: |\n  one\n  two\n", Written::Yaml).unwrap()[0].1, "one\ntwo\n");
    }

    #[test]
    fn what_is_no_text_is_refused_by_its_place_and_not_quoted() {
        for (text, written) in [
            ("{\"A\": \"hunter2\",\n\"B\": 3306}", Written::Json),
            ("{\"A\": \"hunter2\",\n\"B\": {\"x\": \"hunter2\"}}", Written::Json),
            ("[\"hunter2\"]", Written::Json),
            ("A: hunter2\nB: 3306\n", Written::Yaml),
            ("A: hunter2\nB: no\n", Written::Yaml),
            ("A: hunter2\nB: [hunter2]\n", Written::Yaml),
            ("A: &x hunter2\nB: *y\n", Written::Yaml),
            ("hunter2", Written::Yaml),
            ("A=hunter2\nB=hunter2 # why\n", Written::Dotenv),
            ("A=hunter2\nB=\"hunter2$x\"\n", Written::Dotenv),
            ("A=hunter2\nB='hunter2\n", Written::Dotenv),
            ("A=hunter2\n1=hunter2\n", Written::Dotenv),
            ("A=hunter2\nB\n", Written::Dotenv),
        ] {
            let failure = pairs(text, written).unwrap_err();
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
        assert!(pairs("A=1\nB=1 2\n", Written::Dotenv).unwrap_err().message.contains("line 2"));
        assert!(pairs("{\"A\": \"1\",\n\"B\": 2}", Written::Json).unwrap_err().message.contains("line 2"));
    }

    #[test]
    fn whatever_is_written_for_every_reader_is_read_back() {
        use crate::formats::{Dialect, Format, Names, Values};
        let format = Format { output: crate::cli::Output::Dotenv, dialect: Dialect::Common, names: Names::AsIs };
        proptest::proptest!(|(value in "[ -~]{1,16}")| {
            let values = Values(vec![("A".to_owned(), SecretString::from(value.as_str()))]);
            if let Ok(text) = values.write(format) {
                proptest::prop_assert_eq!(&pairs(&text, Written::Dotenv).unwrap()[0].1, &value);
            }
        });
    }
}
