//! What a password is for, and what that target accepts: [`Engine`], whose rows are data, and how its name is read.

mod table;

use std::fmt;
use std::str::FromStr;

use table::Editions;
pub use table::Engine;

/// As much of a name as a refusal repeats.
const SHOWN_CHARACTERS: usize = 64;

/// A name that is no engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEngine {
    given: String,
}

impl Engine {
    /// The name as lists show it, with a star where an edition may follow: `oracle-*`.
    pub fn listed(self) -> String {
        match self.editions() {
            Editions::Any => format!("{self}-*"),
            Editions::None => self.to_string(),
        }
    }

    /// Whether an edition may follow the name, after a hyphen.
    pub fn has_editions(self) -> bool {
        self.editions() == Editions::Any
    }

    fn is_called(self, name: &str) -> bool {
        let mut names = self.aliases().iter().copied().chain([self.name()]);
        names.any(|own| match name.strip_prefix(own) {
            Some("") => true,
            Some(rest) => self.has_editions() && rest.strip_prefix('-').is_some_and(|edition| !edition.is_empty()),
            None => false,
        })
    }
}

/// Reads RDS's own names, with any edition after `oracle`, `sqlserver` and `db2`, and what else people call them, in
/// upper or lower case.
impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        let lower = name.to_ascii_lowercase();
        let engine = Self::ALL.into_iter().find(|engine| engine.is_called(&lower));
        engine.ok_or_else(|| UnknownEngine { given: name.chars().take(SHOWN_CHARACTERS).collect() })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl UnknownEngine {
    /// What may have been meant: names that go on where the given one ends, or end where it goes on.
    fn suggestions(&self) -> Vec<&'static str> {
        let given = self.given.to_ascii_lowercase();
        let is_near = |name: &str| given.len() > 1 && (name.starts_with(&given) || given.starts_with(name));
        Engine::ALL.into_iter().map(Engine::name).filter(|name| is_near(name)).collect()
    }
}

impl fmt::Display for UnknownEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = Engine::ALL.map(Engine::listed).join(", ");
        write!(formatter, "must be one of {listed}, not {:?}", self.given)?;
        match self.suggestions().as_slice() {
            [] => Ok(()),
            names => write!(formatter, "; did you mean {}?", names.join(" or ")),
        }
    }
}

impl std::error::Error for UnknownEngine {}

#[cfg(test)]
mod tests;
