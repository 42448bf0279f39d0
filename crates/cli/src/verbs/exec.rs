//! `exec`: a command with secrets in its environment. All are resolved first; then this process becomes the command, so that
//! signals, the exit code and process 1 are its own.

mod memory_file;

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::str::FromStr;

use clap::Args;
use keys_kms::DecryptionKey;
use memory_file::MemoryFile;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::Name;
use secret_store::store::{Decrypt, GetHead, GetVersion};

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::formats::{variable, variable_name};
use crate::pair::TableReader;
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right};
use crate::secret::Secret;
use crate::table::Tables;
use crate::verbs::Run;

/// Runs a command with secrets in its environment
///
/// A JSON secret gives a variable for each field, db.password as DB_PASSWORD; a text gives one by its NAME, or PASSWORD where it
/// has none. The command replaces this process: signals and exit code are its own. It writes no core dump, which would have the
/// secrets in it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets exec shop/prod/api -- ./server
  cfn-secrets exec --map PGPASSWORD=shop/prod -- psql -h db
  cfn-secrets exec --map DB_USER=shop/prod/api:db.user --pristine -- env
  cfn-secrets exec --file TLS_KEY=shop/prod/tls -- sh -c './server --key \"$TLS_KEY\"'
  cfn-secrets exec shop/prod/api --only USER,DB_PASSWORD --prefix APP_ -- ./server

126 says that the command cannot be run, 127 that it is not there.")]
pub(crate) struct Exec {
    /// Secrets whose variables have names of their own
    #[arg(value_name = "SECRET")]
    secrets: Vec<Secret>,
    /// One variable, of a whole secret or of one field; may be given again
    #[arg(long, value_name = "VAR=SECRET[:FIELD]")]
    map: Vec<Mapping>,
    /// The path of a file with a whole secret or one field, which is in memory and gone with the command; may be given again
    ///
    /// The file is one that the command has open, /proc/self/fd/N. A program that closes what it did not open, as ssh does, does
    /// not find it.
    #[arg(long, value_name = "VAR=SECRET[:FIELD]")]
    file: Vec<Mapping>,
    #[command(flatten)]
    how: How,
}

/// What is run, and what it finds.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// Of the variables of SECRET these alone, before --prefix
    #[arg(long, value_name = "VAR", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// In front of the names of the variables of SECRET
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,
    /// Without the environment of this process, but for PATH, HOME and TERM
    #[arg(long)]
    pristine: bool,
    /// Leave the limit of core dumps as it is
    #[arg(long)]
    core_dumps: bool,
    /// What to run, after `--`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// `VAR=SECRET[:FIELD]`
#[derive(Clone, Debug)]
struct Mapping {
    variable: String,
    secret: Secret,
    field: Option<String>,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (variable, rest) = text.split_once('=').ok_or("must be VAR=SECRET or VAR=SECRET:FIELD")?;
        variable_name(variable)?;
        let (secret, field) = match rest.split_once(':') {
            Some((secret, field)) => (secret, Some(field.to_owned())),
            None => (rest, None),
        };
        let secret = secret.parse().map_err(|error: crate::secret::InvalidSecret| error.to_string())?;
        Ok(Self { variable: variable.to_owned(), secret, field })
    }
}

impl Run for Exec {
    type Hold = (TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, GET_ITEM, DECRYPT];

    async fn run(&self, (table, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        if self.secrets.is_empty() && self.map.is_empty() && self.file.is_empty() {
            return Err(Failure::usage("no secret is named")
                .hint("name one before `--`, or say --map VAR=SECRET or --file VAR=SECRET"));
        }
        let mut variables = Variables::default();
        for secret in &self.secrets {
            let identity = tables.identity(secret).await?;
            let value = value(&table, &key, secret, &tables).await?;
            let alone = if identity.name == Name::default() { "PASSWORD" } else { identity.name.as_str() };
            variables.of_secret(alone, &value, &self.how, &secret.to_string())?;
        }
        for mapping in &self.map {
            let value = mapped(&table, &key, mapping, &tables).await?;
            variables.add(mapping.variable.clone(), value, &mapping.secret.to_string())?;
        }
        // Open until there is the command.
        let mut files = Vec::new();
        for mapping in &self.file {
            let value = mapped(&table, &key, mapping, &tables).await?;
            files.push(variables.in_a_file(mapping.variable.clone(), &value, &mapping.secret.to_string())?);
        }
        self.how.become_the_command(&variables, context)
    }
}

async fn value(
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    secret: &Secret,
    tables: &Tables,
) -> Result<SecretString, Failure> {
    let identity = tables.identity(secret).await?;
    read::value(table, key, &secret.to_string(), &identity, secret.pick).await
}

async fn mapped(
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    Mapping { secret, field, .. }: &Mapping,
    tables: &Tables,
) -> Result<SecretString, Failure> {
    let value = value(table, key, secret, tables).await?;
    match field {
        Some(path) => read::field(&value, path, &secret.to_string()),
        None => Ok(value),
    }
}

/// The variables of one secret, by names of their own; a text is called `alone`.
fn of_secret(alone: &str, value: &SecretString) -> Vec<(String, SecretString)> {
    match read::fields(value) {
        Some(fields) => {
            fields.into_iter().map(|(path, text)| (variable(&path), SecretString::from(text.as_str()))).collect()
        }
        None => vec![(variable(alone), value.clone())],
    }
}

/// What the command finds in its environment, each with the secret that it comes from.
#[derive(Default)]
pub(crate) struct Variables(BTreeMap<String, (SecretString, String)>);

impl Variables {
    /// Those of one secret, as far as they are wanted.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub(crate) fn of_secret(
        &mut self,
        alone: &str,
        value: &SecretString,
        how: &How,
        secret: &str,
    ) -> Result<(), Failure> {
        for (name, text) in of_secret(alone, value) {
            if how.only.is_empty() || how.only.contains(&name) {
                self.add(format!("{}{name}", how.prefix), text, secret)?;
            }
        }
        Ok(())
    }

