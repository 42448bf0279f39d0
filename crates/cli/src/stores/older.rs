//! Earlier versions of secrets: read from one store, and which of them another still lacks.

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::port::{Held, Listed, Past, Read};
use crate::context::Context;
use crate::each::{Outcome, each};
use crate::exit::Kind;
use crate::failure::Failure;

/// Which versions of each secret are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Versions {
    /// The one that readers get.
    #[default]
    Current,
    /// Every one that can still be read.
    All,
}

/// A version that is not current, with its value.
#[derive(Clone, Debug)]
pub(super) struct Older {
    pub(super) past: Past,
    pub(super) held: Held,
}

/// The versions of these secrets that are not current, the oldest first.
pub(super) async fn of_all(
    store: &(impl Read + ?Sized),
    current: Vec<(Listed, Held)>,
    concurrency: usize,
    context: &Context,
) -> Outcome<(Listed, Held), Vec<Older>> {
    let one = async |(listed, held): &(Listed, Held)| of_one(store, &listed.name, Some(&held.version)).await;
    each("reading earlier versions", current, concurrency, context, one).await
}

/// The versions of one secret but this one, the oldest first.
async fn of_one(store: &(impl Read + ?Sized), name: &str, but: Option<&str>) -> Result<Vec<Older>, Failure> {
    let mut older = Vec::new();
    for past in store.history(name).await?.into_iter().rev() {
        if !past.readable || but == Some(past.version.as_str()) {
            continue;
        }
        // One that went away since is not there.
        if let Some(held) = store.get(name, Some(&past.version)).await? {
            older.push(Older { past, held });
        }
    }
    Ok(older)
}

/// How many of these values, the oldest first, a store has already, so that the rest is what it lacks; `None` where nothing that
/// is missing can come behind what is there, because the same value is current and others were before it.
pub(super) async fn there_already(
    store: &(impl Read + ?Sized),
    name: &str,
    current: &Held,
    wished: &[&SecretString],
) -> Result<Option<usize>, Failure> {
    let mut there = Vec::new();
    for past in store.history(name).await?.into_iter().rev() {
        if past.readable && past.version != current.version {
            // What cannot be read is no value that is wished for.
            match store.get(name, Some(&past.version)).await {
                Err(failure) if failure.kind != Kind::Refused => return Err(failure),
                found => there.push(found.ok().flatten().map(|held| held.value)),
            }
        }
    }
    there.push(Some(current.value.clone()));
    Ok(overlap(&there, wished))
}

/// The first of `wished` that are the last of `there`, as many as can be.
fn overlap(there: &[Option<SecretString>], wished: &[&SecretString]) -> Option<usize> {
    let same = |one: &Option<SecretString>, other: &SecretString| {
        one.as_ref().is_some_and(|one| one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into())
    };
    let ends_so = |count: usize| {
        let last = &there[there.len() - count..];
        last.iter().zip(wished).all(|(there, wished)| same(there, wished))
    };
    let most = there.len().min(wished.len());
    let count = (0..=most).rev().find(|count| ends_so(*count)).unwrap_or_default();
    let is_current = there.last().zip(wished.last()).is_some_and(|(there, wished)| same(there, wished));
    // A copy that was killed has nothing before what it brought.
    let goes_on = count == wished.len() || (count > 0 && count == there.len());
    (goes_on || !is_current).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(there: &str, wished: &str) -> Option<usize> {
        let value = |letter: char| SecretString::from(letter.to_string());
        let wished: Vec<_> = wished.chars().map(value).collect();
        // A dot cannot be read.
        let there: Vec<_> = there.chars().map(|letter| (letter != '.').then(|| value(letter))).collect();
        overlap(&there, &wished.iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_a_killed_copy_brought_is_not_brought_again() {
        for (there, wished, count) in [
            ("", "abc", 0),
            ("a", "abc", 1),
            ("ab", "abc", 2),
            ("abc", "abc", 3),
            ("xab", "abc", 2),
            ("x.abc", "abc", 3),
            ("x", "abc", 0),
            ("ax", "abc", 0),
            ("a", "aba", 1),
            ("ab", "aba", 2),
            ("aba", "aba", 3),
            (".b", "abc", 0),
        ] {
            assert_eq!(found(there, wished), Some(count), "{there} {wished}");
        }
    }

    #[test]
    fn earlier_versions_do_not_come_behind_the_same_current_one() {
        for (there, wished) in [("c", "abc"), ("xc", "abc"), ("acbc", "abc")] {
            assert_eq!(found(there, wished), None, "{there} {wished}");
        }
    }
}
