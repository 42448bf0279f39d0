//! `export`: an archive of a store's secrets, to bring them back or elsewhere.

use std::path::PathBuf;

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::OfStore;
use super::super::pattern::Which;
use super::super::port::Read;
use super::{all, values};
use crate::archive::encrypted::Recipients;
use crate::archive::of_store::{self, Entry};
use crate::context::Context;
use crate::failure::Failure;
use crate::file;

/// Puts the current values of secrets into an encrypted archive
///
/// `import` brings them back, also into another store. The archive is a file of age: who has the key of a recipient opens it, or
/// who knows the passphrase. It has every secret that is meant, or is not made.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop export --recipient age1... -o shop.age
  cfn-secrets --store credstash:// export --context env=prod --passphrase-file phrase > prod.age")]
pub(crate) struct Export {
    #[command(flatten)]
    recipients: Recipients,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    of: OfStore,
    /// The file to write, for its owner alone; without it, standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Do not encrypt it; with -o alone
    #[arg(long, requires = "to", conflicts_with_all = ["recipient", "recipients_file", "passphrase_file"])]
    reveal: bool,
}

impl Export {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        if self.to.is_none() && context.ui.stdout_is_terminal() {
            return Err(Failure::refused("an archive is not for a terminal").hint("name a file: -o FILE"));
        }
        let lock = if self.reveal { None } else { Some(self.recipients.lock(context)?) };
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let meant = self.which.of(at, all(store, context).await?);
        if meant.is_empty() {
            return Err(Failure::refused(format!("{at} has no secret that is meant")));
        }
        let found = values(store, meant, context.concurrency(), context).await?;
        found.tell(context)?;
        let entries: Vec<_> = found
            .values
            .into_iter()
            .map(|(listed, held)| Entry {
                name: at.own(&listed.name).unwrap_or(&listed.name).to_owned(),
                version: held.version,
                value: held.value,
                comment: listed.comment,
                encryption_context: held.context,
            })
            .collect();
        let text = of_store::write(&at.to_string(), context.now, &entries)?;
        let bytes = lock.map(|lock| lock.encrypt(&text)).transpose()?;
        let bytes = bytes.as_deref().unwrap_or(text.as_bytes());
        match &self.to {
            Some(path) => file::replace(path, bytes)?,
            None => context.ui.data(bytes)?,
        }
        context.ui.note(&format!("{} secrets are in the archive", entries.len()));
        Ok(())
    }
}
