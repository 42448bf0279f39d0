//! `generate`: values that fit what they are for, by the same policies as the generator's. One for a secret that is not there
//! is stored and not shown; those that are printed are stored nowhere, and nobody is asked.

use std::collections::BTreeMap;

use clap::Args;
use keys_kms::EncryptionKey;
use password::{CharacterType, Engine, Policy, PolicyBuilder, Recipe, TextKind};
use secrecy::ExposeSecret as _;
use secret_store::carry_out::by_hand::{ByHand, HandError, NewValue};
use secret_store::patience::Patience;
use secret_store::plan::operator::{Manner, Operator, Refused};
use secret_store::{Description, EntropyBits, Owner, Trigger};
use stacks_cloudformation::Stacks;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::hold::Later;
use crate::pair::TableWriter;
use crate::rights::{ENCRYPT, FIND_TABLE, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right};
use crate::secret::Secret;
use crate::table::Tables;
use crate::verbs::{Run, put};

/// Makes a secret that is not there yet, with a new random value, or prints such values
///
/// What is there is left alone: `rotate` gives it a new value. The options are those of a template, and mean the same;
/// docs/properties.md has the engines.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets generate shop/prod/session-key --kind base64 --size 32
  cfn-secrets generate shop/prod/db --engine mysql
  cfn-secrets generate --print 1 --engine mysql          # stores nothing
  cfn-secrets generate --print 5 --kind passphrase --size 6
  cfn-secrets generate --print 1 --size 40 --exclude-characters '\"@/'")]
pub(crate) struct Generate {
    /// STACK/ENV[/NAME]
    #[arg(value_name = "SECRET", required_unless_present = "print", conflicts_with = "print")]
    secret: Option<Secret>,
    /// Print so many, a line each, and store none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    print: Option<u16>,
    /// What it is for: mysql, postgres, ...
    #[arg(long, value_name = "ENGINE")]
    engine: Option<Engine>,
    /// password, passphrase, alphanumeric, hex, base64, base64url or uuid
    #[arg(long, value_name = "KIND", default_value = "password")]
    kind: TextKind,
    /// Characters, words or bytes, by its kind
    #[arg(long, value_name = "N", conflicts_with = "entropy")]
    size: Option<usize>,
    /// At least so many bits
    #[arg(long, value_name = "BITS")]
    entropy: Option<u32>,
    /// None of these
    #[arg(long, value_name = "CHARACTERS")]
    exclude_characters: Option<String>,
    /// No punctuation
    #[arg(long)]
    exclude_punctuation: bool,
    /// None that look alike
    #[arg(long)]
    exclude_ambiguous: bool,
    /// None that a URL would escape
    #[arg(long)]
    url_safe: bool,
    /// Also where it is easy to guess
    #[arg(long)]
    allow_weak: bool,
    /// Show them on a terminal
    #[arg(long, requires = "print")]
    reveal: bool,
    /// The same for each try of one wish: then there is one secret
    #[arg(long, value_name = "TEXT", conflicts_with = "print")]
    client_request_token: Option<String>,
    /// Tell what would be done, and do nothing
    #[arg(long, conflicts_with = "print")]
    dry_run: bool,
}

impl Run for Generate {
    type Hold = Later<(TableWriter, EncryptionKey, Tables, Stacks)>;
    const RIGHTS: &'static [Right] = &[FIND_TABLE, QUERY, PUT_ITEM, ENCRYPT, LIST_STACKS, LIST_STACK_RESOURCES];

    async fn run(&self, hold: Self::Hold, context: &Context) -> Result<(), Failure> {
        if self.secret.is_none() {
            context.may_show_values(self.reveal)?;
        }
        let recipe = Recipe::new(self.kind, self.size, &self.options());
        let recipe = recipe.map_err(|error| {
            Failure::usage(format!("these options cannot be met together: {error}"))
                .hint("options are called as in a template: --size is PasswordLength, Words or Bytes there")
        })?;
        context.ui.debug(|| format!("{:.1} bits of entropy", recipe.entropy_bits()));
        match &self.secret {
            Some(secret) => self.store(secret, &recipe, hold, context).await,
            None => self.print(&recipe, context),
        }
    }
}

impl Generate {
    fn print(&self, recipe: &Recipe, context: &Context) -> Result<(), Failure> {
        let mut random = (context.edge.random)();
        for _ in 0..self.print.unwrap_or_default() {
            let value = recipe.generate(random.as_mut());
            let line = Zeroizing::new(format!("{}\n", value.expose_secret()));
            context.ui.data(line.as_bytes())?;
        }
        Ok(())
    }

    async fn store(
        &self,
        secret: &Secret,
        recipe: &Recipe,
        hold: <Self as Run>::Hold,
        context: &Context,
    ) -> Result<(), Failure> {
        put::no_version(secret)?;
        let (table, key, tables, stacks) = hold.take(context).await?;
        let (identity, key_id) = (tables.identity(secret).await?, tables.key().await?);
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
        let made = by_hand.put(&key, operator, Manner::Existing, &identity, &value, &mut patience).await;
        let made = made.map_err(|error| match error {
            HandError::Refused(Refused::InUse { version, owner: Owner::Manual }) => {
                Failure::refused(format!("`{secret}` is there already, version {version}"))
                    .hint(format!("`cfn-secrets rotate {secret}` gives it a new value"))
            }
            error => hand::failure(error, &secret.to_string()),
        })?;
        put::tell(&identity, &made, by_hand.run, context)
    }

    fn options(&self) -> PolicyBuilder {
        let mut policy = Policy::builder();
        policy = self.engine.into_iter().fold(policy, PolicyBuilder::engine);
        policy = self.entropy.into_iter().fold(policy, PolicyBuilder::entropy);
        policy = self.exclude_characters.iter().fold(policy, |policy, none| policy.exclude_characters(none));
        if self.exclude_punctuation {
            policy = policy.exclude(CharacterType::Punctuation);
        }
        for (flag, option) in [
            (self.exclude_ambiguous, PolicyBuilder::exclude_ambiguous as fn(PolicyBuilder) -> PolicyBuilder),
            (self.url_safe, PolicyBuilder::url_safe),
            (self.allow_weak, PolicyBuilder::allow_weak),
        ] {
            policy = if flag { option(policy) } else { policy };
        }
        policy
    }
}
