//! Work that takes longer than one invocation: the same event comes again later, with what the attempt before it left.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::handler::context::Context;
use crate::handler::error::Error;
use crate::handler::outcome::PhysicalResourceId;

/// The field that an event carries when it comes again.
const FIELD: &str = "CustomResourceContinuation";

/// The most bytes of JSON text that [`NotYet::state`] may have: little beside the 256 KB that EventBridge Scheduler, SQS
/// and Step Functions take at least.
pub const MAX_STATE_BYTES: usize = 16 * 1024;

/// What a continuation may come late by, for it is the last one that decides: a scheduler may count in minutes.
const LATENESS: Duration = Duration::from_secs(60);

/// The thing is being made, changed or removed, and that takes longer than this invocation: call again later.
///
/// CloudFormation waits an hour at most (`ServiceTimeout`), Lambda stops after 15 minutes. A handler that has begun
/// something hands back a `NotYet` as its error. Nothing is answered then; [`CustomResource::call_again`] is given the
/// event to send to this very function later, and the same method runs anew. Make it so that it finds its place by
/// [`Context::begun`] or [`Context::state`]:
///
/// ```
/// use std::time::Duration;
///
/// use custom_resource::{
///     Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Error, NotYet, Outcome,
///     PhysicalResourceId, UpdateRequest,
/// };
/// # struct Search;
/// # impl Search {
/// #     async fn start_index(&self, name: &str) -> Result<PhysicalResourceId, Error> { Ok(PhysicalResourceId::parse(name)?) }
/// #     async fn is_ready(&self, _: &PhysicalResourceId) -> Result<bool, Error> { Ok(false) }
/// # }
/// # struct Scheduler;
/// # impl Scheduler {
/// #     async fn create_schedule(&self, _: &str, _: Duration, _: String) -> Result<(), Error> { Ok(()) }
/// # }
///
/// struct Index {
///     search: Search,
///     scheduler: Scheduler,
/// }
///
/// impl CustomResource for Index {
///     async fn create(&self, _: CreateRequest, context: &Context) -> Result<Outcome, Error> {
///         let id = match context.begun() {
///             None => self.search.start_index(context.logical_resource_id()).await?,
///             Some(id) => id.clone(),
///         };
///         if !self.search.is_ready(&id).await? {
///             return Err(NotYet::new("the index is being built", Duration::from_secs(60)).begun(id).into());
///         }
///         Ok(Outcome::new(id))
///     }
///
///     /// An EventBridge schedule that runs once, whose target is this function.
///     async fn call_again(&self, continuation: Continuation, _: &Context) -> Result<(), Error> {
///         self.scheduler.create_schedule(continuation.name(), continuation.after(), continuation.event()).await
///     }
/// #   async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> { Err(Error::new("an index is never changed")) }
/// #   async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> { Ok(()) }
/// }
/// ```
///
/// There is still exactly one answer, and in time: a handler that is not ready when an attempt after this one could no
/// longer answer before CloudFormation stops waiting ([`Context::answer_by`]) is answered with FAILED and the reason
/// given here, and so is one whose `call_again` fails, panics or takes too long.
///
/// [`CustomResource::call_again`]: crate::CustomResource::call_again
#[derive(Clone)]
#[must_use = "the request is called again only if this is returned"]
pub struct NotYet {
    pub(crate) reason: String,
    pub(crate) after: Duration,
    pub(crate) begun: Option<PhysicalResourceId>,
    pub(crate) state: Value,
}

impl NotYet {
    /// `reason` says what is waited for: it is logged, and becomes the Reason if the time runs out. The next attempt is
    /// wanted after `after`; it comes earlier where that would be too late.
    pub fn new(reason: impl Into<String>, after: Duration) -> Self {
        Self { reason: reason.into(), after, begun: None, state: Value::Null }
    }

    /// The id of what a Create has begun. If the request fails from here on, however it does, the answer names this id,
    /// so that the Delete which follows removes the thing. (A failed Update or Delete keeps the id that it came with.)
    pub fn begun(mut self, id: PhysicalResourceId) -> Self {
        self.begun = Some(id);
        self
    }

