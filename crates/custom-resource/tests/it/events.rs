//! Events of every shape: what can be answered is, what cannot does no harm.

use std::sync::Mutex;
use std::time::Duration;

use custom_resource::{
    Arrival, Context, CreateRequest, CustomResource, DeleteRequest, Error, LocalMode, Outcome, PhysicalResourceId,
    Properties, UpdateRequest, handle,
};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::handlers::{Act, STACK_ID, Scripted, config, event, run};

/// Keeps what it was asked.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn note(&self, what: String) -> Outcome {
        self.0.lock().unwrap().push(what);
        Outcome::new(PhysicalResourceId::from_static("recorded"))
    }
}

impl CustomResource for Recorder {
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        Ok(self.note(format!("{request:?} {} {}", context.stack_id(), context.resource_type())))
    }

    async fn update(&self, request: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        Ok(self.note(format!("{request:?} {:?} {:?}", context.requested_at(), context.expires_at())))
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        self.note(format!("{request:?} {}", context.logical_resource_id()));
        Ok(())
    }
}

async fn asked(event: Value) -> Vec<String> {
    let recorder = Recorder::default();
    run(&recorder, event).await.unwrap();
    recorder.0.into_inner().unwrap()
}

#[tokio::test]
async fn each_request_reaches_its_method_with_all_that_it_carries() {
    let endpoint = Endpoint::start([]);
    assert_eq!(
        asked(event("Create", &endpoint.url())).await,
        [format!("CreateRequest {{ properties: Properties{{\"Password\"}} }} {STACK_ID} Custom::Thing")]
    );
    let expected = "UpdateRequest { physical_resource_id: \"thing-0\", properties: Properties{\"Password\"}, \
        old_properties: Properties{} } Some(1795417200) Some(1795424400)";
    assert_eq!(asked(event("Update", &endpoint.url())).await, [expected]);
    let expected =
        "DeleteRequest { physical_resource_id: Some(\"thing-0\"), properties: Properties{\"Password\"} } Thing";
    assert_eq!(asked(event("Delete", &endpoint.url())).await, [expected]);
}

#[tokio::test]
async fn a_request_through_a_topic_is_taken_out_of_its_notification() {
    let endpoint = Endpoint::start([]);
    let message = event("Create", &endpoint.url()).to_string();
    let sns = json!({"Type": "Notification", "Message": message});
    let notification = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]});
    assert_eq!(asked(notification).await.len(), 1);
    assert_eq!(endpoint.answer()["Status"], "SUCCESS");
}

#[tokio::test]
async fn whatever_is_broken_the_answer_goes_to_the_url() {
    for (broken, reason) in [
        (json!({"RequestType": "Read"}), "none of Create, Update and Delete"),
        (json!({"RequestType": null}), "none of Create, Update and Delete"),
        (json!({"RequestType": ["Create"]}), "none of Create, Update and Delete"),
        (json!({"StackId": {"odd": 1}}), "the event has no StackId"),
        (json!({"RequestId": ""}), "the event has no RequestId"),
        (json!({"LogicalResourceId": null}), "the event has no LogicalResourceId"),
        (json!({"ResourceProperties": "text"}), "ResourceProperties is not an object"),
        (json!({"ResourceProperties": null}), "ResourceProperties is not an object"),
    ] {
        let endpoint = Endpoint::start([]);
        let mut event = event("Create", &endpoint.url());
        for (name, value) in broken.as_object().unwrap() {
            event[name] = value.clone();
        }
        let scripted = Scripted::new(Act::Succeed);
        run(&scripted, event).await.unwrap();
        let answer = endpoint.answer();
        assert_eq!((answer["Status"].as_str(), scripted.calls()), (Some("FAILED"), 0), "{broken}");
        assert!(answer["Reason"].as_str().unwrap().contains(reason), "{answer}");
    }
}

#[tokio::test]
async fn a_url_alone_is_enough_to_be_answered() {
    let endpoint = Endpoint::start([]);
    run(&Scripted::new(Act::Succeed), json!({"ResponseURL": endpoint.url()})).await.unwrap();
    assert_eq!(
        endpoint.answer(),
        json!({
            "Status": "FAILED", "PhysicalResourceId": "tests/not-created",
            "StackId": "", "RequestId": "", "LogicalResourceId": "",
            "Reason": "the RequestType is none of Create, Update and Delete; nothing was done \
                (Lambda request id: lambda-1)",
        })
    );
}

