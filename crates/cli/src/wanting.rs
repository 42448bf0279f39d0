//! What a table lacks that is to be used without the template, as steps: each a command for the AWS CLI, and a call.

use keys_kms::{KeyCondition, KeyFacts, KeyMaker};
use secret_store::store::StoreError;
use secret_store::{KeyArn, KeyId, StoreName};
use store_dynamodb::{TIME_TO_LIVE, TableFacts, TableMaker};

use crate::failure::Failure;

/// One thing to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Table,
    Protection,
    Expiry,
    Recovery,
    Key,
    Rotation,
    Alias,
}

/// What is there.
#[derive(Clone, Debug)]
pub(crate) struct There {
    /// The table, its time to live, and whether it can be restored.
    pub(crate) table: Option<(TableFacts, Option<String>, bool)>,
    /// The key, and whether it gets new material.
    pub(crate) key: Option<(KeyFacts, bool)>,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a StoreName,
    pub(crate) key: &'a KeyId,
}

impl Wanted<'_> {
    /// What is missing, in the order in which it is made.
    ///
    /// # Errors
    /// Where something else is in the way.
    pub(crate) fn steps(&self, there: &There) -> Result<Vec<Step>, Failure> {
        let mut steps = Vec::new();
        match &there.table {
            None => steps.extend([Step::Table, Step::Expiry, Step::Recovery]),
            Some((facts, ..)) if !facts.is_ours => {
                return Err(Failure::refused(format!(
                    "the table {} is there, and none of cfn-secrets: its keys are {}",
                    self.table, facts.keys
                ))
                .hint("choose another name: --table"));
            }
            Some((_, Some(attribute), _)) if attribute != TIME_TO_LIVE => {
                return Err(Failure::refused(format!(
                    "items of the table {} expire by {attribute}, not {TIME_TO_LIVE}",
                    self.table
                ))
                .hint("`cfn-secrets doctor` says how to turn that off, which takes an hour"));
            }
            Some((facts, expiry, recovers)) => {
                let missing = [
                    (!facts.deletion_protection, Step::Protection),
                    (expiry.is_none(), Step::Expiry),
                    (!recovers, Step::Recovery),
                ];
                steps.extend(missing.into_iter().filter(|(missing, _)| *missing).map(|(_, step)| step));
            }
        }
        match &there.key {
            None if self.key.as_str().starts_with("alias/") => steps.extend([Step::Key, Step::Rotation, Step::Alias]),
            None => {
                return Err(Failure::refused(format!("the key {} is not there", self.key))
                    .hint("name an alias to make one under it: --key alias/NAME"));
            }
            Some((facts, _)) if facts.condition != KeyCondition::Enabled || !facts.symmetric => {
                return Err(Failure::refused(format!("the key {} is there, and cannot be used", self.key))
                    .hint("`cfn-secrets doctor` says why, and what to do"));
            }
            Some((_, false)) => steps.push(Step::Rotation),
            Some((_, true)) => {}
        }
        Ok(steps)
    }

    /// What makes it with the AWS CLI: lines for a shell, to be run one after the other.
    pub(crate) fn command(&self, step: Step, key: Option<&KeyArn>) -> String {
        let (table, key_id) = (self.table, key.map_or("\"$key\"", |arn| arn.0.as_str()));
        match step {
            Step::Table => format!(
                "aws dynamodb create-table --table-name {table} --billing-mode PAY_PER_REQUEST \
                 --deletion-protection-enabled --attribute-definitions AttributeName=StackName,AttributeType=S \
                 AttributeName=Env,AttributeType=S --key-schema AttributeName=StackName,KeyType=HASH \
                 AttributeName=Env,KeyType=RANGE && aws dynamodb wait table-exists --table-name {table}"
            ),
            Step::Protection => format!("aws dynamodb update-table --table-name {table} --deletion-protection-enabled"),
            Step::Expiry => format!(
                "aws dynamodb update-time-to-live --table-name {table} \
                 --time-to-live-specification Enabled=true,AttributeName={TIME_TO_LIVE}"
            ),
            Step::Recovery => format!(
                "aws dynamodb update-continuous-backups --table-name {table} \
                 --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
            ),
            Step::Key => format!(
                "key=$(aws kms create-key --description 'Secrets of {table}' --query KeyMetadata.Arn --output text)"
            ),
            Step::Rotation => format!("aws kms enable-key-rotation --key-id {key_id}"),
            Step::Alias => format!("aws kms create-alias --alias-name {} --target-key-id {key_id}", self.key),
        }
    }

    /// Makes it. The ARN of a key that is made is told at once: should the rest fail, nothing else names it.
    pub(crate) async fn make(
        &self,
        step: Step,
        (tables, keys): (&TableMaker, &KeyMaker),
        key: &mut Option<KeyArn>,
    ) -> Result<(), StoreError> {
        match (step, &key) {
            (Step::Table, _) => tables.create(self.table).await,
            (Step::Protection, _) => tables.protect(self.table).await,
            (Step::Expiry, _) => tables.let_expire(self.table).await,
            (Step::Recovery, _) => tables.let_recover(self.table).await,
            (Step::Rotation, Some(key)) => keys.let_rotate(key).await,
            (Step::Alias, Some(key)) => keys.name(key, self.key.as_str()).await,
            (Step::Key | Step::Rotation | Step::Alias, _) => {
                *key = Some(keys.create(&format!("Secrets of {}", self.table)).await?);
                Ok(())
            }
        }
    }
}

