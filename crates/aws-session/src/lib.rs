//! What every client of AWS shares: configuration, credentials, HTTP, warm connections, and what a failed call means.
//!
//! A [`Session`] is made once at start; the adapters (`store-dynamodb`, `keys-kms`, `stacks-cloudformation`) make their clients over it. The
//! [`Credentials`] of a function come from its environment; a program for people takes the whole default chain, behind
//! the feature `default-chain`, which no function has.

mod error;
mod form;
mod http;
mod session;
mod warm_up;

pub use error::{classify, throttled};
pub use form::{Endpoint, FormReply};
pub use session::{Credentials, Session};
pub use warm_up::{PreWarming, WarmUp, WarmUpRequest};
