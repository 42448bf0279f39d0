//! Each rule by a row ([`rules`]), and then whole lives of a copy ([`lives`]) on targets in memory ([`copies`]).

mod copies;
mod lives;
mod rules;

use super::*;
use crate::owner::{LogicalResourceId, Owner, StackId};
use crate::{RequestToken, UnixTime};

fn claimant(name: &str) -> Claimant {
    Claimant::of(&Owner::Resource {
        stack_id: StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/shop/g"),
        logical_resource_id: LogicalResourceId::new(name),
    })
}

/// The mark of a request by `who`, made at `at`, for `content` under `place`.
fn mark(who: &str, at: u64, content: &str, place: &str) -> Mark {
    let token = RequestToken::manual(&format!("{who} {at}"));
    Mark::new(UnixTime(at), claimant(who), Place::of(&[place]), token, Content::of(&[], &[content]))
}

fn written(version: &str, mark: Option<Mark>) -> Written {
    Written { version: version.to_owned(), mark }
}

/// A copy whose current version is this resource's.
fn ours(at: u64, content: &str) -> There {
    There { current: written("1", Some(mark("me", at, content, "a"))), ..There::default() }
}

fn wish(at: u64, content: &str) -> Wish {
    Wish {
        mark: mark("me", at, content, "a"),
        before: Before::Published,
        earlier: Earlier::Same,
        on_drift: OnDrift::Refuse,
        on_conflict: OnConflict::Refuse,
        arrival: Arrival::Prompt,
    }
}
