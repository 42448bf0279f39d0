//! The verbs: a file each, and one line each in the table below.

mod completions;
mod credstash;
mod diff;
mod doctor;
mod exec;
mod export;
mod find;
mod generate;
mod get;
mod get_all;
mod history;
mod iam;
mod import;
mod list;
mod man;
mod prune;
mod put;
mod reencrypt;
mod render;
mod restore;
mod retire;
mod rotate;
mod setup;

pub(crate) use diff::{How as DiffHow, Texts, named, side_by_side};
pub(crate) use exec::{How as ExecHow, Variables};
pub(crate) use get::Show;
pub(crate) use import::read_archive;
pub(crate) use prune::some_failed;
pub(crate) use put::nonce;
pub(crate) use render::How as RenderHow;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Failure;
use crate::hold::Hold;
use crate::rights::Right;
use crate::stores::copy;

/// What every verb is.
pub(crate) trait Run {
    /// All that it may do: the adapters that it gets.
    type Hold: Hold;

    /// The IAM actions that it takes; `cfn-secrets iam` prints them.
    const RIGHTS: &'static [Right];

    /// Does it.
    async fn run(&self, hold: Self::Hold, context: &Context) -> Result<(), Failure>;
}

macro_rules! verbs {
    ($($verb:ident in $module:ident,)+) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Verb {
            $($verb($module::$verb),)+
        }

        /// Runs a verb with what it holds.
        pub(crate) async fn run(verb: Verb, context: &Context) -> Result<(), Failure> {
            match verb {
                $(Verb::$verb(verb) => start(&verb, context).await,)+
            }
        }

        /// The rights of each verb, by the name of its file.
        pub(crate) const RIGHTS: &[(&str, &[Right])] = &[$((stringify!($module), $module::$verb::RIGHTS),)+];
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
    Generate in generate,
    Put in put,
    Rotate in rotate,
    Retire in retire,
    Restore in restore,
    Prune in prune,
    Reencrypt in reencrypt,
    Export in export,
    Import in import,
    Copy in copy,
    Doctor in doctor,
    Setup in setup,
    Credstash in credstash,
    Iam in iam,
    Completions in completions,
    Man in man,
}

async fn start<V: Run>(verb: &V, context: &Context) -> Result<(), Failure> {
    let hold = V::Hold::take(context).await?;
    verb.run(hold, context).await
}
