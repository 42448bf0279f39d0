//! `setup`: table and key for whoever does without the template. It prints what is missing, or makes it; what is there stays.

use std::time::Duration;

use clap::Args;
use keys_kms::{KeyInspector, KeyMaker};
use secret_store::KeyArn;
use secret_store::patience::MayPass as _;
use secret_store::store::StoreError;
use store_dynamodb::{TableInspector, TableMaker};

use crate::context::Context;
use crate::failure::Failure;
use crate::rights::{self, Right};
use crate::table::PAIR;
use crate::ui::{Cell, Rows};
use crate::verbs::Run;
use crate::wanting::{Step, There, Wanted};
use crate::{hand, value};

/// A new table answers after some seconds, and its backups somewhat later.
const LOOKS: usize = 120;

/// Prints, or makes, what is missing for a table without the pair: table, recovery, key, alias
///
/// The pair's template makes all of this, functions and roles as well, and is the better way. This is for a table that people
/// and programs use by hand alone. It prints commands for the AWS CLI; with --apply it does the same itself, after a question.
/// What is there already is left as it is, so it can be run again, also where it broke off.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets setup                                          # cfn-secrets, alias/cfn-secrets
  cfn-secrets setup --table secrets --key alias/secrets > setup.sh
  cfn-secrets setup --table secrets --key alias/secrets --apply")]
pub(crate) struct Setup {
    /// Make it
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Only print: so it is without --apply
    #[arg(long)]
    dry_run: bool,
}

impl Run for Setup {
    type Hold = (TableInspector, KeyInspector, TableMaker, KeyMaker);
    const RIGHTS: &'static [Right] = &[
        rights::DESCRIBE_TABLE,
        rights::DESCRIBE_TIME_TO_LIVE,
        rights::DESCRIBE_CONTINUOUS_BACKUPS,
        rights::CREATE_TABLE,
        rights::UPDATE_TABLE,
        rights::UPDATE_TIME_TO_LIVE,
        rights::UPDATE_CONTINUOUS_BACKUPS,
        rights::DESCRIBE_ANY_KEY,
        rights::GET_ANY_KEY_ROTATION_STATUS,
        rights::CREATE_KEY,
        rights::ENABLE_KEY_ROTATION,
        rights::CREATE_ALIAS,
    ];

    async fn run(&self, (tables, keys, maker, key_maker): Self::Hold, context: &Context) -> Result<(), Failure> {
        let table = named(context.named_table()?, PAIR)?;
        let key = named(context.named_key()?, &format!("alias/{PAIR}"))?;
        let wanted = Wanted { table: &table, key: &key };
        let there = look(&tables, &keys, &wanted).await?;
        let steps = wanted.steps(&there)?;
        let mut arn = there.key.map(|(facts, _)| facts.arn);
        if steps.is_empty() {
            context.ui.note(&format!("all is there: the table {table}, and the key {key}"));
            return Ok(());
        }
        if !self.apply {
            context.ui.note("nothing is made: --apply makes it");
            return print(&wanted, &steps, arn.as_ref(), context);
        }
        let names: Vec<_> = steps.iter().map(|step| step.name()).collect();
        let question = format!("In this account and region, for {table} and {key}, is made: {}.", names.join(", "));
        value::confirm(self.yes, &question, context)?;
        let bar = context.ui.progress("making", Some(steps.len() as u64));
        for step in &steps {
            patiently(&tables, &wanted, *step, (&maker, &key_maker), &mut arn).await?;
            if *step == Step::Key {
                context.ui.note(&format!("the key is {}", arn.as_ref().map(|arn| arn.0.as_str()).unwrap_or_default()));
            }
            bar.one();
        }
        drop(bar);
        context.ui.note(&format!("use it with --table {table} --key {key}, or CFN_SECRETS_TABLE and CFN_SECRETS_KEY"));
        print(&wanted, &steps, arn.as_ref(), context)
    }
}

fn named<T: std::str::FromStr>(named: Option<T>, default: &str) -> Result<T, Failure> {
    named.or_else(|| default.parse().ok()).ok_or_else(|| Failure::bug("the default is no name"))
}

async fn look(tables: &TableInspector, keys: &KeyInspector, wanted: &Wanted<'_>) -> Result<There, Failure> {
    let table = match there(tables.describe(wanted.table).await)? {
        None => None,
        Some(facts) => {
            let expiry = tables.time_to_live(wanted.table).await?;
            Some((facts, expiry, tables.recovers(wanted.table).await?))
        }
    };
    let key = match there(keys.describe(wanted.key).await)? {
        None => None,
        Some(facts) => {
            let rotates = keys.rotates(&facts.arn).await?;
            Some((facts, rotates))
        }
    };
    Ok(There { table, key })
}

fn there<T>(told: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match told {
        Ok(facts) => Ok(Some(facts)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes it, and waits until what was made can be changed: a table is not there at once.
async fn patiently(
    tables: &TableInspector,
    wanted: &Wanted<'_>,
    step: Step,
    makers: (&TableMaker, &KeyMaker),
    key: &mut Option<KeyArn>,
) -> Result<(), Failure> {
    let pause = || hand::pause(Duration::from_millis(500));
    for look in 1.. {
        match wanted.make(step, makers, key).await {
            Ok(()) => break,
            // What is made twice is there twice.
            Err(error) if look < LOOKS && error.may_pass() && step != Step::Key && !is_denied(&error) => pause().await,
            Err(error) => return Err(error.into()),
        }
    }
    if step == Step::Table {
        for _ in 0..LOOKS {
            match there(tables.describe(wanted.table).await)? {
                Some(facts) if facts.active => return Ok(()),
                _ => pause().await,
            }
        }
    }
    Ok(())
}

fn is_denied(error: &StoreError) -> bool {
    matches!(error, StoreError::Denied { .. })
}

/// Lines for a shell; in another form where one is asked for.
fn print(wanted: &Wanted<'_>, steps: &[Step], key: Option<&KeyArn>, context: &Context) -> Result<(), Failure> {
    let commands: Vec<_> = steps.iter().map(|step| (step.name(), wanted.command(*step, key))).collect();
    if context.ui.output().is_none() {
        let lines: String = commands.iter().map(|(_, command)| format!("{command}\n")).collect();
        return context.ui.data(lines.as_bytes());
    }
    let mut rows = Rows::new(&["step", "command"]);
    commands.into_iter().for_each(|(name, command)| rows.push([Cell::text(name), Cell::text(command)]));
    context.ui.rows(&rows)
}
