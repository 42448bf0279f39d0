//! What a handler may know beside the request: whose it is, which delivery of it, and how much time is left.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::event::idempotency_token::RequestToken;
use crate::event::reply_to::ReplyTo;
use crate::event::response_url::ResponseUrl;
use crate::handler::outcome::PhysicalResourceId;
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
    token: RequestToken,
    requested_at: Option<u64>,
    expires_at: Option<u64>,
    answer_by: u64,
    past: Past,
    clock: Clock,
    cut_off: Instant,
}

impl Context {
    pub(crate) fn new(reply_to: &ReplyTo, event: &Value, clock: Clock, cut_off: Instant) -> Self {
        let resource_type = event.get("ResourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let url = reply_to.url.as_ref().ok();
        let (requested_at, expires_at) = (url.and_then(ResponseUrl::signed_at), url.and_then(ResponseUrl::expires_at));
        let past = Past::of(event);
        let since = requested_at.or(past.since).unwrap_or_else(|| clock.unix_seconds());
        let heard_until = since.saturating_add(service_timeout(event));
        Self {
            token: RequestToken::of(&reply_to.stack_id, &reply_to.request_id, url),
            stack_id: reply_to.stack_id.clone(),
            request_id: reply_to.request_id.clone(),
            logical_resource_id: reply_to.logical_resource_id.clone(),
            resource_type,
            requested_at,
            expires_at,
            answer_by: expires_at.map_or(heard_until, |end| end.min(heard_until)),
            past,
            clock,
            cut_off,
        }
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
        ContextBuilder {
            stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/5f2b1a7e-0c1d-4e2f-8a3b-9c4d5e6f7a8b"
                .to_owned(),
            request_id: "52a1f3c4-1111-4222-8333-444455556666".to_owned(),
            logical_resource_id: "Resource".to_owned(),
            resource_type: "Custom::Resource".to_owned(),
            response_url: String::new(),
            remaining: Duration::from_secs(25),
            past: Past::NONE,
            clock,
        }
    }

    /// The stack's ARN, as CloudFormation sent it.
    pub fn stack_id(&self) -> &str {
        &self.stack_id
    }

    /// CloudFormation's id of this request. It may re-use one for a new try of the same operation;
    /// [`token`](Self::token) does not.
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
    pub fn token(&self) -> RequestToken {
        self.token
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

    /// The id of what an earlier attempt has begun: [`NotYet::begun`](crate::NotYet::begun).
    pub fn begun(&self) -> Option<&PhysicalResourceId> {
        self.past.begun.as_ref()
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

/// Makes a [`Context`] for a handler's own tests: [`Context::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `build`"]
pub struct ContextBuilder {
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    resource_type: String,
    response_url: String,
    remaining: Duration,
    past: Past,
    clock: Clock,
}

impl ContextBuilder {
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
        Context { past: self.past, ..Context::new(&reply_to, &event, self.clock, cut_off) }
    }
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

/// The circumstances of a direct invocation: an event that CloudFormation did not send.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub(crate) request_id: String,
    pub(crate) clock: Clock,
    pub(crate) cut_off: Instant,
}

impl Invocation {
    /// An invocation for a handler's own tests, with `remaining` time left as of now.
    pub fn new(request_id: impl Into<String>, remaining: Duration, clock: Clock) -> Self {
        let cut_off = clock.monotonic() + remaining;
        Self { request_id: request_id.into(), clock, cut_off }
    }

    /// Lambda's id of this invocation.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The time left until the future is dropped and the caller gets an error.
    pub fn remaining(&self) -> Duration {
        self.cut_off.saturating_duration_since(self.clock.monotonic())
    }

    /// The time of day, in Unix seconds, of the clock that was handed in.
    pub fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(context.begun().map(PhysicalResourceId::as_str), Some("begun"));
        let first = builder().build();
        assert_eq!((first.attempt(), first.begun(), first.state()), (1, None, &Value::Null));
    }

    #[test]
    fn neither_the_url_nor_its_signature_is_printed() {
        let printed = format!("{:?}{:?}", builder().build(), ReplyTo::parse(&serde_json::json!({"ResponseURL": URL})));
        assert!(!printed.contains("beef") && !printed.contains("example.com"), "{printed}");
    }
}
