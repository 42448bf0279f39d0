//! Delivery against an endpoint that fails in each way: refused, closed, silent, redirected, 403, 5xx, and all of it
//! over and over.

use std::error::Error as _;
use std::time::Duration;

use custom_resource::{DeliveryError, HandleError};

use crate::endpoint::{Endpoint, Reply, SIGNATURE, refusing_url};
use crate::handlers::{Act, Scripted, event, run, run_within};

const SHORT: Duration = Duration::from_millis(1500);

async fn deliver(url: &str) -> Result<(), DeliveryError> {
    deliver_within(Duration::from_secs(30), url).await
}

async fn deliver_within(time: Duration, url: &str) -> Result<(), DeliveryError> {
    match run_within(time, &Scripted::new(Act::Succeed), event("Create", url)).await {
        Ok(_) => Ok(()),
        Err(HandleError::NotDelivered(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// All that an error says, which must never be the URL.
fn text(error: &DeliveryError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    assert!(!text.contains(SIGNATURE) && !text.contains("X-Amz"), "{text}");
    text
}

#[tokio::test]
async fn the_put_is_what_a_presigned_url_takes() {
    let endpoint = Endpoint::start([]);
    deliver(&endpoint.url()).await.unwrap();
    let put = &endpoint.received()[0];
    let path = endpoint.url().split_once("127.0.0.1").unwrap().1.split_once('/').unwrap().1.to_owned();
    assert_eq!(put.target, format!("PUT /{path} HTTP/1.1"), "byte for byte");
    assert_eq!(put.header("content-length"), Some(put.body.len().to_string().as_str()));
    for forbidden in ["content-type", "transfer-encoding", "authorization", "referer", "expect"] {
        assert_eq!(put.header(forbidden), None, "{forbidden}");
    }
}

#[tokio::test]
async fn passing_failures_are_outlived() {
    for script in [
        vec![Reply::Error(500, "InternalError"), Reply::Error(500, "InternalError")],
        vec![Reply::Error(503, "SlowDown")],
        vec![Reply::Error(429, "TooManyRequests")],
        vec![Reply::Close, Reply::Close, Reply::Close],
    ] {
        let failures = script.len();
        let endpoint = Endpoint::start(script);
        deliver(&endpoint.url()).await.unwrap();
        assert_eq!(endpoint.connections(), failures + 1);
        assert_eq!(endpoint.received().last().unwrap().json()["Status"], "SUCCESS");
    }
}

#[tokio::test]
async fn a_silent_endpoint_costs_one_attempt_and_not_the_answer() {
    let endpoint = Endpoint::start([Reply::Hang]);
    deliver_within(Duration::from_secs(3), &endpoint.url()).await.unwrap();
    let bodies: Vec<_> = endpoint.received().into_iter().map(|received| received.body).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1], "a repeated PUT says the same");
}

#[tokio::test]
async fn a_refusal_is_final_and_says_why() {
    for (status, code) in [(403, "SignatureDoesNotMatch"), (400, "BadRequest"), (404, "NoSuchBucket"), (411, "")] {
        let endpoint = Endpoint::start([Reply::Error(status, code)]);
        let error = deliver(&endpoint.url()).await.unwrap_err();
        let said = text(&error);
        assert!(said.contains(&status.to_string()) && said.contains(code), "{said}");
        assert_eq!(said.contains("expired or was altered"), status == 403);
        assert_eq!(endpoint.connections(), 1);
    }
}

#[tokio::test]
async fn a_refusal_counts_though_its_text_never_ends() {
    let endpoint = Endpoint::start([Reply::ErrorWithoutEnd(403)]);
    let error = deliver(&endpoint.url()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Refused { status: 403, .. }), "{error}");
    assert_eq!(endpoint.connections(), 1);
}

#[tokio::test]
async fn no_more_is_read_of_a_refusal_than_an_error_of_s3_has() {
    for (bytes, expected) in [(4000, "AccessDenied"), (4 << 20, "")] {
        let endpoint = Endpoint::start([Reply::ErrorBehind(403, bytes)]);
        let error = deliver(&endpoint.url()).await.unwrap_err();
        assert!(matches!(&error, DeliveryError::Refused { status: 403, code, .. } if code == expected), "{error}");
    }
}

#[tokio::test]
async fn only_a_plausible_error_code_is_repeated() {
    for odd in [
        "with space",
        "https://example.com/?X-Amz-Signature=x",
        "aVeryLongCodeaVeryLongCodeaVeryLongCodeaVeryLongCodeaVeryLongCode",
    ] {
        let endpoint = Endpoint::start([Reply::Error(403, odd)]);
        let error = deliver(&endpoint.url()).await.unwrap_err();
        assert!(matches!(&error, DeliveryError::Refused { code, .. } if code.is_empty()), "{error}");
    }
}

#[tokio::test]
async fn what_never_gets_through_is_told_before_the_time_is_over() {
    let error = deliver_within(SHORT, &refusing_url()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Connection(_)), "{}", text(&error));

    let endpoint = Endpoint::start(vec![Reply::Hang; 100]);
    let error = deliver_within(SHORT, &endpoint.url()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::TimedOut), "{}", text(&error));

    let endpoint = Endpoint::start(vec![Reply::Error(500, "InternalError"); 100]);
    let error = deliver_within(SHORT, &endpoint.url()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Refused { status: 500, .. }), "{}", text(&error));
    assert!((3..20).contains(&endpoint.connections()), "paused in between: {}", endpoint.connections());
}

#[tokio::test]
async fn redirects_repeat_the_put_where_they_point() {
    for status in [307, 308] {
        let target = Endpoint::start([]);
        let endpoint = Endpoint::start([Reply::Redirect(status, target.url())]);
        deliver(&endpoint.url()).await.unwrap();
        assert!(target.received()[0].target.starts_with("PUT /arn%3Aaws"));
        assert_eq!(target.answer(), endpoint.received()[0].json());
    }
}

#[tokio::test]
async fn redirects_that_lead_astray_are_not_followed() {
    let endpoint = Endpoint::start([Reply::Redirect(307, "http://example.com/elsewhere".to_owned())]);
    assert!(matches!(deliver(&endpoint.url()).await, Err(DeliveryError::Redirect(_))));

    let endpoint = Endpoint::start(vec![Reply::Redirect(307, "/again".to_owned()); 100]);
    assert!(matches!(deliver(&endpoint.url()).await, Err(DeliveryError::TooManyRedirects)));
    assert_eq!(endpoint.connections(), 4);

    for status in [301, 302, 303] {
        let endpoint = Endpoint::start([Reply::Redirect(status, "/elsewhere".to_owned())]);
        assert!(matches!(deliver(&endpoint.url()).await, Err(DeliveryError::Refused { status: s, .. }) if s == status));
    }
}

#[tokio::test]
async fn no_connection_outlives_its_answer() {
    let endpoint = Endpoint::start([]);
    for _ in 0..3 {
        run(&Scripted::new(Act::Succeed), event("Create", &endpoint.url())).await.unwrap();
    }
    assert_eq!((endpoint.received().len(), endpoint.connections()), (3, 3));
}
