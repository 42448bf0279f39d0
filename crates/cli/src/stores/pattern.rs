//! Patterns over names: `*` stands for any text, everything else for itself; and how a name that fits one becomes another.

use std::str::FromStr;

use clap::Args;

use super::At;
use super::port::Listed;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    /// What each `*` stands for, the shortest first; `None` for a name that does not fit.
    fn captures<'n>(&self, name: &'n str) -> Option<Vec<&'n str>> {
        let [first, rest @ ..] = self.0.as_slice() else { return None };
        let mut left = name.strip_prefix(first.as_str())?;
        let Some((last, between)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
        let mut found = Vec::new();
        for part in between {
            let (captured, after) = left.split_once(part.as_str())?;
            found.push(captured);
            left = after;
        }
        found.push(left.strip_suffix(last.as_str())?);
        Some(found)
    }

    /// Whether a name fits.
    fn has(&self, name: &str) -> bool {
        self.captures(name).is_some()
    }
}

impl FromStr for Pattern {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.split('*').map(ToOwned::to_owned).collect()))
    }
}

/// `FROM=TO`: each `*` of TO is what that of FROM stands for, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    from: Pattern,
    to: Vec<String>,
}

impl Rename {
    /// The new name, where the old one fits.
    fn apply(&self, name: &str) -> Option<String> {
        let captures = self.from.captures(name)?;
        let mut renamed = String::new();
        for (index, part) in self.to.iter().enumerate() {
            renamed.push_str(part);
            if index + 1 < self.to.len() {
                renamed.push_str(captures[index]);
            }
        }
        Some(renamed)
    }
}

impl FromStr for Rename {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once('=').ok_or("must be FROM=TO, such as '*.*=shop/*/*'")?;
        let Ok(from) = from.parse::<Pattern>();
        let to: Vec<_> = to.split('*').map(ToOwned::to_owned).collect();
        if to.len() > from.0.len() {
            return Err("TO has more * than FROM");
        }
        Ok(Self { from, to })
    }
}

/// What a name becomes: by the first that it fits, else it stays.
pub(super) fn renamed(name: &str, renames: &[Rename]) -> String {
    renames.iter().find_map(|rename| rename.apply(name)).unwrap_or_else(|| name.to_owned())
}

/// Which secrets are meant, where a verb is about many.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Which {
    /// Those whose names fit, behind the store's path or prefix; * stands for any text. May be given again
    #[arg(long = "match", value_name = "PATTERN")]
    patterns: Vec<Pattern>,
}

impl Which {
    /// Whether a secret of this name is meant.
    pub(super) fn has(&self, at: &At, name: &str) -> bool {
        let own = at.own(name).unwrap_or(name);
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.has(own))
    }

    /// Those that are meant.
    pub(super) fn of(&self, at: &At, listed: Vec<Listed>) -> Vec<Listed> {
        listed.into_iter().filter(|listed| self.has(at, &listed.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let has = |pattern: &str, name: &str| pattern.parse::<Pattern>().unwrap().has(name);
        for (pattern, name) in
            [("*", ""), ("*", "a/b"), ("a", "a"), ("a*", "a"), ("*.db", "x.db"), ("a*b*c", "aXbYbc"), ("a**b", "ab")]
        {
            assert!(has(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("a", ""), ("a*b", "a"), ("a*a", "a"), ("*.db", "db"), ("a*b*c", "abXc1")]
        {
            assert!(!has(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_becomes_what_the_first_rename_says() {
        let renames: Vec<Rename> =
            ["prod.*.*=shop/prod/*-*", "*.*=*/dev/*", "x*=y"].iter().map(|text| text.parse().unwrap()).collect();
        for (name, expected) in [
            ("prod.db.password", "shop/prod/db-password"),
            ("blog.key", "blog/dev/key"),
            ("a.b.c", "a/dev/b.c"),
            ("xyz", "y"),
            ("plain", "plain"),
        ] {
            assert_eq!(renamed(name, &renames), expected);
        }
        assert!("*".parse::<Rename>().is_err() && "a*=**".parse::<Rename>().is_err());
    }
}