    /// The path of a file with it, which is there as long as what this returns.
    ///
    /// # Errors
    /// Where there can be none, and as [`add`](Self::add).
    pub(crate) fn in_a_file(
        &mut self,
        name: String,
        value: &SecretString,
        secret: &str,
    ) -> Result<MemoryFile, Failure> {
        let file = MemoryFile::new(value).map_err(|error| {
            Failure::refused(format!("`{secret}` cannot be a file in memory: {error}"))
                .hint("hand it over in a variable: --map VAR=SECRET")
        })?;
        self.add(name, file.path().into(), secret)?;
        Ok(file)
    }

    /// # Errors
    /// For a name that is taken, and a value that no variable can hold.
    pub(crate) fn add(&mut self, name: String, value: SecretString, secret: &str) -> Result<(), Failure> {
        if let Err(why) = variable_name(&name) {
            return Err(Failure::usage(format!("`{name}` of `{secret}` is no name of a variable: {why}"))
                .hint("name it yourself: --map VAR=SECRET:FIELD"));
        }
        if value.expose_secret().contains('\0') {
            return Err(Failure::refused(format!("`{secret}` has a NUL in it, which the variable {name} cannot hold")));
        }
        if let Some((_, other)) = self.0.get(&name) {
            return Err(Failure::usage(format!("`{other}` and `{secret}` would both be the variable {name}"))
                .hint("name them yourself: --map VAR=SECRET:FIELD, or choose by --only"));
        }
        self.0.insert(name, (value, secret.to_string()));
        Ok(())
    }
}

impl How {
    /// Returns only where that fails.
    pub(crate) fn become_the_command(&self, variables: &Variables, context: &Context) -> Result<(), Failure> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Failure::usage("no command is given"));
        };
        context.ui.debug(|| {
            let names: Vec<_> = variables.0.keys().map(String::as_str).collect();
            format!("running {program} with {}", names.join(", "))
        });
        let mut command = Command::new(program);
        command.args(arguments);
        if self.pristine {
            command.env_clear();
            let kept = ["PATH", "HOME", "TERM"].into_iter().filter_map(|name| Some((name, context.edge.var(name)?)));
            command.envs(kept);
        }
        command.envs(variables.0.iter().map(|(name, (value, _))| (name, value.expose_secret())));
        if !self.core_dumps {
            // The command may raise it again: the hard limit stays.
            let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
            setrlimit(Resource::Core, limit)
                .map_err(|error| Failure::refused(format!("core dumps cannot be switched off: {error}")))?;
        }
        let error = command.exec();
        Err(match error.kind() {
            std::io::ErrorKind::NotFound => {
                Failure::new(Kind::NoSuchCommand, format!("there is no command {program:?}"))
            }
            kind => Failure::new(Kind::CannotRun, format!("the command {program:?} cannot be run: {kind}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_names_its_variables() {
        let names = |name: &str, value: &str| -> Vec<_> {
            let value = SecretString::from(value);
            of_secret(name, &value).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("PASSWORD", "hunter2"), ["PASSWORD"]);
        assert_eq!(names("api-key", "hunter2"), ["API_KEY"]);
        assert_eq!(
            names("api", r#"{"user": "x", "db": {"pass-word": "y"}, "hosts": ["z"]}"#),
            ["DB_PASS_WORD", "HOSTS_0", "USER"]
        );
    }

    #[test]
    fn what_no_variable_can_be_is_refused_without_its_value() {
        let secret = "shop/prod";
        let mut variables = Variables::default();
        variables.add("A".to_owned(), "hunter2".into(), secret).unwrap();
        for (name, value, expected) in
            [("A", "x", "both be the variable A"), ("B", "hunter2\0", "NUL"), ("1", "x", "no name")]
        {
            let failure = variables.add(name.to_owned(), value.into(), secret).unwrap_err();
            assert!(failure.message.contains(expected) && !failure.message.contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn a_mapping_is_a_variable_a_secret_and_perhaps_a_field() {
        let mapping: Mapping = "DB=shop/prod/api@2:db.password".parse().unwrap();
        assert_eq!((mapping.variable.as_str(), mapping.field.as_deref()), ("DB", Some("db.password")));
        assert_eq!(mapping.secret.to_string(), "shop/prod/api@2");
        for text in ["DB", "1=shop/prod", "=shop/prod", "DB=shop"] {
            text.parse::<Mapping>().unwrap_err();
        }
    }
}
