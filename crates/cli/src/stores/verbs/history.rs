//! `history`: every version of one secret that is kept. It reads no value, and could read none.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::OfStore;
use super::super::port::List;
use super::list::{age, comment};
use super::{not_there, within};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{Cell, Rows};

/// Shows every version of a secret that is kept, the newest first
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop history /shop/prod/db
  cfn-secrets --store credstash:// history db.password --output json")]
pub(crate) struct History {
    /// The whole name
    #[arg(value_name = "NAME")]
    name: String,
}

impl History {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        within(at, &self.name)?;
        let store = stores.open(at, OfStore::default().options(context)?, context)?;
        let store: &dyn List = &*store;
        let history = store.history(&self.name).await?;
        if history.is_empty() {
            return Err(not_there(at, &self.name));
        }
        let mut rows = Rows::new(&["version", "labels", "created_at", "comment"]).headed("created_at", "age");
        for past in history {
            rows.push([
                Cell::text(past.version),
                Cell::both(past.labels.join(" "), past.labels),
                age(past.at, context),
                comment(past.comment),
            ]);
        }
        context.ui.rows(&rows)
    }
}
