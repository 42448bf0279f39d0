//! `put`: a value, as the next version of a secret.

use std::collections::BTreeMap;

use clap::Args;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{OfStore, OfTarget};
use super::super::port::{New, Stored, There};
use super::super::transfer::raced;
use super::within;
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::ui::{Cell, Rows};
use crate::value::Source;

/// Stores a value, as the version that readers get from now on
///
/// The value comes from a file, from stdin or from a prompt, never from an argument. What the service would refuse, by its
/// length, its name or its comment, is refused before it is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pass show stripe | cfn-secrets --store ssm:/shop put /shop/prod/stripe --strip-newline
  cfn-secrets --store secretsmanager:shop/ put shop/tls --from-file key.pem --comment 'the shop'
  cfn-secrets --store credstash:// put db.password --context env=prod --skip-unchanged < password")]
pub(crate) struct Put {
    /// The whole name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    source: Source,
    /// What is said of it, where the store keeps that
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    of: OfStore,
    #[command(flatten)]
    target: OfTarget,
    /// Write nothing where this is the current value; takes the rights of `get` as well
    #[arg(long)]
    skip_unchanged: bool,
    /// The same for each try of one wish: then it is stored once
    #[arg(long, value_name = "TEXT")]
    client_request_token: Option<String>,
    /// Tell whether it would be taken, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Put {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        within(at, &self.name)?;
        let store = stores.open(at, self.of.options_with(&self.target, context)?, context)?;
        if self.comment.is_some() && store.capabilities().longest_comment.is_none() {
            return Err(Failure::usage(format!("{at} keeps no comments")).hint("leave --comment out"));
        }
        if self.client_request_token.is_some() && matches!(at, At::Parameters(_) | At::Credstash(_)) {
            return Err(Failure::usage(format!("{at} knows no wish again by a token"))
                .hint("--skip-unchanged stores nothing where the value is there"));
        }
        let value = self.source.read(&self.name, context)?;
        let token = hand::token(self.client_request_token.as_deref(), context);
        let new = New {
            value,
            comment: self.comment.clone(),
            context: BTreeMap::new(),
            version: None,
            token,
            there: There::Unknown,
        };
        if self.skip_unchanged
            && let Some(held) = store.get(&self.name, None).await?
        {
            let (old, new) = (held.value.expose_secret().as_bytes(), new.value.expose_secret().as_bytes());
            if bool::from(old.ct_eq(new)) {
                context.ui.note("there is nothing to do");
                return self.tell(&held.version, context);
            }
        }
        if self.dry_run {
            store.check(&self.name, &new).await?;
            context.ui.note("a dry run: nothing was written");
            return Ok(());
        }
        let Stored { version, over } = store.put(&self.name, &new).await?;
        self.tell(&version, context)?;
        over.map_or(Ok(()), |over| Err(raced(&self.name, &version, &over)))
    }

    fn tell(&self, version: &str, context: &Context) -> Result<(), Failure> {
        let mut rows = Rows::new(&["name", "version"]);
        rows.push([Cell::text(self.name.as_str()), Cell::text(version)]);
        context.ui.rows(&rows)
    }
}
