//! `diff`: whether two values are the same, and where not: of one store, or of two.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{Named, OfStore};
use super::super::pattern::Which;
use super::super::port::Read;
use super::{all, value, values};
use crate::context::Context;
use crate::failure::Failure;
use crate::verbs::{DiffHow, Texts, named, side_by_side};

/// Compares two secrets, two versions of one, or all secrets of two stores
///
/// By default it says which fields are equal and how long each is; --reveal shows the lines.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop diff /shop/prod/db@1 /shop/prod/db
  cfn-secrets --store ssm:/shop/staging diff --all --with ssm:/shop/prod
  cfn-secrets --store credstash:// diff db.password shop/db.password --with secretsmanager:shop/")]
pub(crate) struct Diff {
    /// The whole name, and perhaps a version
    #[arg(value_name = "ONE", required_unless_present = "all", requires = "other")]
    one: Option<Named>,
    /// Another one
    #[arg(value_name = "OTHER")]
    other: Option<Named>,
    /// Every secret, by its name behind the path or prefix of each store
    #[arg(long, conflicts_with_all = ["one", "other"], requires = "with")]
    all: bool,
    /// The store of the other side
    #[arg(long, value_name = "STORE")]
    with: Option<At>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    of: OfStore,
    #[command(flatten)]
    how: DiffHow,
}

impl Diff {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        let other_at = self.with.as_ref().unwrap_or(at);
        // What is said of credstash is said of whichever side is.
        let options = |at: &At| match at {
            At::Credstash(_) => self.of.options(context),
            _ if matches!(other_at, At::Credstash(_)) => OfStore::default().options(context),
            _ => self.of.options(context),
        };
        let (one, other) =
            (stores.open(at, options(at)?, context)?, stores.open(other_at, options(other_at)?, context)?);
        let (one, other): (&dyn Read, &dyn Read) = (&*one, &*other);
        match (&self.one, &self.other) {
            (Some(first), Some(second)) => {
                let (first_value, second_value) = (value(one, first).await?.value, value(other, second).await?.value);
                let (texts, others) = side_by_side(&first_value, &second_value);
                self.how.tell((&first.to_string(), &texts), (&second.to_string(), &others), context)
            }
            _ => {
                let (texts, others) = (self.texts(one, context).await?, self.texts(other, context).await?);
                self.how.tell((&at.to_string(), &texts), (&other_at.to_string(), &others), context)
            }
        }
    }

    async fn texts(&self, store: &dyn Read, context: &Context) -> Result<Texts, Failure> {
        let at = store.at();
        let meant = self.which.of(at, all(store, context).await?);
        let found = values(store, meant, context.concurrency(), context).await?;
        found.tell(context)?;
        let own = |name: &str| at.own(name).unwrap_or(name).to_owned();
        Ok(found.values.iter().flat_map(|(listed, held)| named(&own(&listed.name), &held.value)).collect())
    }
}
