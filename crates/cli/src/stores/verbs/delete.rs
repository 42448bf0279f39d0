//! `delete`: a secret out of use.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::capabilities::Deletion;
use super::super::grammar::OfStore;
use super::super::port::Write;
use super::{not_there, within};
use crate::context::Context;
use crate::failure::Failure;
use crate::value;

/// Deletes a secret with all its versions
///
/// Where the store can bring it back for some days, that is how it is deleted; where it cannot, somebody has to say yes.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop delete /shop/prod/stripe --yes
  cfn-secrets --store secretsmanager:shop/ delete shop/stripe --recovery-window-in-days 7")]
pub(crate) struct Delete {
    /// The whole name
    #[arg(value_name = "NAME")]
    name: String,
    /// For so many days it can be brought back, where the store can do that; 0 means not at all
    #[arg(long, value_name = "DAYS")]
    recovery_window_in_days: Option<u16>,
    /// Do not ask, where it cannot be brought back
    #[arg(long)]
    yes: bool,
    /// Tell whether it is there, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Delete {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        within(at, &self.name)?;
        let store = stores.open(at, OfStore::default().options(context)?, context)?;
        let days = self.days(at, store.capabilities().deletion)?;
        if store.history(&self.name).await?.is_empty() {
            return Err(not_there(at, &self.name));
        }
        if self.dry_run {
            context.ui.note(&format!("a dry run: `{}` would be deleted", self.name));
            return Ok(());
        }
        let for_good = days == Some(0) || store.capabilities().deletion == Deletion::AtOnce;
        if for_good {
            value::confirm(self.yes, &format!("`{}` is lost at once, with all its versions.", self.name), context)?;
        }
        let store: &dyn Write = &*store;
        store.delete(&self.name, days).await?;
        context.ui.note(&format!("`{}` is deleted", self.name));
        Ok(())
    }

    /// # Errors
    /// For a window that the store does not have.
    fn days(&self, at: &At, deletion: Deletion) -> Result<Option<u16>, Failure> {
        match (self.recovery_window_in_days, deletion) {
            (Some(days), Deletion::AtOnce) if days > 0 => {
                Err(Failure::usage(format!("{at} cannot bring back what is deleted"))
                    .hint("leave --recovery-window-in-days out"))
            }
            (Some(days), Deletion::Window { least, most }) if days > 0 && !(least..=most).contains(&days) => {
                Err(Failure::usage(format!("{days} is no window of {at}: it is {least} to {most} days, or 0")))
            }
            (days, _) => Ok(days),
        }
    }
}
