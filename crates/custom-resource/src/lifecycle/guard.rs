//! Runs what may panic or never end: both are told as values, and nothing of it is left running.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt;

/// Why a handler gave no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Interruption {
    /// It panicked; the process lives on.
    #[error("the handler panicked: see the function's log")]
    Panicked,
    /// It was dropped after this time.
    #[error(
        "the handler did not finish within {:.1} s: see what it waits for, or give the function a longer timeout",
        .0.as_secs_f32()
    )]
    TimedOut(Duration),
}

/// Runs `work` for at most `limit`. It is dropped then, and a panic in its `Drop` is caught as well.
///
/// In a box of its own type, not of `dyn Future`: what runs here is `Send` if the handler's future is.
pub(crate) async fn guarded<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Interruption> {
    let work = Box::pin(work);
    let mut work = AssertUnwindSafe(work).catch_unwind();
    let result = tokio::time::timeout(limit, &mut work).await;
    discard(work);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(panic)) => {
            discard(panic);
            Err(Interruption::Panicked)
        }
        Err(_) => Err(Interruption::TimedOut(limit)),
    }
}

/// Calls `function`; `None` if it panics.
pub(crate) fn guarded_call<T>(function: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(function)).map_err(discard).ok()
}

/// Drops `value`, whatever its `Drop` does. What a panic carries may panic in turn; that is forgotten, not dropped.
fn discard<T>(value: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(panic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_passes_through() {
        assert_eq!(guarded(LONG, async { 7 }).await, Ok(7));
        assert_eq!(guarded_call(|| 7), Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn panics_are_values_wherever_they_come_from() {
        assert_eq!(guarded(LONG, async { panic!("in the future") }).await, Err::<(), _>(Interruption::Panicked));
        let nasty = async { std::panic::panic_any(PanicsOnDrop) };
        assert_eq!(guarded(LONG, nasty).await, Err::<(), _>(Interruption::Panicked));
        assert_eq!(guarded_call(|| panic!("in the call")), None::<()>);
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_dropped_even_if_that_panics() {
        let endless = async {
            let _held = PanicsOnDrop;
            std::future::pending::<()>().await;
        };
        assert_eq!(guarded(LONG, endless).await, Err(Interruption::TimedOut(LONG)));
    }
}
