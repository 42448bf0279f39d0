//! `diff`: whether two values are the same, and where not. What they say is shown to who says so alone.

use std::collections::BTreeMap;

use clap::Args;
use keys_kms::DecryptionKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use similar::TextDiff;
use store_dynamodb::TableReader;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right};
use crate::secret::Secret;
use crate::table::Tables;
use crate::ui::{Cell, Rows};
use crate::verbs::Run;

/// Compares two secrets, or two versions of one
///
/// By default it says which fields are equal and how long each is; --reveal shows the lines.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets diff shop/prod@1 shop/prod@2
  cfn-secrets diff shop/staging/api shop/prod/api --exit-code
  cfn-secrets diff shop/staging/api shop/prod/api --reveal")]
pub(crate) struct Diff {
    /// STACK/ENV[/NAME][@VERSION], or a PhysicalResourceId
    #[arg(value_name = "ONE")]
    one: Secret,
    /// Another one
    #[arg(value_name = "OTHER")]
    other: Secret,
    /// Show what they say
    #[arg(long)]
    reveal: bool,
    /// End with 1 where they differ
    #[arg(long)]
    exit_code: bool,
}

impl Run for Diff {
    type Hold = (TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, GET_ITEM, DECRYPT];

    async fn run(&self, (table, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let mut values = Vec::new();
        for secret in [&self.one, &self.other] {
            let identity = tables.identity(secret).await?;
            values.push(read::value(&table, &key, &secret.to_string(), &identity, secret.pick).await?);
        }
        let [one, other] = [&values[0], &values[1]];
        if self.reveal {
            context.ui.data(self.lines(one, other).as_bytes())?;
        } else {
            context.ui.rows(&compared(one, other))?;
        }
        if self.exit_code && !same(one.expose_secret(), other.expose_secret()) {
            return Err(Failure::refused(format!("`{}` and `{}` differ", self.one, self.other)));
        }
        Ok(())
    }
}

impl Diff {
    fn lines(&self, one: &SecretString, other: &SecretString) -> Zeroizing<String> {
        let (one, other) = (pretty(one), pretty(other));
        let diff = TextDiff::from_lines(one.as_str(), other.as_str());
        Zeroizing::new(diff.unified_diff().header(&self.one.to_string(), &self.other.to_string()).to_string())
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// A document a line for each field, so that lines can be compared.
fn pretty(value: &SecretString) -> Zeroizing<String> {
    let document: Option<Value> = serde_json::from_str(value.expose_secret()).ok();
    let text = document.filter(|value| value.is_object() || value.is_array()).map(|value| format!("{value:#}"));
    let mut text = text.unwrap_or_else(|| value.expose_secret().to_owned());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Zeroizing::new(text)
}

/// A row for each field, or one for the whole: names and lengths, no text.
fn compared(one: &SecretString, other: &SecretString) -> Rows {
    let mut rows = Rows::new(&["field", "same", "length", "other_length"]);
    let (one_fields, other_fields) = match (read::fields(one), read::fields(other)) {
        (Some(one), Some(other)) => (one, other),
        _ => (whole(one), whole(other)),
    };
    let names: std::collections::BTreeSet<_> = one_fields.keys().chain(other_fields.keys()).collect();
    for name in names {
        let (one, other) = (one_fields.get(name), other_fields.get(name));
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

fn whole(value: &SecretString) -> BTreeMap<String, Zeroizing<String>> {
    BTreeMap::from([("(whole)".to_owned(), Zeroizing::new(value.expose_secret().to_owned()))])
}
