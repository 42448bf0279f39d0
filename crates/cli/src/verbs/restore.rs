//! `restore`: a retired version back, while its window is not over.

use clap::Args;
use secret_store::carry_out::by_hand::ByHand;
use secret_store::patience::Patience;
use secret_store::store::QueryVersions as _;
use secret_store::{Identity, Snapshot, Version};
use stacks_cloudformation::Stacks;

use crate::context::Context;
use crate::failure::Failure;
use crate::hand::{self, Deeds};
use crate::pair::TableWriter;
use crate::rights::{BRING_BACK, FIND_TABLE, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY, Right, UPDATE_ITEM};
use crate::secret::{Secret, spelled};
use crate::table::Tables;
use crate::verbs::Run;

/// Brings a retired version back to whom it belonged
///
/// It is current again only where nothing else is in use and no stack that lives can want the address; else it is readable
/// by its number. A stack takes it over with OnConflict: adopt, restored or not.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets history shop/prod                              # what is retired, and until when
  cfn-secrets restore shop/prod                              # the newest that is
  cfn-secrets restore shop/prod@3 --dry-run")]
pub(crate) struct Restore {
    /// STACK/ENV[/NAME][@VERSION], or a PhysicalResourceId; without a version, the newest that is retired
    #[arg(value_name = "SECRET")]
    secret: Secret,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Restore {
    type Hold = (TableWriter, Tables, Stacks);
    const RIGHTS: &'static [Right] =
        &[FIND_TABLE, QUERY, PUT_ITEM, UPDATE_ITEM, BRING_BACK, LIST_STACKS, LIST_STACK_RESOURCES];

    async fn run(&self, (table, tables, stacks): Self::Hold, context: &Context) -> Result<(), Failure> {
        let identity = tables.identity(&self.secret).await?;
        let version = match hand::version(&table, &self.secret, &identity).await? {
            Some(version) => version,
            None => newest_retired(&table.query(&identity).await?, &identity)?,
        };
        let by_hand = ByHand { store: &table, stacks: &stacks, run: hand::run(self.dry_run) };
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let written = by_hand.restore(&identity, version, context.now, &mut patience).await;
        let written = written.map_err(|error| hand::failure(error, &self.secret.to_string()))?;
        let mut deeds = Deeds::new();
        written.iter().for_each(|changes| deeds.changes(&identity, changes));
        deeds.print(by_hand.run, context)
    }
}

fn newest_retired(snapshot: &Snapshot, identity: &Identity) -> Result<Version, Failure> {
    let newest = snapshot.versions.iter().rfind(|item| item.retired.is_some()).map(|item| item.version);
    newest.ok_or_else(|| {
        let secret = spelled(identity);
        Failure::refused(format!("`{secret}` has no version that is retired"))
            .hint(format!("`cfn-secrets history {secret}` shows which there are"))
    })
}
