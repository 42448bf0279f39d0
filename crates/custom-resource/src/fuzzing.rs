//! One event from its bytes to its answer, without a handler that does anything and without sending: what the fuzz
//! target runs.

use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::response::MAX_RESPONSE_BYTES;
use crate::clock::Clock;
use crate::event::request::{CreateRequest, DeleteRequest, Request, UpdateRequest};
use crate::event::{is_request, read, unwrap};
use crate::handler::context::Context;
use crate::handler::custom_resource::CustomResource;
use crate::handler::error::Error;
use crate::handler::outcome::{Outcome, PhysicalResourceId};
use crate::lifecycle::attempt::{Case, Verdict};

struct Nothing;

impl CustomResource for Nothing {
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
    let Ok(raw) = serde_json::from_slice::<&RawValue>(payload) else {
        return false;
    };
    let event = unwrap(read(raw));
    if !is_request(&event) {
        return false;
    }
    let case = case(&event);
    check(&case.too_late().bytes, &case);
    let verdict = Request::parse(event, &case.reply_to).map_err(|error| error.to_string());
    check(&case.body(verdict.map_or_else(Verdict::Failed, |request| decide(&case, request))).bytes, &case);
    true
}

/// Without time, since nothing here looks at it.
fn case(event: &Value) -> Case<'static> {
    let clock = Clock::at(1_800_000_000);
    Case::new(&Nothing, event, "fuzz", &clock, clock.monotonic(), Duration::ZERO)
}

/// What the handler says; its futures are ready at once.
fn decide(case: &Case<'_>, request: Request) -> Verdict {
    use futures_util::FutureExt;
    let decided = case.dispatch(&Nothing, request).now_or_never();
    match decided {
        Some(Ok(verdict)) => verdict,
        Some(Err(error)) => Verdict::Failed(error.to_string()),
        None => Verdict::Failed("not ready".to_owned()),
    }
}

fn check(bytes: &[u8], case: &Case<'_>) {
    assert!(bytes.len() <= MAX_RESPONSE_BYTES);
    let answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let id = answer["PhysicalResourceId"].as_str().unwrap_or_default();
    assert!(!id.is_empty() && answer["RequestId"] == case.reply_to.request_id.as_str());
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
        let case = case(&json!({"RequestType": "Create", "RequestId": "r"}));
        let passes = |answer: &Value| guarded_call(|| check(answer.to_string().as_bytes(), &case)).is_some();
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
