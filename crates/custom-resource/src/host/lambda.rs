//! Runs a custom resource in Lambda: the only file that knows the Lambda Runtime API.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::config::{Arrival, Config};
use crate::erased::Erased;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::causes;
use crate::lifecycle::{HandleError, handle};

/// Any error, as `main` may return it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Runs `resource` in Lambda until the process is stopped.
///
/// Wants a tokio executor, best one on the current thread; [`start`] brings its own.
///
/// ```no_run
/// # use custom_resource::{BoxError, Config, CustomResource};
/// # async fn start(resource: impl CustomResource) -> Result<(), BoxError> {
/// custom_resource::run(resource, Config::from_env()?).await
/// # }
/// ```
///
/// # Errors
/// If the Lambda Runtime API can no longer be reached.
///
/// # Panics
/// Outside Lambda: `AWS_LAMBDA_RUNTIME_API` and its like are missing.
pub async fn run<R: CustomResource>(resource: R, config: Config) -> Result<(), BoxError> {
    let (resource, config) = (&resource, &config);
    let service = service_fn(move |invocation: LambdaEvent<Box<RawValue>>| async move {
        let context = invocation.context;
        let remaining = context.deadline().duration_since(config.clock.wall()).unwrap_or_default();
        let mut arrival = Arrival::new(context.request_id, remaining);
        arrival.function_arn = Some(context.invoked_function_arn).filter(|arn| !arn.is_empty());
        arrival.trace_id = context.xray_trace_id;
        handle(resource, invocation.payload, arrival, config).await.map(Erased).map_err(diagnostic)
    });
    lambda_runtime::run(service).await
}

/// The whole of a `main`: [`run`] with [`Config::from_env`], on an executor of one thread, which is all that a small
/// function has.
///
/// # Errors
/// If something cannot be set up, or the Lambda Runtime API can no longer be reached.
///
/// # Panics
/// Outside Lambda, as [`run`].
#[cfg(feature = "https")]
pub fn start<R: CustomResource>(resource: R) -> Result<(), BoxError> {
    let config = Config::from_env()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(resource, config))
}

/// What Lambda reports of a failed invocation: the kind, and all messages of the chain.
fn diagnostic(error: HandleError) -> Diagnostic {
    let (kind, message) = match &error {
        HandleError::NotDelivered(_) => ("NotDelivered", format!("{error}: {}", causes(&error))),
        HandleError::Interrupted(_) => ("Interrupted", format!("{error}: {}", causes(&error))),
        HandleError::Invocation(_) => ("InvocationFailed", error.to_string()),
    };
    Diagnostic { error_type: kind.to_owned(), error_message: message }
}
