//! `import`: brings secrets into a store, from an archive or from names and values that another program wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{OfStore, OfTarget};
use super::super::pattern::{Rename, Which, renamed};
use super::super::port::{New, There};
use super::super::transfer::{Run as Transfer, Wish, transfer};
use crate::archive;
use crate::archive::encrypted::{self, Keys};
use crate::archive::of_store::{self, Entry};
use crate::archive::plain::{self, Written};
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::verbs::read_archive;

/// Brings in the secrets of an archive, or of a file of names and values
///
/// A secret that is not there is created, one with another value gets its next version, one with the same value is left alone.
/// If the store would not take one of them, nothing is written at all. Killed half-way, the same command goes on.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop/prod import .env --dry-run
  cfn-secrets --store secretsmanager:shop/ import prod.age --identity key.txt
  cfn-secrets --store ssm:/shop import values.yaml --rename '*=prod/*'")]
pub(crate) struct Import {
    /// The archive, or a file of names and values; - for standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// How a file is written that is no archive; without it, by the ending of its name
    #[arg(long, value_name = "FORMAT")]
    format: Option<Written>,
    #[command(flatten)]
    which: Which,
    /// What a name becomes: each * of TO is what that of FROM stands for. The first that fits counts; may be given again
    #[arg(long, value_name = "FROM=TO")]
    rename: Vec<Rename>,
    #[command(flatten)]
    of: OfStore,
    #[command(flatten)]
    target: OfTarget,
    /// Tell what would be created, changed and left alone, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        let wishes = self.wishes(at, context)?;
        let store = stores.open(at, self.of.options_with(&self.target, context)?, context)?;
        let run = if self.dry_run { Transfer::Dry } else { Transfer::Real };
        transfer(&*store, wishes, context.concurrency(), run, context).await
    }

    fn wishes(&self, at: &At, context: &Context) -> Result<Vec<Wish>, Failure> {
        let entries = self.entries(context)?;
        let keeps_comments = !matches!(at, At::Table(_) | At::Bucket(..));
        let wishes = entries.into_iter().map(|entry| Wish {
            name: at.whole(&renamed(&entry.name, &self.rename)),
            from: entry.name,
            new: New {
                value: entry.value,
                comment: entry.comment.filter(|_| keeps_comments),
                context: entry.encryption_context,
                version: Some(entry.version),
                token: hand::token(None, context),
                there: There::Unknown,
            },
            older: Vec::new(),
        });
        let wishes: Vec<_> = wishes.filter(|wish| self.which.has(at, &wish.name)).collect();
        if wishes.is_empty() {
            return Err(Failure::refused(format!("{} has no secret that is meant", self.from.display())));
        }
        Ok(wishes)
    }

    /// What the file says, whichever it is.
    fn entries(&self, context: &Context) -> Result<Vec<Entry>, Failure> {
        let bytes = read_archive(&self.from, context)?;
        let bytes = if encrypted::is_encrypted(&bytes) { self.keys.decrypt(&bytes, context)? } else { bytes };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::refused(format!("{} is neither an archive nor UTF-8 text", self.from.display())))?;
        if let Some(entries) = of_store::read(text)? {
            return Ok(entries);
        }
        if let Some(header) = archive::header(text) {
            let wishes = archive::read(&header, text)?;
            return Ok(wishes.into_iter().map(|wish| entry(wish.called(), wish.value)).collect());
        }
        let written = self.format.or_else(|| Written::by_name(Path::new(&self.from))).ok_or_else(|| {
            let file = self.from.display();
            Failure::usage(format!("{file} is no archive, and its name does not say how it is written"))
                .hint("--format json, yaml or dotenv")
        })?;
        Ok(plain::read(text, written)?.into_iter().map(|(name, value)| entry(name, value)).collect())
    }
}

fn entry(name: String, value: SecretString) -> Entry {
    Entry { name, version: String::new(), value, comment: None, encryption_context: BTreeMap::new() }
}
