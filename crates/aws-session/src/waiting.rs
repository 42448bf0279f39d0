//! What will pass is waited for, in real time.

use std::pin::Pin;
use std::time::Duration;

use secret_store::patience::{MayPass, pages};

/// Lets time pass.
pub fn pause(time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(tokio::time::sleep(time))
}

/// The answer to the question for one page of many, asked again while that may help. A scan of 1 MB takes 128 units of a table,
/// whose burst is 300 (Amazon DynamoDB Developer Guide, "Read consistency" and "Burst capacity").
///
/// # Errors
/// The last one.
pub async fn page<T, E: MayPass>(call: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
    pages::page(pause, call).await
}
