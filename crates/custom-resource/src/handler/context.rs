//! What a handler may know beside the request: whose it is, which delivery of it, and how much time is left.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::clock::Clock;
use crate::config::Arrival;
use crate::event::idempotency_token::IdempotencyToken;
use crate::event::reply_to::ReplyTo;
use crate::event::response_url::ResponseUrl;
use crate::handler::begun::Begun;
use crate::handler::context_builder::ContextBuilder;
use crate::handler::physical_resource_id::{PhysicalResourceId, PhysicalResourceIdError};
use crate::lifecycle::continuation::Past;

/// How long CloudFormation waits for an answer, where `ServiceTimeout` does not say less:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html>
const MAX_SERVICE_TIMEOUT_SECONDS: u64 = 3600;

/// How far off a clock may be. AWS refuses what is signed by one that is off by more than 15 minutes
/// (`RequestTimeTooSkewed`, <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
const MAX_SKEW_SECONDS: u64 = 15 * 60;

/// The circumstances of one CloudFormation request.
#[derive(Clone, Debug)]
pub struct Context {
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    resource_type: String,
    idempotency_token: IdempotencyToken,
    arrival: Arrival,
    begun: Begun,
    requested_at: Option<u64>,
    expires_at: Option<u64>,
    answer_by: u64,
    past: Past,
    clock: Clock,
    cut_off: Instant,
}

