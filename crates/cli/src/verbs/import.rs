//! `import`: brings secrets in, from an archive or from names and values that another program wrote. First it is found out what
//! each would become; only if all of them fit is the first one written. What is there already is left alone, so the same
//! command once more goes on where it was killed.
//!
//! `wishes` reads what is wished for; `steps` finds out what each would become, and does it.

mod steps;
mod wishes;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use keys_kms::{DecryptionKey, EncryptionKey};
use secret_store::carry_out::by_hand::Run as HandRun;
use secret_store::{Env, InvalidName, StackName};
use stacks_cloudformation::Stacks;

use crate::archive::encrypted::Keys;
use crate::archive::plain::Written;
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::pair::{TableCollector, TableWriter};
use crate::rights::{
    DECRYPT, ENCRYPT, FIND_TABLE, GENERATE_DATA_KEY, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right,
    UPDATE_ITEM,
};
use crate::secret::spelled;
use crate::table::Tables;
use crate::verbs::{Run, prune};
use crate::which::Which;
use steps::{Hands, Step, rows};
pub(crate) use wishes::read_archive;

/// Brings in the secrets of an archive, or of a file of names and values
///
/// A secret that is not there is created, one with another value gets its next version, one with the same value is left alone.
/// Each becomes one by hand, for a stack to adopt. If a single one cannot be brought in, as what a stack has, nothing is
/// written at all. Killed half-way, the same command goes on.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets import shop.age --identity key.txt --dry-run
  cfn-secrets import shop.age --identity key.txt --table another --key alias/another
  cfn-secrets import prod.age --passphrase-file phrase --into shop/staging
  cfn-secrets import .env --into shop/prod
  cfn-secrets get-all --profile old | cfn-secrets import - --format json --profile new")]
pub(crate) struct Import {
    /// The archive, or a file of names and values; - for standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// How a file is written that is no archive; without it, by the ending of its name
    #[arg(long, value_name = "FORMAT")]
    format: Option<Written>,
    /// Where they go, by their names; without it, where the archive has them from, or where a name STACK/ENV/NAME says
    #[arg(long, value_name = "STACK/ENV")]
    into: Option<Place>,
    #[command(flatten)]
    which: Which,
    /// Tell what would be created, changed and left alone, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// A stack and an env.
#[derive(Clone, Debug)]
struct Place {
    stack_name: StackName,
    env: Env,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (stack_name, env) = text.split_once('/').ok_or("must be STACK/ENV")?;
        let wrong = |error: InvalidName| error.to_string();
        Ok(Self { stack_name: stack_name.parse().map_err(wrong)?, env: env.parse().map_err(wrong)? })
    }
}

impl Run for Import {
    type Hold = (TableWriter, TableCollector, EncryptionKey, DecryptionKey, Tables, Stacks);
    const RIGHTS: &'static [Right] = &[
        FIND_TABLE,
        QUERY,
        DECRYPT,
        PUT_ITEM,
        UPDATE_ITEM,
        ENCRYPT,
        GENERATE_DATA_KEY,
        LIST_STACKS,
        LIST_STACK_RESOURCES,
    ];

    async fn run(&self, hold: Self::Hold, context: &Context) -> Result<(), Failure> {
        let (writer, collector, encryption, decryption, tables, stacks) = hold;
        let (wishes, id) = self.wishes(context)?;
        let (table, key_id) = (tables.table().await?, tables.key().await?);
        let hands = Hands { writer, collector, encryption, decryption, stacks, table, key_id, id };
        let stored = hands.read(&wishes, context).await?;
        // After the last of them was read: then what they say holds for all.
        let owners = hands.owners(&stored, context).await?;
        let steps = hands.plan(&wishes, &stored, &owners, context).await?;
        if self.dry_run {
            context.ui.note("a dry run: nothing was written");
            return context.ui.rows(&rows(&steps));
        }
        let (steps, alike): (Vec<_>, Vec<_>) = steps.into_iter().partition(Step::is_a_change);
        if !alike.is_empty() {
            context.ui.note(&format!("{} secrets have these values already", alike.len()));
        }
        let (done, failed) = hands.write(steps, &owners, context).await;
        context.ui.rows(&rows(&done)).map_err(|failure| hand::untold(failure, HandRun::Real))?;
        prune::some_failed(failed.called(|step| spelled(&step.identity)), context)
    }
}
