//! `get-all`: every value that is meant, in a format of somebody else. What may not be read does not stop the rest.

use std::path::{Path, PathBuf};

use clap::Args;
use keys_kms::DecryptionKey;
use secret_store::{Identity, VersionItem};

use crate::cli::Output;
use crate::context::Context;
use crate::failure::Failure;
use crate::file;
use crate::formats::{Dialect, Format, Names, Values};
use crate::many;
use crate::pair::TableCollector;
use crate::rights::{DECRYPT, FIND_TABLE, Right, SCAN};
use crate::secret::spelled;
use crate::table::Tables;
use crate::verbs::Run;
use crate::which::Which;

/// Prints the current values of many secrets, as JSON or in another format
///
/// A value is named STACK/ENV[/NAME], or by NAME alone where one stack and one env are chosen. What may not be read is
/// listed on stderr, the rest is printed, and the exit code is 5.
#[derive(Args, Clone, Debug)]
#[command(
    visible_alias = "getall",
    after_help = "\
Examples:
  cfn-secrets get-all --stack shop --env prod
  cfn-secrets get-all --stack shop --env prod --names upper -o .env
  cfn-secrets get-all --stack shop --env prod -o prod.tfvars
  cfn-secrets get-all --env prod --output csv --concurrency 4 > secrets.csv"
)]
pub(crate) struct GetAll {
    #[command(flatten)]
    which: Which,
    /// Who reads the lines of --output dotenv
    #[arg(long, value_name = "READER", default_value = "common")]
    dialect: Dialect,
    /// What becomes of names
    #[arg(long, value_name = "HOW", default_value = "as-is")]
    names: Names,
    /// The file to write, for its owner alone, and in the format that its ending says; without it, standard output
    ///
    /// .json, .yaml, .yml, .csv, .tfvars, .tfvars.json, .properties, .env, .sh; --output says another. The file is there
    /// whole or not at all.
    #[arg(short = 'o', long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write a file without what may not be read, and end with 5, instead of leaving it as it was
    #[arg(long, requires = "to")]
    partial: bool,
    /// How many to ask for at a time
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Show them on a terminal
    #[arg(long)]
    reveal: bool,
}

impl Run for GetAll {
    type Hold = (TableCollector, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, DECRYPT];

    async fn run(&self, (collector, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        if self.to.is_none() {
            context.may_show_values(self.reveal)?;
        }
        let format = self.format(context)?;
        let table = tables.table().await?;
        let is_meant = |identity: &Identity| self.which.has(identity);
        let in_use = |identity: &Identity, version: &VersionItem| is_meant(identity) && version.is_active();
        let stored = many::collect(&collector, &table, in_use, &context.ui).await?;
        let wanted = many::current(&stored.inventory, is_meant);
        context.ui.debug(|| format!("{} secrets are meant", wanted.len()));
        let concurrency = self.concurrency.unwrap_or_else(|| context.concurrency());
        let found = many::read(wanted, &stored, &key, concurrency, &context.ui).await.unless_nothing()?;
        let values = found.values.iter().map(|(wanted, value)| (self.name(&wanted.identity), value.clone()));
        let text = Values(values.collect()).write(format)?;
        match &self.to {
            None => context.ui.data(text.as_bytes())?,
            Some(path) => {
                if !self.partial {
                    found.tell(&context.ui).map_err(|failure| failure.hint("--partial writes a file of the rest"))?;
                }
                file::replace(path, text.as_bytes())?;
            }
        }
        found.tell(&context.ui)
    }
}

impl GetAll {
    fn format(&self, context: &Context) -> Result<Format, Failure> {
        let output = match (context.globals.output, &self.to) {
            (None, Some(path)) => Output::of_file(path).ok_or_else(|| no_format(path))?,
            (None, None) => context.config.output.filter(|output| *output != Output::Table).unwrap_or(Output::Json),
            (Some(output), _) => output,
        };
        let format = Format { output, dialect: self.dialect, names: self.names };
        // One that is for lists alone is refused before anything is asked.
        Values::default().write(format)?;
        Ok(format)
    }

    fn name(&self, identity: &Identity) -> String {
        if self.which.is_of_one_env() { identity.name.to_string() } else { spelled(identity) }
    }
}

fn no_format(path: &Path) -> Failure {
    Failure::usage(format!("the ending of {} says no format", path.display()))
        .hint("end it in .json, .yaml, .csv, .tfvars, .tfvars.json, .properties, .env or .sh, or say --output")
}
