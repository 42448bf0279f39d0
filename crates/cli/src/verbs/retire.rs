//! `retire`: out of use, and erased after its window.

use clap::Args;
use secret_store::carry_out::by_hand::ByHand;
use secret_store::patience::Patience;
use secret_store::plan::RecoveryWindow;
use secret_store::plan::operator::Which;
use stacks_cloudformation::Stacks;

use crate::context::Context;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::pair::{TableWriter, check_window};
use crate::rights::{FIND_TABLE, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right, UPDATE_ITEM};
use crate::secret::Secret;
use crate::table::Tables;
use crate::value;
use crate::verbs::Run;

/// Takes out of use what a stack retained, what one that is gone left behind, or what was stored by hand
///
/// Nobody reads it from then on; until its window is over, `cfn-secrets restore` brings it back. What a living stack has is
/// refused: its template says when it goes.
#[derive(Args, Clone, Debug)]
#[command(
    visible_alias = "delete",
    after_help = "\
Examples:
  cfn-secrets list --retained --older-than 90d
  cfn-secrets retire shop/prod@3                             # one version
  cfn-secrets retire old-shop/prod                           # all, where the stack is gone
  cfn-secrets retire shop/prod/stripe --recovery-window-in-days 7 --dry-run"
)]
pub(crate) struct Retire {
    /// STACK/ENV[/NAME][@VERSION], or a PhysicalResourceId; without a version, all of them
    #[arg(value_name = "SECRET")]
    secret: Secret,
    /// For so many days it can be restored; 0 to 365, and 0 means some hours
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = window)]
    recovery_window_in_days: RecoveryWindow,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask, where the window is 0
    #[arg(long)]
    yes: bool,
}

fn window(text: &str) -> Result<RecoveryWindow, String> {
    let days = text.parse().ok().and_then(RecoveryWindow::from_days);
    days.ok_or_else(|| format!("must be a whole number from 0 to {}", RecoveryWindow::MAX_DAYS))
}

impl Run for Retire {
    type Hold = (TableWriter, Tables, Stacks);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, QUERY, PUT_ITEM, UPDATE_ITEM, LIST_STACKS, LIST_STACK_RESOURCES];

    async fn run(&self, (table, tables, stacks): Self::Hold, context: &Context) -> Result<(), Failure> {
        check_window(self.recovery_window_in_days, context)?;
        let identity = tables.identity(&self.secret).await?;
        let which = match hand::version(&table, &self.secret, &identity).await? {
            Some(version) => Which::Version(version),
            None => Which::All,
        };
        if Some(self.recovery_window_in_days) == RecoveryWindow::from_days(0) && !self.dry_run {
            let question = format!("`{}` is lost some hours from now.", self.secret);
            value::confirm(self.yes, &question, context)?;
        }
        let by_hand = ByHand { store: &table, stacks: &stacks, run: hand::run(self.dry_run) };
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let window = self.recovery_window_in_days;
        let written = by_hand.retire(&identity, which, window, context.now, &mut patience).await;
        let written = written.map_err(|error| hand::failure(error, &self.secret.to_string()))?;
        let mut deeds = Deeds::new();
        written.iter().for_each(|changes| deeds.changes(&identity, changes));
        deeds.print(by_hand.run, context)
    }
}
