//! The key: whether it encrypts, and whether it is there tomorrow.

use keys_kms::{KeyCondition, KeyFacts};
use secret_store::store::StoreError;

use super::Finding;
use crate::when;

/// The key itself.
pub(crate) fn key(facts: &KeyFacts) -> Finding {
    const CHECK: &str = "key";
    let arn = &facts.arn.0;
    match &facts.condition {
        _ if !facts.symmetric => {
            Finding::fault(CHECK, format!("{arn} is not a symmetric key"), "name the right one: --key")
        }
        _ if !facts.own => Finding::fault(
            CHECK,
            format!("{arn} is AWS's own: nobody can let a role use it"),
            "name the right one: --key",
        ),
        KeyCondition::Enabled => Finding::ok(CHECK, format!("{arn} is enabled")),
        KeyCondition::Disabled => {
            Finding::fault(CHECK, format!("{arn} is disabled"), format!("aws kms enable-key --key-id {arn}"))
        }
        KeyCondition::PendingDeletion(at) => {
            let at = at.map(|at| format!(" on {}: all values are lost then", when::date(at))).unwrap_or_default();
            Finding::fault(
                CHECK,
                format!("{arn} is deleted{at}"),
                format!("aws kms cancel-key-deletion --key-id {arn} && aws kms enable-key --key-id {arn}"),
            )
        }
        KeyCondition::Other(state) => {
            Finding::fault(CHECK, format!("{arn} is {state}"), format!("aws kms describe-key --key-id {arn}"))
        }
    }
}

/// Whether it gets new material.
pub(crate) fn rotation(facts: &KeyFacts, rotates: Result<bool, StoreError>) -> Finding {
    const CHECK: &str = "key rotation";
    match rotates {
        Ok(true) => Finding::ok(CHECK, "on"),
        Ok(false) => Finding::warning(CHECK, "off", format!("aws kms enable-key-rotation --key-id {}", facts.arn.0)),
        Err(error) => Finding::failed(CHECK, error),
    }
}

#[cfg(test)]
mod tests {
    use secret_store::{KeyArn, UnixTime};

    use super::super::Standing;
    use super::*;

    #[test]
    fn only_a_key_that_is_there_tomorrow_is_well() {
        let arn = KeyArn("arn:aws:kms:eu-west-1:123456789012:key/1".to_owned());
        let sound = KeyFacts { arn, condition: KeyCondition::Enabled, symmetric: true, own: true };
        let of = |facts: KeyFacts| key(&facts);
        assert_eq!(of(sound.clone()).standing, Standing::Ok);
        for (condition, remedy) in [
            (KeyCondition::Disabled, "enable-key"),
            (KeyCondition::PendingDeletion(Some(UnixTime(1_764_000_000))), "cancel-key-deletion"),
            (KeyCondition::PendingDeletion(None), "cancel-key-deletion"),
            (KeyCondition::Other("Unavailable".to_owned()), "describe-key"),
        ] {
            let finding = of(KeyFacts { condition, ..sound.clone() });
            assert!(finding.standing == Standing::Fault && finding.remedy.contains(remedy), "{finding:?}");
        }
        for wrong in [KeyFacts { symmetric: false, ..sound.clone() }, KeyFacts { own: false, ..sound.clone() }] {
            assert_eq!(of(wrong).standing, Standing::Fault);
        }
        assert_eq!(rotation(&sound, Ok(false)).standing, Standing::Warning);
    }
}
