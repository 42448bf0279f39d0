//! `render`: a file out of a template that names secrets of a store.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{Named, OfStore};
use super::super::port::Read;
use super::value;
use crate::context::Context;
use crate::failure::Failure;
use crate::verbs::RenderHow;

/// Makes a file out of a template that names secrets
///
/// The template is Jinja's: {{ secret('NAME') }}, or {{ secret('NAME', 'db.password') }} for one field. The file is for its
/// owner alone (0600), and is there whole or not at all.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop render database.yml.j2 --to database.yml")]
pub(crate) struct Render {
    #[command(flatten)]
    how: RenderHow,
    #[command(flatten)]
    of: OfStore,
}

impl Render {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let one = async |name: &str| {
            let named: Named =
                name.parse().map_err(|error: &str| Failure::usage(format!("secret({name:?}): {error}")))?;
            value(store, &named).await.map(|held| held.value)
        };
        self.how.make(one, context).await
    }
}
