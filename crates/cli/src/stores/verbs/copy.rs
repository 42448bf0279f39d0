//! `copy`: the secrets of one store into another. Killed half-way, the same command does what is missing.

use clap::Args;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{options, pair};
use super::super::older::{Older, Versions};
use super::super::pattern::{Rename, Which, renamed};
use super::super::port::{Held, Listed, New, Read, Store, There};
use super::super::transfer::{Run as Transfer, Wish, transfer};
use super::{all, values};
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::rights::Right;
use crate::verbs::Run;
use targets_aws::Tier;

/// Copies the secrets of one store into another
///
/// STORE is table or table:NAME, credstash://TABLE, ssm:/PATH or secretsmanager:PREFIX. What is taken along of a name stands behind the
/// path or prefix of FROM, and is put behind that of TO. A secret that is not there is created, one with another value gets its
/// next version, one with the same value is left alone: so the same command twice does what it does once, and goes on where it
/// was killed. If TO would not take one of them, nothing is written at all. What TO cannot keep is told. Nothing is deleted.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets copy --from credstash:// --to table --rename '*.*=shop/prod/*-*' --dry-run
  cfn-secrets copy --from table --to ssm:/secrets --match 'shop/prod/*'
  cfn-secrets copy --from ssm:/secrets --to secretsmanager:secrets/ --versions all
  cfn-secrets copy --from secretsmanager:shop/ --to credstash:// --to-context env=prod")]
pub(crate) struct Copy {
    /// The store to read
    #[arg(long, value_name = "STORE")]
    from: At,
    /// The store to write
    #[arg(long, value_name = "STORE")]
    to: At,
    #[command(flatten)]
    which: Which,
    /// What a name becomes: each * of TO is what that of FROM stands for. The first that fits counts; may be given again
    #[arg(long, value_name = "FROM=TO")]
    rename: Vec<Rename>,
    /// What the values of FROM are bound to, if that is credstash; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    from_context: Vec<(String, String)>,
    /// What the values of TO are to be bound to, if that is credstash; without it, what those of FROM are
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    to_context: Vec<(String, String)>,
    /// What a new parameter may hold: 4096 bytes, or 8192 for a price; standard or advanced
    #[arg(long, value_name = "TIER", value_parser = <Tier as std::str::FromStr>::from_str)]
    tier: Option<Tier>,
    /// Which versions to copy; all of them come in their order, as far as TO keeps so many
    #[arg(long, value_name = "WHICH", default_value = "current")]
    versions: Versions,
    /// How many to ask for, and to write, at a time
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Tell what would be created, changed and left alone, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Copy {
    type Hold = (Stores,);
    // Those of the two stores.
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (stores,): Self::Hold, context: &Context) -> Result<(), Failure> {
        let from_options = super::super::Options { key: None, ..options(&self.from_context, None, context)? };
        let from = stores.open(&self.from, from_options, context)?;
        let to = stores.open(&self.to, options(&self.to_context, self.tier, context)?, context)?;
        if self.from == self.to && self.rename.is_empty() {
            return Err(Failure::usage(format!("{} is the store to read and the one to write", self.from))
                .hint("--rename gives copies another name"));
        }
        let reader: &dyn Read = &*from;
        let meant = self.which.of(&self.from, all(reader, context).await?);
        if meant.is_empty() {
            return Err(Failure::refused(format!("{} has no secret that is meant", self.from)));
        }
        let concurrency = self.concurrency.unwrap_or_else(|| context.concurrency());
        let mut found = values(reader, meant, concurrency, context).await?;
        let older = match self.versions {
            Versions::Current => vec![Vec::new(); found.values.len()],
            Versions::All => {
                let with_older = found.with_older(reader, concurrency, context).await;
                with_older.into_iter().map(|(_, older)| older).collect()
            }
        };
        self.say_what_is_lost(&found.values, &older, &*to, context);
        let run = if self.dry_run { Transfer::Dry } else { Transfer::Real };
        let most = to.capabilities().versions.most.map_or(usize::MAX, |most| most - 1);
        let wishes = found.values.iter().zip(older).map(|((listed, held), older)| {
            let kept = older.len().saturating_sub(most)..;
            self.wish(listed, held, older.get(kept).unwrap_or_default(), context)
        });
        transfer(&*to, wishes.collect(), concurrency, run, context).await?;
        found.tell(context)
    }
}

impl Copy {
    fn wish(&self, listed: &Listed, held: &Held, older: &[Older], context: &Context) -> Wish {
        let own = self.from.own(&listed.name).unwrap_or(&listed.name);
        let older = older.iter().map(|Older { past, held }| self.value(held, past.comment.as_ref(), context));
        Wish {
            from: listed.name.clone(),
            name: self.to.whole(&renamed(own, &self.rename)),
            new: self.value(held, listed.comment.as_ref(), context),
            older: older.collect(),
        }
    }

    fn value(&self, held: &Held, comment: Option<&String>, context: &Context) -> New {
        let to_context = self.to_context.iter().cloned().collect();
        New {
            value: held.value.clone(),
            comment: comment.cloned(),
            context: if self.to_context.is_empty() { held.context.clone() } else { to_context },
            version: Some(held.version.clone()),
            token: hand::token(None, context),
            there: There::Unknown,
        }
    }

    /// What the target does not keep of what there is.
    fn say_what_is_lost(&self, found: &[(Listed, Held)], older: &[Vec<Older>], to: &dyn Store, context: &Context) {
        let capabilities = to.capabilities();
        if let Some(most) = capabilities.versions.most {
            let too_many: usize = older.iter().map(|older| (older.len() + 1).saturating_sub(most)).sum();
            if too_many > 0 {
                context.ui.note(&format!("{} keeps {most} versions: {too_many} older ones are left behind", self.to));
            }
        }
        let count = |is_lost: &dyn Fn(&(Listed, Held)) -> bool| found.iter().filter(|one| is_lost(one)).count();
        let comments = count(&|(listed, _)| listed.comment.is_some());
        if capabilities.longest_comment.is_none() && comments > 0 {
            context.ui.note(&format!("{} keeps no comments: {comments} are left behind", self.to));
        }
        let contexts = count(&|(_, held)| !held.context.is_empty());
        if !capabilities.context && contexts > 0 {
            let service = capabilities.service;
            context.ui.note(&format!(
                "{} keeps no encryption context: {contexts} secrets are bound to what {service} chooses",
                self.to
            ));
        }
        if !capabilities.versions.chosen {
            context.ui.note(&format!(
                "{} gives each value a version of its own: the numbers of {} are left behind",
                self.to, self.from
            ));
        }
    }
}
