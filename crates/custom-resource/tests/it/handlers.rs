//! Custom resources for the tests: one whose behavior each test chooses, and the events to go with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use custom_resource::{
    Arrival, Clock, Config, Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Delivery, Error,
    HandleError, Invocation, LocalMode, NotYet, Outcome, PhysicalResourceId, Properties, UpdateRequest, handle,
};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;

/// A value that must show up in no log, error, Reason or id.
pub(crate) const SECRET: &str = "hunter2-s3cret";

pub(crate) const STACK_ID: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/5f2b1a7e-0c1d-4e2f-8a3b-9c4d5e6f7a8b";

/// 2026-11-23T07:30:00Z, half an hour after the endpoint's URLs were signed.
pub(crate) const NOW: u64 = 1_795_419_000;

/// How a handler behaves.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Succeed,
    Fail,
    Panic,
    PanicWithMore,
    NeverEnd,
    NeverEndAndPanicOnceDropped,
    BlockUntilAnswered,
    ReturnTooMuch,
    AnswerAs(&'static str),
    AskToBeCalledAgain,
}

/// Does the same on Create, Update and Delete, and counts.
pub(crate) struct Scripted {
    pub(crate) act: Act,
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) endpoint: Option<Endpoint>,
}

impl Scripted {
    pub(crate) fn new(act: Act) -> Self {
        Self { act, calls: Arc::default(), endpoint: None }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn perform(&self) -> Result<Outcome, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let done =
            |id: &str| Outcome::new(PhysicalResourceId::parse(id).unwrap()).secret("password", SECRET.to_owned());
        match self.act {
            Act::Succeed => Ok(done("thing-1")),
            Act::Fail => {
                let cause = Error::new("the table is gone");
                Err(Error::new("the thing cannot be made; make the table first").with_source(cause))
            }
            Act::Panic => panic(),
            Act::PanicWithMore => std::panic::resume_unwind(Box::new(PanicsOnDrop)),
            Act::NeverEnd => std::future::pending().await,
            Act::NeverEndAndPanicOnceDropped => {
                let _held = PanicsOnDrop;
                std::future::pending().await
            }
            Act::BlockUntilAnswered => {
                self.endpoint.as_ref().unwrap().block_until_answered();
                Ok(done("thing-1"))
            }
            Act::ReturnTooMuch => Ok(done("thing-1").attribute("Big", "x".repeat(5000))),
            Act::AnswerAs(id) => Ok(done(id)),
            Act::AskToBeCalledAgain => Err(NotYet::new("wait", Duration::from_secs(9)).state(SECRET).into()),
        }
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic();
    }
}

/// Panics without a backtrace on the terminal, which can take longer than a deadline.
fn panic() -> ! {
    std::panic::resume_unwind(Box::new(SECRET))
}

impl CustomResource for Scripted {
    type Properties = Properties;

    async fn create(&self, _: CreateRequest, _: &Context) -> Result<Outcome, Error> {
        self.perform().await
    }

    async fn update(&self, _: UpdateRequest, _: &Context) -> Result<Outcome, Error> {
        self.perform().await
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        self.perform().await.map(drop)
    }

    async fn call_again(&self, _: Continuation, _: &Context) -> Result<(), Error> {
        Ok(())
    }

    async fn invoke(&self, event: Value, _: &Invocation) -> Result<Value, Error> {
        self.perform().await.map(|_| event)
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        PhysicalResourceId::from_static("tests/not-created")
    }
}

/// A complete event of this type for this URL.
pub(crate) fn event(kind: &str, url: &str) -> Value {
    let mut event = json!({
        "RequestType": kind, "ResponseURL": url, "StackId": STACK_ID, "RequestId": "52a1f3c4",
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:thing", "ServiceTimeout": "30",
        "ResourceType": "Custom::Thing", "LogicalResourceId": "Thing",
        "ResourceProperties": {"ServiceToken": "arn", "Password": SECRET},
    });
    if kind != "Create" {
        event["PhysicalResourceId"] = json!("thing-0");
    }
    if kind == "Update" {
        event["OldResourceProperties"] = json!({"ServiceToken": "arn"});
    }
    event
}

pub(crate) fn config(local: LocalMode) -> Config {
    Config::new(Clock::at(NOW), Delivery::new().unwrap(), local)
}

/// Handles `event` with enough time for any handler that ends, on this thread.
pub(crate) async fn run(resource: &impl CustomResource, event: Value) -> Result<Value, HandleError> {
    run_within(Duration::from_secs(30), resource, event).await
}

pub(crate) async fn run_within(
    time: Duration,
    resource: &impl CustomResource,
    event: Value,
) -> Result<Value, HandleError> {
    handle(resource, event, Arrival::new("lambda-1", time), &config(LocalMode::Off)).await
}
