//! What a key lacks: itself, new material every year, its alias.

use keys_kms::{KeyCondition, KeyFacts, KeyInspector, KeyMaker};
use secret_store::store::StoreError;
use secret_store::{KeyArn, KeyId, StoreName};

use super::there;
use crate::failure::Failure;

/// One thing to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key,
    Rotation,
    Alias,
}

/// The key that is there, and whether it gets new material.
pub(crate) async fn look(keys: &KeyInspector, key: &KeyId) -> Result<Option<(KeyFacts, bool)>, StoreError> {
    let Some(facts) = there(keys.describe(key).await)? else { return Ok(None) };
    let rotates = keys.rotates(&facts.arn).await?;
    Ok(Some((facts, rotates)))
}

/// What is missing, in the order in which it is made.
///
/// # Errors
/// Where something else is in the way.
pub(crate) fn missing(key: &KeyId, there: Option<&(KeyFacts, bool)>) -> Result<Vec<Step>, Failure> {
    match there {
        None if key.as_str().starts_with("alias/") => Ok(vec![Step::Key, Step::Rotation, Step::Alias]),
        None => Err(Failure::refused(format!("the key {key} is not there"))
            .hint("name an alias to make one under it: --key alias/NAME")),
        Some((facts, _)) if facts.condition != KeyCondition::Enabled || !facts.symmetric => {
            Err(Failure::refused(format!("the key {key} is there, and cannot be used"))
                .hint("`cfn-secrets doctor` says why, and what to do"))
        }
        Some((_, false)) => Ok(vec![Step::Rotation]),
        Some((_, true)) => Ok(Vec::new()),
    }
}

impl Step {
    /// Its name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Rotation => "key rotation",
            Self::Alias => "alias",
        }
    }

    /// What makes it with the AWS CLI.
    pub(crate) fn command(self, store: &StoreName, key: &KeyId, arn: Option<&KeyArn>) -> String {
        let key_id = arn.map_or("\"$key\"", |arn| arn.0.as_str());
        match self {
            Self::Key => format!(
                "key=$(aws kms create-key --description 'Secrets of {store}' --query KeyMetadata.Arn --output text)"
            ),
            Self::Rotation => format!("aws kms enable-key-rotation --key-id {key_id}"),
            Self::Alias => format!("aws kms create-alias --alias-name {key} --target-key-id {key_id}"),
        }
    }

    /// Makes it. The ARN of a key that is made is told at once: should the rest fail, nothing else names it.
    pub(crate) async fn make(
        self,
        keys: &KeyMaker,
        store: &StoreName,
        key: &KeyId,
        arn: &mut Option<KeyArn>,
    ) -> Result<(), StoreError> {
        match (self, &arn) {
            (Self::Rotation, Some(arn)) => keys.let_rotate(arn).await,
            (Self::Alias, Some(arn)) => keys.name(arn, key.as_str()).await,
            (Self::Key | Self::Rotation | Self::Alias, _) => {
                *arn = Some(keys.create(&format!("Secrets of {store}")).await?);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> KeyFacts {
        let arn = KeyArn("arn:aws:kms:eu-west-1:123456789012:key/1".to_owned());
        KeyFacts { arn, condition: KeyCondition::Enabled, symmetric: true, own: true }
    }

    fn steps(key: &str, there: Option<(KeyFacts, bool)>) -> Result<Vec<&'static str>, String> {
        let steps = missing(&key.parse().unwrap(), there.as_ref()).map_err(|failure| failure.message)?;
        Ok(steps.into_iter().map(Step::name).collect())
    }

    #[test]
    fn what_is_there_is_not_made_again() {
        assert_eq!(steps("alias/x", None).unwrap(), ["key", "key rotation", "alias"]);
        assert_eq!(steps("alias/x", Some((key(), false))).unwrap(), ["key rotation"]);
        assert!(steps("alias/x", Some((key(), true))).unwrap().is_empty());
    }

    #[test]
    fn what_is_in_the_way_is_refused() {
        let disabled = KeyFacts { condition: KeyCondition::Disabled, ..key() };
        assert!(steps("alias/x", Some((disabled, true))).unwrap_err().contains("cannot be used"));
        assert!(steps("arn:aws:kms:x", None).unwrap_err().contains("is not there"));
    }
}
