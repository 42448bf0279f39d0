//! The table: each request type, each way a handler can end, with and without an id, and the one answer that follows.

use std::time::Duration;

use custom_resource::{Error, NotStarted, PhysicalResourceId};
use serde_json::{Value, json};

use crate::endpoint::{Endpoint, Reply};
use crate::handlers::{Act, SECRET, Scripted, event, run, run_within};

/// Long enough for the answer, short enough to wait for the deadline.
const SHORT: Duration = Duration::from_secs(3);

/// The Reason of a handler that does not end.
const DID_NOT_END: &str = "did not finish within 2.0 s";

async fn answer(act: Act, event: Value, endpoint: &Endpoint) -> Value {
    let time = if matches!(act, Act::NeverEnd) { SHORT } else { Duration::from_secs(30) };
    let returned = run_within(time, &Scripted::new(act), event).await.expect("delivered, whatever the answer says");
    assert_eq!(returned, Value::Null, "Lambda may store what is returned");
    endpoint.answer()
}

/// What is expected of one cell: Status, PhysicalResourceId and a part of the Reason.
fn expected(kind: &str, act: &Act, has_id: bool) -> (&'static str, &'static str, &'static str) {
    let old = if kind == "Create" || !has_id { "tests/not-created" } else { "thing-0" };
    match (kind, act) {
        ("Update", _) if !has_id => ("FAILED", old, "no PhysicalResourceId"),
        ("Delete", Act::Succeed | Act::ReturnTooMuch) => ("SUCCESS", old, ""),
        (_, Act::Succeed) => ("SUCCESS", "thing-1", ""),
        ("Create", Act::ReturnTooMuch) => ("FAILED", "thing-1", "more than the 4096"),
        (_, Act::ReturnTooMuch) => ("FAILED", old, "more than the 4096"),
        (_, Act::Fail) => ("FAILED", old, "make the table first (Lambda request id: lambda-1)"),
        (_, Act::Panic) => ("FAILED", old, "panicked"),
        _ => ("FAILED", old, DID_NOT_END),
    }
}

#[tokio::test]
async fn every_cell_of_the_table_gets_its_one_answer() {
    let acts = [Act::Succeed, Act::Fail, Act::Panic, Act::NeverEnd, Act::ReturnTooMuch];
    let cells = ["Create", "Update", "Delete"].into_iter().flat_map(|kind| {
        let acts = acts.iter().cloned().flat_map(|act| [(act.clone(), true), (act, false)]);
        acts.map(move |(act, has_id)| check_cell(kind, act, has_id))
    });
    futures_util::future::join_all(cells).await;
}

async fn check_cell(kind: &str, act: Act, has_id: bool) {
    let endpoint = Endpoint::start([]);
    let mut event = event(kind, &endpoint.url());
    event["PhysicalResourceId"] = if has_id { json!("thing-0") } else { Value::Null };
    let answer = answer(act.clone(), event, &endpoint).await;

    let cell = format!("{kind} {act:?} {has_id}: {answer}");
    let (status, id, reason) = expected(kind, &act, has_id);
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!(status), &json!(id)), "{cell}");
    let told = answer["Reason"].as_str().unwrap_or_default();
    // On a machine that is busy with other things the watchdog may come first.
    let is_watchdogs = reason == DID_NOT_END && told.contains("blocked its thread");
    assert!(told.contains(reason) || is_watchdogs, "{cell}");
    assert_eq!(answer["RequestId"], "52a1f3c4", "{cell}");
    let shows_data = kind != "Delete" && status == "SUCCESS";
    assert_eq!(answer.get("Data").is_some(), shows_data, "{cell}");
    assert_eq!(answer.to_string().contains(SECRET), shows_data, "{cell}");
    assert_eq!(answer.get("NoEcho"), shows_data.then_some(&json!(true)), "{cell}");
}

