//! The command line behind `--store`: the verbs that make sense everywhere, with names as the service spells them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::str::FromStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser};
use targets_aws::Tier;

use super::verbs::Verb;
use super::{Options, Stores};
use crate::cli::{self, Globals};
use crate::context::Context;
use crate::exit;
use crate::failure::Failure;
use crate::hold::Hold as _;
use crate::ui::Ui;

/// Looks after the secrets of another store than the pair's table, by names as its service spells them.
///
/// STORE is table or table:NAME, credstash://TABLE, ssm:/PATH or secretsmanager:PREFIX. NAME is a whole name; with @VERSION it is that
/// of an earlier version: a number, of Secrets Manager an id, or a label. A name that has an @ itself ends with one more.
#[derive(Debug, Parser)]
#[command(name = "cfn-secrets", bin_name = "cfn-secrets --store STORE", after_long_help = exit::HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = false)]
#[command(next_help_heading = "Options")]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    verb: Verb,
}

/// What is said of the store that a verb works on.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct OfStore {
    /// What a value of credstash is bound to; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
}

/// What is said of what is written.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct OfTarget {
    /// What a new parameter may hold: 4096 bytes, or 8192 for a price; standard or advanced
    #[arg(long, value_name = "TIER", value_parser = Tier::from_str)]
    tier: Option<Tier>,
}

/// A pair of an encryption context.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}

impl OfStore {
    /// For a store that is read.
    pub(super) fn options(&self, context: &Context) -> Result<Options, Failure> {
        options(&self.context, None, context)
    }

    /// For a store that is written.
    pub(super) fn options_with(&self, target: &OfTarget, context: &Context) -> Result<Options, Failure> {
        options(&self.context, target.tier, context)
    }
}

/// What is said of a store.
pub(super) fn options(pairs: &[(String, String)], tier: Option<Tier>, context: &Context) -> Result<Options, Failure> {
    let pairs: BTreeMap<_, _> = pairs.iter().cloned().collect();
    // The pair's key, which a variable or the configuration file may name, is that of the pair's table alone.
    Ok(Options { context: pairs, key: context.globals.key.clone(), tier })
}

/// A secret and perhaps its version, as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    text: String,
    /// The whole name.
    pub(super) name: String,
    /// The version, if not the current one.
    pub(super) version: Option<String>,
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) => (name, Some(version).filter(|version| !version.is_empty())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("must be NAME or NAME@VERSION");
        }
        Ok(Self { text: text.to_owned(), name: name.to_owned(), version: version.map(ToOwned::to_owned) })
    }
}

/// As it was written.
impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a command line is one of this grammar: it says `--store`, before the command that `exec` runs, and not the pair's own
/// bucket, which has all verbs that its table has.
pub(crate) fn names_a_store(arguments: &[OsString]) -> bool {
    let mut own = arguments.iter().take_while(|argument| *argument != "--").filter_map(|argument| argument.to_str());
    let named = own.find_map(|argument| match argument.strip_prefix("--store") {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(Some),
        None => None,
    });
    let store = named.map(|named| named.or_else(|| own.next()).unwrap_or_default());
    store.is_some_and(|store| !store.starts_with("s3:"))
}

/// Runs it. `Ok` where its help was asked for.
pub(crate) async fn run(cli: Cli, context: &Context) -> Result<(), Failure> {
    let Some(at) = context.globals.store.clone() else {
        return Err(Failure::usage("no store is named").hint("--store STORE"));
    };
    let (stores,) = <(Stores,)>::take(context).await?;
    cli.verb.run(&stores, &at, context).await
}

impl Cli {
    /// What was said for all verbs.
    pub(crate) fn globals(&self) -> &Globals {
        &self.globals
    }

    /// Understands a command line.
    ///
    /// # Errors
    /// For one that makes no sense, or a verb that is about the pair's own table. `None` where its help was asked for.
    pub(crate) fn understand(arguments: &[OsString], ui: &Ui) -> Result<Option<Self>, Failure> {
        match Self::try_parse_from(arguments) {
            Ok(cli) => Ok(Some(cli)),
            Err(answer) if !answer.use_stderr() => ui.help(&answer.render()).map(|()| None),
            Err(error) => Err(not_understood(&error)),
        }
    }
}

fn not_understood(error: &clap::Error) -> Failure {
    let said = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(verb)) if error.kind() == ErrorKind::InvalidSubcommand => verb.as_str(),
        _ => return cli::usage(error),
    };
    let of_the_pair = cli::Cli::command().find_subcommand(said).is_some();
    if !of_the_pair {
        return cli::usage(error);
    }
    let own = Cli::command();
    let verbs: Vec<_> = own.get_subcommands().map(clap::Command::get_name).collect();
    Failure::usage(format!("`{said}` is about the pair's own table: it does not apply to another store"))
        .hint(format!("with --store there are {}", verbs.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_version_stands_behind_the_last_at() {
        for (text, name, version) in [
            ("/shop/db", "/shop/db", None),
            ("/shop/db@3", "/shop/db", Some("3")),
            ("me@example.com@", "me@example.com", None),
            ("me@example.com@AWSPREVIOUS", "me@example.com", Some("AWSPREVIOUS")),
        ] {
            let named: Named = text.parse().unwrap();
            assert_eq!(
                (named.name.as_str(), named.version.as_deref(), named.to_string().as_str()),
                (name, version, text)
            );
        }
        assert!("".parse::<Named>().is_err() && "@3".parse::<Named>().is_err());
    }

    #[test]
    fn a_verb_of_the_pairs_table_is_refused_by_name() {
        for verb in ["rotate", "retire", "restore", "prune", "reencrypt", "doctor", "setup", "generate"] {
            let error = Cli::try_parse_from(["cfn-secrets", "--store", "ssm:/shop", verb]).unwrap_err();
            let failure = not_understood(&error);
            assert!(failure.message.contains(&format!("`{verb}` is about the pair's own table")), "{failure:?}");
        }
        let error = Cli::try_parse_from(["cfn-secrets", "--store", "ssm:/shop", "lsit"]).unwrap_err();
        assert!(not_understood(&error).message.contains("lsit"));
    }

    #[test]
    fn the_command_that_exec_runs_has_arguments_of_its_own() {
        let is_one = |line: &str| names_a_store(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(is_one("cfn-secrets --store ssm:/ list") && is_one("cfn-secrets list --store=ssm:/"));
        assert!(is_one("cfn-secrets list --store") && is_one("cfn-secrets --stored x --store=table list"));
        assert!(!is_one("cfn-secrets --store s3://bucket rotate") && !is_one("cfn-secrets list --store=s3://bucket"));
        assert!(!is_one("cfn-secrets exec shop/prod -- x --store y") && !is_one("cfn-secrets list"));
    }
}
