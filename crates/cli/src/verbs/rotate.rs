//! `rotate`: a new value for a secret by hand; for a stack's, an update of the stack, or the line of its template that makes
//! one.

use std::collections::BTreeMap;

use clap::Args;
use keys_kms::EncryptionKey;
use password::{Engine, Policy, Recipe, TextKind};
use secret_store::carry_out::by_hand::{ByHand, HandError, NewValue, Run as HandRun};
use secret_store::patience::Patience;
use secret_store::plan::operator::{Operator, Refused, TemplateChange};
use secret_store::store::QueryVersions as _;
use secret_store::{Description, EntropyBits, Identity, Trigger};
use stacks_cloudformation::{StackUpdater, Stacks};

use crate::by_stack::{Owned, Rotated, Wish};
use crate::context::Context;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::pair::TableWriter;
use crate::rights::{
    DESCRIBE_OWNER, ENCRYPT, FIND_TABLE, GET_TEMPLATE, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right,
    UPDATE_ITEM, UPDATE_STACK,
};
use crate::secret::Secret;
use crate::table::Tables;
use crate::ui::Cell;
use crate::verbs::Run;
use crate::verbs::put;

/// Gives a secret a new value: one by hand a random password, a stack's by an update of the stack
///
/// Where `RotationTrigger` is a parameter of the stack that has the secret, the stack is updated with its own template and
/// another value of that parameter, all others and the capabilities as they are, after a question; CloudFormation does it
/// with your rights, or with its service role. Where it is a text of the template, the line to change is printed.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets rotate shop/prod/session-key
  cfn-secrets rotate shop/prod/db --engine mysql
  cfn-secrets rotate shop/prod/token --length 64
  cfn-secrets rotate shop/prod --dry-run                     # a stack's: what would be updated
  cfn-secrets rotate shop/prod --trigger 2026-12 --yes       # the same without a question")]
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
    /// The new RotationTrigger of a stack's secret; without it, the time
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["engine", "length"])]
    trigger: Option<String>,
    /// Do not wait for the end of the stack's update
    #[arg(long)]
    no_wait: bool,
    /// Do not ask before a stack is updated
    #[arg(long)]
    yes: bool,
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
    type Hold = (TableWriter, EncryptionKey, Tables, Stacks, StackUpdater);
    const RIGHTS: &'static [Right] = &[
        FIND_TABLE,
        QUERY,
        PUT_ITEM,
        UPDATE_ITEM,
        ENCRYPT,
        LIST_STACKS,
        LIST_STACK_RESOURCES,
        DESCRIBE_OWNER,
        GET_TEMPLATE,
        UPDATE_STACK,
    ];

    async fn run(&self, (table, key, tables, stacks, updater): Self::Hold, context: &Context) -> Result<(), Failure> {
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
        match made {
            Ok(made) => put::tell(&identity, &made, by_hand.run, context),
            Err(HandError::Refused(Refused::TheTemplates {
                stack_id: stack,
                logical_resource_id: resource,
                change: TemplateChange::Rotation { from },
            })) => {
                let owned = Owned { stack, resource, from };
                self.by_its_stack(&owned, (&updater, &table), &identity, &operator, context).await
            }
            Err(error) => Err(hand::failure(error, &self.secret.to_string())),
        }
    }
}

impl Rotate {
    /// Updates the stack that has the secret, or prints the line of its template to change.
    async fn by_its_stack(
        &self,
        owned: &Owned,
        (updater, table): (&StackUpdater, &TableWriter),
        identity: &Identity,
        operator: &Operator,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.engine.is_some() || self.length.is_some() {
            return Err(Failure::refused(format!(
                "the template of the stack that has `{}` says what it is like",
                self.secret
            ))
            .hint("leave --engine and --length out"));
        }
        let (trigger, token) = (self.trigger.as_deref(), operator.token.to_string());
        let wish = Wish { trigger, yes: self.yes, dry: self.dry_run, no_wait: self.no_wait, token };
        match owned.rotate(updater, &wish, context).await? {
            Some(Rotated::NotSeen) => Ok(()),
            Some(Rotated::Done) => {
                let snapshot = table.query(identity).await?;
                let mut deeds = Deeds::new();
                if let Some(item) = snapshot.current() {
                    deeds.push(identity, item.version, Cell::text("current"), Some(item));
                }
                deeds.print(HandRun::Real, context)
            }
            None => {
                let Owned { stack: stack_id, resource: logical_resource_id, from } = owned.clone();
                let change = TemplateChange::Rotation { from };
                let refused = Refused::TheTemplates { stack_id, logical_resource_id, change };
                Err(hand::failure(refused.into(), &self.secret.to_string()))
            }
        }
    }

    fn recipe(&self) -> Result<Recipe, Failure> {
        let policy = self.engine.iter().fold(Policy::builder(), |policy, engine| policy.engine(*engine));
        let policy = self.length.iter().fold(policy, |policy, length| policy.length(*length));
        Recipe::new(TextKind::Password, None, &policy).map_err(Failure::usage)
    }
}
