//! `prune`: what has expired is erased now, where the table's time to live would do it within days. A dry run, unless it is
//! told otherwise. Killed half-way it goes on where it was: what is erased is not found again.

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use secret_store::Identity;
use secret_store::carry_out::by_hand::{Run as HandRun, prune};
use secret_store::patience::Patience;
use secret_store::plan::operator::{Expired, plan_prune};
use secret_store::store::{Erasure, ScanVersions as _};

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::pair::{TableEraser, TableLister, prune_unnamed};
use crate::rights::{DELETE_ITEM, FIND_TABLE, Right, SCAN};
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
    type Hold = (TableLister, TableEraser, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, DELETE_ITEM];

    async fn run(&self, (lister, eraser, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let table = tables.table().await?;
        let run = hand::run(!self.yes);
        let inventory = {
            let bar = context.ui.progress("reading the table", None);
            lister.scan(&table, |read| bar.at(read)).await?
        };
        let meant = inventory.secrets.iter().filter(|(identity, _)| self.which.has(identity));
        let expired = meant.flat_map(|(identity, snapshot)| {
            plan_prune(context.now, snapshot).into_iter().map(move |expired| (identity, expired))
        });
        let expired: Vec<_> = expired.collect();
        let mut deeds = Deeds::new();
        let mut failed = Vec::new();
        match run {
            HandRun::Dry => expired.iter().for_each(|(identity, expired)| deeds.erased(identity, expired.version)),
            HandRun::Real => erase_all(expired, &eraser, &mut deeds, &mut failed, context).await,
        }
        prune_unnamed((&lister, &eraser), &table, |identity| self.which.has(identity), run, context).await?;
        tell(deeds, failed, run, context)
    }
}

/// So many at a time; what cannot be erased does not stop the rest.
async fn erase_all(
    expired: Vec<(&Identity, Expired)>,
    eraser: &TableEraser,
    deeds: &mut Deeds,
    failed: &mut Vec<(String, Failure)>,
    context: &Context,
) {
    let bar = context.ui.progress("erasing", Some(expired.len() as u64));
    let erased = stream::iter(expired).map(async |(identity, expired)| {
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let erasure = prune(eraser, identity, &expired, &mut patience).await;
        bar.one();
        (identity, expired.version, erasure)
    });
    let mut erased = std::pin::pin!(erased.buffered(context.concurrency().max(1)));
    while let Some((identity, version, erasure)) = erased.next().await {
        let called = || format!("{}@{version}", spelled(identity));
        match erasure {
            Ok(Erasure::Erased) => deeds.erased(identity, version),
            Ok(Erasure::LeftAlone) => {}
            Err(error) => failed.push((called(), hand::failure(error, &called()))),
        }
    }
}

/// Tells what was done, and what is left.
pub(super) fn tell(
    deeds: Deeds,
    failed: Vec<(String, Failure)>,
    run: HandRun,
    context: &Context,
) -> Result<(), Failure> {
    if failed.is_empty() || !deeds.is_empty() {
        deeds.print(run, context)?;
    }
    some_failed(failed, context)
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
