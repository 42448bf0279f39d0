//! `find`: which secrets have this value. The value comes by a prompt or stdin, and is never shown again.

use clap::Args;
use keys_kms::DecryptionKey;
use secrecy::ExposeSecret as _;
use secret_store::{Identity, VersionItem};
use subtle::ConstantTimeEq as _;

use crate::ask;
use crate::context::Context;
use crate::failure::Failure;
use crate::many::{self, Wanted};
use crate::pair::TableCollector;
use crate::rights::{DECRYPT, FIND_TABLE, Right, SCAN};
use crate::table::Tables;
use crate::verbs::{Run, list};
use crate::which::Which;

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
    type Hold = (TableCollector, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, DECRYPT];

    async fn run(&self, (collector, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let value = ask::for_a_value("Value: ", context)?;
        let table = tables.table().await?;
        let readable = |identity: &Identity, item: &VersionItem| self.which.has(identity) && item.retired.is_none();
        let stored = many::collect(&collector, &table, readable, &context.ui).await?;
        let secrets = &stored.inventory.secrets;
        let wanted = secrets.iter().flat_map(|(identity, secret)| {
            let versions = secret.versions.iter().filter(move |item| readable(identity, item));
            versions.map(|item| Wanted { identity: identity.clone(), version: item.version })
        });
        let found = many::read(wanted.collect(), &stored, &key, context.concurrency(), &context.ui).await;
        let found = found.unless_nothing()?;
        let mut rows = list::versions();
        for (Wanted { identity, version }, stored) in &found.values {
            let is_it = stored.expose_secret().as_bytes().ct_eq(value.expose_secret().as_bytes());
            let secret = &secrets[identity];
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
