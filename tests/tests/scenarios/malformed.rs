//! Events that no template makes: by hand, by emulators, by mistake.

use serde_json::{Value, json};
use tests::{
    aws::Function::{self, Generator, Getter},
    function::Ending,
    presigned_url::Signing,
    response::{Asked, Status},
    world::{World, scenario},
};

const BOTH: [Function; 2] = [Generator, Getter];

#[tokio::test]
async fn what_is_no_request_at_all_is_survived() {
    scenario(async |world| {
        for function in BOTH {
            for event in [&b"not json"[..], b"", b"null", b"[]", b"\xff\xfe", b"7", b"\"text\"", b"{\"RequestType\":"] {
                let ending = world.invoke(function, event).await;
                assert!(matches!(ending, Ending::Failed(_) | Ending::Returned(_)), "{ending:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_without_a_usable_url_does_nothing() {
    scenario(async |world| {
        for function in BOTH {
            for url in [json!(null), json!("http://pre-signed-S3-url-for-response"), json!(7), json!("ftp://127.0.0.1/x")] {
                let event = json!({
                    "RequestType": "Create", "ResponseURL": url, "StackId": "arn:aws:cloudformation:x:y:stack/shop/guid",
                    "RequestId": "r", "LogicalResourceId": "L", "ResourceType": "Custom::X",
                    "ResourceProperties": {"Env": "prod", "StackName": "shop"},
                });
                let ending = world.invoke(function, event.to_string().as_bytes()).await;
                assert!(matches!(ending, Ending::Returned(_)), "{url}: {ending:?}");
            }
        }
        assert!(world.items().await.is_empty());
    })
    .await;
}

/// A Create by hand with these changes, and the status of its answer.
async fn answered(world: &World, function: Function, changes: Value) -> Status {
    let asked = Asked {
        request_type: changes["RequestType"].as_str().unwrap_or("Create").to_owned(),
        stack_id: format!("arn:aws:cloudformation:eu-west-1:{}:stack/shop/guid", world.account.id),
        request_id: "unique id for this request".to_owned(),
        logical_resource_id: "MyResource".to_owned(),
        physical_resource_id: changes["PhysicalResourceId"].as_str().map(str::to_owned),
    };
    let endpoint = &world.rig(function).endpoint;
    let url = endpoint.issue(asked.clone(), Signing::V4, std::time::SystemTime::now());
    let mut event = json!({
        "RequestType": "Create", "ResponseURL": url, "StackId": asked.stack_id, "RequestId": asked.request_id,
        "LogicalResourceId": asked.logical_resource_id, "ResourceType": "Custom::X",
        "ResourceProperties": {"Env": "prod"},
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(event.as_object_mut().unwrap().remove(name)),
            value => event[name] = value.clone(),
        }
    }
    let ending = world.invoke(function, event.to_string().as_bytes()).await;
    assert!(matches!(ending, Ending::Returned(_)), "{ending:?}");
    endpoint.answer(&url).unwrap_or_else(|| panic!("{changes}: {:?}", endpoint.violations())).status
}

#[tokio::test]
async fn an_odd_request_is_still_answered() {
    scenario(async |world| {
        for function in BOTH {
            for changes in [
                json!({"RequestType": "Reboot"}),
                json!({"RequestType": null}),
                json!({"RequestType": "create"}),
                json!({"ResourceProperties": null}),
                json!({"ResourceProperties": "text"}),
                json!({"RequestType": "Update", "PhysicalResourceId": "x", "OldResourceProperties": null, "ResourceProperties": {"Env": ["x"]}}),
            ] {
                assert_eq!(answered(world, function, changes.clone()).await, Status::Failed, "{changes}");
            }
            for changes in [
                json!({"RequestType": "Delete", "PhysicalResourceId": null, "ResourceProperties": null}),
                json!({"RequestType": "Delete", "PhysicalResourceId": "x".repeat(1024)}),
            ] {
                assert_eq!(answered(world, function, changes.clone()).await, Status::Success, "{changes}");
            }
        }
        // A Delete under an id that CloudFormation made up leaves a note for the Create that may still come, and no more.
        let items = world.items().await;
        assert!(items.iter().all(|item| item.contains_key("ExpiresAt") && !item.contains_key("Ciphertext")), "{items:?}");
    })
    .await;
}

#[tokio::test]
async fn numbers_and_booleans_from_hand_made_events_are_understood() {
    scenario(async |world| {
        let properties = json!({"Env": "prod", "PasswordLength": 24, "RecoveryWindowInDays": 7});
        assert_eq!(answered(world, Generator, json!({"ResourceProperties": properties})).await, Status::Success);
        let read =
            world.invoke_directly(Getter, json!({"StackName": "shop", "Env": "prod", "Version": 1})).await.unwrap();
        assert_eq!(read["password"].as_str().unwrap().len(), 24);
    })
    .await;
}
