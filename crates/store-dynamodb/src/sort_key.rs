//! The sort keys of one secret's items, below its stack name: `prod`, `prod#0000000000000000001`, ...

use secret_store::{Env, Identity, Name, Version};

/// The head's sort key: `prod`, or `prod/NAME` for a secret with a name of its own.
pub(crate) fn head(identity: &Identity) -> String {
    let Identity { env, name, .. } = identity;
    if *name == Name::default() { env.to_string() } else { format!("{env}/{name}") }
}

/// A version's sort key: the head's, `#`, and the number padded to 19 digits.
pub(crate) fn version(identity: &Identity, version: Version) -> String {
    format!("{}#{}", head(identity), version.padded())
}

/// The last sort key of this secret's range, inclusive.
///
/// The range from [`head`] to here holds the head and the versions and nothing else: `#` sorts before every byte that
/// a name may have and before `/`, so neither `prod-eu` nor `prod/NAME` falls in.
pub(crate) fn last(identity: &Identity) -> String {
    format!("{}#~", head(identity))
}

/// The version that a sort key of this secret names; `None` for the head's and for foreign keys.
pub(crate) fn version_of(identity: &Identity, sort_key: &str) -> Option<Version> {
    let number = sort_key.strip_prefix(&head(identity))?.strip_prefix('#')?;
    let parsed = number.parse().ok()?;
    (version(identity, parsed) == sort_key).then_some(parsed)
}

/// The env and the name that a sort key is for, a head's or a version's; `None` for foreign keys.
pub(crate) fn secret(sort_key: &str) -> Option<(Env, Name)> {
    let head = sort_key.split_once('#').map_or(sort_key, |(head, _)| head);
    match head.split_once('/') {
        None => Some((head.parse().ok()?, Name::default())),
        Some((env, name)) => Some((env.parse().ok()?, name.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(env: &str, name: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: "stack".parse().unwrap(),
            env: env.parse().unwrap(),
            name: name.parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn ranges_of_different_secrets_never_meet(
            env in "[ab._-]{1,3}", name in "([ab._-]{1,3}|default)",
            other_env in "[ab._-]{1,3}", other_name in "([ab._-]{1,3}|default)", number in 1..1000_u64,
        ) {
            let (one, other) = (identity(&env, &name), identity(&other_env, &other_name));
            prop_assert_eq!(secret(&head(&one)), Some((one.env.clone(), one.name.clone())));
            let of_a_version = secret(&version(&one, Version::new(number).unwrap()));
            prop_assert_eq!(of_a_version, Some((one.env.clone(), one.name.clone())));
            prop_assume!(one != other);
            let range = head(&one)..=last(&one);
            prop_assert!(!range.contains(&head(&other)));
            prop_assert!(!range.contains(&version(&other, Version::new(number).unwrap())));
        }
    }

    #[test]
    fn the_range_holds_the_head_and_every_version() {
        for name in ["default", "replica"] {
            let identity = identity("prod", name);
            let range = head(&identity)..=last(&identity);
            assert!(range.contains(&head(&identity)));
            assert!(range.contains(&version(&identity, Version::FIRST)));
            assert!(range.contains(&version(&identity, Version::new(9_999_999_999_999_999_999).unwrap())));
        }
    }

    #[test]
    fn a_sort_key_names_its_version_or_nothing() {
        let identity = identity("prod", "default");
        assert_eq!(version_of(&identity, "prod#0000000000000000012").unwrap().number(), 12);
        for foreign in ["prod", "prod#12", "prod#", "prod-eu#0000000000000000012", "prod/x#0000000000000000012"] {
            assert_eq!(version_of(&identity, foreign), None, "{foreign}");
        }
    }
}
