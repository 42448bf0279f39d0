//! Work beyond one invocation: the event comes again until it is answered, once, and in time.

use std::sync::Mutex;
use std::time::Duration;

use custom_resource::{
    Arrival, Clock, Config, Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Delivery, Error,
    HandleError, LocalMode, NotYet, Outcome, PhysicalResourceId, Properties, UpdateRequest, handle,
};
use serde_json::{Value, json};

use crate::endpoint::{Endpoint, SIGNATURE};
use crate::handlers::{NOW, SECRET, config, event};

const THING: PhysicalResourceId = PhysicalResourceId::from_static("thing-1");

/// How the carrier of continuations behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carrier {
    Takes,
    Refuses,
    Panics,
    NeverEnds,
}

/// Begins a thing in the first attempt, and is ready in the attempt of this number.
struct Slow {
    ready: u32,
    carrier: Carrier,
    sent: Mutex<Vec<(String, Duration, Value)>>,
    states: Mutex<Vec<Value>>,
}

impl Slow {
    fn new(ready: u32, carrier: Carrier) -> Self {
        Self { ready, carrier, sent: Mutex::default(), states: Mutex::default() }
    }

    fn progress(&self, context: &Context) -> Result<(), Error> {
        self.states.lock().unwrap().push(context.state().clone());
        if context.attempt() >= self.ready {
            return Ok(());
        }
        assert_eq!(context.begun(), (context.attempt() > 1).then_some(THING));
        let not_yet = NotYet::new("the thing is being built", Duration::from_secs(300)).begun(THING);
        Err(not_yet.state(json!({"left": [context.attempt()]})).into())
    }

    fn last(&self) -> Value {
        self.sent.lock().unwrap().last().unwrap().2.clone()
    }

    fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl CustomResource for Slow {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        self.progress(context).map(|()| Outcome::new(THING).secret("password", SECRET.to_owned()))
    }

    async fn update(&self, _: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        self.progress(context).map(|()| Outcome::new(THING))
    }

    async fn delete(&self, _: DeleteRequest, context: &Context) -> Result<(), Error> {
        self.progress(context)
    }

    async fn call_again(&self, continuation: Continuation, _: &Context) -> Result<(), Error> {
        match self.carrier {
            Carrier::Takes => {}
            Carrier::Refuses => return Err(Error::new("the schedule cannot be made")),
            Carrier::Panics => std::panic::resume_unwind(Box::new(SECRET)),
            Carrier::NeverEnds => std::future::pending().await,
        }
        let event = serde_json::from_str(&continuation.event()).unwrap();
        self.sent.lock().unwrap().push((continuation.name().to_owned(), continuation.after(), event));
        Ok(())
    }
}

/// Handles `event` so many seconds after the one at which the endpoint's URLs were signed, with 3 seconds of time.
async fn after(seconds: u64, slow: &Slow, event: Value) -> Result<Value, HandleError> {
    let config = Config::new(Clock::at(NOW - 1800 + seconds), Delivery::new().unwrap(), LocalMode::Off);
    handle(slow, event, Arrival::new("lambda-1", Duration::from_secs(3)), &config).await
}

/// An event without the `ServiceTimeout` of 30 seconds.
fn patient(kind: &str, endpoint: &Endpoint) -> Value {
    let mut event = event(kind, &endpoint.url());
    event.as_object_mut().unwrap().remove("ServiceTimeout");
    event
}

#[tokio::test]
async fn what_takes_several_attempts_gets_one_answer() {
    for kind in ["Create", "Update", "Delete"] {
        let (endpoint, slow) = (Endpoint::start([]), Slow::new(3, Carrier::Takes));
        let mut event = patient(kind, &endpoint);
        for attempt in 0..2 {
            assert_eq!(after(attempt, &slow, event).await.unwrap(), Value::Null);
            assert_eq!((slow.sent(), endpoint.received().len()), (usize::try_from(attempt).unwrap() + 1, 0));
            event = slow.last();
        }
        after(600, &slow, event).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!(answer["Status"], "SUCCESS", "{kind}");
        assert_eq!(slow.states.into_inner().unwrap(), [json!(null), json!({"left": [1]}), json!({"left": [2]})]);
        assert!(!answer.to_string().contains("left"), "{answer}");
    }
}

#[tokio::test]
async fn what_comes_again_through_a_queue_is_taken_out_of_its_message() {
    let (endpoint, slow) = (Endpoint::start([]), Slow::new(2, Carrier::Takes));
    after(0, &slow, patient("Create", &endpoint)).await.unwrap();
    let message = json!({"messageId": "1", "eventSource": "aws:sqs", "body": slow.last().to_string()});
    after(60, &slow, json!({"Records": [message]})).await.unwrap();
    assert_eq!(endpoint.answer()["Status"], "SUCCESS");

    let message = json!({"eventSource": "aws:sqs", "body": slow.last().to_string()});
    let error = after(60, &slow, json!({"Records": [message.clone(), message]})).await.unwrap_err();
    assert!(error.to_string().starts_with("not a custom-resource request"), "{error}");
    assert_eq!(endpoint.received().len(), 1);
}

