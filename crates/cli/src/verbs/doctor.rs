//! `doctor`: whether all that the pair stands on is there and as it should be, each with its remedy. It changes nothing, reads
//! no secret, and goes on past what it may not look at.

use clap::Args;
use functions_lambda::{Clock, Functions};
use keys_kms::KeyInspector;
use secret_store::{KeyId, StoreName};
use stacks_cloudformation::{StackFacts, StackInspector};
use store_dynamodb::TableInspector;
use store_s3::BucketInspector;

use crate::checkup::{self, Finding, Report, functions::Expected};
use crate::context::{Context, KEY_VARIABLE, TABLE_VARIABLE};
use crate::failure::Failure;
use crate::rights::{self, Right};
use crate::stores::At;
use crate::table::{PAIR, is_over_s3};
use crate::verbs::Run;

/// Looks whether the pair is well: key, table or bucket, recovery, functions, roles, clock
///
/// Each check has a row: ok, a warning, a fault, or that you may not look; and what to do about it. It ends with 1 where
/// there is a fault, with 5 where there is none and not all could be looked at. Nothing is changed, and no secret is read.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets doctor
  cfn-secrets doctor --pair secrets-test                     # whose stack has another name
  cfn-secrets doctor --table secrets --key alias/secrets     # a table without the pair
  cfn-secrets doctor --store s3://my-secrets --key alias/x   # a bucket without the pair
  cfn-secrets doctor --output json | jq '.[] | select(.state != \"ok\")'")]
pub(crate) struct Doctor {
    /// The name of the pair's stack
    #[arg(long, value_name = "STACK", default_value = PAIR)]
    pair: String,
}

impl Run for Doctor {
    type Hold = (Clock, StackInspector, TableInspector, BucketInspector, KeyInspector, Functions);
    const RIGHTS: &'static [Right] = &[
        rights::DESCRIBE_PAIR,
        rights::LIST_PAIRS_RESOURCES,
        rights::DESCRIBE_TABLE,
        rights::DESCRIBE_TIME_TO_LIVE,
        rights::DESCRIBE_CONTINUOUS_BACKUPS,
        rights::DESCRIBE_KEY,
        rights::GET_KEY_ROTATION_STATUS,
        rights::GET_FUNCTION_CONFIGURATION,
        rights::GET_ROLE,
    ];

    async fn run(
        &self,
        (clock, stacks, tables, buckets, keys, functions): Self::Hold,
        context: &Context,
    ) -> Result<(), Failure> {
        let (named_store, named_key) = (context.named_table()?, context.named_key()?);
        let bar = context.ui.progress("looking", None);
        let mut report = Report::default();
        report.extend(checkup::clock::findings(&clock.url(), clock.ask().await, context.edge.time()));
        bar.at(1);
        let pair = self.stack(&stacks, &mut report).await;
        bar.at(2);
        let output = |name: &str| pair.as_ref().and_then(|pair| pair.outputs.get(name));
        let of_the_pair = output("TableName").and_then(|name| name.parse::<StoreName>().ok());
        // Somebody may have named the pair's bucket as verbs name a table.
        let is_the_pairs = named_store.is_none() || named_store == of_the_pair;
        let is_bucket = matches!(context.globals.store, Some(At::Bucket(..)))
            || is_the_pairs && pair.as_ref().is_some_and(|pair| is_over_s3(&pair.outputs));
        let store = named_store.or(of_the_pair);
        match &store {
            None => {
                let remedy = format!("say which: --table, --store, or {TABLE_VARIABLE}");
                report.push(Finding::fault("table", "none is known", remedy));
            }
            Some(bucket) if is_bucket => look_at_a_bucket(&buckets, bucket, &mut report).await,
            Some(table) => look_at_a_table(&tables, table, &mut report).await,
        }
        bar.at(3);
        let key = named_key.or_else(|| output("KeyArn").and_then(|arn| arn.parse().ok()));
        let arn = look_at_the_key(&keys, key.as_ref(), &mut report).await;
        bar.at(4);
        if pair.is_some() {
            let expected = Expected {
                table: store.as_ref(),
                kind: if is_bucket { "s3" } else { "dynamodb" },
                key: arn.as_deref(),
            };
            self.functions(&stacks, &functions, expected, &mut report).await;
        }
        drop(bar);
        context.ui.rows(&report.rows())?;
        report.verdict()
    }
}

