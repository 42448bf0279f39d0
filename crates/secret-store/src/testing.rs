//! A table and a key in memory, for tests and models; the feature `testing`, in no shipped binary.

mod key;
mod table;

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub use key::MemoryKey;
pub use table::MemoryTable;

/// The output of a future that never waits, as none in memory does.
///
/// # Panics
/// If it does.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing in memory waits"),
    }
}

/// A [`Pause`](crate::patience::Pause) in which no time passes.
pub fn no_pause(_: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(std::future::ready(()))
}
