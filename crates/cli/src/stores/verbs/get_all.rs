//! `get-all`: every value that is meant, in a format of somebody else. What may not be read does not stop the rest.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::OfStore;
use super::super::pattern::Which;
use super::super::port::Read;
use super::{all, values};
use crate::cli::Output;
use crate::context::Context;
use crate::failure::Failure;
use crate::formats::{Dialect, Format, Names, Values};

/// Prints the current values of many secrets, as JSON or in another format
///
/// A value is called as its secret is, behind the store's path or prefix. What may not be read is listed on stderr, the rest
/// is printed, and the exit code is 5.
#[derive(Args, Clone, Debug)]
#[command(
    visible_alias = "getall",
    after_help = "\
Examples:
  cfn-secrets --store ssm:/shop/prod get-all --output dotenv --names upper > .env
  cfn-secrets --store credstash:// get-all --match 'db.*' --context env=prod"
)]
pub(crate) struct GetAll {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    of: OfStore,
    /// Who reads the lines of --output dotenv
    #[arg(long, value_name = "READER", default_value = "common")]
    dialect: Dialect,
    /// What becomes of names
    #[arg(long, value_name = "HOW", default_value = "as-is")]
    names: Names,
    /// How many to ask for at a time
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Show them on a terminal
    #[arg(long)]
    reveal: bool,
}

impl GetAll {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        context.may_show_values(self.reveal)?;
        let output = context.ui.output().unwrap_or(Output::Json);
        let format = Format { output, dialect: self.dialect, names: self.names };
        // One that is for lists alone is refused before anything is asked.
        Values::default().write(format)?;
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let meant = self.which.of(at, all(store, context).await?);
        let concurrency = self.concurrency.unwrap_or_else(|| context.concurrency());
        let found = values(store, meant, concurrency, context).await?;
        let named = found
            .values
            .iter()
            .map(|(listed, held)| (at.own(&listed.name).unwrap_or(&listed.name).to_owned(), held.value.clone()));
        context.ui.data(Values(named.collect()).write(format)?.as_bytes())?;
        found.tell(context)
    }
}
