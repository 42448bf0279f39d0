//! Which user names are too near the secrets beside them: databases refuse a password that contains the name of its user.
//!
//! PostgreSQL's passwordcheck and Oracle's and Microsoft's rules ask for it, some in whatever case, some of the name read
//! backwards as well.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use crate::username::Username;

/// Places in `names` of those that one of the `secrets` contains, or that contain one.
///
/// Shorter secrets than the shortest name are left out of the latter: some of them stand in every name.
///
/// By windows of equal length, so that many names beside many secrets take no longer than both take to be drawn.
pub(crate) fn clashing(names: &[&str], secrets: &[&str]) -> BTreeSet<usize> {
    if names.is_empty() {
        return BTreeSet::new();
    }
    let backwards: Vec<Vec<u8>> = names.iter().map(|name| name.bytes().rev().collect()).collect();
    let secrets: Vec<Zeroizing<Vec<u8>>> = secrets.iter().map(|secret| lower_case(secret)).collect();

    let forwards = names.iter().map(|name| name.as_bytes());
    let names_by_length =
        Needles::new(forwards.clone().enumerate().chain(backwards.iter().map(Vec::as_slice).enumerate()));
    let mut clashing: BTreeSet<usize> = secrets.iter().flat_map(|secret| names_by_length.found_in(secret)).collect();

    let short = Username::MIN_LENGTH..=Username::MAX_LENGTH;
    let short = secrets.iter().filter(|secret| short.contains(&secret.len()));
    let secrets_by_length = Needles::new(short.map(|secret| (0, secret.as_slice())));
    let containing = forwards.enumerate().filter(|(_, name)| secrets_by_length.found_in(name).next().is_some());
    clashing.extend(containing.map(|(place, _)| place));
    clashing
}

/// Texts to look for, by their length, each with its place.
struct Needles<'a>(BTreeMap<usize, BTreeMap<&'a [u8], usize>>);

impl<'a> Needles<'a> {
    fn new(texts: impl Iterator<Item = (usize, &'a [u8])>) -> Self {
        let mut by_length = BTreeMap::<_, BTreeMap<_, _>>::new();
        for (place, text) in texts {
            by_length.entry(text.len()).or_default().insert(text, place);
        }
        Self(by_length)
    }

    fn found_in(&self, text: &[u8]) -> impl Iterator<Item = usize> {
        let of_length = |(length, needles): (&usize, &'_ BTreeMap<&[u8], usize>)| {
            text.windows(*length).filter_map(|window| needles.get(window).copied()).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_length)
    }
}

fn lower_case(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.bytes().map(|byte| byte.to_ascii_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_secret_and_a_secret_in_a_name_are_found() {
        let names = ["app1", "user2name", "other"];
        for (secret, expected) in [
            ("xx-app2-xx", vec![]),
            ("xx-app1-xx", vec![0]),
            ("xx-APP1", vec![0]),
            ("1ppa", vec![0]),
            ("app1user2name", vec![0, 1]),
            ("er2n", vec![1]),
            ("ER2N", vec![1]),
            ("er2", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(clashing(&names, &[secret, "long enough"]), expected.into_iter().collect(), "{secret}");
        }
        assert!(clashing(&[], &["app1"]).is_empty() && clashing(&names, &[]).is_empty());
    }
}
