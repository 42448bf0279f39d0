//! What somebody wants, made of a command line.

use std::ffi::OsString;

use credstash_format::{Context, Digest};
use secrecy::SecretString;

use super::argparse::{Read, Said, to_the_end, to_the_verb};
use super::grammar::{FORMATS, GLOBALS, HELP, Verb};
use super::output::Format;
use super::problem::Problem;
use super::{help, sources};
use crate::edge::Edge;
use crate::ui::Ui;

/// What a command line asks for.
#[derive(Debug)]
pub(super) enum Wanted {
    /// A text to print.
    Help(String),
    /// Something to do.
    Command(Globals, Box<Command>),
}

/// What is said for all verbs.
#[derive(Clone, Debug, Default)]
pub(super) struct Globals {
    pub(super) region: Option<String>,
    pub(super) kms_region: Option<String>,
    pub(super) table: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) role: Option<String>,
}

/// A verb with what it is given.
#[derive(Debug)]
pub(super) enum Command {
    Delete { name: String },
    Get(Get),
    GetAll(GetAll),
    Keys,
    List,
    Put(Put),
    PutAll(PutAll),
    Setup(Setup),
}

/// `get`.
#[derive(Debug)]
pub(super) struct Get {
    /// Or a pattern.
    pub(super) name: String,
    /// Whether a newline follows the value.
    pub(super) newline: bool,
    /// What is read, and how several are printed.
    pub(super) all: GetAll,
}

/// `getall`.
#[derive(Debug)]
pub(super) struct GetAll {
    pub(super) version: Option<String>,
    pub(super) format: Format,
    pub(super) context: Context,
}

/// `put`.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) name: String,
    pub(super) value: SecretString,
    pub(super) how: How,
}

/// `putall`.
#[derive(Debug)]
pub(super) struct PutAll {
    /// JSON.
    pub(super) credentials: SecretString,
    pub(super) how: How,
}

/// How values are stored.
#[derive(Debug)]
pub(super) struct How {
    pub(super) key: String,
    pub(super) comment: Option<String>,
    pub(super) version: NewVersion,
    pub(super) digest: Digest,
    pub(super) context: Context,
}

/// As which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NewVersion {
    /// This one, whatever is there.
    Said(String),
    /// The next one.
    Next,
    /// Nobody said: the one that the verb begins with.
    Unsaid,
}

/// `setup`.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) save_kms_region: Option<String>,
    pub(super) tags: Vec<(String, String)>,
}

/// Reads a command line, and values from where it says.
///
/// # Errors
/// Where it makes no sense.
pub(super) fn parse(arguments: &[OsString], edge: Edge, ui: &Ui) -> Result<Wanted, Problem> {
    let text = |argument: &OsString| argument.to_str().map(str::to_owned);
    let arguments: Option<Vec<_>> = arguments.iter().map(text).collect();
    let arguments = arguments.ok_or_else(|| Problem::refused("an argument is not UTF-8 text"))?;
    let program: Vec<_> = [&HELP].into_iter().chain(&GLOBALS).collect();
    let (before, name, rest) = match to_the_verb(&arguments, &program).map_err(Problem::usage)? {
        Read::Help | Read::All(_) => return Ok(Wanted::Help(help::of_the_program())),
        Read::Verb(before, name, rest) => (before, name, rest),
    };
    let verb = Verb::ALL.into_iter().find(|verb| verb.name() == name);
    let verb = verb.ok_or_else(|| {
        let names = Verb::ALL.map(Verb::name).join(", ");
        Problem::usage(format!("invalid choice of a verb: '{name}' (choose from {names})"))
    })?;
    let said = match to_the_end(rest, &verb.flags()).map_err(Problem::usage)? {
        Read::All(said) => said.or(before),
        Read::Help | Read::Verb(..) => return Ok(Wanted::Help(help::of(verb))),
    };
    let globals = globals(&said)?;
    Ok(Wanted::Command(globals, Box::new(command(verb, &said, edge, ui)?)))
}

