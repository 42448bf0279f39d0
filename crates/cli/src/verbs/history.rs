//! `history`: every version of one secret. It reads no value, and could decrypt none.

use clap::Args;
use secret_store::store::QueryVersions;
use secret_store::{Identity, State};

use crate::context::Context;
use crate::failure::Failure;
use crate::pair::TableReader;
use crate::rights::{FIND_TABLE, QUERY, Right};
use crate::secret::{Secret, spelled};
use crate::table::Tables;
use crate::verbs::{Run, list};

/// Shows every version of a secret, the newest first
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets history shop/prod
  cfn-secrets history shop/prod/api --output json")]
pub(crate) struct History {
    /// STACK/ENV[/NAME], or a PhysicalResourceId
    #[arg(value_name = "SECRET")]
    secret: Secret,
}

impl Run for History {
    type Hold = (TableReader, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, QUERY];

    async fn run(&self, (table, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let identity = tables.identity(&self.secret).await?;
        history(&table, &identity, context).await
    }
}

async fn history(table: &impl QueryVersions, identity: &Identity, context: &Context) -> Result<(), Failure> {
    let snapshot = table.query(identity).await?;
    if snapshot.versions.is_empty() {
        return Err(Failure::unreadable(&spelled(identity), secret_store::select::Unreadable::NoSecret));
    }
    let mut rows = list::versions();
    for item in snapshot.versions.iter().rev() {
        rows.push(list::row(identity, item, snapshot.head.as_ref(), context));
    }
    let readable = |item| !matches!(State::of(item, snapshot.head.as_ref()), State::Retired { .. });
    let count = snapshot.versions.iter().filter(|item| readable(item)).count();
    context.ui.debug(|| format!("dynamodb:Query: {} versions, {count} readable", snapshot.versions.len()));
    context.ui.rows(&rows)
}
