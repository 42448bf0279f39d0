//! CloudFormation custom resources in Lambda: exactly one answer to every request, in time, whatever happens.

mod backoff;
mod clock;
pub mod coerce;
mod config;
mod context;
mod delivery;
mod error;
mod guard;
mod lifecycle;
pub mod logging;
mod outcome;
mod properties;
mod property_error;
mod reply_to;
mod request;
mod resource;
mod response;
mod response_url;
mod runtime;
mod verdict;

pub use clock::Clock;
pub use config::{Arrival, Config, LocalMode};
pub use context::{Context, ContextBuilder, Invocation, RequestToken};
pub use delivery::{Delivery, DeliveryError, DeliverySetupError};
pub use error::Error;
pub use lifecycle::{HandleError, handle};
pub use logging::LogLevel;
pub use outcome::{
    MAX_PHYSICAL_RESOURCE_ID_BYTES, Outcome, PhysicalResourceId, PhysicalResourceIdError,
};
pub use properties::Properties;
pub use property_error::PropertyError;
pub use request::{CreateRequest, DeleteRequest, UpdateRequest};
pub use resource::CustomResource;
pub use response::MAX_RESPONSE_BYTES;
pub use response_url::UrlProblem;
pub use runtime::run;
