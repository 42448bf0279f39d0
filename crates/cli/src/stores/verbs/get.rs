//! `get`: one value, as it is.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{Named, OfStore};
use super::super::port::Read;
use super::value;
use crate::context::Context;
use crate::failure::Failure;
use crate::verbs::Show;

/// Prints the value of a secret
///
/// Into a pipe or a file goes the value and no newline; on a terminal it is refused without --reveal.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  PGPASSWORD=$(cfn-secrets --store ssm:/shop get /shop/prod/db) psql -h db
  cfn-secrets --store secretsmanager:shop/ get shop/db@AWSPREVIOUS --field password
  cfn-secrets --store credstash:// get db.password --context env=prod")]
pub(crate) struct Get {
    /// The whole name, and perhaps a version
    #[arg(value_name = "NAME[@VERSION]")]
    named: Named,
    #[command(flatten)]
    of: OfStore,
    #[command(flatten)]
    show: Show,
}

impl Get {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        self.show.may(context)?;
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let held = value(store, &self.named).await?;
        self.show.print(&held.value, &self.named.to_string(), context)
    }
}
