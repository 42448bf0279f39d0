//! What is wrong with a property: where it is, which rule it breaks, what was probably meant; never its value.

use std::fmt;

use serde::de;

/// The greatest edit distance at which a known name is offered for an unknown one, as a share of its length: one in
/// three.
const DISTANCE_DIVISOR: usize = 3;

/// Why the properties of a request were not understood.
///
/// Says the path (`Rules[0].Count`), the rule, and the nearest known name, so that a person can repair the template at
/// once. The value itself is left out, because it may be secret; a message from your own `TryFrom` is shown as it is,
/// so leave the value out of that as well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PropertyError {
    path: String,
    fault: Fault,
}

impl PropertyError {
    pub(crate) fn new(path: &str, fault: Fault) -> Self {
        let path = if path == "." { "" } else { path };
        Self { path: path.to_owned(), fault }
    }

    /// The way to the property, such as `Rules[0].Count`; empty where the properties as a whole are at fault.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for PropertyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |name: &str| match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match &self.fault {
            Fault::Missing(name) => write!(f, "property {} is missing", at(name)),
            Fault::UnknownName { name, known } => {
                // Depending on the container, the path ends before the unknown name or with it.
                let full = if self.path == *name || self.path.ends_with(&format!(".{name}")) {
                    self.path.clone()
                } else {
                    at(name)
                };
                write!(f, "property {full} is unknown; {}", suggestion(name, known))
            }
            Fault::UnknownVariant { nearest, known } => {
                match self.path.as_str() {
                    "" => f.write_str("properties:")?,
                    path => write!(f, "property {path}")?,
                }
                write!(f, " must be {}", alternatives(known))?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
            }
            Fault::Rule(rule) if self.path.is_empty() => write!(f, "properties: {rule}"),
            Fault::Rule(rule) => write!(f, "property {}: {rule}", self.path),
        }
    }
}

impl std::error::Error for PropertyError {}

/// The same before the path is known: what serde makes while it reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    Missing(&'static str),
    UnknownName { name: String, known: &'static [&'static str] },
    UnknownVariant { nearest: Option<&'static str>, known: &'static [&'static str] },
    Rule(String),
}

impl Fault {
    pub(crate) fn rule(rule: impl Into<String>) -> Self {
        Self::Rule(rule.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", PropertyError::new("", self.clone()))
    }
}

impl std::error::Error for Fault {}

/// serde's own messages quote the value; these do not.
impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Rule(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Rule(format!("must be {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Rule(format!("must be {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::Rule(format!("must be {expected}, not {length} long"))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownVariant { nearest: nearest(variant, known), known }
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownName { name: name.to_owned(), known }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Rule(format!("{name} is given twice"))
    }
}

fn suggestion(name: &str, known: &'static [&'static str]) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None if known.is_empty() => "no properties are known here".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

fn alternatives(known: &[&str]) -> String {
    match known {
        [] => "left out".to_owned(),
        [only] => (*only).to_owned(),
        many => format!("one of {}", many.join(", ")),
    }
}

/// The known name that `given` was probably meant to be: letter case does not count, a few typing errors do not either.
fn nearest(given: &str, known: &'static [&'static str]) -> Option<&'static str> {
    // Cut, because the distance costs the product of both lengths and a name may be of any length.
    let given: String = given.chars().take(256).collect::<String>().to_lowercase();
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&given, &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= (known.len() / DISTANCE_DIVISOR).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["Env", "PasswordLength", "StackName"];

    #[test]
    fn the_nearest_name_forgives_case_and_typing_errors_only() {
        for (given, expected) in [
            ("env", Some("Env")),
            ("Enf", Some("Env")),
            ("PaswordLenght", Some("PasswordLength")),
            ("stackname", Some("StackName")),
            ("PaswrdLegh", Some("PasswordLength")), // four of fourteen are missing
            ("PaswrdLeg", None),
            ("Region", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, KNOWN), expected, "{given}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), KNOWN), None);
    }

    #[test]
    fn a_name_without_a_neighbor_gets_the_whole_list() {
        assert_eq!(suggestion("Region", KNOWN), "known are Env, PasswordLength, StackName");
        assert_eq!(suggestion("Region", &[]), "no properties are known here");
        assert_eq!(alternatives(&[]), "left out");
        assert_eq!(alternatives(&["a"]), "a");
        assert_eq!(alternatives(&["a", "b"]), "one of a, b");
    }

    #[test]
    fn an_unknown_name_stands_in_the_path_once() {
        let unknown = || <Fault as de::Error>::unknown_field("Enf", KNOWN);
        for path in ["Rules[0]", "Rules[0].Enf"] {
            let said = PropertyError::new(path, unknown()).to_string();
            assert_eq!(said, "property Rules[0].Enf is unknown; did you mean Env?");
        }
        assert_eq!(PropertyError::new("Rules[0]", unknown()).path(), "Rules[0]");
        assert_eq!(PropertyError::new("Enf", unknown()).to_string(), unknown().to_string());
    }

    #[test]
    fn a_fault_without_a_path_reads_as_one_about_all_properties() {
        assert_eq!(Fault::rule("must be an object").to_string(), "properties: must be an object");
        assert_eq!(<Fault as de::Error>::duplicate_field("Env").to_string(), "properties: Env is given twice");
    }
}
