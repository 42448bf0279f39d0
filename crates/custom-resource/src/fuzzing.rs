//! One event from its bytes to its answer, without a handler that does anything and without sending: what the fuzz
//! target runs.

use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::case::{Case, Verdict};
use crate::clock::Clock;
use crate::context::Context;
use crate::error::Error;
use crate::event::{is_request, read, unwrap};
use crate::outcome::{Outcome, PhysicalResourceId};
use crate::request::{CreateRequest, DeleteRequest, Request, UpdateRequest};
use crate::resource::CustomResource;
use crate::response::MAX_RESPONSE_BYTES;

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

/// Answers `payload` and checks the answer.
///
/// # Panics
/// If the answer is none that CloudFormation would take: that is what a fuzzer looks for.
pub fn answer(payload: &[u8]) {
    let Ok(raw) = serde_json::from_slice::<&RawValue>(payload) else {
        return;
    };
    let event = unwrap(read(raw));
    if !is_request(&event) {
        return;
    }
    let clock = Clock::at(1_800_000_000);
    let length = Duration::from_secs(900);
    let case = Case::new(&Nothing, &event, "fuzz", &clock, clock.monotonic() + length, length);
    check(&case.too_late().bytes, &case);
    let verdict = Request::parse(event, &case.reply_to).map_err(|error| error.to_string());
    check(&case.body(verdict.map_or_else(Verdict::Failed, |request| decide(&case, request))).bytes, &case);
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
    use super::*;

    #[test]
    fn every_event_of_the_corpus_is_answered_well() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/event");
        let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 10);
        for file in files {
            answer(&std::fs::read(file).unwrap());
        }
    }
}