impl Doctor {
    /// The pair's stack, where there is one: a table can be used without.
    async fn stack(&self, stacks: &StackInspector, report: &mut Report) -> Option<StackFacts> {
        const CHECK: &str = "stack";
        let name = &self.pair;
        match stacks.describe(name).await {
            Ok(Some(stack)) if stack.status.ends_with("_FAILED") => {
                let remedy = format!("aws cloudformation describe-stack-events --stack-name {name}");
                report.push(Finding::fault(CHECK, format!("{name} is {}", stack.status), remedy));
                Some(stack)
            }
            Ok(Some(stack)) => {
                report.push(Finding::ok(CHECK, format!("{name} is {}", stack.status)));
                Some(stack)
            }
            Ok(None) => {
                let found = format!("there is no {name} in this account and region: no stack is served from here");
                report.push(Finding::warning(CHECK, found, "make deploy, or name it: --pair"));
                None
            }
            Err(error) => {
                report.push(Finding::failed(CHECK, error));
                None
            }
        }
    }

    async fn functions(
        &self,
        stacks: &StackInspector,
        lambda: &Functions,
        expected: Expected<'_>,
        report: &mut Report,
    ) {
        const CHECK: &str = "functions";
        let names = match stacks.functions(&self.pair).await {
            Ok(names) if names.is_empty() => {
                report.push(Finding::fault(CHECK, format!("{} has none", self.pair), "make deploy"));
                return;
            }
            Ok(names) => names,
            Err(error) => {
                report.push(Finding::failed(CHECK, error));
                return;
            }
        };
        for (logical_id, name) in names {
            let called = checkup::functions::called(&logical_id);
            match lambda.configuration(&name).await {
                Ok(facts) => {
                    report.push(checkup::functions::function(&called, &name, Ok(&facts), expected));
                    let there = lambda.role(&facts.role).await;
                    report.push(checkup::functions::role(&called, &facts.role, there));
                }
                Err(error) => report.push(checkup::functions::function(&called, &name, Err(error), expected)),
            }
        }
    }
}

async fn look_at_a_table(tables: &TableInspector, table: &StoreName, report: &mut Report) {
    let facts = tables.describe(table).await;
    let missing = matches!(facts, Err(secret_store::store::StoreError::Missing { .. }));
    report.extend(checkup::table::table(table, facts));
    if !missing {
        report.push(checkup::table::time_to_live(table, tables.time_to_live(table).await));
        report.push(checkup::table::recovery(table, tables.recovers(table).await));
    }
}

async fn look_at_a_bucket(buckets: &BucketInspector, bucket: &StoreName, report: &mut Report) {
    let keeps = buckets.keeps_versions(bucket).await;
    let missing = matches!(keeps, Err(secret_store::store::StoreError::Missing { .. }));
    report.extend(checkup::bucket::versions(bucket, keeps));
    if !missing {
        report.push(checkup::bucket::policy(bucket, buckets.refuses_puts_without_condition(bucket).await));
        report.push(checkup::bucket::lifecycle(bucket, buckets.window(bucket).await));
        report.push(checkup::bucket::public_access(bucket, buckets.is_private(bucket).await));
    }
}

/// The key's ARN, where it is known.
async fn look_at_the_key(keys: &KeyInspector, key: Option<&KeyId>, report: &mut Report) -> Option<String> {
    let Some(key) = key else {
        report.push(Finding::fault("key", "none is known", format!("say which: --key, or {KEY_VARIABLE}")));
        return None;
    };
    match keys.describe(key).await {
        Ok(facts) => {
            report.push(checkup::key::key(&facts));
            report.push(checkup::key::rotation(&facts, keys.rotates(&facts.arn).await));
            Some(facts.arn.0)
        }
        Err(error) => {
            report.push(Finding::failed("key", error));
            // A function is told the key by its ARN.
            key.as_str().starts_with("arn:").then(|| key.to_string())
        }
    }
}
