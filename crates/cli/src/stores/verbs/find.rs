//! `find`: which secrets have this value. The value comes by a prompt or stdin, and is never shown again.

use clap::Args;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::OfStore;
use super::super::older::Versions;
use super::super::pattern::Which;
use super::super::port::{Held, Listed, Read};
use super::{all, values};
use crate::ask;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{Cell, Rows};

/// Finds the secrets that have a value: whose is this password?
///
/// The current versions are compared; with --versions all, every one that can still be read.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pbpaste | cfn-secrets --store secretsmanager: find --by-value")]
pub(crate) struct Find {
    /// By a value, read from stdin or a prompt; it is never an argument
    #[arg(long, required = true)]
    by_value: bool,
    #[command(flatten)]
    which: Which,
    /// Which versions to compare
    #[arg(long, value_name = "WHICH", default_value = "current")]
    versions: Versions,
    #[command(flatten)]
    of: OfStore,
}

impl Find {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        let value = ask::for_a_value("Value: ", context)?;
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let meant = self.which.of(at, all(store, context).await?);
        let mut found = values(store, meant, context.concurrency(), context).await?;
        let mut rows = Rows::new(&["name", "version"]);
        let mut compare = |listed: &Listed, held: &Held| {
            let (stored, wanted) = (held.value.expose_secret().as_bytes(), value.expose_secret().as_bytes());
            if bool::from(stored.ct_eq(wanted)) {
                rows.push([Cell::text(listed.name.as_str()), Cell::text(held.version.as_str())]);
            }
        };
        found.values.iter().for_each(|(listed, held)| compare(listed, held));
        if self.versions == Versions::All {
            for ((listed, _), older) in &found.with_older(store, context.concurrency(), context).await {
                older.iter().for_each(|older| compare(listed, &older.held));
            }
        }
        context.ui.rows(&rows)?;
        found.tell(context)?;
        if rows.is_empty() {
            return Err(Failure::refused("no secret that can be read has this value"));
        }
        Ok(())
    }
}
