//! The decisions, one at a time. Whole histories are tried by the model in the repository's `tests`.

use super::RecoveryWindow;
use super::delete::{DeletePlan, Unheard, Untouched, plan_delete, plan_unheard};
use super::*;
use crate::description::Description;
use crate::id::Identity;
use crate::owner::{LogicalResourceId, StackId};
use crate::record::{AdoptedFrom, Cause, Head, KeyArn, RequestToken, Retirement, Trigger, UnixTime};
use crate::stack::{StackNews, StackState};

mod adoption;
mod bounds;
mod delete;
mod operator;
mod requests;
mod retained;

const NOW: UnixTime = UnixTime(1_000_000);

fn identity() -> Identity {
    Identity {
        store: "table".parse().unwrap(),
        stack_name: "app".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    }
}

fn stack(guid: &str, logical: &str) -> Owner {
    Owner::Resource {
        stack_id: StackId::new(format!("arn:aws:cloudformation:eu-west-1:1:stack/app/{guid}")),
        logical_resource_id: LogicalResourceId::new(logical),
    }
}

fn me() -> Owner {
    stack("g2", "Db")
}

fn token(of: &str) -> RequestToken {
    RequestToken::manual(of)
}

fn rotation(text: &str) -> Trigger {
    Trigger::Rotation(text.to_owned())
}

/// Version `number` of `owner`, made by the request `v{number}` with the trigger `t{number}`.
fn item(number: u64, owner: Owner) -> VersionItem {
    VersionItem {
        version: Version::new(number).unwrap(),
        owner,
        token: token(&format!("v{number}")),
        trigger: rotation(&format!("t{number}")),
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired: None,
        key_arn: KeyArn("key".to_owned()),
        created_at: UnixTime(1),
        description: Description::default(),
    }
}

fn superseded(item: VersionItem) -> VersionItem {
    item.set_aside(UnixTime(2), Cause::Deleted)
}

fn retained(item: VersionItem) -> VersionItem {
    item.set_aside(UnixTime(2), Cause::Retained)
}

fn retired(item: VersionItem) -> VersionItem {
    VersionItem { retired: Some(Retirement { at: UnixTime(2), expires_at: UnixTime(NOW.0 + 100) }), ..item }
}

fn expired(item: VersionItem) -> VersionItem {
    VersionItem { retired: Some(Retirement { at: UnixTime(2), expires_at: NOW }), ..item }
}

fn head(current: u64) -> Head {
    Head { current: Version::new(current).unwrap(), as_of: UnixTime(NOW.0 - 50), retired: None, revision: 7 }
}

fn snapshot(head: Option<Head>, versions: Vec<VersionItem>) -> Snapshot {
    Snapshot { head, versions }
}

fn requester(of: &str) -> Requester {
    Requester {
        me: me(),
        token: token(of),
        requested_at: NOW,
        expires_at: Some(UnixTime(NOW.0 + 1)),
        answer_by: Some(NOW),
        now: NOW,
        out_of_bounds: None,
        stack: StackNews::NotTold,
    }
}

fn create() -> Intent {
    Intent {
        requester: requester("new"),
        identity: identity(),
        trigger: rotation("new"),
        on_conflict: OnConflict::Refuse,
        operation: Operation::Create,
    }
}

fn update(named: &VersionItem, trigger: &str, old_trigger: &str) -> Intent {
    let named = Some(identity().id(named.version, named.token));
    Intent {
        trigger: rotation(trigger),
        operation: Operation::Update { named, old_trigger: rotation(old_trigger), came_from: None },
        ..create()
    }
}

#[track_caller]
fn answered(plan: Plan) -> (u64, Option<Changes>) {
    match plan {
        Plan::Answer(item, changes) => (item.version.number(), changes),
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[track_caller]
fn minted(plan: Plan) -> Mint {
    match plan {
        Plan::Mint(mint) => mint,
        other => panic!("expected a new version, got {other:?}"),
    }
}

#[track_caller]
fn applied(plan: DeletePlan) -> Changes {
    match plan {
        DeletePlan::Apply { changes, more: false } => changes,
        other => panic!("expected changes, got {other:?}"),
    }
}

fn delete(item: &VersionItem, snapshot: &Snapshot) -> DeletePlan {
    let id = identity().id(item.version, item.token);
    plan_delete(&requester("delete"), &id, RecoveryWindow::default(), snapshot)
}

fn current(changes: &Changes) -> (u64, bool) {
    (changes.head.current.number(), changes.head.retired.is_some())
}
