//! `reencrypt`: stored values under another key. No plaintext comes here: KMS does it by itself. Killed half-way it goes on
//! where it was: what is under the key already is passed over.

use clap::Args;
use keys_kms::ReencryptionKeys;
use secret_store::carry_out::by_hand::reencrypt;
use secret_store::patience::Patience;
use secret_store::plan::operator::{Reencryption, plan_reencrypt};
use secret_store::store::{
    GetVersion, Inventory, Reencrypted, ReplaceCiphertext, ScanVersions as _, StoreError, WriteError,
};
use secret_store::{Identity, KeyArn, Record, Version, VersionItem};

use crate::context::Context;
use crate::each::{Outcome, each};
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::pair::{TableLister, TableReader, TableReencrypter};
use crate::rights::{FIND_TABLE, GET_ITEM, RE_ENCRYPT_FROM, RE_ENCRYPT_TO, Right, SCAN, UPDATE_ITEM};
use crate::secret::spelled;
use crate::table::Tables;
use crate::ui::Cell;
use crate::verbs::{Run, prune};
use crate::which::Which;

/// Puts stored values under another KMS key
///
/// All that can still be read or restored: current, retained, superseded and retired versions. Neither owner nor state
/// changes. KMS re-encrypts; the values never leave it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets reencrypt --to \"$new\" --dry-run
  cfn-secrets reencrypt --to \"$new\" --stack shop")]
pub(crate) struct Reencrypt {
    /// The ARN of the new key
    #[arg(long, value_name = "KEY", value_parser = arn)]
    to: KeyArnArgument,
    #[command(flatten)]
    which: Which,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// The ARN of a key: what is stored with each value, so that it tells what is done already.
#[derive(Clone, Debug)]
struct KeyArnArgument(KeyArn);

fn arn(text: &str) -> Result<KeyArnArgument, String> {
    let is_arn = text.starts_with("arn:") && text.split(':').nth(2) == Some("kms") && text.contains(":key/");
    if is_arn {
        Ok(KeyArnArgument(KeyArn(text.to_owned())))
    } else {
        Err("must be the ARN of a KMS key, not an id or an alias".to_owned())
    }
}

impl Run for Reencrypt {
    type Hold = (TableLister, TableReader, TableReencrypter, ReencryptionKeys, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, GET_ITEM, UPDATE_ITEM, RE_ENCRYPT_FROM, RE_ENCRYPT_TO];

    async fn run(
        &self,
        (lister, reader, reencrypter, keys, tables): Self::Hold,
        context: &Context,
    ) -> Result<(), Failure> {
        let table = tables.table().await?;
        let inventory = {
            let bar = context.ui.progress("reading the table", None);
            lister.scan(&table, |read| bar.at(read)).await?
        };
        let run = hand::run(self.dry_run);
        let meant = self.meant(&inventory, context);
        let mut deeds = Deeds::new();
        let mut reencrypted = |identity, item: &VersionItem| {
            deeds.push(identity, item.version, Cell::text("reencrypted"), Some(item));
        };
        if self.dry_run {
            meant.into_iter().for_each(|(identity, item)| reencrypted(identity, item));
            return deeds.print(run, context);
        }
        let both = Both { reader: &reader, reencrypter: &reencrypter };
        let one = async |(identity, item): &(&Identity, &VersionItem)| {
            let remaining = hand::remaining_for_many(context);
            let mut patience = Patience::new(hand::pause, item.token, &remaining);
            let done = reencrypt(&both, &keys, identity, item.version, &self.to.0, context.now, &mut patience).await;
            done.map_err(|error| hand::failure(error, &spelled(identity)))
        };
        let Outcome { done, failed } = each("re-encrypting", meant, context.concurrency(), context, one).await;
        for ((identity, item), reencryption) in done {
            match reencryption {
                Reencryption::Rewrite => reencrypted(identity, item),
                Reencryption::Done | Reencryption::Expired => {}
            }
        }
        let failed = failed.called(|(identity, item)| format!("{}@{}", spelled(identity), item.version));
        prune::tell(deeds, failed, run, context)
    }
}

impl Reencrypt {
    /// The versions that are not under the key yet.
    fn meant<'i>(&self, inventory: &'i Inventory, context: &Context) -> Vec<(&'i Identity, &'i VersionItem)> {
        let secrets = inventory.secrets.iter().filter(|(identity, _)| self.which.has(identity));
        let items = secrets.flat_map(|(identity, snapshot)| snapshot.versions.iter().map(move |item| (identity, item)));
        items.filter(|(_, item)| plan_reencrypt(item, &self.to.0, context.now) == Reencryption::Rewrite).collect()
    }
}

/// What reads and what replaces, as one store.
struct Both<'a> {
    reader: &'a TableReader,
    reencrypter: &'a TableReencrypter,
}

impl GetVersion for Both<'_> {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.reader.get(identity, version).await
    }
}

impl ReplaceCiphertext for Both<'_> {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        self.reencrypter.replace_ciphertext(identity, read, new).await
    }
}
