//! A context for a handler's own tests.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::config::Arrival;
use crate::event::reply_to::ReplyTo;
use crate::event::response_url::ResponseUrl;
use crate::handler::context::Context;
use crate::handler::physical_resource_id::PhysicalResourceId;
use crate::lifecycle::continuation::Past;

/// Makes a [`Context`] for a handler's own tests: [`Context::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `build`"]
pub struct ContextBuilder {
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    resource_type: String,
    response_url: String,
    arrival: Arrival,
    remaining: Duration,
    past: Past,
    clock: Clock,
}

impl ContextBuilder {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/5f2b1a7e-0c1d-4e2f-8a3b-9c4d5e6f7a8b"
                .to_owned(),
            request_id: "52a1f3c4-1111-4222-8333-444455556666".to_owned(),
            logical_resource_id: "Resource".to_owned(),
            resource_type: "Custom::Resource".to_owned(),
            response_url: String::new(),
            arrival: Arrival::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd", Duration::ZERO),
            remaining: Duration::from_secs(25),
            past: Past::NONE,
            clock,
        }
    }

    /// Sets [`Context::stack_id`].
    pub fn stack_id(mut self, stack_id: impl Into<String>) -> Self {
        self.stack_id = stack_id.into();
        self
    }

    /// Sets [`Context::request_id`].
    pub fn request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = request_id.into();
        self
    }

    /// Sets [`Context::logical_resource_id`].
    pub fn logical_resource_id(mut self, logical_resource_id: impl Into<String>) -> Self {
        self.logical_resource_id = logical_resource_id.into();
        self
    }

    /// Sets [`Context::resource_type`].
    pub fn resource_type(mut self, resource_type: impl Into<String>) -> Self {
        self.resource_type = resource_type.into();
        self
    }

    /// Sets [`Context::lambda_request_id`].
    pub fn lambda_request_id(mut self, lambda_request_id: impl Into<String>) -> Self {
        self.arrival.request_id = lambda_request_id.into();
        self
    }

    /// Sets [`Context::function_arn`]; none by default.
    pub fn function_arn(mut self, function_arn: impl Into<String>) -> Self {
        self.arrival = self.arrival.with_function_arn(function_arn);
        self
    }

    /// Sets [`Context::trace_id`]; none by default.
    pub fn trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.arrival = self.arrival.with_trace_id(trace_id);
        self
    }

    /// Sets the URL from which the token, [`Context::requested_at`] and [`Context::expires_at`] are taken; none by
    /// default.
    pub fn response_url(mut self, response_url: impl Into<String>) -> Self {
        self.response_url = response_url.into();
        self
    }

    /// Sets [`Context::remaining`] as of now; 25 seconds by default.
    pub fn remaining(mut self, remaining: Duration) -> Self {
        self.remaining = remaining;
        self
    }

    /// Sets [`Context::attempt`]; 1 by default.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.past.attempt = attempt;
        self
    }

    /// Sets [`Context::begun`]; nothing by default.
    pub fn begun(mut self, id: PhysicalResourceId) -> Self {
        self.past.begun = Some(id);
        self
    }

    /// Sets [`Context::state`]; null by default.
    pub fn state(mut self, state: impl Into<Value>) -> Self {
        self.past.state = state.into();
        self
    }

    /// The context.
    pub fn build(self) -> Context {
        let cut_off = self.clock.monotonic() + self.remaining;
        let reply_to = ReplyTo {
            url: ResponseUrl::parse(&self.response_url),
            stack_id: self.stack_id,
            request_id: self.request_id,
            logical_resource_id: self.logical_resource_id,
            physical_resource_id: None,
        };
        let event = json!({"ResourceType": self.resource_type});
        Context::new(&reply_to, &event, self.arrival, self.clock, cut_off).with_past(self.past)
    }
}
