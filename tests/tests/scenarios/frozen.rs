//! A function is frozen between two events, and its connections die without a word: every answer arrives all the same,
//! once.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::Function::{self, Generator, Getter},
    resource::{Resource, Stack, assert_failed, assert_success},
    response::Answer,
    wire::Wire,
    world::{World, scenario},
};

/// A freeze as Lambda's are: longer than the functions keep an unused connection.
const FREEZE: Duration = Duration::from_millis(2200);

/// No time at all between losing the connections and the next event, as it looks to a process whose clock stands still
/// while it is frozen.
const NO_TIME: Duration = Duration::ZERO;

/// As many instances as events at a time.
const INSTANCES: usize = 5;

/// Freezes all idle instances, takes their connections away in silence, and wakes them.
async fn freeze(world: &World, functions: &[(Function, &Wire)], time: Duration) {
    for (function, wire) in functions {
        assert_eq!(world.rig(*function).function.idle_instances(), INSTANCES);
        world.rig(*function).function.freeze();
        wire.fall_silent();
    }
    tokio::time::sleep(time).await;
    for (function, _) in functions {
        world.rig(*function).function.thaw();
    }
}

/// One event for each instance, all at the same time.
async fn at_once(event: impl AsyncFn(usize) -> Answer) -> [Answer; INSTANCES] {
    tokio::join!(event(0), event(1), event(2), event(3), event(4)).into()
}

async fn read(stack: &Stack<'_>, secret: &Resource<'_>) -> [Answer; INSTANCES] {
    at_once(async |index| stack.getter(&format!("Copy{index}")).create(json!({"SecretId": secret.id()})).await).await
}

async fn make(stack: &Stack<'_>, env: &str) -> [Answer; INSTANCES] {
    let env = |index| format!("{env}-{index}");
    at_once(async |index| stack.generator(&format!("Secret{index}")).create(json!({"Env": env(index)})).await).await
}

/// As many rounds of five events for each function, each after a freeze: how many answers were right.
async fn right_answers(world: &World, rounds: usize, time: Duration) -> usize {
    let stack = world.stack("shop");
    let mut secret = stack.generator("DbSecret");
    assert_success(&secret.create(json!({"Env": "prod"})).await);
    let (getter, generator) = (Wire::start(world, Getter).await, Wire::start(world, Generator).await);
    let (given, _) = tokio::join!(read(&stack, &secret), make(&stack, "first"));
    given.iter().for_each(assert_success);

    let mut right = 0;
    for round in 0..rounds {
        freeze(world, &[(Getter, &getter), (Generator, &generator)], time).await;
        let env = format!("round{round}");
        let (read, made) = tokio::join!(read(&stack, &secret), make(&stack, &env));
        for answer in read.iter().chain(&made) {
            assert_success(answer);
        }
        right += read.iter().filter(|answer| answer["password"] == given[0]["password"]).count();
        right += made.iter().filter(|answer| answer["Env"].starts_with(&env) && &answer["Version"] == "1").count();
    }
    right
}

#[tokio::test]
async fn twenty_answers_of_twenty_after_a_freeze() {
    // Each is delivered once: the end of the scenario fails otherwise.
    scenario(async |world| assert_eq!(right_answers(world, 2, FREEZE).await, 20)).await;
}

#[tokio::test]
async fn a_connection_that_died_unnoticed_costs_seconds_but_no_answer() {
    scenario(async |world| assert_eq!(right_answers(world, 1, NO_TIME).await, 10)).await;
}

/// What the two tests above would miss if it passed them.
#[tokio::test]
async fn the_naive_way_fails() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        world.rig(Getter).function.replace(env!("CARGO_BIN_EXE_naive"));
        let wire = Wire::start(world, Getter).await;
        read(&stack, &secret).await.iter().for_each(assert_success);

        freeze(world, &[(Getter, &wire)], FREEZE).await;
        for answer in &read(&stack, &secret).await {
            assert_failed(answer, &[]);
        }
    })
    .await;
}
