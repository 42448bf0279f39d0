//! `prune`: what has expired is erased now, where the table's time to live would do it within days. A dry run, unless it is
//! told otherwise. Killed half-way it goes on where it was: what is erased is not found again.

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use secret_store::carry_out::by_hand::{Run as HandRun, prune};
use secret_store::patience::Patience;
use secret_store::plan::operator::{HandPlan, plan_prune};
use secret_store::store::ScanVersions as _;
use secret_store::{Identity, Snapshot};
use store_dynamodb::{TableLister, TableWriter};

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::rights::{DELETE_ITEM, FIND_TABLE, PUT_ITEM, QUERY, Right, SCAN};
use crate::secret::spelled;
use crate::table::Tables;
use crate::verbs::Run;
use crate::which::Which;

/// Erases what has expired: retired versions whose window is over
///
/// DynamoDB does the same by itself, within days. Without --yes it only tells what it would erase.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets prune                                          # what would be erased
  cfn-secrets prune --yes
  cfn-secrets prune --stack shop --yes")]
pub(crate) struct Prune {
    #[command(flatten)]
    which: Which,
    /// Do it
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Only tell what would be erased: so it is without --yes
    #[arg(long)]
    dry_run: bool,
}

impl Run for Prune {
    type Hold = (TableLister, TableWriter, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, QUERY, PUT_ITEM, DELETE_ITEM];

    async fn run(&self, (lister, writer, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let table = tables.table().await?;
        let run = hand::run(!self.yes);
        let inventory = {
            let bar = context.ui.progress("reading the table", None);
            lister.scan(&table, |read| bar.at(read)).await?
        };
        let expired = inventory.secrets.iter().filter(|(identity, snapshot)| {
            self.which.has(identity) && plan_prune(context.now, snapshot) != HandPlan::Nothing
        });
        let (deeds, failed) = erase_all(expired.collect(), &writer, run, context).await;
        deeds.print(run, context)?;
        some_failed(failed, context)
    }
}

/// So many at a time; what cannot be erased does not stop the rest.
async fn erase_all(
    expired: Vec<(&Identity, &Snapshot)>,
    writer: &TableWriter,
    run: HandRun,
    context: &Context,
) -> (Deeds, Vec<(String, Failure)>) {
    let mut deeds = Deeds::new();
    let mut failed = Vec::new();
    let bar = context.ui.progress("erasing", Some(expired.len() as u64));
    let erased = stream::iter(expired).map(async |(identity, snapshot)| {
        let written = match (run, plan_prune(context.now, snapshot)) {
            (HandRun::Dry, HandPlan::Apply { changes, .. }) => Ok(vec![changes]),
            _ => erase(writer, identity, context).await,
        };
        bar.one();
        (identity, written)
    });
    let mut erased = std::pin::pin!(erased.buffered(context.concurrency().max(1)));
    while let Some((identity, written)) = erased.next().await {
        match written {
            Ok(written) => written.iter().for_each(|changes| deeds.changes(identity, changes)),
            Err(failure) => failed.push((spelled(identity), failure)),
        }
    }
    (deeds, failed)
}

async fn erase(
    writer: &TableWriter,
    identity: &Identity,
    context: &Context,
) -> Result<Vec<secret_store::plan::Changes>, Failure> {
    let remaining = hand::remaining(context);
    let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
    let erased = prune(writer, identity, context.now, HandRun::Real, &mut patience).await;
    erased.map_err(|error| hand::failure(error, &spelled(identity)))
}

/// Tells what is left; the same command does it.
pub(crate) fn some_failed(failed: Vec<(String, Failure)>, context: &Context) -> Result<(), Failure> {
    let count = failed.len();
    let mut first = None;
    for (secret, failure) in failed {
        context.ui.warn(&format!("{secret}: {}", failure.message));
        first.get_or_insert(failure);
    }
    match first {
        None => Ok(()),
        // Where nothing may be done at all, that is what is to be told.
        Some(failure) if failure.kind == Kind::AccessDenied => Err(failure),
        Some(_) => Err(Failure::new(Kind::Partial, format!("{count} are left as they were"))
            .hint("the same command once more goes on with them")),
    }
}
