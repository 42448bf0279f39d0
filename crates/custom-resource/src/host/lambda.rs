//! Runs a custom resource in Lambda: the only file that knows the Lambda Runtime API.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::config::{Arrival, Config};
use crate::event;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::causes;
use crate::lifecycle::{HandleError, handle};

/// Runs `resource` in Lambda until the process is stopped.
///
/// Wants a tokio executor, best one on the current thread:
///
/// ```no_run
/// # use custom_resource::{Clock, Config, CustomResource, Delivery, LocalMode};
/// # async fn start(resource: impl CustomResource) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let local = LocalMode::from_env_value(std::env::var("AWS_SAM_LOCAL").ok().as_deref());
/// let config = Config::new(Clock::system(), Delivery::new()?, local);
/// custom_resource::run(resource, config).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the Lambda Runtime API can no longer be reached.
///
/// # Panics
/// Outside Lambda: `AWS_LAMBDA_RUNTIME_API` and its like are missing.
pub async fn run<R: CustomResource>(
    resource: R,
    config: Config,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (resource, config) = (&resource, &config);
    let service = service_fn(move |invocation: LambdaEvent<Box<RawValue>>| async move {
        let deadline = invocation.context.deadline();
        let remaining = deadline.duration_since(config.clock.wall()).unwrap_or_default();
        let arrival = Arrival::new(invocation.context.request_id, remaining);
        handle(resource, event::read(&invocation.payload), arrival, config).await.map_err(diagnostic)
    });
    lambda_runtime::run(service).await
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
