//! The function as a process, under a Runtime API of our own and under AWS's emulator: exit, panic, timeout, a failing
//! start.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, Reply, SIGNATURE};
use crate::handlers::{SECRET, event};
use crate::lambda::{Ended, lambdas};

/// An event whose URL never expires by the machine's clock.
fn event_for(endpoint: &Endpoint, act: &str) -> Value {
    let unsigned = endpoint.url().replace("X-Amz-Date", "X-Date");
    let mut event = event("Create", &unsigned);
    event["ResourceProperties"]["Act"] = json!(act);
    event
}

fn bytes(event: &Value) -> Vec<u8> {
    serde_json::to_vec(event).unwrap()
}

/// A file for what outlives the process, of this endpoint's test alone.
fn marker(endpoint: &Endpoint) -> PathBuf {
    let port = endpoint.url().split([':', '/']).nth(4).unwrap().to_owned();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("marker-{port}"))
}

/// Neither a signature nor a secret, whatever the level.
fn assert_discreet(output: &str) {
    assert!(!output.contains(SIGNATURE) && !output.contains(SECRET), "{output}");
}

#[test]
fn a_process_answers_event_after_event() {
    for mut lambda in lambdas(&[]) {
        for act in ["Succeed", "Fail", "Panic", "Succeed"] {
            let endpoint = Endpoint::start([]);
            assert_eq!(lambda.invoke(&bytes(&event_for(&endpoint, act))), Ended::Returned("null".to_owned()));
            let expected = if act == "Succeed" { "SUCCESS" } else { "FAILED" };
            assert_eq!(endpoint.answer()["Status"], expected, "{act}");
        }
    }
}

#[test]
fn a_timeout_is_answered_before_lambda_strikes() {
    for mut lambda in lambdas(&[]) {
        for act in ["NeverEnd", "Succeed"] {
            let endpoint = Endpoint::start([]);
            assert_eq!(lambda.invoke(&bytes(&event_for(&endpoint, act))), Ended::Returned("null".to_owned()));
            assert_eq!(endpoint.answer()["Status"] == "FAILED", act == "NeverEnd");
        }
        // A blocked thread cannot return to Lambda, which ends the process; the answer has gone out before.
        let endpoint = Endpoint::start([]);
        assert_eq!(lambda.invoke(&bytes(&event_for(&endpoint, "Block"))), Ended::TimedOut);
        assert_eq!(endpoint.answer()["Status"], "FAILED");
    }
}

#[test]
fn a_killed_process_is_answered_by_lambdas_retry() {
    for mut lambda in lambdas(&[]) {
        let endpoint = Endpoint::start([]);
        let mut event = event_for(&endpoint, "ExitOnce");
        let marker = marker(&endpoint);
        event["ResourceProperties"]["Marker"] = json!(marker);

        assert_eq!(lambda.invoke(&bytes(&event)), Ended::Exited);
        assert_eq!(endpoint.received().len(), 0);
        assert_eq!(lambda.invoke(&bytes(&event)), Ended::Returned("null".to_owned()));
        assert_eq!(endpoint.answer()["Status"], "SUCCESS");
        std::fs::remove_file(marker).unwrap();
    }
}

#[test]
fn what_is_not_ready_is_answered_when_it_comes_again() {
    for mut lambda in lambdas(&[("LOG_LEVEL", "debug")]) {
        let endpoint = Endpoint::start([]);
        let mut event = event_for(&endpoint, "NotYet");
        event["ServiceTimeout"] = json!("300");
        let marker = marker(&endpoint);
        event["ResourceProperties"]["Marker"] = json!(marker);

        assert_eq!(lambda.invoke(&bytes(&event)), Ended::Returned("null".to_owned()));
        assert_eq!(endpoint.received().len(), 0);
        let message = json!({"eventSource": "aws:sqs", "body": std::fs::read_to_string(&marker).unwrap()});
        assert_eq!(lambda.invoke(&bytes(&json!({"Records": [message]}))), Ended::Returned("null".to_owned()));
        assert_eq!(endpoint.answer()["Status"], "SUCCESS");
        assert_discreet(&lambda.output());
        std::fs::remove_file(marker).unwrap();
    }
}

#[test]
fn what_ends_the_process_every_time_is_never_answered() {
    for mut lambda in lambdas(&[]) {
        for act in ["Exit", "Overflow"] {
            let endpoint = Endpoint::start([]);
            assert_eq!(lambda.invoke(&bytes(&event_for(&endpoint, act))), Ended::Exited, "{act}");
            assert_eq!(endpoint.received().len(), 0);
        }
        let endpoint = Endpoint::start([]);
        lambda.invoke(&bytes(&event_for(&endpoint, "Succeed")));
        assert_eq!(endpoint.answer()["Status"], "SUCCESS");
    }
}

#[test]
fn a_function_that_never_starts_answers_nothing() {
    for mut lambda in lambdas(&[("FAIL_INIT", "1")]) {
        let endpoint = Endpoint::start([]);
        assert_eq!(lambda.invoke(&bytes(&event_for(&endpoint, "Succeed"))), Ended::Exited);
        assert_eq!(endpoint.received().len(), 0);
    }
}

#[test]
fn a_payload_that_is_no_json_does_no_harm() {
    for mut lambda in lambdas(&[]) {
        for payload in ["{", "nonsense", "\u{1}"] {
            assert!(matches!(lambda.invoke(payload.as_bytes()), Ended::Failed(_)), "{payload}");
        }
        let endpoint = Endpoint::start([]);
        let too_deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let text = event_for(&endpoint, "Succeed").to_string().replace("\"Succeed\"", &too_deep);
        assert_eq!(lambda.invoke(text.as_bytes()), Ended::Returned("null".to_owned()));
        assert_eq!(
            endpoint.answer()["Reason"]
                .as_str()
                .map(|reason| reason.starts_with("ResourceProperties is not an object")),
            Some(true)
        );
    }
}

#[test]
fn an_answer_that_does_not_get_through_is_an_error_to_lambda() {
    for mut lambda in lambdas(&[]) {
        let endpoint = Endpoint::start([Reply::Error(403, "AccessDenied")]);
        let Ended::Failed(text) = lambda.invoke(&bytes(&event_for(&endpoint, "Succeed"))) else { panic!() };
        assert!(text.contains("NotDelivered") && text.contains("403 AccessDenied"), "{text}");
        assert_discreet(&text);
    }
}

#[test]
fn nothing_that_the_process_prints_holds_a_signature() {
    for level in ["error", "warn", "info", "debug", "trace"] {
        for mut lambda in lambdas(&[("LOG_LEVEL", level), ("RUST_LOG", "trace")]) {
            for (act, script) in [
                ("Succeed", vec![Reply::Error(500, "InternalError")]),
                ("Fail", vec![]),
                ("Panic", vec![Reply::Close]),
                ("Succeed", vec![Reply::Error(403, "AccessDenied")]),
            ] {
                lambda.invoke(&bytes(&event_for(&Endpoint::start(script), act)));
            }
            lambda.invoke(format!("{{\"ResponseURL\": \"{SIGNATURE}\", \"RequestType\": \"{SECRET}\"}}").as_bytes());
            lambda.invoke(format!("{{\"broken\": \"{SIGNATURE}{SECRET}").as_bytes());
            assert!(lambda.output().contains("\"level\":\"ERROR\""), "something was logged");
            assert_discreet(&lambda.output());
        }
    }
}
