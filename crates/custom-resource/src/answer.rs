//! The answer: its bytes, and the way to the URL that takes it.

pub(crate) mod backoff;
pub(crate) mod courier;
pub(crate) mod delivery;
pub(crate) mod response;
pub(crate) mod tls;