impl Step {
    /// Its name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Protection => "deletion protection",
            Self::Expiry => "time to live",
            Self::Recovery => "point-in-time recovery",
            Self::Key => "key",
            Self::Rotation => "key rotation",
            Self::Alias => "alias",
        }
    }
}

#[cfg(test)]
mod tests {
    use store_dynamodb::Billing;

    use super::*;

    fn facts() -> TableFacts {
        TableFacts {
            active: true,
            status: "ACTIVE".to_owned(),
            is_ours: true,
            keys: "StackName and Env".to_owned(),
            billing: Billing::OnDemand,
            deletion_protection: true,
        }
    }

    fn key() -> KeyFacts {
        let arn = KeyArn("arn:aws:kms:eu-west-1:123456789012:key/1".to_owned());
        KeyFacts { arn, condition: KeyCondition::Enabled, symmetric: true, own: true }
    }

    fn steps(there: &There, key: &str) -> Result<Vec<&'static str>, String> {
        let (table, key) = ("secrets".parse().unwrap(), key.parse().unwrap());
        let steps = Wanted { table: &table, key: &key }.steps(there).map_err(|failure| failure.message)?;
        Ok(steps.into_iter().map(Step::name).collect())
    }

    #[test]
    fn what_is_there_is_not_made_again() {
        let all = There { table: None, key: None };
        let names = ["table", "time to live", "point-in-time recovery", "key", "key rotation", "alias"];
        assert_eq!(steps(&all, "alias/secrets").unwrap(), names);
        let nothing = There { table: Some((facts(), Some(TIME_TO_LIVE.to_owned()), true)), key: Some((key(), true)) };
        assert!(steps(&nothing, "alias/secrets").unwrap().is_empty());
        let unprotected = TableFacts { deletion_protection: false, ..facts() };
        let some = There { table: Some((unprotected, None, true)), key: Some((key(), false)) };
        assert_eq!(steps(&some, "alias/x").unwrap(), ["deletion protection", "time to live", "key rotation"]);
    }

    #[test]
    fn what_is_in_the_way_is_refused() {
        let sound = (facts(), Some(TIME_TO_LIVE.to_owned()), true);
        let strange = There { table: Some((TableFacts { is_ours: false, ..facts() }, None, true)), key: None };
        assert!(steps(&strange, "alias/x").unwrap_err().contains("none of cfn-secrets"));
        let expires = There { table: Some((facts(), Some("Ttl".to_owned()), true)), key: None };
        assert!(steps(&expires, "alias/x").unwrap_err().contains("expire by Ttl"));
        let disabled = KeyFacts { condition: KeyCondition::Disabled, ..key() };
        let disabled = There { table: Some(sound.clone()), key: Some((disabled, true)) };
        assert!(steps(&disabled, "alias/x").unwrap_err().contains("cannot be used"));
        assert!(steps(&There { table: Some(sound), key: None }, "arn:aws:kms:x").unwrap_err().contains("is not there"));
    }
}
