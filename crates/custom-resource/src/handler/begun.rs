//! The id of what a request has begun to make, known to the handler and to whoever has to answer in its place.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::handler::physical_resource_id::PhysicalResourceId;

/// The id that the handler named last. Clones share it: the watchdog reads it while the handler's thread is blocked.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<PhysicalResourceId>>>);

impl Begun {
    pub(crate) fn new(id: Option<PhysicalResourceId>) -> Self {
        Self(Arc::new(Mutex::new(id)))
    }

    pub(crate) fn set(&self, id: PhysicalResourceId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    pub(crate) fn get(&self) -> Option<PhysicalResourceId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Begun").field(&self.get()).finish()
    }
}
