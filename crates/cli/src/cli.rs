//! The grammar: `cfn-secrets [GLOBALS] VERB [SECRET] [FLAGS]`. Help, completions, man pages and docs/cli.md come of it.

use std::fmt;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, ValueEnum};
use secret_store::{KeyId, Region, StoreName};

use crate::exit;
use crate::failure::Failure;
use crate::stores::At;
use crate::verbs::Verb;

/// Looks after the secrets of CloudFormation stacks: what there is, what it says, what becomes of it.
///
/// SECRET is STACK/ENV, or STACK/ENV/NAME for one with a name of its own; either with @VERSION for another one than the
/// current. A PhysicalResourceId, as the console shows it, is one as well.
#[derive(Debug, Parser)]
#[command(name = "cfn-secrets", version, after_long_help = exit::HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = false)]
#[command(next_help_heading = "Options")]
pub struct Cli {
    /// What holds for every verb.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What holds for every verb, spelled as the AWS CLI spells it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// The AWS region; else AWS_REGION, AWS_DEFAULT_REGION or the profile's
    #[arg(short = 'r', long, global = true, value_name = "REGION", value_parser = parse_region)]
    pub(crate) region: Option<Region>,
    /// The profile of the AWS CLI's files; else AWS_PROFILE
    #[arg(short = 'p', long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Another address than AWS's
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The pair's table; else CFN_SECRETS_TABLE, the configuration file, or what the stack cfn-secrets says
    #[arg(short = 't', long, global = true, value_name = "NAME", value_parser = parse_table)]
    pub(crate) table: Option<StoreName>,
    /// Another store than the pair's table: s3://BUCKET[/PREFIX], a pair's too; credstash://TABLE, ssm:/PATH, secretsmanager:PREFIX, whose verbs `--store STORE --help` has
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<At>,
    /// The KMS key for what is stored; else CFN_SECRETS_KEY, the configuration file, or what the stack cfn-secrets says
    #[arg(short = 'k', long, global = true, value_name = "KEY", value_parser = parse_key)]
    pub(crate) key: Option<KeyId>,
    /// The form of what is printed; without it a table on a terminal, and columns with tabs in a pipe
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<Output>,
    /// Never ask: fail instead. The same where CI is set, or no terminal is there
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Tell on stderr what is asked of AWS, and what failed; never a value
    #[arg(long, global = true)]
    pub(crate) debug: bool,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: Color,
    /// Accepted, because the AWS CLI has it: there never is a pager
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) no_cli_pager: bool,
    /// Seconds until a connection must stand
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 5, hide_short_help = true)]
    pub(crate) cli_connect_timeout: u64,
    /// Seconds until an answer must come
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60, hide_short_help = true)]
    pub(crate) cli_read_timeout: u64,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The form of what is printed. The last six are for values alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Columns, with their names.
    Table,
    /// For programs; errors as well.
    Json,
    /// YAML.
    Yaml,
    /// With a header; RFC 4180.
    Csv,
    /// A file of variables for Terraform: *.tfvars.
    Tfvars,
    /// The same in JSON, which needs no escapes: *.tfvars.json.
    TfvarsJson,
    /// java.util.Properties.
    Properties,
    /// Lines NAME=value for readers of .env files; --dialect says which.
    Dotenv,
    /// Assignments for a POSIX shell.
    Shell,
}

impl Output {
    /// Whether a table can be printed so.
    pub(crate) fn is_for_lists(self) -> bool {
        matches!(self, Self::Table | Self::Json | Self::Yaml | Self::Csv)
    }

    /// That of a file of values, by the ending of its name.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let endings = [
            (".tfvars.json", Self::TfvarsJson),
            (".tfvars", Self::Tfvars),
            (".json", Self::Json),
            (".yaml", Self::Yaml),
            (".yml", Self::Yaml),
            (".csv", Self::Csv),
            (".properties", Self::Properties),
            (".env", Self::Dotenv),
            (".sh", Self::Shell),
        ];
        endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, output)| output)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value();
        f.write_str(name.as_ref().map_or("", |name| name.get_name()))
    }
}

fn parse_region(text: &str) -> Result<Region, String> {
    text.parse().map_err(|error: secret_store::InvalidName| format!("must be {}", error.rule))
}

fn parse_table(text: &str) -> Result<StoreName, String> {
    text.parse().map_err(|error: secret_store::InvalidName| format!("a table's name is {}", error.rule))
}

fn parse_key(text: &str) -> Result<KeyId, String> {
    text.parse().map_err(|error: secret_store::InvalidName| format!("must be {}", error.rule))
}

/// What clap has against a command line. It would repeat an argument too many, which may be a secret in the wrong place.
pub(crate) fn usage(error: &clap::Error) -> Failure {
    let invalid = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    if error.kind() == ErrorKind::UnknownArgument && !invalid.starts_with('-') {
        return Failure::usage("there is an argument too many")
            .hint("a secret is never an argument: it is read from stdin, a prompt or a file")
            .hint("for what a verb takes, see `cfn-secrets VERB --help`");
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    Failure::usage(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_argument_too_many_is_not_repeated() {
        let error = Cli::try_parse_from(["cfn-secrets", "get", "shop/prod", "hunter2hunter2"]).unwrap_err();
        let failure = usage(&error);
        assert!(!failure.message.contains("hunter2") && failure.hints.len() == 2, "{failure:?}");
        let error = Cli::try_parse_from(["cfn-secrets", "get", "shop/prod", "--lien"]).unwrap_err();
        assert!(usage(&error).message.contains("'--line'"), "{:?}", usage(&error));
    }
}
