#![doc = include_str!("../README.md")]
//!
//! # What you can rely on
//!
//! - If the event has a usable ResponseURL, an answer goes there: after an error, a panic, a timeout, for an event that
//!   is broken elsewhere, and for a handler that blocks its thread. Only the death of the process is out of reach;
//!   Lambda then runs the request again, and the answer comes from there. A function that cannot even start answers with
//!   [`NotStarted`].
//! - The answer goes out in time: the handler gets all but 5 seconds of the function's timeout, or two thirds of a
//!   short one. See [`Context::remaining`].
//! - It is delivered: each attempt has a limit, failures that may pass are tried again until the time is over, over a
//!   fresh connection each time. Then [`handle`] returns `Ok`, whatever the answer was, and `Err` only if it was not
//!   delivered.
//! - It is valid: a non-empty id, no null, at most 4096 bytes.
//! - A failed Create is answered under the id of what it has made, as [`Context::begin`] or [`Error::created`] say, and
//!   the Delete for it reaches the handler; by an error, a panic, a timeout, a blocked thread alike. One that made nothing
//!   gets an id that never was ([`CustomResource::not_created_id`]), whose Delete succeeds by itself. A failed Update or
//!   Delete keeps its id.
//! - The ResponseURL, properties and attributes are never logged or printed by this crate. Their strings are erased from
//!   memory when they are dropped; what the libraries underneath copy is not.
//!
//! # What is yours
//!
//! - Say what you make, with [`Context::begin`], before it is complete: nobody else knows its id.
//! - Lambda delivers at least once: make the same thing of the same [`Context::idempotency_token`].
//! - A rollback is an Update back to the old properties. Remove nothing in an Update; answer with another id, and the
//!   Delete of the old one follows when it is no longer needed.
//! - A Delete of what is not there succeeds.
//! - In the template: a `ServiceTimeout` above the function's timeout (300 seconds over 30 leave room for Lambda's two
//!   retries), and no value of a secret attribute in `Outputs`.
//! - Build with `panic = "unwind"`, which is the default: an abort cannot be answered.
//!
//! # Work beyond one invocation
//!
//! CloudFormation waits for an hour, Lambda stops after 15 minutes. A handler that has begun something longer returns a
//! [`NotYet`] as its error, and the same event comes again later; see there for an example. How it comes you say in
//! [`CustomResource::call_again`]:
//!
//! - An EventBridge Scheduler schedule that runs once, the best choice: `at(...)`, [`Continuation::name`] as its name,
//!   this function as its target, [`Continuation::event`] as the target's `Input`, `ActionAfterCompletion: DELETE`.
//! - An SQS queue with this function behind it: `DelaySeconds` of at most 900, and `BatchSize: 1` in the event source
//!   mapping. Over SQS, or its own `Invoke`, Lambda takes more than 16 rounds for an accident and
//!   [ends them](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html), unless the function's
//!   `RecursiveLoop` allows it.
//! - A Step Functions execution of that name, which waits and then invokes this function.
//!
//! The event holds the ResponseURL, which is a credential for two hours, and the properties. They lie in the schedule,
//! the queue or the execution's history meanwhile, for whoever may read those: choose what the fewest can read, encrypt
//! it, and give it no dead-letter queue.
//!
//! Every attempt has the same [`Context::idempotency_token`] and, like any request, may be delivered twice. If `call_again` fails
//! although it worked, FAILED is answered and another attempt comes all the same, whose answer nobody hears.
//!
//! # Testing
//!
//! A handler is a plain type: call it with [`Properties::from_value`], [`CreateRequest::new`] and [`Context::builder`].
//! [`handle`] runs one event as Lambda would, under any tokio test, and [`Delivery::in_memory`] keeps the answer for you to
//! look at; see there for an example.
//!
//! # Logging
//!
//! This crate logs through `tracing`, whatever you subscribe with. [`logging::init`] writes JSON lines of chosen crates
//! alone, [`logging::redact_panics`] keeps the message of a panic, which may quote a value, out of the log.
//!
//! # The reserve, measured
//!
//! What is kept back for the answer is 5 seconds, or a third of a timeout under 15; [`Limits`] has other figures. Measured: events whose handler does
//! nothing, each answered over a new TLS 1.3 connection on loopback by a process with the CPU share of a 128 MB function
//! (a quota of 1.45 in every 20 ms), on a busy machine with two cores. The first event took 52 ms, the median of 200 was
//! 10 ms, and no later one took more than 48 ms. No attempt gets less than 500 ms while that much is left, ten times as
//! much, so that under Lambda's default timeout of 3 seconds a first attempt may be lost altogether, and there is time
//! for a second.
//!
//! # Failures
//!
#![doc = include_str!("failures.md")]

mod answer;
mod clock;
mod config;
mod erased;
mod event;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod handler;
mod host;
mod lifecycle;
mod properties;

pub use answer::delivery::{Delivery, DeliveryError};
pub use answer::in_memory::Answers;
pub use answer::response::MAX_RESPONSE_BYTES;
#[cfg(feature = "https")]
pub use answer::{
    delivery::DeliverySetupError,
    tls::{Roots, TlsError, tls_config},
};
pub use clock::Clock;
pub use config::{Arrival, Config, Limits, LocalMode};
pub use event::Event;
pub use event::idempotency_token::IdempotencyToken;
pub use event::request::{CreateRequest, DeleteRequest, UpdateRequest};
pub use event::response_url::UrlProblem;
pub use handler::context::Context;
pub use handler::context_builder::ContextBuilder;
pub use handler::custom_resource::CustomResource;
pub use handler::error::{Error, ReasonExt};
pub use handler::from_fn::{FromFn, from_fn};
pub use handler::invocation::Invocation;
pub use handler::not_started::NotStarted;
pub use handler::not_yet::{MAX_STATE_BYTES, NotYet};
pub use handler::outcome::Outcome;
pub use handler::physical_resource_id::{MAX_PHYSICAL_RESOURCE_ID_BYTES, PhysicalResourceId, PhysicalResourceIdError};
#[cfg(all(feature = "lambda", feature = "https"))]
pub use host::lambda::start;
#[cfg(feature = "lambda")]
pub use host::lambda::{BoxError, run};
#[cfg(feature = "logging")]
pub use host::logging::{self, LogLevel};
pub use lifecycle::continuation::Continuation;
pub use lifecycle::guard::Interruption;
pub use lifecycle::{HandleError, handle};
pub use properties::error::PropertyError;
pub use properties::{FromProperties, Properties, coerce};
