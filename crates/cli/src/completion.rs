//! Completion as a shell asks for it, with each press of the tab key: verbs and flags from the grammar, names of secrets from
//! what `list` remembered. AWS is not asked, and where nothing is remembered, nothing is said.

pub(crate) mod remembered;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli::Cli;
use crate::edge::Edge;
use crate::failure::Failure;
use crate::stores;

/// What a shell sets when it asks.
const VARIABLE: &str = "COMPLETE";

const COMMAND: &str = "cfn-secrets";

/// How a store is spelled, as far as that can be said beforehand.
const STORES: [&str; 4] = ["table", "credstash://", "ssm:/", "secretsmanager:"];

/// Which part of a name an argument takes.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Stack,
    Env,
    Name,
}

/// Answers a shell, if it is one that asks.
///
/// # Errors
/// For a shell that nobody knows.
pub(crate) fn answered(arguments: &[OsString], edge: &Edge) -> Result<bool, Failure> {
    if edge.var(VARIABLE).is_none() {
        return Ok(false);
    }
    let profile = said_profile(arguments).or_else(|| edge.var("AWS_PROFILE"));
    let names: Arc<[String]> = remembered::read(profile.as_deref()).into();
    let line = said(arguments);
    let tree = || tree(if stores::names_a_store(line) { stores::Cli::command() } else { Cli::command() }, &names);
    let answered = CompleteEnv::with_factory(tree).try_complete(arguments.to_vec(), (edge.folder)().as_deref());
    answered.map_err(|error| Failure::usage(format!("{VARIABLE} must name a shell: {}", error.to_string().trim_end())))
}

/// What a shell reads to ask like that.
pub(crate) fn script(shell: &str) -> Result<Vec<u8>, Failure> {
    let bug = || Failure::bug(format!("nothing is known of {shell}"));
    let shells = Shells::builtins();
    let mut script = Vec::new();
    let completer = shells.completer(shell).ok_or_else(bug)?;
    completer.write_registration(VARIABLE, COMMAND, COMMAND, COMMAND, &mut script).map_err(|_| bug())?;
    Ok(script)
}

/// The command line that is to be completed: it stands behind the first `--`.
fn said(arguments: &[OsString]) -> &[OsString] {
    let start = arguments.iter().position(|argument| argument == "--").map_or(0, |dashes| dashes + 1);
    &arguments[start..]
}

/// The profile on the command line that is to be completed.
fn said_profile(arguments: &[OsString]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let together = words.iter().find_map(|word| word.strip_prefix("--profile="));
    let apart = words.windows(2).find(|pair| matches!(pair[0], "--profile" | "-p")).map(|pair| pair[1]);
    together.or(apart).map(ToOwned::to_owned)
}

/// The grammar, with candidates for what names a secret.
fn tree(command: Command, names: &Arc<[String]>) -> Command {
    let with_names = |argument: Arg| match part(&argument) {
        None if takes_a_store(&argument) => argument.add(ArgValueCompleter::new(stores_like)),
        None => argument,
        Some(part) => {
            let names = Arc::clone(names);
            argument.add(ArgValueCompleter::new(move |typed: &OsStr| candidates(&names, part, typed)))
        }
    };
    command.mut_args(with_names).mut_subcommands(|verb| verb.mut_args(with_names))
}

fn takes_a_store(argument: &Arg) -> bool {
    argument.get_value_names().and_then(<[_]>::first).is_some_and(|name| name == "STORE")
}

fn stores_like(typed: &OsStr) -> Vec<CompletionCandidate> {
    let fits = |store: &&&str| typed.to_str().is_some_and(|typed| store.starts_with(typed));
    STORES.iter().filter(fits).map(CompletionCandidate::new).collect()
}

fn part(argument: &Arg) -> Option<Part> {
    let value = argument.get_value_names()?.first()?.as_str();
    match (value, argument.get_id().as_str()) {
        ("SECRET" | "ONE" | "OTHER", _) => Some(Part::Whole),
        (_, "stack") => Some(Part::Stack),
        (_, "env") => Some(Part::Env),
        (_, "name") => Some(Part::Name),
        _ => None,
    }
}

fn candidates(names: &[String], part: Part, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let nth = |name: &str, place: usize, without: &str| name.split('/').nth(place).unwrap_or(without).to_owned();
    let of = |name: &String| match part {
        Part::Whole => name.clone(),
        Part::Stack => nth(name, 0, ""),
        Part::Env => nth(name, 1, ""),
        Part::Name => nth(name, 2, "default"),
    };
    let fitting: BTreeSet<String> = names.iter().map(of).filter(|name| name.starts_with(typed)).collect();
    fitting.into_iter().map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_name_has_its_candidates() {
        let names = ["blog/dev", "shop/dev", "shop/prod", "shop/prod/api"].map(ToOwned::to_owned);
        let found = |part, typed: &str| -> Vec<String> {
            let candidates = candidates(&names, part, OsStr::new(typed));
            candidates.iter().map(|candidate| candidate.get_value().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found(Part::Whole, "shop/p"), ["shop/prod", "shop/prod/api"]);
        assert_eq!(found(Part::Stack, ""), ["blog", "shop"]);
        assert_eq!(found(Part::Env, "d"), ["dev"]);
        assert_eq!(found(Part::Name, ""), ["api", "default"]);
        assert!(found(Part::Whole, "x").is_empty());
    }

    #[test]
    fn the_line_stands_behind_the_dashes() {
        let names_a_store =
            |line: &str| stores::names_a_store(said(&line.split(' ').map(OsString::from).collect::<Vec<_>>()));
        assert!(names_a_store("cfn-secrets -- cfn-secrets --store ssm:/ l"));
        assert!(!names_a_store("cfn-secrets -- cfn-secrets exec shop/prod -- x --store y"));
    }

    #[test]
    fn a_store_is_completed_wherever_one_is_named() {
        let names = [].into();
        for (command, argument) in [(Cli::command(), "store"), (stores::Cli::command(), "store")] {
            let tree = tree(command, &names);
            let argument = tree.get_arguments().find(|found| found.get_id() == argument).unwrap();
            assert!(argument.get::<ArgValueCompleter>().is_some());
        }
        let found = stores_like(OsStr::new("s"));
        assert_eq!(found.iter().map(CompletionCandidate::get_value).collect::<Vec<_>>(), ["ssm:/", "secretsmanager:"]);
        let tree = tree(Cli::command(), &names);
        for argument in ["from", "to"] {
            let copy = tree.find_subcommand("copy").unwrap();
            let argument = copy.get_arguments().find(|found| found.get_id() == argument).unwrap();
            assert!(argument.get::<ArgValueCompleter>().is_some());
        }
    }

    #[test]
    fn the_profile_is_that_of_the_line() {
        let said = |line: &str| said_profile(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(said("cfn-secrets -- cfn-secrets --profile prod get s").as_deref(), Some("prod"));
        assert_eq!(said("cfn-secrets -- cfn-secrets --profile=dev get").as_deref(), Some("dev"));
        assert_eq!(said("cfn-secrets -- cfn-secrets get"), None);
    }

    #[test]
    fn many_arguments_name_a_secret() {
        let tree = tree(Cli::command(), &[].into());
        for verb in ["get", "history", "diff", "exec", "put", "rotate", "retire", "restore", "generate"] {
            let verb = tree.find_subcommand(verb).unwrap();
            let completed = verb.get_arguments().filter(|argument| argument.get::<ArgValueCompleter>().is_some());
            assert!(completed.count() > 0, "{verb}");
        }
    }
}