#[tokio::test]
async fn a_panic_anywhere_is_answered_and_the_process_lives() {
    for act in [Act::Panic, Act::PanicWithMore, Act::NeverEndAndPanicOnceDropped] {
        let endpoint = Endpoint::start([]);
        let scripted = Scripted::new(act);
        run_within(SHORT, &scripted, event("Create", &endpoint.url())).await.unwrap();
        assert_eq!(endpoint.answer()["Status"], "FAILED");

        let endpoint = Endpoint::start([]);
        run(&Scripted::new(Act::Succeed), event("Create", &endpoint.url())).await.unwrap();
        assert_eq!(endpoint.answer()["Status"], "SUCCESS");
    }
}

#[tokio::test]
async fn a_function_that_can_not_start_answers_all_the_same() {
    let id = PhysicalResourceId::from_static("tests/not-created");
    let resource = NotStarted::new(Error::new("TABLE_NAME is not set")).with_not_created_id(id);
    for kind in ["Create", "Update", "Delete"] {
        let endpoint = Endpoint::start([]);
        run(&resource, event(kind, &endpoint.url())).await.unwrap();
        let answer = endpoint.answer();
        let expected = if kind == "Create" { "tests/not-created" } else { "thing-0" };
        assert_eq!(
            (answer["Status"].as_str(), answer["PhysicalResourceId"].as_str()),
            (Some("FAILED"), Some(expected))
        );
        assert!(answer["Reason"].as_str().unwrap().starts_with("the function could not start: TABLE_NAME is not set"));
    }
    let error = run(&resource, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the function could not start: TABLE_NAME is not set");
}

#[tokio::test]
async fn a_failed_update_never_names_another_id() {
    let endpoint = Endpoint::start([]);
    run(&Scripted::new(Act::Fail), event("Update", &endpoint.url())).await.unwrap();
    assert_eq!(endpoint.answer()["PhysicalResourceId"], "thing-0");
}

#[tokio::test]
async fn a_replacement_is_an_update_that_names_another_id() {
    let endpoint = Endpoint::start([]);
    run(&Scripted::new(Act::AnswerAs("thing-2")), event("Update", &endpoint.url())).await.unwrap();
    assert_eq!(endpoint.answer()["PhysicalResourceId"], "thing-2");
}

#[tokio::test]
async fn the_delete_of_what_was_never_created_needs_no_handler() {
    let endpoint = Endpoint::start([]);
    let scripted = Scripted::new(Act::Fail);
    let mut event = event("Delete", &endpoint.url());
    event["PhysicalResourceId"] = json!("tests/not-created");
    run(&scripted, event).await.unwrap();
    assert_eq!((endpoint.answer()["Status"].clone(), scripted.calls()), (json!("SUCCESS"), 0));
}

#[tokio::test]
async fn a_request_that_came_after_its_url_expired_is_not_run() {
    let endpoint = Endpoint::start([]);
    let expired = endpoint.url().replace("X-Amz-Date=20261123T070000Z", "X-Amz-Date=20261123T052959Z");
    let scripted = Scripted::new(Act::Succeed);
    run(&scripted, event("Create", &expired)).await.unwrap();
    assert_eq!((endpoint.answer()["Status"].clone(), scripted.calls()), (json!("FAILED"), 0));

    let endpoint = Endpoint::start([]);
    let last_second = endpoint.url().replace("X-Amz-Date=20261123T070000Z", "X-Amz-Date=20261123T053000Z");
    run(&scripted, event("Create", &last_second)).await.unwrap();
    assert_eq!((endpoint.answer()["Status"].clone(), scripted.calls()), (json!("SUCCESS"), 1));
}

#[tokio::test]
async fn a_request_that_came_long_after_its_url_expired_is_not_even_answered() {
    let scripted = Scripted::new(Act::Succeed);
    for (signed_at, answers) in [("20261123T051500Z", 1), ("20261123T051459Z", 0)] {
        // Nothing but a 403 is to be had any more: told to Lambda it would only make it run the request again.
        let endpoint = Endpoint::start([Reply::Error(403, "AccessDenied")]);
        let url = endpoint.url().replace("20261123T070000Z", signed_at);
        let returned = run(&scripted, event("Create", &url)).await;
        assert_eq!((returned.is_ok(), endpoint.received().len()), (answers == 0, answers), "{signed_at}");
    }
    assert_eq!(scripted.calls(), 0);
}
