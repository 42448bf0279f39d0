//! `export`: an archive of secrets, to bring them back or elsewhere. Encrypted, unless somebody says otherwise twice; whole or
//! not at all.

use std::path::PathBuf;

use clap::Args;
use keys_kms::DecryptionKey;
use rand::Rng as _;
use secret_store::store::{Decrypt, GetHead, GetVersion};
use secret_store::{Identity, VersionItem, seal};

use crate::archive::encrypted::Recipients;
use crate::archive::{self, Entry};
use crate::context::Context;
use crate::failure::Failure;
use crate::file;
use crate::formats::Text;
use crate::many::{self, Wanted};
use crate::pair::TableCollector;
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, Right, SCAN};
use crate::secret::{Pick, spelled};
use crate::table::Tables;
use crate::ui::{Cell, Rows};
use crate::verbs::Run;
use crate::which::Which;

/// Puts the current values of secrets into an encrypted archive
///
/// `import` brings them back, also into another table, account or region. The archive is a file of age: who has the key of a
/// recipient opens it, or who knows the passphrase. It has every secret that is meant, or is not made.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets export --recipient age1... -o shop.age --stack shop
  cfn-secrets export --recipients-file ~/.ssh/authorized_keys -o all.age
  cfn-secrets export --passphrase-file phrase --env prod > prod.age
  cfn-secrets export --reveal -o plain.jsonl      # not encrypted: whoever gets it reads it")]
pub(crate) struct Export {
    #[command(flatten)]
    recipients: Recipients,
    #[command(flatten)]
    which: Which,
    /// The file to write, for its owner alone; without it, standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Tell what would be in it, decrypt nothing and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out what may not be read, and end with 5, instead of making no archive
    #[arg(long)]
    partial: bool,
    /// Do not encrypt it; with -o alone
    #[arg(long, requires = "to", conflicts_with_all = ["recipient", "recipients_file", "passphrase_file"])]
    reveal: bool,
}

impl Run for Export {
    type Hold = (TableCollector, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, DECRYPT];

    async fn run(&self, (collector, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        if self.to.is_none() && !self.dry_run && context.ui.stdout_is_terminal() {
            return Err(Failure::refused("an archive is not for a terminal").hint("name a file: -o FILE"));
        }
        let lock = if self.reveal || self.dry_run { None } else { Some(self.recipients.lock(context)?) };
        let table = tables.table().await?;
        let is_meant = |identity: &Identity| self.which.has(identity);
        let in_use = |identity: &Identity, version: &VersionItem| is_meant(identity) && version.is_active();
        let stored = many::collect(&collector, &table, in_use, &context.ui).await?;
        let wanted = many::current(&stored.inventory, is_meant);
        if wanted.is_empty() {
            return Err(Failure::refused("there is no secret to export").hint("`cfn-secrets list` shows what there is"));
        }
        if self.dry_run {
            context.ui.note("a dry run: nothing was written");
            return context.ui.rows(&rows(&wanted));
        }
        let count = wanted.len();
        let one = async |wanted: &Wanted| entry(wanted, &stored, &key).await;
        let found = many::each(wanted, one, context.concurrency(), &context.ui).await.unless_nothing()?;
        if !self.partial {
            found.tell(&context.ui).map_err(|failure| failure.hint("--partial makes an archive of the rest"))?;
        }
        let entries = found.values.iter().map(|(_, entry)| entry);
        let text = archive::write(&table, id(context), context.now, entries)?;
        self.write(lock.map(|lock| lock.encrypt(&text)).transpose()?, &text, context)?;
        context.ui.note(&format!("{} secrets are in the archive", found.values.len()));
        let meant = stored.inventory.secrets.iter().filter(|(identity, _)| is_meant(identity));
        let readable = meant.flat_map(|(_, secret)| &secret.versions).filter(|item| item.retired.is_none()).count();
        if let older @ 1.. = readable.saturating_sub(count) {
            context.ui.note(&format!("{older} versions that are not current stay in the table alone"));
        }
        found.tell(&context.ui)
    }
}

impl Export {
    fn write(&self, encrypted: Option<Vec<u8>>, text: &Text, context: &Context) -> Result<(), Failure> {
        match (&self.to, encrypted) {
            (Some(path), Some(bytes)) => file::replace(path, &bytes),
            (Some(path), None) => file::replace(path, text.as_bytes()),
            (None, Some(bytes)) => context.ui.data(&bytes),
            (None, None) => Err(Failure::usage("an archive that is not encrypted goes into a file").hint("-o FILE")),
        }
    }
}

async fn entry(wanted: &Wanted, table: &(impl GetHead + GetVersion), key: &impl Decrypt) -> Result<Entry, Failure> {
    let Wanted { identity, version } = wanted;
    let called = format!("{}@{version}", spelled(identity));
    let record = read::record(table, &called, identity, Pick::Version(*version)).await?;
    let value = seal::open(key, &record).await?;
    Ok(Entry::of(identity, &record, value))
}

fn rows(wanted: &[Wanted]) -> Rows {
    let mut rows = Rows::new(&["stack", "env", "name", "version"]);
    for Wanted { identity, version } in wanted {
        rows.push([
            Cell::text(identity.stack_name.as_str()),
            Cell::text(identity.env.as_str()),
            Cell::text(identity.name.as_str()),
            Cell::number(version.number()),
        ]);
    }
    rows
}

/// What no other archive has: 32 hex digits.
fn id(context: &Context) -> String {
    let mut id = [0; 16];
    (context.edge.random)().fill_bytes(&mut id);
    format!("{:032x}", u128::from_be_bytes(id))
}
