//! `rotate`: a new value for a secret by hand; for a stack's, the line of its template that makes one.

use std::collections::BTreeMap;

use clap::Args;
use keys_kms::EncryptionKey;
use password::{Engine, Policy, Recipe, TextKind};
use secret_store::carry_out::by_hand::{ByHand, NewValue};
use secret_store::patience::Patience;
use secret_store::plan::operator::Operator;
use secret_store::{Description, EntropyBits, Trigger};
use stacks_cloudformation::Stacks;
use store_dynamodb::TableWriter;

use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::rights::{ENCRYPT, FIND_TABLE, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right, UPDATE_ITEM};
use crate::secret::Secret;
use crate::table::Tables;
use crate::verbs::Run;
use crate::verbs::put;

/// Gives a secret that no stack owns a new random password
///
/// A stack's secret is rotated by its template: the change that does it is printed.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets rotate shop/prod/session-key
  cfn-secrets rotate shop/prod/db --engine mysql
  cfn-secrets rotate shop/prod/token --length 64")]
pub(crate) struct Rotate {
    /// STACK/ENV[/NAME]
    #[arg(value_name = "SECRET")]
    secret: Secret,
    /// What the password is for, as the property Engine names it
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    engine: Option<Engine>,
    /// Its characters
    #[arg(long, value_name = "NUMBER")]
    length: Option<usize>,
    /// The same for each try of one wish: then there is one new version
    #[arg(long, value_name = "TEXT")]
    client_request_token: Option<String>,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

fn engine(text: &str) -> Result<Engine, String> {
    text.parse().map_err(|error: <Engine as std::str::FromStr>::Err| error.to_string())
}

impl Run for Rotate {
    type Hold = (TableWriter, EncryptionKey, Tables, Stacks);
    const RIGHTS: &'static [Right] =
        &[FIND_TABLE, QUERY, PUT_ITEM, UPDATE_ITEM, ENCRYPT, LIST_STACKS, LIST_STACK_RESOURCES];

    async fn run(&self, (table, key, tables, stacks): Self::Hold, context: &Context) -> Result<(), Failure> {
        put::no_version(&self.secret)?;
        let recipe = self.recipe()?;
        let identity = tables.identity(&self.secret).await?;
        let key_id = tables.key().await?;
        let value = recipe.generate((context.edge.random)().as_mut()).into_secret();
        let entropy = Some(EntropyBits::floor(recipe.entropy_bits()));
        let value = NewValue {
            value: &value,
            description: Description { entropy, ..Description::default() },
            trigger: Trigger::Rotation(String::new()),
            key_id: &key_id,
            context: &BTreeMap::new(),
            nonce: &|| put::nonce(context),
        };
        let operator = Operator { token: hand::token(self.client_request_token.as_deref(), context), now: context.now };
        let by_hand = ByHand { store: &table, stacks: &stacks, run: hand::run(self.dry_run) };
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, operator.token, &remaining);
        let made = by_hand.rotate(&key, operator, &identity, &value, &mut patience).await;
        let made = made.map_err(|error| hand::failure(error, &self.secret.to_string()))?;
        put::tell(&identity, &made, by_hand.run, context)
    }
}

impl Rotate {
    fn recipe(&self) -> Result<Recipe, Failure> {
        let policy = self.engine.iter().fold(Policy::builder(), |policy, engine| policy.engine(*engine));
        let policy = self.length.iter().fold(policy, |policy, length| policy.length(*length));
        Recipe::new(TextKind::Password, None, &policy).map_err(Failure::usage)
    }
}
