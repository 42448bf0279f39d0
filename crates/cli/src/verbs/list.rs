//! `list`: which secrets there are, and what became of each version. It reads no value, and could decrypt none.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, ValueEnum};
use secret_store::owner::Place;
use secret_store::store::{Inventory, ScanVersions};
use secret_store::{Head, Identity, LogicalResourceId, Owner, StackId, StackName, State, VersionItem};
use serde_json::json;
use stacks_cloudformation::Stacks;

use crate::completion::remembered;
use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::pair::TableLister;
use crate::rights::{FIND_TABLE, LIST_STACKS, Right, SCAN};
use crate::table::Tables;
use crate::ui::{Cell, Rows, Ui};
use crate::verbs::Run;
use crate::when;
use crate::which::Which;

/// Lists the secrets, without their values
///
/// A row is a version: by default each that is current, in use or retained. What was superseded or retired is counted.
#[derive(Args, Clone, Debug, Default)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  cfn-secrets list --stack shop
  cfn-secrets list --retained --older-than 90d    # what snapshots may still need
  cfn-secrets list --orphans                      # whose stack is gone
  cfn-secrets list --output json | jq -r '.[].id'"
)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    /// Owned by this resource, by its logical id, or by `manual`; may be given again
    #[arg(long, value_name = "OWNER")]
    owner: Vec<String>,
    /// In this state; may be given again
    #[arg(long, value_name = "STATE")]
    state: Vec<StateName>,
    /// Made longer ago than this: 90d, 2w, 12h
    #[arg(long, value_name = "AGE", value_parser = when::span)]
    older_than: Option<Duration>,
    /// What a template retained: the same as --state retained
    #[arg(long)]
    retained: bool,
    /// What belongs to stacks that are gone; CloudFormation is asked which live
    #[arg(long)]
    orphans: bool,
    /// Every version, whatever its state
    #[arg(long, conflicts_with_all = ["state", "retained"])]
    all: bool,
    /// Write the names of all secrets, and nothing else of them, into a file of yours that completions read
    #[arg(long)]
    remember_names: bool,
}

/// A state by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StateName {
    /// What a reader gets that names no version.
    Current,
    /// Its owner's, and not current.
    InUse,
    /// Set aside for good.
    Superseded,
    /// Set aside, and kept by a template.
    Retained,
    /// Out of use, and soon erased.
    Retired,
}

impl StateName {
    fn of(state: State) -> Self {
        match state {
            State::Current => Self::Current,
            State::InUse => Self::InUse,
            State::Superseded => Self::Superseded,
            State::Retained => Self::Retained,
            State::Retired { .. } => Self::Retired,
        }
    }
}

impl Run for List {
    type Hold = (TableLister, Tables, Stacks);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, SCAN, LIST_STACKS];

    async fn run(&self, (lister, tables, stacks): Self::Hold, context: &Context) -> Result<(), Failure> {
        let table = tables.table().await?;
        let inventory = {
            let bar = context.ui.progress("reading the table", None);
            lister.scan(&table, |read| bar.at(read)).await?
        };
        let items: usize = inventory.secrets.values().map(|secret| secret.versions.len()).sum();
        context.ui.debug(|| format!("dynamodb:Scan of {table}: {items} versions"));
        if self.remember_names || context.config.remember_names {
            remembered::write(inventory.secrets.keys(), context)?;
        }
        let living = if self.orphans { Some(Living::of(stacks.living().await?)?) } else { None };
        let found = self.choose(&inventory, living.as_ref(), context);
        context.ui.rows(&found.rows)?;
        self.remarks(&found, &inventory, &context.ui)
    }
}

/// What is listed, and what is not.
struct Found {
    rows: Rows,
    set_aside: usize,
    of_other_accounts: usize,
}

impl List {
    fn choose(&self, inventory: &Inventory, living: Option<&Living>, context: &Context) -> Found {
        let rows = versions();
        let mut found = Found { rows, set_aside: 0, of_other_accounts: 0 };
        for (identity, secret) in &inventory.secrets {
            if !self.which.has(identity) {
                continue;
            }
            for item in &secret.versions {
                if !self.fits(item, context) {
                    continue;
                }
                let state = State::of(item, secret.head.as_ref());
                if !self.wants(StateName::of(state)) {
                    found.set_aside += 1;
                    continue;
                }
                match living.map(|living| living.has(&item.owner)) {
                    None | Some(Lives::No) => found.rows.push(row(identity, item, secret.head.as_ref(), context)),
                    Some(Lives::Yes) => {}
                    Some(Lives::Elsewhere) => found.of_other_accounts += 1,
                }
            }
        }
        found
    }

