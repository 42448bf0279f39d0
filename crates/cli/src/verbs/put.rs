//! `put`: a value by hand, for a secret that no stack owns.

use std::collections::BTreeMap;

use clap::Args;
use keys_kms::{DecryptionKey, EncryptionKey};
use secret_store::carry_out::by_hand::{ByHand, Made, NewValue};
use secret_store::patience::Patience;
use secret_store::plan::operator::{Manner, Operator};
use secret_store::seal::Nonce;
use secret_store::store::QueryVersions as _;
use secret_store::{Description, Trigger};
use stacks_cloudformation::Stacks;

use crate::context::Context;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::hold::Later;
use crate::pair::{TableReader, TableWriter};
use crate::read;
use crate::rights::{
    ENCRYPT, FIND_TABLE, GENERATE_DATA_KEY, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right, UPDATE_ITEM,
};
use crate::secret::{Pick, Secret};
use crate::table::Tables;
use crate::ui::Cell;
use crate::value::Source;
use crate::verbs::Run;

/// Stores a value by hand, as the next version of a secret that no stack owns
///
/// The value comes from a file, from stdin or from a prompt, never from an argument. What a stack has is refused: its
/// template says what it is.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets put shop/prod/stripe                           # asks for it
  pass show stripe | cfn-secrets put shop/prod/stripe --strip-newline
  cfn-secrets put shop/prod/tls --from-file key.pem --skip-unchanged
  cfn-secrets put shop/prod --existing < password            # then a template: OnConflict: adopt")]
pub(crate) struct Put {
    /// STACK/ENV[/NAME]
    #[arg(value_name = "SECRET")]
    secret: Secret,
    #[command(flatten)]
    source: Source,
    /// The password that something has which runs already: refused where a value is in use, for a stack to adopt
    #[arg(long)]
    existing: bool,
    /// Write nothing where this is the current value; takes the rights of `get` as well
    #[arg(long, conflicts_with = "existing")]
    skip_unchanged: bool,
    /// The same for each try of one wish: then it is stored once
    #[arg(long, value_name = "TEXT")]
    client_request_token: Option<String>,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Put {
    type Hold = (TableWriter, EncryptionKey, Tables, Stacks, Later<(TableReader, DecryptionKey)>);
    const RIGHTS: &'static [Right] =
        &[FIND_TABLE, QUERY, PUT_ITEM, UPDATE_ITEM, ENCRYPT, GENERATE_DATA_KEY, LIST_STACKS, LIST_STACK_RESOURCES];

    async fn run(&self, (table, key, tables, stacks, readers): Self::Hold, context: &Context) -> Result<(), Failure> {
        no_version(&self.secret)?;
        let identity = tables.identity(&self.secret).await?;
        let key_id = tables.key().await?;
        let value = self.source.read(&self.secret.to_string(), context)?;
        if self.skip_unchanged {
            let (reader, decryption) = readers.take(context).await?;
            let snapshot = table.query(&identity).await?;
            let current = read::current(&snapshot, &identity, &reader, &decryption, &value).await?;
            if current.is_some_and(|current| current.is_the_same) {
                return Deeds::new().print(hand::run(self.dry_run), context);
            }
        }
        let value = NewValue {
            value: &value,
            description: Description::default(),
            trigger: Trigger::External,
            key_id: &key_id,
            context: &BTreeMap::new(),
            nonce: &|| nonce(context),
        };
        let operator = Operator { token: hand::token(self.client_request_token.as_deref(), context), now: context.now };
        let manner = if self.existing { Manner::Existing } else { Manner::Next };
        let by_hand = ByHand { store: &table, stacks: &stacks, run: hand::run(self.dry_run) };
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, operator.token, &remaining);
        let made = by_hand.put(&key, operator, manner, &identity, &value, &mut patience).await;
        let made = made.map_err(|error| hand::failure(error, &self.secret.to_string()))?;
        tell(&identity, &made, by_hand.run, context)
    }
}

/// A version that is made has the next number, and nobody chooses it.
pub(super) fn no_version(secret: &Secret) -> Result<(), Failure> {
    match secret.pick {
        Pick::Current => Ok(()),
        Pick::Version(_) | Pick::Exactly(..) => {
            Err(Failure::usage("a new value gets the next number").hint("leave @VERSION out: STACK/ENV[/NAME]"))
        }
    }
}

pub(crate) fn nonce(context: &Context) -> Nonce {
    use rand::Rng as _;
    let mut nonce = Nonce([0; Nonce::BYTES]);
    (context.edge.random)().fill_bytes(&mut nonce.0);
    nonce
}

/// Which version it is.
pub(super) fn tell(
    identity: &secret_store::Identity,
    made: &Made,
    run: secret_store::carry_out::by_hand::Run,
    context: &Context,
) -> Result<(), Failure> {
    if made.already {
        context.ui.note("it was stored before under this --client-request-token");
    }
    let mut deeds = Deeds::new();
    deeds.push(identity, made.item.version, Cell::text("current"), Some(&made.item));
    deeds.print(run, context)
}
