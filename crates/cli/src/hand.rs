//! What the verbs share that do something by hand: how long they wait, how they tell what they did, and the words for a no.

use std::time::Duration;

pub(crate) use aws_session::pause;
use rand::Rng as _;
use secret_store::carry_out::by_hand::{HandError, Run};
use secret_store::plan::Changes;
use secret_store::plan::operator::{Refused, TemplateChange};
use secret_store::select::Unreadable;
use secret_store::store::QueryVersions;
use secret_store::{Head, Identity, Owner, RequestToken, StackId, State, Version, VersionItem};

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::secret::{Pick, Secret};
use crate::ui::{Cell, Rows};
use crate::when;

/// How long a race that is lost, or a table that is throttled, is waited for.
const SECONDS: u64 = 5;

/// And where it is for one of many: whoever lets so much be done rather waits than begins it anew.
const SECONDS_FOR_MANY: u64 = 60;

/// The time that a deed has left, from now on.
pub(crate) fn remaining(context: &Context) -> impl Fn() -> Duration + Send + Sync + use<> {
    within(SECONDS, context)
}

/// The same for one of many.
pub(crate) fn remaining_for_many(context: &Context) -> impl Fn() -> Duration + Send + Sync + use<> {
    within(SECONDS_FOR_MANY, context)
}

fn within(seconds: u64, context: &Context) -> impl Fn() -> Duration + Send + Sync + use<> {
    let edge = context.edge;
    let end = edge.time().0 + seconds;
    move || Duration::from_secs(end.saturating_sub(edge.time().0))
}

/// Which wish this is: the same one where it is repeated under a token that was chosen.
pub(crate) fn token(chosen: Option<&str>, context: &Context) -> RequestToken {
    match chosen {
        Some(token) => RequestToken::manual(token),
        None => {
            let mut random = [0; 32];
            (context.edge.random)().fill_bytes(&mut random);
            RequestToken::from_bytes(random)
        }
    }
}

/// `--dry-run`.
pub(crate) fn run(dry: bool) -> Run {
    if dry { Run::Dry } else { Run::Real }
}

/// The version that is meant; `None` for all of them. One that an id names must be the very one.
pub(crate) async fn version(
    table: &impl QueryVersions,
    secret: &Secret,
    identity: &Identity,
) -> Result<Option<Version>, Failure> {
    match secret.pick {
        Pick::Current => Ok(None),
        Pick::Version(version) => Ok(Some(version)),
        Pick::Exactly(version, tag) => match table.query(identity).await?.version(version) {
            Some(item) if !item.has_tag(tag) => {
                Err(Failure::unreadable(&secret.to_string(), Unreadable::OtherTag(version)))
            }
            _ => Ok(Some(version)),
        },
    }
}

/// What was done, or would be: a row for each version.
pub(crate) struct Deeds(Rows);

impl Deeds {
    pub(crate) fn new() -> Self {
        Self(Rows::new(&["stack", "env", "name", "version", "becomes", "id"]))
    }

    /// A version that became something.
    pub(crate) fn push(&mut self, identity: &Identity, version: Version, becomes: Cell, item: Option<&VersionItem>) {
        self.0.push([
            Cell::text(identity.stack_name.as_str()),
            Cell::text(identity.env.as_str()),
            Cell::text(identity.name.as_str()),
            Cell::number(version.number()),
            becomes,
            Cell::text(item.map(|item| identity.id(version, item.token).to_string()).unwrap_or_default()),
        ]);
    }

    /// What one write changed.
    pub(crate) fn changes(&mut self, identity: &Identity, changes: &Changes) {
        for item in &changes.update {
            self.push(identity, item.version, state(item, Some(&changes.head)), Some(item));
        }
        changes.erase.iter().for_each(|version| self.erased(identity, *version));
    }

    /// A version that is gone.
    pub(crate) fn erased(&mut self, identity: &Identity, version: Version) {
        self.push(identity, version, Cell::text("erased"), None);
    }

    /// Prints them, and says where nothing was written.
    pub(crate) fn print(self, run: Run, context: &Context) -> Result<(), Failure> {
        match (self.0.is_empty(), run) {
            (true, _) => context.ui.note("there is nothing to do"),
            (false, Run::Dry) => context.ui.note("a dry run: nothing was written"),
            (false, Run::Real) => {}
        }
        context.ui.rows(&self.0).map_err(|failure| untold(failure, run))
    }

