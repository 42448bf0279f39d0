//! Answers that a test can look at, in the place of an endpoint.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

/// The answers that [`Delivery::in_memory`](crate::Delivery::in_memory) has taken. Clones share them.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Vec<Value>>>);

impl Answers {
    /// All that came since the last call, in order: one for each request that was handled.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put(&self, body: &Bytes) {
        let answer = serde_json::from_slice(body).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }
}

/// Their number: they may hold secrets.
impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({})", self.0.lock().unwrap_or_else(PoisonError::into_inner).len())
    }
}