impl Context {
    pub(crate) fn new(reply_to: &ReplyTo, event: &Value, arrival: Arrival, clock: Clock, cut_off: Instant) -> Self {
        let resource_type = event.get("ResourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let url = reply_to.url.as_ref().ok();
        let (requested_at, expires_at) = (url.and_then(ResponseUrl::signed_at), url.and_then(ResponseUrl::expires_at));
        let mut past = Past::of(event);
        Self {
            idempotency_token: IdempotencyToken::of(&reply_to.stack_id, &reply_to.request_id, url),
            stack_id: reply_to.stack_id.clone(),
            request_id: reply_to.request_id.clone(),
            logical_resource_id: reply_to.logical_resource_id.clone(),
            resource_type,
            requested_at,
            expires_at,
            answer_by: answer_by(reply_to, event, &clock),
            begun: Begun::new(past.begun.take()),
            past,
            arrival,
            clock,
            cut_off,
        }
    }

    /// The same with another past.
    pub(crate) fn with_past(mut self, mut past: Past) -> Self {
        self.begun = Begun::new(past.begun.take());
        Self { past, ..self }
    }

    /// A context for a handler's own tests.
    ///
    /// ```
    /// use custom_resource::{Clock, Context};
    ///
    /// let context = Context::builder(Clock::at(1_800_000_000)).request_id("r-1").build();
    /// assert_eq!(context.request_id(), "r-1");
    /// assert_eq!(context.now(), 1_800_000_000);
    /// ```
    pub fn builder(clock: Clock) -> ContextBuilder {
        ContextBuilder::new(clock)
    }

    /// The stack's ARN, as CloudFormation sent it.
    pub fn stack_id(&self) -> &str {
        &self.stack_id
    }

    /// The stack's name, out of its ARN; `None` where the [`stack_id`](Self::stack_id) is no such ARN.
    pub fn stack_name(&self) -> Option<&str> {
        let (_, resource) = self.stack_id.split_once(":stack/")?;
        let (name, guid) = resource.split_once('/')?;
        (!name.is_empty() && !guid.contains('/')).then_some(name)
    }

    /// An id that names the resource and never changes: `prefix/stack/logical`, such as `my-tool/shop/Suffix`. For what
    /// is changed in place, never replaced; a stack that is made anew under its name gets the same ids.
    ///
    /// # Errors
    /// If that is no [`PhysicalResourceId`].
    pub fn stable_id(&self, prefix: &str) -> Result<PhysicalResourceId, PhysicalResourceIdError> {
        let stack = self.stack_name().unwrap_or("stack");
        PhysicalResourceId::parse(format!("{prefix}/{stack}/{}", self.logical_resource_id))
    }

    /// CloudFormation's id of this request. It may re-use one for a new try of the same operation;
    /// [`idempotency_token`](Self::idempotency_token) does not.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The resource's name in the template.
    pub fn logical_resource_id(&self) -> &str {
        &self.logical_resource_id
    }

    /// The resource's type in the template, such as `Custom::Thing`; empty where the event does not say.
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Identifies this request among all others. A duplicate and Lambda's own retry carry the same token, so what is
    /// stored with it can be recognized instead of being made twice.
    pub fn idempotency_token(&self) -> IdempotencyToken {
        self.idempotency_token
    }

    /// Lambda's id of this invocation, which its log lines carry.
    pub fn lambda_request_id(&self) -> &str {
        &self.arrival.request_id
    }

    /// This function's ARN, as it was invoked: with the version or alias, if it was called by one. `None` where the host
    /// does not say.
    pub fn function_arn(&self) -> Option<&str> {
        self.arrival.function_arn.as_deref()
    }

    /// The id of the invocation's X-Ray trace, in the form of the header `X-Amzn-Trace-Id`, if there is one.
    pub fn trace_id(&self) -> Option<&str> {
        self.arrival.trace_id.as_deref()
    }

    /// When CloudFormation sent the request, in Unix seconds: the time its ResponseURL was signed. `None` for an
    /// unsigned one.
    pub fn requested_at(&self) -> Option<u64> {
        self.requested_at
    }

    /// When the ResponseURL stops working, in Unix seconds: nobody hears an answer after that. `None` for one that does
    /// not say.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// When CloudFormation stops waiting for the answer, in Unix seconds: `ServiceTimeout` after it sent the request,
    /// an hour at most. Where the ResponseURL does not say when that was, it counts from the first attempt's arrival.
    pub fn answer_by(&self) -> u64 {
        self.answer_by
    }

    /// Which attempt at this request this is: 1, or more after a [`NotYet`](crate::NotYet). Lambda's retries do not
    /// count.
    pub fn attempt(&self) -> u32 {
        self.past.attempt
    }

    /// Says what is about to be made. If the request fails from here on, by an error, a panic, a timeout or a handler that
    /// blocks its thread, a Create is answered under this id, so that the Delete which follows reaches the handler with it.
    /// Say it as soon as the id is known, best before anything is made. A later call replaces the id of an earlier one.
    ///
    /// ```
    /// # use custom_resource::{Context, Error, Outcome};
    /// # async fn make_bucket(_: &str) -> Result<(), Error> { Ok(()) }
    /// # async fn fill_bucket(_: &str) -> Result<(), Error> { Ok(()) }
    /// async fn create(context: &Context) -> Result<Outcome, Error> {
    ///     let id = context.stable_id("bucket")?;
    ///     context.begin(id.clone());
    ///     make_bucket(id.as_str()).await?;
    ///     fill_bucket(id.as_str()).await?; // fails: Delete is called for the bucket
    ///     Ok(Outcome::new(id))
    /// }
    /// ```
    ///
    /// A failed Update or Delete keeps the id that it came with, since CloudFormation would take another one for a
    /// replacement; the Reason of a failed Update names what it has begun besides.
    pub fn begin(&self, id: PhysicalResourceId) {
        self.begun.set(id);
    }

    /// The id of what has been begun: by [`begin`](Self::begin), or by an attempt before this one, with
    /// [`NotYet::begun`](crate::NotYet::begun).
    pub fn begun(&self) -> Option<PhysicalResourceId> {
        self.begun.get()
    }

    /// For whoever answers in the handler's place.
    pub(crate) fn shared_begun(&self) -> Begun {
        self.begun.clone()
    }

    /// What the attempt before this one left: [`NotYet::state`](crate::NotYet::state). Null in the first one.
    pub fn state(&self) -> &Value {
        &self.past.state
    }

    /// From when on the request counts, for an event without a signed URL: the first attempt's arrival.
    pub(crate) fn since(&self) -> u64 {
        self.past.since.unwrap_or_else(|| self.now())
    }

    /// Whether nobody waits for an answer any more: the ResponseURL has stopped working or, at a later attempt, waiting
    /// has.
    pub(crate) fn is_too_late(&self) -> bool {
        let end = if self.attempt() > 1 { Some(self.answer_by) } else { self.expires_at };
        end.is_some_and(|end| end < self.now())
    }

    /// Whether no answer can be delivered, even if the clock is wrong: the ResponseURL stopped working long ago.
    pub(crate) fn is_unanswerable(&self) -> bool {
        self.expires_at.is_some_and(|end| end.saturating_add(MAX_SKEW_SECONDS) < self.now())
    }

    /// The time left until the request is answered with FAILED in the handler's place and its future dropped.
    pub fn remaining(&self) -> Duration {
        self.cut_off.saturating_duration_since(self.clock.monotonic())
    }

    /// The time of day, in Unix seconds, of the clock that was handed in.
    pub fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }
}