    /// What the next attempt needs to know, at most [`MAX_STATE_BYTES`]. It travels with the event, so put no secret
    /// into it that the carrier must not see.
    pub fn state(mut self, state: impl Into<Value>) -> Self {
        self.state = state.into();
        self
    }
}

/// Without the state.
impl fmt::Debug for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotYet").field("reason", &self.reason).field("after", &self.after).finish_non_exhaustive()
    }
}

/// An event that is to come again, for [`CustomResource::call_again`](crate::CustomResource::call_again) to send.
pub struct Continuation {
    name: String,
    after: Duration,
    event: Value,
}

impl Continuation {
    /// What `not_yet` makes of the event of this attempt, to come after `after`.
    pub(crate) fn new(mut event: Value, context: &Context, not_yet: NotYet, after: Duration) -> Result<Self, Error> {
        let bytes = not_yet.state.to_string().len();
        if bytes > MAX_STATE_BYTES {
            return Err(Error::new(format!(
                "{}; what the next attempt was to know has {bytes} bytes, {} more than the {MAX_STATE_BYTES} that fit",
                not_yet.reason,
                bytes - MAX_STATE_BYTES
            )));
        }
        let attempt = context.attempt().saturating_add(1);
        let begun = not_yet.begun.as_ref().or(context.begun());
        event[FIELD] = json!({
            "Attempt": attempt,
            "Since": context.since(),
            "Begun": begun.map(PhysicalResourceId::as_str),
            "State": not_yet.state,
        });
        let token = context.token();
        let hex: String = token.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name: format!("{hex}-{attempt}"), after, event })
    }

    /// A name for it that no other continuation has: 34 to 43 letters, digits and a hyphen. A repeated delivery of the
    /// same attempt gives the same one: take it as the name of the schedule or of the execution, count one that is there
    /// already as success, and duplicates do not multiply.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long from now it is to come.
    pub fn after(&self) -> Duration {
        self.after
    }

    /// The JSON text to invoke the function with, as it is or as the body of an SQS message. It holds the ResponseURL,
    /// which is a credential, and the properties: keep it out of logs, and out of what others may read.
    pub fn event(&self) -> String {
        self.event.to_string()
    }
}

/// The name and the time.
impl fmt::Debug for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Continuation").field("name", &self.name).field("after", &self.after).finish_non_exhaustive()
    }
}

/// What the attempts before this one left in the event; whatever of it can not be read is left out.
#[derive(Clone)]
pub(crate) struct Past {
    /// 1 for an event that comes for the first time.
    pub(crate) attempt: u32,
    pub(crate) since: Option<u64>,
    pub(crate) begun: Option<PhysicalResourceId>,
    pub(crate) state: Value,
}

impl Past {
    /// None at all: the first attempt.
    pub(crate) const NONE: Self = Self { attempt: 1, since: None, begun: None, state: Value::Null };

    pub(crate) fn of(event: &Value) -> Self {
        let Some(past) = event.get(FIELD) else {
            return Self::NONE;
        };
        let attempt = past["Attempt"].as_u64().and_then(|attempt| attempt.try_into().ok()).unwrap_or(u32::MAX);
        Self {
            attempt: attempt.max(2),
            since: past["Since"].as_u64(),
            begun: past["Begun"].as_str().and_then(|id| PhysicalResourceId::parse(id).ok()),
            state: past["State"].clone(),
        }
    }
}

