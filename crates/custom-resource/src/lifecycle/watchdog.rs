//! Answers in the place of a handler that blocks its thread, where no timer of the executor can fire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::answer::courier::Courier;
use crate::answer::delivery::DeliveryError;
use crate::answer::response::Body;

/// A thread that sends FAILED when the time is over. Exactly one of it and its owner answers: who takes the flag first.
pub(crate) struct Watchdog {
    taken: Arc<AtomicBool>,
    /// Closed to wake the thread.
    disarmed: Sender<()>,
    thread: Option<JoinHandle<Result<(), DeliveryError>>>,
}

/// Who has to answer.
pub(crate) enum Disarmed {
    /// The owner of the watchdog.
    InTime,
    /// Nobody any more: the watchdog has, with this result.
    Answered(Result<(), DeliveryError>),
}

impl Watchdog {
    /// Sends what `body` builds after `patience`, unless it is disarmed by then. Without a thread to be had, there is no
    /// watchdog, but still an answer.
    pub(crate) fn arm(courier: Courier, body: impl FnOnce() -> Body + Send + 'static, patience: Duration) -> Self {
        let taken = Arc::new(AtomicBool::new(false));
        let (disarmed, wait) = mpsc::channel::<()>();
        let flag = Arc::clone(&taken);
        let span = tracing::Span::current();
        let watch = move || match wait.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) if !flag.swap(true, Ordering::AcqRel) => {
                span.in_scope(|| send(&courier, body()))
            }
            _ => Ok(()),
        };
        let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch).ok();
        Self { taken, disarmed, thread }
    }

    /// Takes the right to answer, if it is still to be had, and waits for the thread to end.
    pub(crate) fn disarm(self) -> Disarmed {
        let in_time = !self.taken.swap(true, Ordering::AcqRel);
        drop(self.disarmed);
        let result = self.thread.map(JoinHandle::join);
        match result {
            Some(Ok(delivered)) if !in_time => Disarmed::Answered(delivered),
            _ => Disarmed::InTime,
        }
    }
}

/// Delivers on an executor of this thread's own: the other one is blocked.
fn send(courier: &Courier, body: Body) -> Result<(), DeliveryError> {
    tracing::error!("the handler blocks its thread; answering in its place");
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let executor = executor.map_err(DeliveryError::Executor)?;
    let delivered = executor.block_on(courier.deliver(body));
    // Without waiting for a name look-up that hangs on a thread of its own.
    executor.shutdown_background();
    delivered
}
