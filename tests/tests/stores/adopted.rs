//! What was copied into the pair's table is a stack's as soon as it adopts it, and keeps its value.

use serde_json::json;
use tests::{
    random,
    resource::{assert_failed, assert_success},
    world::{World, scenario},
};

#[tokio::test]
async fn a_stack_adopts_what_was_copied() {
    scenario(async |world: &World| {
        let value = random::hex(24);
        let name = format!("/adopted-{}/dev", random::hex(6));
        let put = world.command(&["--store", "ssm:/", "put", &name]).stdin(value.clone());
        assert_eq!(put.run().await.code, Some(0));
        let own = name.trim_start_matches('/');
        let copy = ["copy", "--from", "ssm:/", "--to", "table", "--match", own, "--key", &world.account.key_arn];
        let copied = world.command(&copy).run().await;
        assert_eq!(copied.code, Some(0), "{copied:?}");
        let (stack, env) = own.split_once('/').unwrap();
        let stack = world.stack(stack);
        let refused = stack.generator("Other").create(json!({"Env": env})).await;
        assert_failed(&refused, &["made by hand", "OnConflict: adopt"]);
        assert_success(&stack.generator("Secret").create(json!({"Env": env, "OnConflict": "adopt"})).await);
        let read = world.command(&["get", own]).for_values().run().await;
        assert_eq!(read.text(), value);
    })
    .await;
}
