//! The deadline: the answer goes out in time, what ran is dropped, and the next event starts clean.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use custom_resource::{
    Context, CreateRequest, CustomResource, DeleteRequest, Error, Outcome, Properties, UpdateRequest,
};

use crate::endpoint::{Endpoint, Reply};
use crate::handlers::{Act, Scripted, event, run, run_within};

const SHORT: Duration = Duration::from_secs(3);

/// Never ends, and notes when it is dropped.
struct Endless(Arc<AtomicBool>);

struct NoteDrop(Arc<AtomicBool>);

impl Drop for NoteDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl CustomResource for Endless {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, _: &Context) -> Result<Outcome, Error> {
        let _note = NoteDrop(Arc::clone(&self.0));
        std::future::pending().await
    }

    async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> {
        std::future::pending().await
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn the_handler_is_dropped_before_the_answer_and_the_next_event_starts_clean() {
    let endpoint = Endpoint::start([]);
    let dropped = Arc::new(AtomicBool::new(false));
    run_within(SHORT, &Endless(Arc::clone(&dropped)), event("Create", &endpoint.url())).await.unwrap();
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!(endpoint.answer()["Status"], "FAILED");

    let next = Endpoint::start([]);
    run(&Scripted::new(Act::Succeed), event("Create", &next.url())).await.unwrap();
    assert_eq!(next.answer()["Status"], "SUCCESS");
    assert_eq!(endpoint.received().len(), 1, "nothing of the first event is left running");
}

#[tokio::test]
async fn a_handler_that_blocks_its_thread_is_answered_for() {
    let endpoint = Endpoint::start([]);
    let blocking = Scripted { endpoint: Some(endpoint.clone()), ..Scripted::new(Act::BlockUntilAnswered) };
    run_within(SHORT, &blocking, event("Create", &endpoint.url())).await.unwrap();
    let answer = endpoint.answer();
    assert_eq!(
        (answer["Status"].as_str(), answer["PhysicalResourceId"].as_str()),
        (Some("FAILED"), Some("tests/not-created"))
    );
    assert!(answer["Reason"].as_str().unwrap().contains("blocked its thread"));
}

#[tokio::test]
async fn an_answer_that_only_the_watchdog_tried_and_failed_to_deliver_is_an_error() {
    let endpoint = Endpoint::start([Reply::Error(403, "AccessDenied")]);
    let blocking = Scripted { endpoint: Some(endpoint.clone()), ..Scripted::new(Act::BlockUntilAnswered) };
    let error = run_within(SHORT, &blocking, event("Create", &endpoint.url())).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer was not delivered");
    assert_eq!(endpoint.received().len(), 1);
}

#[tokio::test]
async fn a_deadline_that_is_over_on_arrival_is_not_believed() {
    let endpoint = Endpoint::start([]);
    run_within(Duration::ZERO, &Scripted::new(Act::Succeed), event("Create", &endpoint.url())).await.unwrap();
    assert_eq!(endpoint.answer()["Status"], "SUCCESS");

    let endpoint = Endpoint::start([]);
    run_within(Duration::MAX, &Scripted::new(Act::Succeed), event("Create", &endpoint.url())).await.unwrap();
    assert_eq!(endpoint.answer()["Status"], "SUCCESS");
}

/// A function with a long timeout, and a template with a short ServiceTimeout.
#[tokio::test]
async fn cloudformation_hears_the_answer_before_it_stops_waiting() {
    let endpoint = Endpoint::start([]);
    let mut short = event("Create", &endpoint.url());
    // Which counts from the signature of the URL, half an hour before.
    short["ServiceTimeout"] = serde_json::json!("1803");
    run_within(Duration::from_secs(900), &Scripted::new(Act::NeverEnd), short).await.unwrap();
    let reason = endpoint.answer()["Reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("did not finish within 2.0 s"), "{reason}");
}

#[tokio::test]
async fn a_direct_invocation_ends_in_time_too() {
    let error = run_within(SHORT, &Scripted::new(Act::NeverEnd), serde_json::json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the invocation was interrupted");
    let error = run(&Scripted::new(Act::Panic), serde_json::json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the invocation was interrupted");
}