#[tokio::test]
async fn odd_but_harmless_events_are_handled() {
    let endpoint = Endpoint::start([]);
    let mut odd = event("Create", &endpoint.url());
    odd["StackId"] = json!("arn:aws:cloudformation:us-east-1:EXAMPLE/stack-name/guid");
    odd.as_object_mut().unwrap().remove("ResourceProperties");
    odd.as_object_mut().unwrap().remove("ResourceType");
    odd["SomethingNew"] = json!({"nested": true});
    assert_eq!(
        asked(odd).await,
        ["CreateRequest { properties: Properties{} } arn:aws:cloudformation:us-east-1:EXAMPLE/stack-name/guid "]
    );
    assert_eq!(endpoint.answer()["StackId"], "arn:aws:cloudformation:us-east-1:EXAMPLE/stack-name/guid");
}

#[tokio::test]
async fn nothing_but_the_envelope_matters_to_a_delete() {
    for properties in [json!(null), json!("text"), json!([1])] {
        let endpoint = Endpoint::start([]);
        let mut event = event("Delete", &endpoint.url());
        event["ResourceProperties"] = properties;
        event["PhysicalResourceId"] = json!(null);
        event["RequestId"] = json!(7);
        assert_eq!(
            asked(event).await,
            ["DeleteRequest { physical_resource_id: None, properties: Properties{} } Thing"]
        );
        let answer = endpoint.answer();
        assert_eq!((answer["Status"].as_str(), answer["RequestId"].as_str()), (Some("SUCCESS"), Some("7")));
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_answer_does_nothing() {
    let scripted = Scripted::new(Act::Succeed);
    for url in [json!(null), json!(7), json!("nonsense"), json!("http://example.com/"), json!("file:///tmp/x")] {
        let mut event = event("Create", "");
        event["ResponseURL"] = url;
        assert_eq!(run(&scripted, event).await.unwrap(), Value::Null);
    }
    assert_eq!(run(&scripted, json!({"RequestType": "Create"})).await.unwrap(), Value::Null);
    assert_eq!(scripted.calls(), 0);
}

#[tokio::test]
async fn what_cloudformation_did_not_send_is_a_direct_invocation() {
    let scripted = Scripted::new(Act::Succeed);
    for event in [json!({"Env": "prod"}), json!([1, 2]), json!("text"), json!(null), json!(7)] {
        assert_eq!(run(&scripted, event.clone()).await.unwrap(), event);
    }
    let error = run(&Recorder::default(), json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "not a custom-resource request: it has neither a ResponseURL nor a RequestType");
}

#[tokio::test]
async fn sams_own_sample_event_can_be_tried_by_hand() {
    // `sam local generate-event cloudformation create-request` of aws-sam-cli 1.170
    let sample = json!({
        "StackId": "arn:aws:cloudformation:us-west-2:EXAMPLE/stack-name/guid",
        "ResponseURL": "http://pre-signed-S3-url-for-response",
        "ResourceProperties": {"StackName": "stack-name", "List": ["1", "2", "3"]},
        "RequestType": "Create", "ResourceType": "Custom::TestResource",
        "RequestId": "unique id for this create request", "LogicalResourceId": "MyTestResource",
    });
    let recorder = Recorder::default();
    let arrival = || Arrival::new("local", Duration::from_secs(3));
    let answer = handle(&recorder, sample.clone(), arrival(), &config(LocalMode::Sam)).await.unwrap();
    assert_eq!(answer["Status"], "SUCCESS");
    assert_eq!(answer["DeliveryError"], "there is nowhere to send the answer: it is not https");
    assert_eq!(handle(&recorder, sample, arrival(), &config(LocalMode::Off)).await.unwrap(), Value::Null);
    assert_eq!(recorder.0.into_inner().unwrap().len(), 1);
}

#[tokio::test]
async fn in_local_mode_the_answer_is_returned_and_delivered_where_somebody_listens() {
    let endpoint = Endpoint::start([]);
    let arrival = || Arrival::new("local", Duration::from_secs(3));
    let old = endpoint.url().replace("20261123T", "20231123T");
    let answer =
        handle(&Scripted::new(Act::Succeed), event("Create", &old), arrival(), &config(LocalMode::Sam)).await.unwrap();
    assert_eq!(answer, endpoint.answer());

    let nobody = crate::endpoint::refusing_url();
    let answer =
        handle(&Scripted::new(Act::Fail), event("Create", &nobody), arrival(), &config(LocalMode::Sam)).await.unwrap();
    assert_eq!(answer["Status"], "FAILED");
    assert!(answer["DeliveryError"].as_str().unwrap().starts_with("the connection failed: "), "{answer}");
}
