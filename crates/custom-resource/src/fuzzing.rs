//! One event from its bytes to its answer, without a handler that does anything and without sending: what the fuzz
//! target runs.

use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::delivery::Delivery;
use crate::answer::response::MAX_RESPONSE_BYTES;
use crate::clock::Clock;
use crate::config::{Arrival, Config, LocalMode};
use crate::event::request::{CreateRequest, DeleteRequest, Request, UpdateRequest};
use crate::event::{Event, is_request};
use crate::handler::context::Context;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::Error;
use crate::handler::outcome::Outcome;
use crate::handler::physical_resource_id::PhysicalResourceId;
use crate::lifecycle::attempt::{Attempt, Ending};
use crate::properties::Properties;

struct Nothing;

impl CustomResource for Nothing {
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, _: &Context) -> Result<Outcome, Error> {
        let names: Vec<_> = request.properties.names().collect();
        Ok(Outcome::new(PhysicalResourceId::from_static("nothing")).attribute("Names", names.join(",")))
    }

    async fn update(&self, request: UpdateRequest, _: &Context) -> Result<Outcome, Error> {
        Ok(Outcome::new(PhysicalResourceId::parse(request.physical_resource_id)?))
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        Ok(())
    }
}

/// Answers `payload` and checks the answer; says whether there was anything to answer.
///
/// # Panics
/// If the answer is none that CloudFormation would take: that is what a fuzzer looks for.
pub fn answer(payload: &[u8]) -> bool {
    let Ok(raw) = serde_json::from_slice::<Box<RawValue>>(payload) else {
        return false;
    };
    let event = Event::from(raw).read();
    if !is_request(&event) {
        return false;
    }
    let attempt = attempt(&event);
    check(&attempt.too_late().bytes, &attempt);
    let ending = match Request::parse(event, &attempt.reply.reply_to) {
        Ok(request) => decide(&attempt, request),
        Err(error) => failed(error.to_string()),
    };
    check(&attempt.body(ending).bytes, &attempt);
    true
}

fn attempt(event: &Value) -> Attempt {
    let (clock, arrival) = (Clock::at(1_800_000_000), Arrival::new("fuzz", Duration::from_secs(3)));
    let config = Config::new(clock, Delivery::in_memory().0, LocalMode::Off);
    Attempt::new(&Nothing, event, arrival, &config)
}

fn failed(reason: String) -> Ending {
    Ending::Failed { reason, created: None }
}

/// What the handler says; its futures are ready at once.
fn decide(attempt: &Attempt, request: Request) -> Ending {
    use futures_util::FutureExt;
    match attempt.dispatch(&Nothing, request).now_or_never() {
        Some(Ok(ending)) => ending,
        Some(Err(error)) => failed(error.to_string()),
        None => failed("not ready".to_owned()),
    }
}

fn check(bytes: &[u8], attempt: &Attempt) {
    assert!(bytes.len() <= MAX_RESPONSE_BYTES);
    let answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let id = answer["PhysicalResourceId"].as_str().unwrap_or_default();
    assert!(!id.is_empty() && answer["RequestId"] == attempt.reply.reply_to.request_id.as_str());
    assert!(answer["Status"] == "SUCCESS" || answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert!(answer.as_object().is_some_and(|fields| fields.values().all(|field| !field.is_null())));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lifecycle::guard::guarded_call;

    #[test]
    fn every_event_of_the_corpus_is_answered_well() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 10);
        files.retain(|file| !answer(&std::fs::read(file).unwrap()));
        files.sort();
        let unanswered: Vec<_> = files.iter().map(|file| file.file_name().unwrap()).collect();
        assert_eq!(unanswered, ["array.json", "direct.json"]);
        assert!(!answer(b"no JSON"));
    }

    #[test]
    fn an_answer_that_cloudformation_would_not_take_is_found() {
        let attempt = attempt(&json!({"RequestType": "Create", "RequestId": "r"}));
        let passes = |answer: &Value| guarded_call(|| check(answer.to_string().as_bytes(), &attempt)).is_some();
        let good = json!({"Status": "SUCCESS", "PhysicalResourceId": "p", "RequestId": "r"});
        assert!(passes(&good));
        for (name, odd) in [
            ("Status", json!("DONE")),
            ("Status", json!("FAILED")),
            ("PhysicalResourceId", json!("")),
            ("RequestId", json!("other")),
            ("Data", json!(null)),
            ("Data", json!("x".repeat(4096))),
        ] {
            let mut bad = good.clone();
            bad[name] = odd;
            assert!(!passes(&bad), "{bad}");
        }
    }
}
