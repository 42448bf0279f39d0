//! What every client of AWS shares: configuration, credentials, HTTP, warm connections, and what a failed call means.
//!
//! A [`Session`] is made once at start; the adapters make their clients over it. That of a function takes region and
//! credentials from its environment; that of a person takes them from wherever the AWS CLI does (`operator.rs`), behind
//! the feature `operator`, which no function has.

mod answered;
mod environment;
mod error;
mod form;
mod http;
mod json;
#[cfg(feature = "operator")]
mod operator;
mod rest;
mod session;
mod waiting;
mod warm_up;

pub use answered::{CallFailed, Why};
pub use environment::Env;
pub use error::{classify, refused, throttled};
pub use form::{Endpoint, FormReply, partition};
pub use json::{JsonReply, JsonService};
#[cfg(feature = "operator")]
pub use operator::{AssumedRole, NoSession, Operator, is_endpoint, profile_region};
pub use rest::{RestReply, RestRequest, RestService};
pub use session::Session;
pub use waiting::{page, pause};
pub use warm_up::{PreWarming, WarmUp, WarmUpRequest};
