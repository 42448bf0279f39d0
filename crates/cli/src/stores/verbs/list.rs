//! `list`: which secrets there are. It reads no value, and could read none.

use clap::Args;
use secret_store::UnixTime;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::OfStore;
use super::super::pattern::Which;
use super::super::port::List as Lists;
use super::all;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{Cell, Rows};
use crate::when;

/// Lists the secrets, without their values
#[derive(Args, Clone, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  cfn-secrets --store ssm:/shop list
  cfn-secrets --store secretsmanager: list --match 'shop/*' --output json"
)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
}

impl List {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        let store = stores.open(at, OfStore::default().options(context)?, context)?;
        let store: &dyn Lists = &*store;
        let mut rows = Rows::new(&["name", "version", "changed_at", "comment"]).headed("changed_at", "age");
        for listed in self.which.of(at, all(store, context).await?) {
            rows.push([
                Cell::text(listed.name),
                Cell::text(listed.version),
                age(listed.at, context),
                comment(listed.comment),
            ]);
        }
        context.ui.rows(&rows)
    }
}

/// How long ago, for people; when, for programs.
pub(super) fn age(at: Option<UnixTime>, context: &Context) -> Cell {
    match at {
        Some(at) => Cell::both(when::age(at, context.now), when::date(at)),
        None => Cell::both("", serde_json::Value::Null),
    }
}

/// What somebody said, if anything.
pub(super) fn comment(comment: Option<String>) -> Cell {
    comment.map_or(Cell::both("", serde_json::Value::Null), Cell::text)
}