#[tokio::test]
async fn a_duplicate_of_an_attempt_makes_no_second_chain() {
    let (endpoint, slow) = (Endpoint::start([]), Slow::new(9, Carrier::Takes));
    let event = patient("Create", &endpoint);
    after(0, &slow, event.clone()).await.unwrap();
    after(1, &slow, event).await.unwrap();
    after(300, &slow, slow.last()).await.unwrap();
    let names: Vec<_> = slow.sent.lock().unwrap().iter().map(|(name, ..)| name.clone()).collect();
    assert_eq!(names[0], names[1]);
    assert_ne!(names[1], names[2]);
}

#[tokio::test]
async fn when_the_time_is_nearly_up_the_answer_is_failed_and_names_what_was_begun() {
    for (kind, id) in [("Create", "thing-1"), ("Update", "thing-0"), ("Delete", "thing-0")] {
        let (endpoint, slow) = (Endpoint::start([]), Slow::new(u32::MAX, Carrier::Takes));
        let (mut event, mut now, mut times) = (patient(kind, &endpoint), 0, Vec::new());
        while endpoint.received().is_empty() {
            after(now, &slow, event).await.unwrap();
            event = slow.last();
            now += slow.sent.lock().unwrap().last().unwrap().1.as_secs();
            times.push(now);
            assert!(now < 4000, "nobody has answered: {times:?}");
        }
        let answer = endpoint.answer();
        assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(id)));
        let reason = answer["Reason"].as_str().unwrap();
        assert!(reason.starts_with("the thing is being built; it was not ready when the time was up"), "{reason}");
        // The last attempt begins a minute and its own three seconds before the hour is over.
        assert_eq!(times[times.len() - 2], 3600 - 63, "{times:?}");
    }
}

#[tokio::test]
async fn a_service_timeout_shortens_the_time() {
    for at in ["/ServiceTimeout", "/ResourceProperties/ServiceTimeout"] {
        let (endpoint, slow) = (Endpoint::start([]), Slow::new(9, Carrier::Takes));
        let mut event = patient("Create", &endpoint);
        let (parent, name) = at.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = json!("200");
        after(100, &slow, event.clone()).await.unwrap();
        assert_eq!(slow.sent.lock().unwrap()[0].1, Duration::from_secs(37), "{at}");
        after(137, &slow, event).await.unwrap();
        assert_eq!((endpoint.answer()["Status"].as_str(), slow.sent()), (Some("FAILED"), 1));
    }
}

#[tokio::test]
async fn without_a_signed_time_the_first_attempt_counts() {
    let (endpoint, slow) = (Endpoint::start([]), Slow::new(9, Carrier::Takes));
    let mut event = patient("Create", &endpoint);
    event["ResponseURL"] = json!(endpoint.url().replace("X-Amz-Date", "X-Date"));
    after(0, &slow, event).await.unwrap();
    after(3400, &slow, slow.last()).await.unwrap();
    assert_eq!(slow.sent.lock().unwrap()[1].1, Duration::from_secs(137));
}

#[tokio::test]
async fn an_attempt_that_comes_too_late_does_nothing_and_is_answered() {
    let (endpoint, slow) = (Endpoint::start([]), Slow::new(2, Carrier::Takes));
    after(0, &slow, patient("Create", &endpoint)).await.unwrap();
    after(3601, &slow, slow.last()).await.unwrap();
    let answer = endpoint.answer();
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!("thing-1")));
    assert_eq!(slow.states.into_inner().unwrap().len(), 1);
}

#[tokio::test]
async fn what_can_not_be_called_again_is_failed_and_names_what_was_begun() {
    for (carrier, reason) in [
        (Carrier::Refuses, "the schedule cannot be made"),
        (Carrier::Panics, "the handler panicked"),
        (Carrier::NeverEnds, "the handler did not finish within"),
    ] {
        let (endpoint, slow) = (Endpoint::start([]), Slow::new(9, carrier));
        after(0, &slow, patient("Create", &endpoint)).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!("thing-1")));
        assert!(answer["Reason"].as_str().unwrap().starts_with(reason), "{answer}");
    }
}

#[tokio::test]
async fn a_resource_without_a_carrier_fails_where_it_would_wait() {
    struct Waits;
    impl CustomResource for Waits {
        type Properties = Properties;

        async fn create(&self, _: CreateRequest, _: &Context) -> Result<Outcome, Error> {
            Err(NotYet::new("wait", Duration::from_secs(1)).into())
        }
        async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> {
            Err(NotYet::new("wait", Duration::from_secs(1)).state("x".repeat(20_000)).into())
        }
        async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
            Ok(())
        }
    }
    for (kind, id, reason) in [
        ("Create", "custom-resource/not-created", "it is not ready yet, and this function has no means"),
        ("Update", "thing-0", "wait; what the next attempt was to know has 20002 bytes, 3618 more than the 16384"),
    ] {
        let endpoint = Endpoint::start([]);
        crate::handlers::run(&Waits, patient(kind, &endpoint)).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(id)));
        assert!(answer["Reason"].as_str().unwrap().starts_with(reason), "{answer}");
    }
}

#[tokio::test]
async fn in_local_mode_a_continuation_is_told() {
    let (endpoint, slow) = (Endpoint::start([]), Slow::new(2, Carrier::Takes));
    let arrival = Arrival::new("local", Duration::from_secs(3));
    let told = handle(&slow, patient("Create", &endpoint), arrival, &config(LocalMode::Sam)).await.unwrap();
    assert_eq!(told, json!({"CalledAgainAfter": 300}));
    assert!(slow.last().to_string().contains(SIGNATURE), "the URL goes with it, and with nothing else");
    assert!(!told.to_string().contains(SIGNATURE));
}
