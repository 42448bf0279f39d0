//! What is throttled or does not answer is waited for, some seconds, and then told.

use std::time::Duration;

use secret_store::patience::{Pace, Patience};
use secret_store::store::{Denier, StoreError};
use targets_aws::NotDone;

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::hand;

/// How long: the quota of Parameter Store's writes is some in a second, and many may wait for it.
const SECONDS: u64 = 30;

/// How often what does not answer is asked again: whoever waits for a command wants to know.
const SILENT_TRIES: u32 = 4;

/// Why a store could not be asked. The policy that `iam` prints is for the pair's table.
pub(super) fn failed(error: StoreError) -> Failure {
    let is_denied = matches!(error, StoreError::Denied { denier: Denier::Role, .. });
    let mut failure = Failure::from(error);
    if is_denied {
        failure.hints = vec!["docs/stores.md has the rights that a verb needs in each store".to_owned()];
    }
    failure
}

/// The same of a store that says how it failed in the words of this command.
pub(super) async fn ask_again<T>(context: &Context, call: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let remaining = hand::remaining_for_many(context);
    let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
    for tries in 0.. {
        match call().await {
            Err(failure) if failure.kind == Kind::TryAgain && patience.pause(Pace::Slow, tries).await => {
                context.ui.debug(|| format!("asked again after try {}: {failure}", tries + 1));
            }
            answer => return answer,
        }
    }
    call().await
}

/// Asks, and again while that helps.
pub(super) async fn ask<T>(context: &Context, call: impl AsyncFn() -> Result<T, NotDone>) -> Result<T, NotDone> {
    let edge = context.edge;
    let end = edge.time().0 + SECONDS;
    let remaining = move || Duration::from_secs(end.saturating_sub(edge.time().0));
    let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
    for tries in 0.. {
        let pace = match call().await {
            Err(NotDone::Failed(StoreError::Throttled { .. })) => Pace::Slow,
            Err(NotDone::Failed(StoreError::Unavailable(..))) if tries < SILENT_TRIES => Pace::Quick,
            answer => return answer,
        };
        context.ui.debug(|| format!("asked again after try {}", tries + 1));
        if !patience.pause(pace, tries).await {
            break;
        }
    }
    call().await
}