/// When CloudFormation stops waiting for the answer to this event, in Unix seconds.
pub(crate) fn answer_by(reply_to: &ReplyTo, event: &Value, clock: &Clock) -> u64 {
    let url = reply_to.url.as_ref().ok();
    let since = url.and_then(ResponseUrl::signed_at).or_else(|| Past::of(event).since);
    let heard_until = since.unwrap_or_else(|| clock.unix_seconds()).saturating_add(service_timeout(event));
    url.and_then(ResponseUrl::expires_at).map_or(heard_until, |end| end.min(heard_until))
}

/// CloudFormation's own `ServiceTimeout` in seconds, which it sends beside the properties and among them, as text.
fn service_timeout(event: &Value) -> u64 {
    let given = event.get("ServiceTimeout").or_else(|| event.pointer("/ResourceProperties/ServiceTimeout"));
    let seconds = match given {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    };
    seconds
        .filter(|&seconds| seconds > 0)
        .map_or(MAX_SERVICE_TIMEOUT_SECONDS, |seconds| seconds.min(MAX_SERVICE_TIMEOUT_SECONDS))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::handler::invocation::Invocation;

    const URL: &str = "https://example.com/a?X-Amz-Date=20261123T070536Z&X-Amz-Expires=7200&X-Amz-Signature=beef";

    fn builder() -> ContextBuilder {
        Context::builder(Clock::at(1_795_417_540)).response_url(URL)
    }

    #[test]
    fn times_come_from_the_url_and_the_clock() {
        let context = builder().resource_type("Custom::Other").remaining(Duration::from_secs(9)).build();
        assert_eq!((context.resource_type(), context.logical_resource_id()), ("Custom::Other", "Resource"));
        assert_eq!(context.request_id(), "52a1f3c4-1111-4222-8333-444455556666");
        assert_eq!((context.requested_at(), context.expires_at()), (Some(1_795_417_536), Some(1_795_424_736)));
        assert_eq!(context.now(), 1_795_417_540);
        let nine_seconds = Duration::from_secs(8)..=Duration::from_secs(9);
        assert!(nine_seconds.contains(&context.remaining()));

        let invocation = Invocation::new("i", Duration::from_secs(9), Clock::at(5));
        assert_eq!((invocation.request_id(), invocation.now()), ("i", 5));
        assert!(nine_seconds.contains(&invocation.remaining()));
    }

    #[test]
    fn a_request_is_in_time_to_the_very_second() {
        let (signed, expires) = (1_795_417_536, 1_795_424_736);
        let at = |now| Context::builder(Clock::at(now)).response_url(URL);
        let around = |end: u64, is_over: fn(ContextBuilder) -> bool| [end, end + 1].map(|now| is_over(at(now)));
        assert_eq!(around(signed + 3600, |first| first.build().is_too_late()), [false, false]);
        assert_eq!(around(signed + 3600, |later| later.attempt(2).build().is_too_late()), [false, true]);
        assert_eq!(around(expires, |first| first.build().is_too_late()), [false, true]);
        assert_eq!(around(expires + 900, |first| first.build().is_unanswerable()), [false, true]);

        let unsigned = Context::builder(Clock::at(4_102_444_800)).build();
        assert!(!unsigned.is_too_late() && !unsigned.is_unanswerable());
    }

    #[test]
    fn cloudformation_waits_for_an_hour_or_as_long_as_the_template_says() {
        for (given, seconds) in [
            (json!("1"), 1),
            (json!("30"), 30),
            (json!(30), 30),
            (json!("3601"), 3600),
            (json!("0"), 3600),
            (json!("-1"), 3600),
            (json!("soon"), 3600),
            (json!(null), 3600),
        ] {
            assert_eq!(service_timeout(&json!({"ServiceTimeout": given})), seconds, "{given}");
            assert_eq!(service_timeout(&json!({"ResourceProperties": {"ServiceTimeout": given}})), seconds, "{given}");
        }
        assert_eq!(service_timeout(&json!({})), 3600);
        let context = builder().build();
        assert_eq!(context.answer_by(), 1_795_417_536 + 3600);
    }

    #[test]
    fn a_builder_makes_what_it_was_told() {
        let context = builder()
            .stack_id("s")
            .request_id("r")
            .logical_resource_id("l")
            .attempt(3)
            .begun(PhysicalResourceId::from_static("begun"))
            .state("step 2")
            .build();
        assert_eq!((context.stack_id(), context.request_id(), context.logical_resource_id()), ("s", "r", "l"));
        assert_eq!((context.attempt(), context.state()), (3, &json!("step 2")));
        assert_eq!(context.begun(), Some(PhysicalResourceId::from_static("begun")));
        let first = builder().build();
        assert_eq!((first.attempt(), first.begun(), first.state()), (1, None, &Value::Null));
    }

    #[test]
    fn neither_the_url_nor_its_signature_is_printed() {
        let printed = format!("{:?}{:?}", builder().build(), ReplyTo::parse(&serde_json::json!({"ResponseURL": URL})));
        assert!(!printed.contains("beef") && !printed.contains("example.com"), "{printed}");
    }

    #[test]
    fn an_invocation_is_told_by_its_host_and_by_a_builder() {
        let context = builder().function_arn("arn:f").lambda_request_id("l-1").trace_id("Root=1").build();
        assert_eq!((context.function_arn(), context.lambda_request_id()), (Some("arn:f"), "l-1"));
        assert_eq!(context.trace_id(), Some("Root=1"));
        assert_eq!((builder().build().function_arn(), builder().build().trace_id()), (None, None));
    }

    #[test]
    fn a_stable_id_names_the_resource_and_nothing_else() {
        let id = |stack: &str| builder().stack_id(stack).build().stable_id("tool").map(|id| id.to_string());
        assert_eq!(id("arn:aws:cloudformation:r:1:stack/shop/guid").as_deref(), Ok("tool/shop/Resource"));
        for odd in ["", "guid", "arn:aws:cloudformation:r:1:stack/shop", "a:stack//guid", "a:stack/shop/guid/more"] {
            assert_eq!(id(odd).as_deref(), Ok("tool/stack/Resource"), "{odd}");
        }
        assert!(builder().logical_resource_id("x".repeat(2000)).build().stable_id("tool").is_err());
    }

    #[test]
    fn what_was_begun_last_counts_for_every_clone() {
        let context = builder().begun(PhysicalResourceId::from_static("first")).build();
        context.clone().begin(PhysicalResourceId::from_static("second"));
        assert_eq!(context.begun(), Some(PhysicalResourceId::from_static("second")));
    }
}