    fn fits(&self, item: &VersionItem, context: &Context) -> bool {
        let owner = owner_name(&item.owner);
        let age = context.now.0.saturating_sub(item.created_at.0);
        (self.owner.is_empty() || self.owner.iter().any(|wanted| wanted == owner))
            && self.older_than.is_none_or(|least| age > least.as_secs())
    }

    fn wants(&self, state: StateName) -> bool {
        if self.retained || !self.state.is_empty() {
            return (self.retained && state == StateName::Retained) || self.state.contains(&state);
        }
        self.all || self.orphans || !matches!(state, StateName::Superseded | StateName::Retired)
    }

    /// What the rows do not say.
    fn remarks(&self, found: &Found, inventory: &Inventory, ui: &Ui) -> Result<(), Failure> {
        if found.set_aside > 0 && self.state.is_empty() && !self.retained {
            ui.note(&format!("{} superseded or retired versions are not shown: --all", found.set_aside));
        }
        if found.of_other_accounts > 0 {
            let count = found.of_other_accounts;
            ui.note(&format!("{count} versions belong to stacks of other accounts or regions, which were not asked"));
        }
        if inventory.unreadable.is_empty() {
            return Ok(());
        }
        for (place, error) in &inventory.unreadable {
            ui.warn(&format!("{place}: {error}"));
        }
        let count = inventory.unreadable.len();
        Err(Failure::new(Kind::Partial, format!("{count} items of the table cannot be read"))
            .hint("repair or remove them; docs/format.md describes each attribute"))
    }
}

/// The stacks that live, and where they were asked for.
struct Living(BTreeSet<StackId>);

/// Whether an owner's stack lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lives {
    Yes,
    No,
    /// It is of a place that was not asked.
    Elsewhere,
}

impl Living {
    /// # Errors
    /// Where there is none at all: it then cannot be told whether the right place was asked.
    fn of(stacks: BTreeSet<StackId>) -> Result<Self, Failure> {
        if stacks.is_empty() {
            return Err(Failure::refused("CloudFormation has no stack at all in this account and region")
                .hint("check --region and --profile: the pair itself is a stack"));
        }
        Ok(Self(stacks))
    }

    fn has(&self, owner: &Owner) -> Lives {
        let Owner::Resource { stack_id, .. } = owner else { return Lives::Yes };
        let asked = self.0.iter().find_map(StackId::place);
        let place: Option<Place<'_>> = stack_id.place();
        match (place, asked) {
            _ if self.0.contains(stack_id) => Lives::Yes,
            (Some(place), Some(asked)) if place == asked => Lives::No,
            _ => Lives::Elsewhere,
        }
    }
}

/// No rows yet of what is told of a version; `history` tells the same.
pub(super) fn versions() -> Rows {
    Rows::new(&["stack", "env", "name", "version", "state", "owner", "created_at", "id"]).headed("created_at", "age")
}

/// A version for people: where, which, whose.
pub(super) fn row(identity: &Identity, item: &VersionItem, head: Option<&Head>, context: &Context) -> [Cell; 8] {
    let state = State::of(item, head);
    [
        Cell::text(identity.stack_name.as_str()),
        Cell::text(identity.env.as_str()),
        Cell::text(identity.name.as_str()),
        Cell::number(item.version.number()),
        state_cell(state),
        owner_cell(&identity.stack_name, &item.owner),
        Cell::both(when::age(item.created_at, context.now), when::date(item.created_at)),
        Cell::text(identity.id(item.version, item.token).to_string()),
    ]
}

fn state_cell(state: State) -> Cell {
    let name = StateName::of(state).to_possible_value().map(|name| name.get_name().to_owned()).unwrap_or_default();
    match state {
        State::Retired { until } => Cell::both(format!("retired until {}", when::date(until)), name),
        State::InUse => Cell::both("in use", name),
        State::Current | State::Superseded | State::Retained => Cell::text(name),
    }
}

/// The logical id alone says it, where the stack is the one that the secret is for.
fn owner_cell(stack_name: &StackName, owner: &Owner) -> Cell {
    let name = owner_name(owner);
    match owner {
        Owner::Manual => Cell::text(name),
        Owner::Resource { stack_id, .. } => {
            let value = json!({"stack_id": stack_id.as_str(), "logical_resource_id": name});
            match stack_id.stack_name() {
                Some(own) if own == stack_name.as_str() => Cell::both(name, value),
                other => Cell::both(format!("{name} of {}", other.unwrap_or(stack_id.as_str())), value),
            }
        }
    }
}

fn owner_name(owner: &Owner) -> &str {
    match owner {
        Owner::Manual => "manual",
        Owner::Resource { logical_resource_id, .. } => LogicalResourceId::as_str(logical_resource_id),
    }
}