/// Without the state.
impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// When the next attempt is to come: as wanted, or earlier, so that with `attempt` of its own it can still answer
/// `left` from now. `None` if there is no time for it.
pub(crate) fn next(wanted: Duration, left: Duration, attempt: Duration) -> Option<Duration> {
    let room = left.checked_sub(attempt + LATENESS).filter(|room| !room.is_zero())?;
    Some(wanted.min(room))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;

    fn context() -> Context {
        Context::builder(Clock::at(1_800_000_000)).build()
    }

    fn continued(event: Value, not_yet: NotYet) -> Continuation {
        Continuation::new(event, &context(), not_yet, Duration::from_secs(9)).unwrap()
    }

    #[test]
    fn what_one_attempt_leaves_the_next_one_finds() {
        let not_yet = NotYet::new("wait", Duration::ZERO).begun(PhysicalResourceId::from_static("i")).state("step 2");
        let sent = continued(json!({"StackId": "s"}), not_yet);
        let event: Value = serde_json::from_str(&sent.event()).unwrap();
        let past = Past::of(&event);
        assert_eq!((event["StackId"].as_str(), past.attempt), (Some("s"), 2));
        assert_eq!((past.since, past.state), (Some(1_800_000_000), json!("step 2")));
        assert_eq!(past.begun, Some(PhysicalResourceId::from_static("i")));
        assert_eq!(sent.after(), Duration::from_secs(9));
    }

    #[test]
    fn a_past_that_can_not_be_read_is_still_a_past() {
        assert_eq!(Past::of(&json!({})).attempt, 1);
        for odd in [json!(null), json!(7), json!({"Attempt": -1, "Begun": "", "Since": "x"})] {
            let past = Past::of(&json!({FIELD: odd}));
            assert_eq!((past.attempt, past.since, past.begun, past.state), (u32::MAX, None, None, Value::Null));
        }
        assert_eq!(Past::of(&json!({FIELD: {"Attempt": 0}})).attempt, 2);
        assert_eq!(Past::of(&json!({FIELD: {"Attempt": 7}})).attempt, 7);
    }

    #[test]
    fn each_attempt_has_a_name_of_its_own_and_each_delivery_of_it_the_same() {
        let name = |event| continued(event, NotYet::new("", Duration::ZERO)).name().to_owned();
        assert_eq!(name(json!({})), name(json!({"other": 1})));
        assert!(name(json!({})).len() == 34 && name(json!({})).ends_with("-2"), "{}", name(json!({})));
        let third = Context::builder(Clock::at(0)).attempt(2).build();
        let third = Continuation::new(json!({}), &third, NotYet::new("", Duration::ZERO), Duration::ZERO).unwrap();
        assert!(third.name().ends_with("-3"));
    }

    #[test]
    fn the_state_is_bounded_and_the_excess_told() {
        let state = |bytes| {
            let not_yet = NotYet::new("wait", Duration::ZERO).state("x".repeat(bytes));
            Continuation::new(json!({}), &context(), not_yet, Duration::ZERO).map(drop)
        };
        assert!(state(MAX_STATE_BYTES - 2).is_ok());
        assert_eq!(
            state(MAX_STATE_BYTES + 1).unwrap_err().to_string(),
            "wait; what the next attempt was to know has 16387 bytes, 3 more than the 16384 that fit"
        );
    }

    #[test]
    fn the_next_attempt_comes_early_enough_to_answer() {
        let next = |wanted, left| {
            next(Duration::from_secs(wanted), Duration::from_secs(left), Duration::from_secs(30))
                .map(|next| next.as_secs())
        };
        assert_eq!(next(60, 3600), Some(60));
        assert_eq!(next(60, 150), Some(60));
        assert_eq!(next(60, 100), Some(10));
        assert_eq!((next(60, 91), next(60, 90), next(0, 0)), (Some(1), None, None));
    }

    #[test]
    fn nothing_of_the_event_or_the_state_is_printed() {
        let not_yet = NotYet::new("wait", Duration::ZERO).state("hunter2");
        let past = Past::of(&json!({FIELD: {"Attempt": 2, "State": "hunter2"}}));
        let printed = format!("{not_yet:?}{past:?}{:?}", continued(json!({"ResponseURL": "beef"}), not_yet.clone()));
        assert!(printed.contains("wait") && printed.contains("attempt: 2") && printed.contains("-2"), "{printed}");
        assert!(!printed.contains("hunter2") && !printed.contains("beef"), "{printed}");
    }
}
