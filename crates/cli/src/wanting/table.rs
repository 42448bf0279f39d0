//! What a table lacks: itself, its protection, its time to live, its recovery.

use secret_store::StoreName;
use secret_store::store::StoreError;
use store_dynamodb::{TIME_TO_LIVE, TableFacts, TableInspector, TableMaker};

use super::{Place, there};
use crate::failure::Failure;

/// One thing to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Table,
    Protection,
    Expiry,
    Recovery,
}

/// Tables, looked at and made.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) inspector: TableInspector,
    pub(crate) maker: TableMaker,
}

/// The table that is there, its time to live, and whether it can be restored.
type There = (TableFacts, Option<String>, bool);

impl Place for Tables {
    type Step = Step;

    fn called(&self, name: &StoreName) -> String {
        format!("the table {name}")
    }

    fn flag(&self, name: &StoreName) -> String {
        format!("--table {name}")
    }

    async fn missing(&self, name: &StoreName) -> Result<Vec<Step>, Failure> {
        let there = match there(self.inspector.describe(name).await)? {
            None => None,
            Some(facts) => {
                let expiry = self.inspector.time_to_live(name).await?;
                Some((facts, expiry, self.inspector.recovers(name).await?))
            }
        };
        missing(name, there.as_ref())
    }

    fn step(step: &Step) -> &'static str {
        match step {
            Step::Table => "table",
            Step::Protection => "deletion protection",
            Step::Expiry => "time to live",
            Step::Recovery => "point-in-time recovery",
        }
    }

    /// A table of somebody else's is refused.
    fn warning(&self, _: &StoreName, _: &[Step]) -> Option<String> {
        None
    }

    fn command(&self, table: &StoreName, step: &Step) -> String {
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
        }
    }

    async fn make(&self, table: &StoreName, step: &Step) -> Result<(), StoreError> {
        match step {
            Step::Table => self.maker.create(table).await,
            Step::Protection => self.maker.protect(table).await,
            Step::Expiry => self.maker.let_expire(table).await,
            Step::Recovery => self.maker.let_recover(table).await,
        }
    }

    async fn is_settled(&self, table: &StoreName, step: &Step) -> Result<bool, StoreError> {
        match step {
            Step::Table => Ok(there(self.inspector.describe(table).await)?.is_some_and(|facts| facts.active)),
            Step::Protection | Step::Expiry | Step::Recovery => Ok(true),
        }
    }
}

fn missing(table: &StoreName, there: Option<&There>) -> Result<Vec<Step>, Failure> {
    match there {
        None => Ok(vec![Step::Table, Step::Expiry, Step::Recovery]),
        Some((facts, ..)) if !facts.is_ours => Err(Failure::refused(format!(
            "the table {table} is there, and none of cfn-secrets: its keys are {}",
            facts.keys
        ))
        .hint("choose another name: --table")),
        Some((_, Some(attribute), _)) if attribute != TIME_TO_LIVE => {
            Err(Failure::refused(format!("items of the table {table} expire by {attribute}, not {TIME_TO_LIVE}"))
                .hint("`cfn-secrets doctor` says how to turn that off, which takes an hour"))
        }
        Some((facts, expiry, recovers)) => {
            let missing = [
                (!facts.deletion_protection, Step::Protection),
                (expiry.is_none(), Step::Expiry),
                (!recovers, Step::Recovery),
            ];
            Ok(missing.into_iter().filter(|(missing, _)| *missing).map(|(_, step)| step).collect())
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

    fn steps(there: Option<There>) -> Result<Vec<&'static str>, String> {
        let steps = missing(&"secrets".parse().unwrap(), there.as_ref()).map_err(|failure| failure.message)?;
        Ok(steps.iter().map(Tables::step).collect())
    }

    #[test]
    fn what_is_there_is_not_made_again() {
        assert_eq!(steps(None).unwrap(), ["table", "time to live", "point-in-time recovery"]);
        assert!(steps(Some((facts(), Some(TIME_TO_LIVE.to_owned()), true))).unwrap().is_empty());
        let unprotected = TableFacts { deletion_protection: false, ..facts() };
        assert_eq!(steps(Some((unprotected, None, true))).unwrap(), ["deletion protection", "time to live"]);
    }

    #[test]
    fn what_is_in_the_way_is_refused() {
        let strange = (TableFacts { is_ours: false, ..facts() }, None, true);
        assert!(steps(Some(strange)).unwrap_err().contains("none of cfn-secrets"));
        let expires = (facts(), Some("Ttl".to_owned()), true);
        assert!(steps(Some(expires)).unwrap_err().contains("expire by Ttl"));
    }
}
