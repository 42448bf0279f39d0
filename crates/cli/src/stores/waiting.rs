//! Calls of a store: no more in a second than it lets everybody have; what is throttled or does not answer is waited for, some
//! seconds, and then told.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use secret_store::patience::{Pace, Patience};
use secret_store::store::{Denier, StoreError};
use targets_aws::NotDone;

use super::capabilities::{Capabilities, Rate};
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

/// The calls of one service, that all of an account and a region share.
pub(super) struct Calls<'c> {
    context: &'c Context,
    turns: Turns,
}

impl<'c> Calls<'c> {
    /// As many in a second as its capabilities say.
    pub(super) fn of(capabilities: &Capabilities, context: &'c Context) -> Self {
        Self { context, turns: Turns::of(capabilities.rate) }
    }

    /// Reads, and again while that helps.
    pub(super) async fn read<T>(&self, call: impl AsyncFn() -> Result<T, NotDone>) -> Result<T, NotDone> {
        self.ask(async || {
            self.turns.to_read().await;
            call().await
        })
        .await
    }

    /// Writes, and again while that helps.
    pub(super) async fn write<T>(&self, call: impl AsyncFn() -> Result<T, NotDone>) -> Result<T, NotDone> {
        self.ask(async || self.write_once(&call).await).await
    }

    /// Writes when it may. What comes of it, the caller looks at.
    pub(super) async fn write_once<T>(&self, call: impl AsyncFn() -> Result<T, NotDone>) -> Result<T, NotDone> {
        self.turns.to_write().await;
        call().await
    }

    async fn ask<T>(&self, call: impl AsyncFn() -> Result<T, NotDone>) -> Result<T, NotDone> {
        let edge = self.context.edge;
        let end = edge.time().0 + SECONDS;
        let remaining = move || Duration::from_secs(end.saturating_sub(edge.time().0));
        let mut patience = Patience::new(hand::pause, hand::token(None, self.context), &remaining);
        for tries in 0.. {
            let pace = match call().await {
                Err(NotDone::Failed(StoreError::Throttled { .. })) => Pace::Slow,
                Err(NotDone::Failed(StoreError::Unavailable(..))) if tries < SILENT_TRIES => Pace::Quick,
                answer => return answer,
            };
            self.context.ui.debug(|| format!("asked again after try {}", tries + 1));
            if !patience.pause(pace, tries).await {
                break;
            }
        }
        call().await
    }
}

/// Whose turn it is. A second's worth may come at once.
struct Turns {
    rate: Rate,
    limiter: Option<DefaultDirectRateLimiter>,
}

impl Turns {
    fn of(rate: Rate) -> Self {
        Self::within(rate, Quota::per_second)
    }

    fn within(rate: Rate, quota: impl Fn(NonZeroU32) -> Quota) -> Self {
        Self { rate, limiter: rate.most().map(|most| RateLimiter::direct(quota(most))) }
    }

    async fn to_read(&self) {
        match self.rate {
            Rate::Calls(_) => self.to_write().await,
            Rate::Any | Rate::Writes(_) => {}
        }
    }

    async fn to_write(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.until_ready().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn what_a_service_counts_together_waits_for_its_turn() {
        // So many in an hour, that no pause of this machine lets one more pass.
        for (rate, reads_go_on, writes_go_on) in
            [(Rate::Calls(30), false, false), (Rate::Writes(30), true, false), (Rate::Any, true, true)]
        {
            let turns = Turns::within(rate, Quota::per_hour);
            for number in 0..30 {
                assert_eq!(turns.to_write().now_or_never(), Some(()), "{rate:?}: {number} comes at once");
            }
            assert_eq!(turns.to_read().now_or_never().is_some(), reads_go_on, "{rate:?}");
            assert_eq!(turns.to_write().now_or_never().is_some(), writes_go_on, "{rate:?}");
        }
    }

    #[test]
    fn the_turn_comes() {
        let turns = Turns::of(Rate::Calls(100));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..150 {
                turns.to_write().await;
            }
        });
    }
}
