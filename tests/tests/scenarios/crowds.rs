//! Many requests at the same time: to one secret, where each is in the others' way, and to a table that can write less
//! than they want.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::Function::Generator,
    faulty_wire::{FaultyWire, WriteCapacity},
    resource::assert_success,
    together::all,
    world::scenario,
};

#[tokio::test]
async fn sixty_four_writers_to_one_secret_all_have_an_answer() {
    const WRITERS: usize = 64;
    scenario(async |world| {
        // For a machine that has other things to do; 25 simulated seconds are enough, as the generator's own test shows.
        world.rig(Generator).function.set_time_limit(Duration::from_secs(150));
        let write = async |number: usize| {
            let token = format!("writer-{number}-0123456789abcdef0123456789");
            let event = json!({"StackName": "hand", "Env": "prod", "ClientRequestToken": token});
            let answer = world.invoke_directly(Generator, event).await.unwrap();
            answer["Version"].as_str().unwrap().parse::<usize>().unwrap()
        };
        let mut versions = all((0..WRITERS).map(write)).await;
        versions.sort_unstable();
        assert!(versions.into_iter().eq(1..=WRITERS));
        assert_eq!(world.versions().await.len(), WRITERS);
    })
    .await;
}

/// DynamoDB saves up the unused capacity of five minutes (Amazon DynamoDB developer guide, "Burst capacity").
const ONE_UNIT_A_SECOND: WriteCapacity = WriteCapacity { units_a_second: 1.0, saved_up: 300.0 };

#[tokio::test]
async fn a_small_table_carries_a_hundred_and_ten_creates_of_one_stack() {
    const CREATES: usize = 110;
    scenario(async |world| {
        // As the template has it.
        world.rig(Generator).function.set_time_limit(Duration::from_secs(180));
        let wire = FaultyWire::start(world, Generator).await;
        wire.provision(ONE_UNIT_A_SECOND);
        let stack = world.stack("shop");
        let create = async |number: usize| {
            let mut secret = stack.generator(&format!("Secret{number}"));
            assert_success(&secret.create(json!({"Env": "prod", "Name": format!("secret-{number}")})).await);
        };
        all((0..CREATES).map(create)).await;
        assert_eq!(world.versions().await.len(), CREATES);
        assert!(wire.throttled() > 0, "what is saved up is not enough");
    })
    .await;
}
