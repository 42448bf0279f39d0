//! The same request may come more than once; it has one effect and one answer.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::Function::Generator, function::Ending, resource::assert_success, response_endpoint::Fault, world::scenario,
};

#[tokio::test]
async fn a_repeated_create_gets_the_same_secret() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        let created = secret.create(json!({"Env": "prod"})).await;
        let before = world.items().await;
        for _ in 0..2 {
            let again = secret.redeliver().await;
            assert_success(&again);
            assert_eq!(again.physical_resource_id, created.physical_resource_id);
            assert_eq!(again.data, created.data);
        }
        assert_eq!(world.items().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_create_in_two_instances_at_once_makes_one_secret() {
    scenario(async |world| {
        for env in ["a", "b", "c", "d", "e"] {
            let mut secret = world.stack("shop").generator("DbSecret");
            let (first, second) = secret.create_twice_at_once(json!({"Env": env})).await;
            assert_success(&first);
            assert_success(&second);
            assert_eq!(first.physical_resource_id, second.physical_resource_id);
            assert_eq!(first.data, second.data);
        }
        assert_eq!(world.versions().await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn two_resources_at_once_get_one_secret_between_them() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let (mut first, mut second) = (stack.generator("First"), stack.generator("Second"));
        let (first, second) = tokio::join!(first.create(json!({"Env": "prod"})), second.create(json!({"Env": "prod"})));
        assert_ne!(first.status, second.status, "{:?} {:?}", first.reason, second.reason);
        assert_eq!(world.versions().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn lambdas_retry_after_a_lost_answer_makes_no_second_secret() {
    scenario(async |world| {
        world.rig(Generator).function.set_time_limit(Duration::from_secs(3));
        world.rig(Generator).endpoint.inject([Fault::Status(503); 100]);
        let mut secret = world.stack("shop").generator("DbSecret");
        let ending = secret.try_create(json!({"Env": "prod"})).await;
        assert!(matches!(ending, Ending::Failed(_)), "Lambda must try again: {ending:?}");
        let before = world.items().await;
        assert_eq!(before.len(), 2);

        world.rig(Generator).endpoint.stop_faults();
        assert_success(&secret.redeliver().await);
        assert_eq!(world.items().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_rotation_is_one_rotation() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let rotated = secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await;
        let again = secret.redeliver().await;
        assert_success(&again);
        assert_eq!(again.physical_resource_id, rotated.physical_resource_id);
        assert_eq!(world.versions().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_create_that_comes_after_its_url_expired_stores_nothing() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        secret.create_too_late(json!({"Env": "prod"})).await;
        assert!(world.items().await.is_empty());
    })
    .await;
}
