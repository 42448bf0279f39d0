//! The verbs of `--store`: a file each, and one line each in the table below.

pub(crate) mod copy;
mod delete;
mod diff;
mod exec;
mod export;
mod find;
mod get;
mod get_all;
mod history;
mod import;
mod list;
mod put;
mod render;

use clap::Subcommand;

use super::Stores;
use super::at::At;
use super::grammar::Named;
use super::older::{self, Older};
use super::port::{Held, Listed, Read};
use super::transfer::in_batches;
use crate::context::Context;
use crate::each::Outcome;
use crate::exit::Kind;
use crate::failure::Failure;

macro_rules! verbs {
    ($($verb:ident in $module:ident,)+) => {
        #[derive(Debug, Subcommand)]
        pub(super) enum Verb {
            $($verb($module::$verb),)+
        }

        impl Verb {
            /// Runs it on a store.
            pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
                match self {
                    $(Self::$verb(verb) => verb.run(stores, at, context).await,)+
                }
            }
        }
    };
}

// In the order of --help.
verbs! {
    List in list,
    Get in get,
    GetAll in get_all,
    History in history,
    Diff in diff,
    Find in find,
    Exec in exec,
    Render in render,
    Put in put,
    Delete in delete,
    Export in export,
    Import in import,
}

/// Every secret of a store, with a bar.
async fn all(store: &(impl super::port::List + ?Sized), context: &Context) -> Result<Vec<Listed>, Failure> {
    let bar = context.ui.progress("reading names", None);
    store.list(&|read| bar.at(read)).await
}

/// A name that may be one of the store's.
///
/// # Errors
/// For one that is elsewhere.
fn within(at: &At, name: &str) -> Result<(), Failure> {
    if at.own(name).is_some() {
        return Ok(());
    }
    Err(Failure::usage(format!("`{name}` is not in {at}"))
        .hint(format!("a whole name is wanted, such as {}", at.whole("NAME"))))
}

/// The value that is meant.
///
/// # Errors
/// Where there is none.
async fn value(store: &(impl Read + ?Sized), named: &Named) -> Result<Held, Failure> {
    within(store.at(), &named.name)?;
    match (store.get(&named.name, named.version.as_deref()).await?, &named.version) {
        (Some(held), _) => Ok(held),
        (None, None) => Err(not_there(store.at(), &named.name)),
        (None, Some(version)) => Err(Failure::refused(format!("`{}` has no version {version}", named.name))
            .hint(format!("`cfn-secrets --store {} history {}` shows which there are", store.at(), named.name))),
    }
}

fn not_there(at: &At, name: &str) -> Failure {
    Failure::refused(format!("there is no secret `{name}` in {at}"))
        .hint(format!("`cfn-secrets --store {at} list` shows what there is"))
}

/// What was read of many, and what was not.
struct Found {
    values: Vec<(Listed, Held)>,
    failures: Vec<(Listed, Failure)>,
}

/// The current values of these secrets, with a bar. One that went away since it was listed is not there.
async fn values(
    store: &(impl Read + ?Sized),
    listed: Vec<Listed>,
    concurrency: usize,
    context: &Context,
) -> Result<Found, Failure> {
    store.look_ahead(&listed.iter().map(|listed| listed.name.clone()).collect::<Vec<_>>()).await;
    let bar = context.ui.progress("reading values", Some(listed.len() as u64));
    let one = async |batch: Vec<Listed>| {
        let names: Vec<_> = batch.iter().map(|listed| listed.name.clone()).collect();
        let found = store.current(&names).await;
        batch.iter().for_each(|_| bar.one());
        batch.into_iter().zip(found).collect()
    };
    let mut found = Found { values: Vec::new(), failures: Vec::new() };
    for (listed, answer) in in_batches(listed, store.capabilities().batch, concurrency, one).await {
        match answer {
            Ok(Some(held)) => found.values.push((listed, held)),
            Ok(None) => {}
            Err(failure) => found.failures.push((listed, failure)),
        }
    }
    // Where nothing at all could be read, why.
    if found.values.is_empty() && !found.failures.is_empty() {
        return Err(found.failures.swap_remove(0).1);
    }
    Ok(found)
}

impl Found {
    /// Each of the values with the earlier versions, the oldest first. One of which they cannot be read is none that was read.
    async fn with_older(
        &mut self,
        store: &(impl Read + ?Sized),
        concurrency: usize,
        context: &Context,
    ) -> Vec<((Listed, Held), Vec<Older>)> {
        let Outcome { done, failed } =
            older::of_all(store, std::mem::take(&mut self.values), concurrency, context).await;
        self.values = done.iter().map(|(current, _)| current.clone()).collect();
        self.failures.extend(failed.each.into_iter().map(|((listed, _), failure)| (listed, failure)));
        let not_begun = |(listed, _)| (listed, Failure::new(Kind::TryAgain, "it was not begun with"));
        self.failures.extend(failed.not_begun.into_iter().map(not_begun));
        done
    }

    /// Tells what could not be read.
    ///
    /// # Errors
    /// If there is any: it is done in part.
    fn tell(&self, context: &Context) -> Result<(), Failure> {
        let Some((_, first)) = self.failures.first() else { return Ok(()) };
        for (listed, failure) in &self.failures {
            context.ui.warn(&format!("{}: {}", listed.name, failure.message));
        }
        let (read, all) = (self.values.len(), self.values.len() + self.failures.len());
        let mut partial = Failure::new(Kind::Partial, format!("{read} of {all} secrets were read"));
        partial.hints.clone_from(&first.hints);
        Err(partial)
    }
}
