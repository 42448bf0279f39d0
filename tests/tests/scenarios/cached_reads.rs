//! Many readers of few secrets: with `CACHE_SECONDS`, the getter asks KMS once for each value, and still sees each
//! rotation and each Delete at once.

use serde_json::{Value, json};
use tests::{
    aws::Function::Getter,
    resource::{Resource, assert_success},
    wire::Wire,
    world::{World, scenario},
};

const SECRETS: usize = 5;
const READS: usize = 8;

/// Calls of DynamoDB and of KMS while every secret is read many times, directly.
async fn load(world: &World, wire: &Wire, events: &[Value]) -> (usize, usize) {
    wire.calls();
    for _ in 0..READS {
        for event in events {
            world.invoke_directly(Getter, event.clone()).await.unwrap();
        }
    }
    let calls = wire.calls();
    let kms = calls.iter().filter(|call| call.starts_with("kms:")).count();
    (calls.len() - kms, kms)
}

fn by_address(secret: &Resource<'_>) -> Value {
    let parts: Vec<&str> = secret.id().split('/').collect();
    json!({"StackName": parts[1], "Env": parts[2]})
}

#[tokio::test]
async fn a_load_of_direct_reads_asks_kms_once_for_each_secret() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut events = Vec::new();
        for index in 0..SECRETS {
            let mut secret = stack.generator(&format!("Secret{index}"));
            assert_success(&secret.create(json!({"Env": format!("env{index}")})).await);
            events.push(by_address(&secret));
        }
        let wire = Wire::start(world, Getter).await;
        let all = SECRETS * READS;
        // By address: the head, then one item.
        let items = 2 * all;
        assert_eq!(load(world, &wire, &events).await, (items, all), "off by default");
        world.configure(Getter, &[("CACHE_SECONDS", "300")]);
        assert_eq!(load(world, &wire, &events).await, (items, SECRETS), "on");
        // Room for one value: each read in turn pushes the one before out.
        world.configure(Getter, &[("CACHE_KILOBYTES", "3")]);
        assert_eq!(load(world, &wire, &events).await, (items, all), "on, too small");
    })
    .await;
}

#[tokio::test]
async fn a_cached_reader_sees_rotation_rollback_and_delete_at_once() {
    scenario(async |world| {
        world.configure(Getter, &[("CACHE_SECONDS", "300")]);
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let event = by_address(&secret);
        let read = async || world.invoke_directly(Getter, event.clone()).await;
        let first = read().await.unwrap();
        assert_eq!(read().await.unwrap(), first);

        let old = secret.id().to_owned();
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
        let second = read().await.unwrap();
        assert_ne!(second["password"], first["password"]);
        let new = secret.id().to_owned();
        assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        assert_eq!(read().await.unwrap(), first);

        for id in [new, old] {
            assert_success(&secret.delete_id(&id).await);
        }
        assert!(read().await.unwrap_err().contains("deleted"));
    })
    .await;
}

#[tokio::test]
async fn what_goes_to_a_stack_is_never_cached() {
    scenario(async |world| {
        world.configure(Getter, &[("CACHE_SECONDS", "300")]);
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let wire = Wire::start(world, Getter).await;
        world.invoke_directly(Getter, json!({"SecretId": secret.id()})).await.unwrap();
        for round in 0..3 {
            wire.calls();
            let copy = stack.getter(&format!("Copy{round}")).create(json!({"SecretId": secret.id()})).await;
            assert_success(&copy);
            assert_eq!(wire.calls(), ["dynamodb:GetItem", "kms:Decrypt"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cache_that_cannot_be_is_told_to_every_stack() {
    scenario(async |world| {
        world.configure(Getter, &[("CACHE_SECONDS", "for ever")]);
        let answer = world.stack("shop").getter("Copy").create(json!({"Env": "prod"})).await;
        tests::resource::assert_failed(&answer, &["CACHE_SECONDS"]);
    })
    .await;
}