    /// Whether nothing was done.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What was to be printed could not be, after what was to be done.
pub(crate) fn untold(failure: Failure, run: Run) -> Failure {
    match run {
        Run::Dry => failure,
        Run::Real => failure.hint("what was to be done is done: `cfn-secrets list` shows it"),
    }
}

fn state(item: &VersionItem, head: Option<&Head>) -> Cell {
    match State::of(item, head) {
        State::Current => Cell::text("current"),
        State::InUse => Cell::both("in use", "in-use"),
        State::Superseded => Cell::text("superseded"),
        State::Retained => Cell::text("retained"),
        State::Retired { until } => Cell::both(format!("retired until {}", when::date(until)), "retired"),
    }
}

/// Why something was not done to `secret`, and what to do instead.
pub(crate) fn failure(error: HandError, secret: &str) -> Failure {
    match error {
        HandError::Refused(refused) => refusal(refused, secret),
        HandError::Store(error) => error.into(),
        HandError::Context(error) => Failure::usage(error),
        error @ (HandError::ValueSize { .. } | HandError::VersionTooLarge { .. }) => Failure::refused(error),
        HandError::Contended => {
            Failure::new(Kind::TryAgain, format!("others kept changing `{secret}`")).hint("try again in a moment")
        }
    }
}

fn refusal(refused: Refused, secret: &str) -> Failure {
    match refused {
        Refused::TheTemplates { stack_id, logical_resource_id, change } => {
            let (stack, resource) = (name(&stack_id), logical_resource_id.as_str());
            Failure::refused(format!("`{secret}` belongs to {resource} of stack {stack}, which lives"))
                .hint(instead(&change, stack, resource))
        }
        Refused::Changing(stack_id) => Failure::refused(format!(
            "an operation on stack {} is under way, or has stopped half-way: it may go back to what `{secret}` has",
            name(&stack_id)
        ))
        .hint("wait for its end, or bring it to one: continue its rollback, or update or delete the stack"),
        Refused::OwnerUnknown(stack_id) => Failure::refused(format!(
            "whether the stack that owns `{secret}` still lives cannot be told from here: {stack_id}"
        ))
        .hint("use credentials of its account, and its region"),
        Refused::InUse { version, owner: Owner::Manual } => {
            Failure::refused(format!("`{secret}` has a value by hand already, version {version}"))
                .hint("leave --existing out to give it the next version")
        }
        Refused::InUse { version, owner } => {
            Failure::refused(format!("version {version} of `{secret}` is in use and belongs to {owner}"))
                .hint(format!("if nothing needs it any more: `cfn-secrets retire {secret}`"))
                .hint("if a database has it, let a stack adopt it: OnConflict: adopt")
        }
        Refused::NoSecret => Failure::unreadable(secret, Unreadable::NoSecret),
        Refused::NoVersion(version) => Failure::unreadable(secret, Unreadable::NoVersion(version)),
        Refused::WindowOver(version) => {
            Failure::refused(format!("the recovery window of version {version} of `{secret}` is over"))
                .hint("a backup of the table may have it")
        }
    }
}

fn name(stack_id: &StackId) -> &str {
    stack_id.stack_name().unwrap_or(stack_id.as_str())
}

/// The change of the template that does it.
fn instead(change: &TemplateChange, stack: &str, resource: &str) -> String {
    match change {
        TemplateChange::Value => {
            format!("give {resource} the property EncryptedValue in the template, and update stack {stack}")
        }
        TemplateChange::Rotation { from } if from.is_empty() => {
            format!("give {resource} a RotationTrigger in the template, such as \"1\", and update stack {stack}")
        }
        TemplateChange::Rotation { from } => format!(
            "change RotationTrigger of {resource} in the template from {from:?} to another text, and update stack {stack}"
        ),
        TemplateChange::Removal => format!(
            "take {resource} out of the template, or delete stack {stack}: with DeletionPolicy: Delete the secret goes with it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use secret_store::LogicalResourceId;

    use super::*;

    #[test]
    fn a_living_stacks_secret_is_refused_with_the_line_to_change() {
        let refused = |change| {
            let stack_id = StackId::new("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/0a1b");
            let logical_resource_id = LogicalResourceId::new("DbSecret");
            let failure = failure(Refused::TheTemplates { stack_id, logical_resource_id, change }.into(), "shop/prod");
            assert_eq!(failure.message, "`shop/prod` belongs to DbSecret of stack shop, which lives");
            assert_eq!(failure.kind, Kind::Refused);
            failure.hints.concat()
        };
        for (change, expected) in [
            (TemplateChange::Value, "EncryptedValue"),
            (
                TemplateChange::Rotation { from: "2026-11".to_owned() },
                "RotationTrigger of DbSecret in the template from \"2026-11\"",
            ),
            (TemplateChange::Rotation { from: String::new() }, "a RotationTrigger in the template, such as \"1\""),
            (TemplateChange::Removal, "take DbSecret out of the template"),
        ] {
            let hint = refused(change);
            assert!(hint.contains(expected), "{hint}");
        }
    }
}
