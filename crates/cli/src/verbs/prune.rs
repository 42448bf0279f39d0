//! `prune`: what has expired is erased now, where the table's time to live would do it within days. A dry run, unless it is
//! told otherwise. Killed half-way it goes on where it was: what is erased is not found again.

use clap::Args;
use secret_store::Identity;
use secret_store::carry_out::by_hand::{Run as HandRun, prune};
use secret_store::patience::Patience;
use secret_store::plan::operator::{Expired, plan_prune};
use secret_store::store::{Erasure, ScanVersions as _};

use crate::context::Context;
use crate::each::{Failed, Outcome, each};
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
        prune_unnamed((&lister, &eraser), &table, |identity| self.which.has(identity), run, context).await?;
        match run {
            HandRun::Dry => {
                let mut deeds = Deeds::new();
                expired.iter().for_each(|(identity, expired)| deeds.erased(identity, expired.version));
                deeds.print(run, context)
            }
            HandRun::Real => erase_all(expired, &eraser, context).await,
        }
    }
}

/// So many at a time; what cannot be erased does not stop the rest.
async fn erase_all(expired: Vec<(&Identity, Expired)>, eraser: &TableEraser, context: &Context) -> Result<(), Failure> {
    let called = |identity: &Identity, expired: &Expired| format!("{}@{}", spelled(identity), expired.version);
    let one = async |(identity, expired): &(&Identity, Expired)| {
        let remaining = hand::remaining_for_many(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let erasure = prune(eraser, identity, expired, &mut patience).await;
        erasure.map_err(|error| hand::failure(error, &called(identity, expired)))
    };
    let Outcome { done, failed } = each("erasing", expired, context.concurrency(), context, one).await;
    let mut deeds = Deeds::new();
    for ((identity, expired), erasure) in done {
        match erasure {
            Erasure::Erased => deeds.erased(identity, expired.version),
            Erasure::LeftAlone => {}
        }
    }
    tell(deeds, failed.called(|(identity, expired)| called(identity, &expired)), HandRun::Real, context)
}

/// Tells what was done, and what is left.
pub(super) fn tell(deeds: Deeds, failed: Failed<String>, run: HandRun, context: &Context) -> Result<(), Failure> {
    if failed.each.is_empty() || !deeds.is_empty() {
        deeds.print(run, context)?;
    }
    some_failed(failed, context)
}

/// Tells what is left; the same command does it.
pub(crate) fn some_failed(failed: Failed<String>, context: &Context) -> Result<(), Failure> {
    let Failed { each, not_begun } = failed;
    let count = each.len() + not_begun.len();
    for (secret, failure) in &each {
        context.ui.warn(&format!("{secret}: {}", failure.message));
    }
    if !not_begun.is_empty() {
        context.ui.warn(&format!("{} more were not begun with", not_begun.len()));
    }
    match each.into_iter().next() {
        None => Ok(()),
        // Where nothing may be done at all, that is what is to be told.
        Some((_, failure)) if failure.kind == Kind::AccessDenied => Err(failure),
        Some(_) => Err(Failure::new(Kind::Partial, format!("{count} are left as they were"))
            .hint("the same command once more goes on with them")),
    }
}
