//! Which table: `--table`, CFN_SECRETS_TABLE, the configuration file, or what the stack `cfn-secrets` says.

use std::str::FromStr;

use aws_session::Session;
use secret_store::store::StoreError;
use secret_store::{Identity, KeyId, StoreName};
use stacks_cloudformation::Stacks;

use crate::context::Context;
use crate::failure::Failure;
use crate::secret::Secret;

/// The pair's stack, as `make deploy` calls it.
pub(crate) const PAIR: &str = "cfn-secrets";

/// The variable that names the table.
pub(crate) const VARIABLE: &str = "CFN_SECRETS_TABLE";

/// The variable that names the key.
pub(crate) const KEY_VARIABLE: &str = "CFN_SECRETS_KEY";

/// What was said of the key, the nearest first.
#[derive(Debug)]
struct KeyChoice {
    named: Option<KeyId>,
    in_environment: Option<String>,
    configured: Option<KeyId>,
}

/// Finds the table that is meant, and the key for what is stored in it.
#[derive(Debug)]
pub(crate) struct Tables {
    named: Option<StoreName>,
    in_environment: Option<String>,
    configured: Option<StoreName>,
    key: KeyChoice,
    stacks: Stacks,
}

impl Tables {
    pub(crate) fn new(session: &Session, context: &Context) -> Self {
        Self {
            named: context.globals.table.clone(),
            in_environment: context.edge.var(VARIABLE),
            configured: context.config.table.clone(),
            key: KeyChoice {
                named: context.globals.key.clone(),
                in_environment: context.edge.var(KEY_VARIABLE),
                configured: context.config.key.clone(),
            },
            stacks: Stacks::connect(session),
        }
    }

    /// The table of the pair.
    pub(crate) async fn table(&self) -> Result<StoreName, Failure> {
        if let Some(table) = &self.named {
            return Ok(table.clone());
        }
        if let Some(name) = &self.in_environment {
            let wrong = |error: secret_store::InvalidName| {
                Failure::usage(format!("{VARIABLE} must be {}, not {name:?}", error.rule))
            };
            return name.parse().map_err(wrong);
        }
        if let Some(table) = &self.configured {
            return Ok(table.clone());
        }
        self.of_the_pair().await
    }

    /// The secret that is meant: a whole id names its table itself.
    pub(crate) async fn identity(&self, secret: &Secret) -> Result<Identity, Failure> {
        let table = match (secret.store(), &self.named) {
            (Some(of_the_id), Some(named)) if of_the_id != named => {
                return Err(Failure::usage(format!(
                    "`{secret}` is in the table {of_the_id}, and --table says {named}"
                ))
                .hint("leave --table out: a whole PhysicalResourceId names its table"));
            }
            (Some(of_the_id), _) => of_the_id.clone(),
            (None, _) => self.table().await?,
        };
        Ok(secret.identity(table))
    }

    /// The key for what is stored.
    pub(crate) async fn key(&self) -> Result<KeyId, Failure> {
        let KeyChoice { named, in_environment, configured } = &self.key;
        if let (None, Some(name)) = (named, in_environment) {
            let wrong = |error: secret_store::InvalidName| {
                Failure::usage(format!("{KEY_VARIABLE} must be {}, not {name:?}", error.rule))
            };
            return name.parse().map_err(wrong);
        }
        match named.as_ref().or(configured.as_ref()) {
            Some(key) => Ok(key.clone()),
            None => self.output("key", "KeyArn", &format!("say which: --key, or {KEY_VARIABLE}")).await,
        }
    }

    async fn of_the_pair(&self) -> Result<StoreName, Failure> {
        self.output("table", "TableName", &format!("say which: --table, or {VARIABLE}")).await
    }

    /// An output of the pair's stack.
    async fn output<T: FromStr>(&self, what: &str, output: &str, advice: &str) -> Result<T, Failure> {
        let outputs = match self.stacks.outputs(PAIR).await {
            Ok(Some(outputs)) => outputs,
            Ok(None) => {
                return Err(Failure::refused(format!(
                    "no {what} is named, and there is no stack `{PAIR}` in this account and region to ask for it"
                ))
                .hint(advice));
            }
            Err(error @ StoreError::Denied { .. }) => {
                return Err(Failure::from(error).hint(format!("or spare the question: {advice}")));
            }
            Err(error) => return Err(error.into()),
        };
        let found = outputs.get(output).and_then(|name| name.parse().ok());
        found.ok_or_else(|| Failure::refused(format!("the stack `{PAIR}` has no output {output}")).hint(advice))
    }
}