fn globals(said: &Said) -> Result<Globals, Problem> {
    if said.has("profile") && said.has("arn") {
        return Err(Problem::usage("argument -n/--arn: not allowed with argument -p/--profile"));
    }
    // Scripts pass unset variables.
    let given = |long: &str| said.one(long).filter(|value| !value.is_empty()).map(str::to_owned);
    Ok(Globals {
        region: given("region"),
        kms_region: given("kms-region"),
        table: given("table"),
        profile: given("profile"),
        role: given("arn"),
    })
}

fn command(verb: Verb, said: &Said, edge: Edge, ui: &Ui) -> Result<Command, Problem> {
    let mut positionals = said.positionals.iter().map(String::as_str);
    let mut required = |called: &str| {
        let next = positionals.next();
        next.ok_or_else(|| Problem::usage(format!("the following arguments are required: {called}")))
    };
    let command = match verb {
        Verb::Delete => Command::Delete { name: required("credential")?.to_owned() },
        Verb::Get => Command::Get(Get {
            name: required("credential")?.to_owned(),
            newline: !said.has("noline"),
            all: get_all(said, positionals.by_ref())?,
        }),
        Verb::GetAll => Command::GetAll(get_all(said, positionals.by_ref())?),
        Verb::Keys => Command::Keys,
        Verb::List => Command::List,
        Verb::Put => {
            let name = required("credential")?.to_owned();
            Command::Put(put(name, said, positionals.by_ref(), edge, ui)?)
        }
        Verb::PutAll => {
            let credentials = required("credentials")?;
            let how = how(said, positionals.by_ref())?;
            let credentials = sources::value(credentials, &edge)?;
            warn_if_seen(&credentials, ui);
            Command::PutAll(PutAll { credentials: credentials.text, how })
        }
        Verb::Setup => {
            let tags = said.many("tags").iter().map(|tag| Context::of_pairs([tag.as_str()]));
            let tags = tags.collect::<Result<Vec<_>, _>>();
            let tags = tags.map_err(|error| Problem::usage(format!("argument --tags: {error}")))?;
            let save_kms_region = said.one("save-kms-region").filter(|region| !region.is_empty()).map(str::to_owned);
            Command::Setup(Setup { save_kms_region, tags: tags.iter().flat_map(|tag| tag.pairs().clone()).collect() })
        }
    };
    match positionals.next() {
        None => Ok(command),
        Some(_) => Err(Problem::usage("unrecognized arguments: there are too many")),
    }
}

fn get_all<'a>(said: &Said, context: impl Iterator<Item = &'a str>) -> Result<GetAll, Problem> {
    let format = said.one("format").unwrap_or(FORMATS[0]);
    let format = Format::of_name(format).ok_or_else(|| {
        Problem::usage(format!("argument -f/--format: invalid choice: '{format}' (choose from {})", FORMATS.join(", ")))
    })?;
    // An empty version is none: scripts pass unset variables.
    let version = said.one("version").filter(|version| !version.is_empty()).map(str::to_owned);
    Ok(GetAll { version, format, context: pairs(context)? })
}

fn put<'a>(
    name: String,
    said: &Said,
    positionals: impl Iterator<Item = &'a str>,
    edge: Edge,
    ui: &Ui,
) -> Result<Put, Problem> {
    let mut positionals = positionals.peekable();
    if said.has("prompt") {
        // credstash takes the first pair of the context for the value, and forgets it.
        positionals.next_if(|first| !first.contains('='));
        let how = how(said, positionals)?;
        return Ok(Put { value: sources::prompt(&name, ui)?, name, how });
    }
    let value = positionals.next().ok_or_else(|| {
        Problem::usage("no value is given")
            .more("pass it on stdin with `-`, as @FILE, or type it with -P; \"\" is an empty one")
    })?;
    let how = how(said, positionals)?;
    let value = sources::value(value, &edge)?;
    warn_if_seen(&value, ui);
    Ok(Put { name, value: value.text, how })
}

