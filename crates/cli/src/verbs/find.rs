//! `find`: which secrets have this value. The value comes by a prompt or stdin, and is never shown again.

use clap::Args;
use keys_kms::DecryptionKey;
use secrecy::ExposeSecret as _;
use secret_store::State;
use store_dynamodb::{TableLister, TableReader};
use subtle::ConstantTimeEq as _;

use crate::ask;
use crate::context::Context;
use crate::failure::Failure;
use crate::many::{self, Wanted};
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right, SCAN};
use crate::table::Tables;
use crate::ui::Rows;
use crate::verbs::{Run, list};
use crate::which::Which;
use secret_store::store::ScanVersions as _;

/// Finds the versions that have a value: whose is this password?
///
/// Every version that can still be read is compared.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets find --by-value                     # asks for it
  pbpaste | cfn-secrets find --by-value --env prod")]
pub(crate) struct Find {
    /// By a value, read from stdin or a prompt; it is never an argument
    #[arg(long, required = true)]
    by_value: bool,
    #[command(flatten)]
    which: Which,
}

impl Run for Find {
    type Hold = (TableLister, TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, GET_ITEM, DECRYPT];

    async fn run(&self, (lister, reader, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let value = ask::for_a_value("Value: ", context)?;
        let table = tables.table().await?;
        let inventory = {
            let bar = context.ui.progress("reading the table", None);
            lister.scan(&table, |read| bar.at(read)).await?
        };
        let meant = inventory.secrets.iter().filter(|(identity, _)| self.which.has(identity));
        let wanted = meant.flat_map(|(identity, secret)| {
            let readable = |item| !matches!(State::of(item, secret.head.as_ref()), State::Retired { .. });
            let readable = secret.versions.iter().filter(move |item| readable(item));
            readable.map(|item| Wanted { identity: identity.clone(), version: item.version })
        });
        let found = many::read(wanted.collect(), &reader, &key, context.concurrency(), &context.ui).await;
        let found = found.unless_nothing()?;
        let mut rows = Rows::new(&list::COLUMNS);
        for (Wanted { identity, version }, stored) in &found.values {
            let is_it = stored.expose_secret().as_bytes().ct_eq(value.expose_secret().as_bytes());
            let secret = &inventory.secrets[identity];
            if let (true, Some(item)) = (bool::from(is_it), secret.version(*version)) {
                rows.push(list::row(identity, item, secret.head.as_ref(), context));
            }
        }
        context.ui.rows(&rows)?;
        found.tell(&context.ui)?;
        if rows.is_empty() {
            return Err(Failure::refused("no secret that can be read has this value"));
        }
        Ok(())
    }
}
