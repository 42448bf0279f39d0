//! Which table, and which key for what is stored: the flag, the variable, the configuration file, or what the stack
//! `cfn-secrets` says.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::str::FromStr;

use aws_session::Session;
use secret_store::store::StoreError;
use secret_store::{Identity, KeyId, StoreName};
use stacks_cloudformation::Stacks;

use crate::context::{Context, KEY_VARIABLE, TABLE_VARIABLE};
use crate::failure::Failure;
use crate::secret::Secret;
use crate::stores::At;

/// The pair's stack, as `make deploy` calls it.
pub(crate) const PAIR: &str = "cfn-secrets";

/// Whether the outputs of a pair's stack say that its table is a bucket.
pub(crate) fn is_over_s3(outputs: &BTreeMap<String, String>) -> bool {
    outputs.get("StoreKind").is_some_and(|kind| kind == "s3")
}

/// Finds the table that is meant, and the key for what is stored in it.
#[derive(Debug)]
pub(crate) struct Tables {
    said: Option<StoreName>,
    named: Option<StoreName>,
    key: Option<KeyId>,
    stacks: Stacks,
    /// What the pair's stack said: it is asked once.
    outputs: OnceCell<BTreeMap<String, String>>,
}

impl Tables {
    pub(crate) fn new(session: &Session, context: &Context) -> Result<Self, Failure> {
        let said = context.globals.table.clone();
        let (named, key) = (context.named_table()?, context.named_key()?);
        let tables = Self { said, named, key, stacks: Stacks::connect(session), outputs: OnceCell::new() };
        Ok(match &context.globals.store {
            Some(At::Bucket(bucket, _)) => tables.of(bucket),
            _ => tables,
        })
    }

    /// The same, where somebody names a table beside `--table`.
    pub(crate) fn or_named(named: Option<StoreName>, session: &Session, context: &Context) -> Result<Self, Failure> {
        let tables = Self::new(session, context)?;
        Ok(match &named {
            Some(named) => tables.of(named),
            None => tables,
        })
    }

    /// The same, where this one is meant and no other.
    fn of(self, store: &StoreName) -> Self {
        Self { said: Some(store.clone()), named: Some(store.clone()), ..self }
    }

    /// The table of the pair.
    pub(crate) async fn table(&self) -> Result<StoreName, Failure> {
        match &self.named {
            Some(table) => Ok(table.clone()),
            None => self.of_the_pair().await,
        }
    }

    /// The secret that is meant: a whole id names its table itself.
    pub(crate) async fn identity(&self, secret: &Secret) -> Result<Identity, Failure> {
        let table = match (secret.store(), &self.said) {
            (Some(of_the_id), Some(said)) if of_the_id != said => {
                return Err(Failure::usage(format!("`{secret}` is in the table {of_the_id}, and --table says {said}"))
                    .hint("leave --table out: a whole PhysicalResourceId names its table"));
            }
            (Some(of_the_id), _) => of_the_id.clone(),
            (None, _) => self.table().await?,
        };
        Ok(secret.identity(table))
    }

    /// The key for what is stored.
    pub(crate) async fn key(&self) -> Result<KeyId, Failure> {
        match &self.key {
            Some(key) => Ok(key.clone()),
            None => self.output("key", "KeyArn", &format!("say which: --key, or {KEY_VARIABLE}")).await,
        }
    }

    async fn of_the_pair(&self) -> Result<StoreName, Failure> {
        let name = self.output("table", "TableName", &format!("say which: --table, or {TABLE_VARIABLE}")).await?;
        if self.outputs.get().is_some_and(is_over_s3) {
            return Err(Failure::refused(format!(
                "the stack `{PAIR}` keeps its secrets in the bucket {name}, not in a table"
            ))
            .hint(format!("name it: --store s3://{name}")));
        }
        Ok(name)
    }

    /// An output of the pair's stack.
    async fn output<T: FromStr>(&self, what: &str, output: &str, advice: &str) -> Result<T, Failure> {
        let outputs = match self.outputs.get() {
            Some(outputs) => outputs,
            None => {
                let asked = self.asked(what, advice).await?;
                self.outputs.get_or_init(|| asked)
            }
        };
        let found = outputs.get(output).and_then(|name| name.parse().ok());
        found.ok_or_else(|| Failure::refused(format!("the stack `{PAIR}` has no output {output}")).hint(advice))
    }

    async fn asked(&self, what: &str, advice: &str) -> Result<BTreeMap<String, String>, Failure> {
        match self.stacks.outputs(PAIR).await {
            Ok(Some(outputs)) => Ok(outputs),
            Ok(None) => Err(Failure::refused(format!(
                "no {what} is named, and there is no stack `{PAIR}` in this account and region to ask for it"
            ))
            .hint(advice)),
            Err(error @ StoreError::Denied { .. }) => {
                Err(Failure::from(error).hint(format!("or spare the question: {advice}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}
