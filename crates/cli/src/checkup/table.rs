//! The table: whether it is one of cfn-secrets, and whether what is lost in it can be had again.

use secret_store::StoreName;
use secret_store::store::StoreError;
use store_dynamodb::{Billing, TIME_TO_LIVE, TableFacts};

use super::Finding;

/// The table itself; its name, keys, capacity and protection.
pub(crate) fn table(name: &StoreName, facts: Result<TableFacts, StoreError>) -> Vec<Finding> {
    let facts = match facts {
        Ok(facts) => facts,
        Err(error @ StoreError::Missing { .. }) => {
            let mut finding = Finding::failed("table", error);
            finding.remedy = format!("cfn-secrets setup --table {name}, or check --table, --region and --profile");
            return vec![finding];
        }
        Err(error) => return vec![Finding::failed("table", error)],
    };
    let mut findings = Vec::new();
    findings.push(if facts.active {
        Finding::ok("table", format!("{name} is there"))
    } else {
        Finding::fault(
            "table",
            format!("{name} is {}", facts.status),
            format!("aws dynamodb wait table-exists --table-name {name}"),
        )
    });
    findings.push(if facts.is_ours {
        Finding::ok("table keys", facts.keys)
    } else {
        let found = format!("{}, not StackName and Env, both strings: the table is none of cfn-secrets", facts.keys);
        Finding::fault("table keys", found, "name the right one: --table")
    });
    findings.push(match facts.billing {
        Billing::OnDemand => Finding::ok("table capacity", "on demand"),
        Billing::Provisioned { reads, writes } => {
            let found = format!("{reads} reads and {writes} writes a second are provisioned");
            // A new secret takes 4 writes.
            if writes < 4 {
                Finding::warning(
                    "table capacity",
                    format!("{found}; a new secret takes 4 writes"),
                    format!("aws dynamodb update-table --table-name {name} --billing-mode PAY_PER_REQUEST"),
                )
            } else {
                Finding::ok("table capacity", found)
            }
        }
    });
    findings.push(if facts.deletion_protection {
        Finding::ok("deletion protection", "on")
    } else {
        Finding::warning(
            "deletion protection",
            "off",
            format!("aws dynamodb update-table --table-name {name} --deletion-protection-enabled"),
        )
    });
    findings
}

/// Whether what is retired goes by itself. Without it nothing is lost, and nothing ever goes.
pub(crate) fn time_to_live(name: &StoreName, attribute: Result<Option<String>, StoreError>) -> Finding {
    const CHECK: &str = "time to live";
    let turn = |enabled: bool, attribute: &str| {
        format!(
            "aws dynamodb update-time-to-live --table-name {name} \
             --time-to-live-specification Enabled={enabled},AttributeName={attribute}"
        )
    };
    match attribute {
        Ok(Some(attribute)) if attribute == TIME_TO_LIVE => Finding::ok(CHECK, format!("by {attribute}")),
        Ok(Some(attribute)) => {
            Finding::fault(CHECK, format!("by {attribute}, not {TIME_TO_LIVE}"), turn(false, &attribute))
        }
        Ok(None) => Finding::warning(CHECK, "off: what is retired is never erased", turn(true, TIME_TO_LIVE)),
        Err(error) => Finding::failed(CHECK, error),
    }
}

/// Whether it can be restored.
pub(crate) fn recovery(name: &StoreName, recovers: Result<bool, StoreError>) -> Finding {
    const CHECK: &str = "point-in-time recovery";
    match recovers {
        Ok(true) => Finding::ok(CHECK, "on"),
        Ok(false) => Finding::warning(
            CHECK,
            "off: what is lost stays lost",
            format!(
                "aws dynamodb update-continuous-backups --table-name {name} \
                 --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
            ),
        ),
        Err(error) => Finding::failed(CHECK, error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;

    fn standings(facts: TableFacts) -> Vec<Standing> {
        let findings = table(&"secrets".parse().unwrap(), Ok(facts));
        findings.iter().for_each(|finding| assert_eq!(finding.standing == Standing::Ok, finding.remedy.is_empty()));
        findings.iter().map(|finding| finding.standing).collect()
    }

    #[test]
    fn each_thing_that_a_table_lacks_is_told_by_itself() {
        let sound = TableFacts {
            active: true,
            status: "ACTIVE".to_owned(),
            is_ours: true,
            keys: "StackName and Env".to_owned(),
            billing: Billing::OnDemand,
            deletion_protection: true,
        };
        let [ok, warning, fault] = [Standing::Ok, Standing::Warning, Standing::Fault];
        assert_eq!(standings(sound.clone()), [ok; 4]);
        assert_eq!(standings(TableFacts { is_ours: false, ..sound.clone() }), [ok, fault, ok, ok]);
        let billing = Billing::Provisioned { reads: 1, writes: 1 };
        assert_eq!(standings(TableFacts { billing, ..sound.clone() }), [ok, ok, warning, ok]);
        assert_eq!(
            standings(TableFacts { active: false, deletion_protection: false, ..sound }),
            [fault, ok, ok, warning]
        );
    }

    #[test]
    fn the_time_to_live_is_by_one_attribute() {
        let name = "secrets".parse().unwrap();
        let of = |attribute: Option<&str>| time_to_live(&name, Ok(attribute.map(str::to_owned)));
        assert_eq!(of(Some("ExpiresAt")).standing, Standing::Ok);
        assert_eq!(of(None).standing, Standing::Warning);
        assert!(of(Some("Ttl")).remedy.contains("Enabled=false,AttributeName=Ttl"));
    }
}
