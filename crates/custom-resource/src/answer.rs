//! The answer: its bytes, the id that it goes under, and the way to the URL that takes it.

pub(crate) mod backoff;
pub(crate) mod courier;
pub(crate) mod delivery;
#[cfg(feature = "https")]
pub(crate) mod https;
pub(crate) mod in_memory;
pub(crate) mod reply;
pub(crate) mod response;
#[cfg(feature = "https")]
pub(crate) mod tls;
