//! A getter alone in the region of a replica: over the replicated items, with the replica of a multi-Region key.

use aws_sdk_dynamodb::config::Region;
use serde_json::json;
use tests::{
    aws::Function::{Generator, Getter},
    faulty_wire::FaultyWire,
    resource::{assert_failed, assert_success},
    world::{World, scenario},
};

const HERE: &str = "eu-central-1";

/// What a global table does: the same table there, with the same items.
async fn replicate_table(world: &World) {
    let there = aws_sdk_dynamodb::Client::from_conf(
        world.account.dynamodb.config().to_builder().region(Region::new(HERE)).build(),
    );
    world.account.create_table_by(&there, &world.account.table).await;
    for item in world.items().await {
        there.put_item().table_name(&world.account.table).set_item(Some(item)).send().await.unwrap();
    }
}

/// From now on the getter runs in the other region, with all rights.
async fn move_getter(world: &World) -> FaultyWire {
    let wire = FaultyWire::start(world, Getter).await;
    let variables = [("AWS_REGION", HERE), ("AWS_ACCESS_KEY_ID", &*world.account.id), ("AWS_SESSION_TOKEN", "")];
    world.configure(Getter, &variables);
    wire
}

#[tokio::test]
async fn a_getter_in_a_replicas_region_decrypts_with_the_key_that_is_there() {
    scenario(async |world| {
        let kms = &world.account.kms;
        let created = kms.create_key().multi_region(true).send().await.unwrap();
        let key_arn = created.key_metadata().unwrap().arn().unwrap().to_owned();
        kms.replicate_key().key_id(&key_arn).replica_region(HERE).send().await.unwrap();
        let variables =
            [("KMS_KEY_ID", &*key_arn), ("AWS_ACCESS_KEY_ID", &*world.account.id), ("AWS_SESSION_TOKEN", "")];
        world.configure(Generator, &variables);
        let stack = world.stack("shop");
        let long = "a long value ".repeat(400);
        for (env, properties) in [("short", json!({"Env": "short"})), ("long", json!({"Env": "long", "Value": long}))] {
            assert_success(&stack.generator(env).create(properties).await);
        }
        let given = world.open(&world.versions().await["short#0000000000000000001"]).await;
        replicate_table(world).await;
        let _wire = move_getter(world).await;
        let read = stack.getter("There").create(json!({"Env": "short"})).await;
        assert_success(&read);
        assert_eq!(given.as_deref(), Some(&read["password"]));
        // Too long for CloudFormation, not for an invoker.
        let event = json!({"StackName": "shop", "Env": "long"});
        let returned = world.invoke_directly(Getter, event).await.unwrap();
        assert_eq!(returned["password"], long);
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_region_alone_is_named_with_it() {
    scenario(async |world| {
        let stack = world.stack("shop");
        assert_success(&stack.generator("DbSecret").create(json!({"Env": "prod"})).await);
        replicate_table(world).await;
        let _wire = move_getter(world).await;
        let read = stack.getter("There").create(json!({"Env": "prod"})).await;
        assert_failed(&read, &["eu-west-1", "multi-Region key"]);
    })
    .await;
}