fn how<'a>(said: &Said, context: impl Iterator<Item = &'a str>) -> Result<How, Problem> {
    let digest = said.one("digest").unwrap_or(Digest::default().as_str());
    let known = Digest::ALL.into_iter().find(|known| known.as_str() == digest);
    let digest = known.ok_or_else(|| {
        let names = Digest::ALL.map(Digest::as_str).join(", ");
        Problem::usage(format!("argument -d/--digest: invalid choice: '{digest}' (choose from {names})"))
    })?;
    let version = match said.one("version") {
        _ if said.has("autoversion") => NewVersion::Next,
        Some(version) => NewVersion::Said(version.to_owned()),
        None => NewVersion::Unsaid,
    };
    let key = said.one("key").unwrap_or("alias/credstash").to_owned();
    let comment = said.one("comment").map(str::to_owned);
    Ok(How { key, comment, version, digest, context: pairs(context)? })
}

/// What is no pair may be a secret in the wrong place: it is not repeated.
fn pairs<'a>(context: impl Iterator<Item = &'a str>) -> Result<Context, Problem> {
    Context::of_pairs(context)
        .map_err(|_| Problem::usage("argument context: one of them is not the form of \"key=value\", with one ="))
}

fn warn_if_seen(value: &sources::Value, ui: &Ui) {
    if value.seen {
        ui.warn(
            "the secret stands on the command line, where others can see it: send it on stdin with `-`, or name a file: @FILE",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Terminals;

    fn parsed(line: &[&str]) -> Result<Command, u8> {
        let terminals = Terminals { stdin: false, stdout: false, stderr: false };
        let edge = Edge { env: |_| None, now: || 0, folder: || None, random: || unreachable!(), terminals };
        let line: Vec<_> = line.iter().map(OsString::from).collect();
        match parse(&line, edge, &Ui::of_arguments(&[], &edge)) {
            Ok(Wanted::Command(_, command)) => Ok(*command),
            Ok(Wanted::Help(_)) => Err(0),
            Err(problem) => Err(problem.code()),
        }
    }

    #[test]
    fn a_verb_takes_what_it_takes() {
        for (line, code) in [
            (&["get"][..], 2),
            (&["get", "a", "b"], 2),
            (&["getall", "a*"], 2),
            (&["list", "a"], 2),
            (&["keys", "a"], 2),
            (&["delete", "a", "b"], 2),
            (&["delete", "-v", "1", "a"], 2),
            (&["put", "a"], 2),
            (&["put", "a", "b", "c"], 2),
            (&["put", "-d", "sha256", "a", "b"], 2),
            (&["get", "-f", "xml", "a"], 2),
            (&["setup", "--tags", "team"], 2),
            (&["-p", "a", "-n", "b", "list"], 2),
            (&["-p", "a", "list", "-n", "b"], 2),
            (&["lis"], 2),
            (&["-n", "get", "a"], 2),
            (&[], 0),
            (&["-h"], 0),
            (&["put", "-h"], 0),
        ] {
            assert_eq!(parsed(line).unwrap_err(), code, "{line:?}");
        }
    }

    #[test]
    fn versions_are_what_is_said() {
        let version = |line: &[&str]| match parsed(line) {
            Ok(Command::Put(put)) => put.how.version,
            Ok(Command::PutAll(put_all)) => put_all.how.version,
            other => panic!("{other:?}"),
        };
        assert_eq!(version(&["put", "a", "b"]), NewVersion::Unsaid);
        assert_eq!(version(&["put", "a", "b", "-v", "0"]), NewVersion::Said("0".to_owned()));
        assert_eq!(version(&["put", "a", "b", "-v", ""]), NewVersion::Said(String::new()));
        assert_eq!(version(&["putall", "{}", "-a", "-v", "7"]), NewVersion::Next);
    }
}
