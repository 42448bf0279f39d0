//! `exec`: a command with secrets of a store in its environment. All are resolved first; then this process becomes the command.

use std::str::FromStr;

use clap::Args;
use secrecy::SecretString;

use super::super::Stores;
use super::super::at::At;
use super::super::grammar::{Named, OfStore};
use super::super::port::Read;
use super::value;
use crate::context::Context;
use crate::failure::Failure;
use crate::formats::variable_name;
use crate::read;
use crate::verbs::{ExecHow, Variables};

/// Runs a command with secrets in its environment
///
/// A JSON secret gives a variable for each field, db.password as DB_PASSWORD; a text gives one by the last part of its name.
/// The command replaces this process: signals and exit code are its own.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets --store ssm:/shop exec /shop/prod/stripe-key -- ./server
  cfn-secrets --store secretsmanager: exec --map PGPASSWORD=shop/db:password -- psql -h db")]
pub(crate) struct Exec {
    /// Secrets whose variables have names of their own
    #[arg(value_name = "NAME[@VERSION]")]
    secrets: Vec<Named>,
    /// One variable, of a whole secret or of one field; may be given again
    #[arg(long, value_name = "VAR=NAME[:FIELD]")]
    map: Vec<Mapping>,
    /// The path of a file with a whole secret or one field, which is in memory and gone with the command; may be given again
    #[arg(long, value_name = "VAR=NAME[:FIELD]")]
    file: Vec<Mapping>,
    #[command(flatten)]
    of: OfStore,
    #[command(flatten)]
    how: ExecHow,
}

/// `VAR=NAME[:FIELD]`
#[derive(Clone, Debug)]
struct Mapping {
    variable: String,
    named: Named,
    field: Option<String>,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (variable, rest) = text.split_once('=').ok_or("must be VAR=NAME or VAR=NAME:FIELD")?;
        variable_name(variable)?;
        let (named, field) = match rest.split_once(':') {
            Some((named, field)) => (named, Some(field.to_owned())),
            None => (rest, None),
        };
        Ok(Self { variable: variable.to_owned(), named: named.parse()?, field })
    }
}

impl Exec {
    pub(super) async fn run(&self, stores: &Stores, at: &At, context: &Context) -> Result<(), Failure> {
        if self.secrets.is_empty() && self.map.is_empty() && self.file.is_empty() {
            return Err(Failure::usage("no secret is named")
                .hint("name one before `--`, or say --map VAR=NAME or --file VAR=NAME"));
        }
        let store = stores.open(at, self.of.options(context)?, context)?;
        let store: &dyn Read = &*store;
        let mut variables = Variables::default();
        for named in &self.secrets {
            let held = value(store, named).await?;
            let last = named.name.rsplit('/').next().unwrap_or(&named.name);
            variables.of_secret(last, &held.value, &self.how, &named.to_string())?;
        }
        for mapping in &self.map {
            variables.add(mapping.variable.clone(), mapped(store, mapping).await?, &mapping.named.to_string())?;
        }
        // Open until there is the command.
        let mut files = Vec::new();
        for mapping in &self.file {
            let value = mapped(store, mapping).await?;
            files.push(variables.in_a_file(mapping.variable.clone(), &value, &mapping.named.to_string())?);
        }
        self.how.become_the_command(&variables, context)
    }
}

async fn mapped(store: &dyn Read, mapping: &Mapping) -> Result<SecretString, Failure> {
    let held = value(store, &mapping.named).await?;
    match &mapping.field {
        Some(path) => read::field(&held.value, path, &mapping.named.to_string()),
        None => Ok(held.value),
    }
}
