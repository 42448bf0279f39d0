//! Work that takes longer than one invocation: the same event comes again later, with what the attempt before it left.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::erased::Erased;
use crate::handler::context::Context;
use crate::handler::error::Error;
use crate::handler::not_yet::{MAX_STATE_BYTES, NotYet};
use crate::handler::physical_resource_id::PhysicalResourceId;

/// The field that an event carries when it comes again.
const FIELD: &str = "CustomResourceContinuation";

/// What a continuation may come late by, for it is the last one that decides: a scheduler may count in minutes.
const LATENESS: Duration = Duration::from_secs(60);

/// An event that is to come again, for [`CustomResource::call_again`](crate::CustomResource::call_again) to send.
pub struct Continuation {
    name: String,
    after: Duration,
    event: Erased,
}

impl Continuation {
    /// What `not_yet` makes of the event of this attempt, to come after `after`.
    pub(crate) fn new(mut event: Erased, context: &Context, not_yet: NotYet, after: Duration) -> Result<Self, Error> {
        let bytes = not_yet.state.to_string().len();
        if bytes > MAX_STATE_BYTES {
            return Err(Error::new(format!(
                "{}; what the next attempt was to know has {bytes} bytes, {} more than the {MAX_STATE_BYTES} that fit",
                not_yet.reason,
                bytes - MAX_STATE_BYTES
            )));
        }
        let attempt = context.attempt().saturating_add(1);
        let begun = not_yet.begun.or_else(|| context.begun());
        event[FIELD] = json!({
            "Attempt": attempt,
            "Since": context.since(),
            "Begun": begun.as_ref().map(PhysicalResourceId::as_str),
            "State": not_yet.state,
        });
        let token = context.idempotency_token();
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

/// What the attempts before this one left in the event; whatever of it cannot be read is left out.
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
        Continuation::new(Erased(event), &context(), not_yet, Duration::from_secs(9)).unwrap()
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
        let third =
            Continuation::new(Erased(json!({})), &third, NotYet::new("", Duration::ZERO), Duration::ZERO).unwrap();
        assert!(third.name().ends_with("-3"));
    }

    #[test]
    fn the_state_is_bounded_and_the_excess_told() {
        let state = |bytes| {
            let not_yet = NotYet::new("wait", Duration::ZERO).state("x".repeat(bytes));
            Continuation::new(Erased(json!({})), &context(), not_yet, Duration::ZERO).map(drop)
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
