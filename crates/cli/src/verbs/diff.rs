//! `diff`: whether two values are the same, and where not. What they say is shown to who says so alone.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use keys_kms::DecryptionKey;
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::store::{Decrypt, GetHead, GetVersion, ScanVersions};
use serde_json::Value;
use similar::TextDiff;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::many;
use crate::pair::{TableLister, TableReader};
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right, SCAN};
use crate::secret::Secret;
use crate::table::Tables;
use crate::ui::{Cell, Rows};
use crate::verbs::Run;

/// Compares two secrets, two versions of one, or all secrets of two envs
///
/// By default it says which fields are equal and how long each is; --reveal shows the lines.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets diff shop/prod@1 shop/prod@2
  cfn-secrets diff shop/staging/api shop/prod/api --exit-code
  cfn-secrets diff shop/staging shop/prod --all
  cfn-secrets diff shop/staging/api shop/prod/api --reveal")]
pub(crate) struct Diff {
    /// STACK/ENV[/NAME][@VERSION], or a PhysicalResourceId
    #[arg(value_name = "ONE")]
    one: Secret,
    /// Another one
    #[arg(value_name = "OTHER")]
    other: Secret,
    /// Every secret of the env of each, by its name
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    how: How,
}

/// How a difference is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// Show what they say
    #[arg(long)]
    reveal: bool,
    /// End with 1 where they differ
    #[arg(long)]
    exit_code: bool,
}

/// The texts of one side, by their names.
pub(crate) type Texts = BTreeMap<String, Zeroizing<String>>;

impl Run for Diff {
    type Hold = (TableLister, TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, GET_ITEM, DECRYPT];

    async fn run(&self, (lister, table, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let (one, other) = if self.all {
            let one = of_env(&self.one, &lister, &table, &key, &tables, context).await?;
            (one, of_env(&self.other, &lister, &table, &key, &tables, context).await?)
        } else {
            let one = of_secret(&self.one, &table, &key, &tables).await?;
            side_by_side(&one, &of_secret(&self.other, &table, &key, &tables).await?)
        };
        self.how.tell((&self.one.to_string(), &one), (&self.other.to_string(), &other), context)
    }
}

async fn of_secret(
    secret: &Secret,
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    tables: &Tables,
) -> Result<SecretString, Failure> {
    let identity = tables.identity(secret).await?;
    read::value(table, key, &secret.to_string(), &identity, secret.pick).await
}

/// Two documents field by field; else each as a whole.
pub(crate) fn side_by_side(one: &SecretString, other: &SecretString) -> (Texts, Texts) {
    match (read::fields(one), read::fields(other)) {
        (Some(one), Some(other)) => (one, other),
        _ => (texts(WHOLE, one), texts(WHOLE, other)),
    }
}

/// The name of a value that is no document.
const WHOLE: &str = "(whole)";

/// A value under a name.
fn texts(name: &str, value: &SecretString) -> Texts {
    BTreeMap::from([(name.to_owned(), Zeroizing::new(value.expose_secret().to_owned()))])
}

/// A value under its secret's name: each field of a document, or the whole.
pub(crate) fn named(name: &str, value: &SecretString) -> Texts {
    match read::fields(value) {
        Some(fields) => fields.into_iter().map(|(path, text)| (format!("{name}.{path}"), text)).collect(),
        None => texts(name, value),
    }
}

/// All current values of an env.
async fn of_env(
    secret: &Secret,
    lister: &impl ScanVersions,
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    tables: &Tables,
    context: &Context,
) -> Result<Texts, Failure> {
    let env = tables.identity(secret).await?;
    let inventory = lister.scan(&env.store, |_| {}).await?;
    let is_meant = |found: &secret_store::Identity| found.stack_name == env.stack_name && found.env == env.env;
    let wanted = many::current(&inventory, is_meant);
    let found = many::read(wanted, table, key, context.concurrency(), &context.ui).await.unless_nothing()?;
    found.tell(&context.ui)?;
    Ok(found.values.iter().flat_map(|(wanted, value)| named(wanted.identity.name.as_str(), value)).collect())
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// A line for each name, so that lines can be compared.
fn written(texts: &Texts) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in texts {
        if name != WHOLE {
            text.push_str(name);
            text.push_str(": ");
        }
        text.push_str(value);
        text.push('\n');
    }
    text
}

impl How {
    /// Tells how the two sides differ, each under its name.
    pub(crate) fn tell(
        &self,
        (name, one): (&str, &Texts),
        (other_name, other): (&str, &Texts),
        context: &Context,
    ) -> Result<(), Failure> {
        if self.reveal {
            context.ui.data(lines((name, one), (other_name, other)).as_bytes())?;
        } else {
            context.ui.rows(&compared(one, other))?;
        }
        if self.exit_code && !same(&written(one), &written(other)) {
            return Err(Failure::refused(format!("`{name}` and `{other_name}` differ")));
        }
        Ok(())
    }
}

fn lines((name, one): (&str, &Texts), (other_name, other): (&str, &Texts)) -> Zeroizing<String> {
    let (one, other) = (written(one), written(other));
    let diff = TextDiff::from_lines(one.as_str(), other.as_str());
    Zeroizing::new(diff.unified_diff().header(name, other_name).to_string())
}

/// A row for each name: lengths, no text.
fn compared(one: &Texts, other: &Texts) -> Rows {
    let mut rows = Rows::new(&["field", "same", "length", "other_length"]);
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    for name in names {
        let (one, other) = (one.get(name), other.get(name));
        let length = |text: Option<&Zeroizing<String>>| match text {
            Some(text) => Cell::number(text.chars().count() as u64),
            None => Cell::both("-", Value::Null),
        };
        let is_same = one.zip(other).is_some_and(|(one, other)| same(one, other));
        let verdict = if is_same { "equal" } else { "different" };
        rows.push([Cell::text(name.as_str()), Cell::both(verdict, is_same), length(one), length(other)]);
    }
    rows
}
