//! An answer arrives in spite of what the network does to it, and exactly once.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::Function::{self, Generator, Getter, Publisher},
    function::Ending,
    resource::assert_success,
    response_endpoint::Fault,
    world::scenario,
};

#[tokio::test]
async fn a_fault_on_the_way_is_survived() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        for fault in [
            Fault::Status(500),
            Fault::Status(503),
            Fault::HangUp,
            Fault::StoreAndHangUp,
            Fault::Slow(Duration::from_millis(300)),
        ] {
            world.rig(Generator).endpoint.inject([fault]);
            assert_success(&secret.update(json!({"Env": "prod"})).await);
            world.rig(Getter).endpoint.inject([fault]);
            assert_success(&stack.getter("DbPassword").create(json!({"Env": "prod"})).await);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_delivered_is_lambdas_to_retry() {
    scenario(async |world| {
        for &function in Function::ALL {
            world.rig(function).function.set_time_limit(Duration::from_secs(3));
            world.rig(function).endpoint.inject([Fault::HangUp; 100]);
            let stack = world.stack("shop");
            let mut resource = match function {
                Generator => stack.generator("Resource"),
                Getter => stack.getter("Resource"),
                Publisher => stack.publisher("Resource"),
            };
            let ending = resource.try_create(json!({"Env": "prod"})).await;
            assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
            world.rig(function).endpoint.stop_faults();
            resource.redeliver().await;
        }
    })
    .await;
}
