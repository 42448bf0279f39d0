//! Nobody takes a secret that somebody else uses, unless a template says so.

use serde_json::json;
use tests::{
    aws::Function::{Generator, Getter},
    resource::{assert_failed, assert_success},
    world::scenario,
};

#[tokio::test]
async fn two_resources_of_a_stack_do_not_share_a_secret() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut first = stack.generator("First");
        assert_success(&first.create(json!({"Env": "prod"})).await);
        let before = world.items().await;
        let mut second = stack.generator("Second");
        assert_failed(&second.create(json!({"Env": "prod"})).await, &["First", "OnConflict", "Name"]);
        assert_success(&second.delete().await);
        assert_eq!(world.items().await, before);
        assert_success(&second.create(json!({"Env": "prod", "Name": "second"})).await);
    })
    .await;
}

#[tokio::test]
async fn a_stack_of_another_account_is_served_only_where_a_setting_says_so() {
    scenario(async |world| {
        let other = "222222222222";
        let mut stack = world.stack("shop");
        stack.id = stack.id.replace(&world.account.id, other);
        let mut secret = stack.generator("DbSecret");
        assert_failed(&secret.create(json!({"Env": "prod"})).await, &["this account", "ServedAccounts"]);
        assert!(world.items().await.is_empty());
        world.configure(Generator, &[("SERVED_ACCOUNTS", other)]);
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let by_id = json!({"SecretId": secret.id()});
        assert_failed(&stack.getter("Copy").create(by_id.clone()).await, &["this account", "ServedAccounts"]);
        world.configure(Getter, &[("SERVED_ACCOUNTS", other)]);
        assert_success(&stack.getter("Copy").create(by_id).await);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_resource_adopts_its_password() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut old = stack.generator("Old");
        assert_success(&old.create(json!({"Env": "prod"})).await);
        let before = stack.getter("Copy").create(json!({"Env": "prod"})).await;
        let mut new = stack.generator("New");
        assert_success(&new.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        assert_success(&old.delete().await);
        let after = stack.getter("Copy").create(json!({"SecretId": new.id()})).await;
        assert_success(&after);
        assert_eq!(after["password"], before["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_successor_stack_starts_afresh_or_adopts() {
    scenario(async |world| {
        // DeletionPolicy: Retain, so no Delete ever came.
        assert_success(&world.stack("shop").generator("DbSecret").create(json!({"Env": "prod"})).await);
        let kept = world.stack("shop").getter("Copy").create(json!({"Env": "prod"})).await;

        let fresh = world.stack("shop");
        let mut secret = fresh.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let new = fresh.getter("Copy").create(json!({"SecretId": secret.id()})).await;
        assert_ne!(new["password"], kept["password"]);

        let restored = world.stack("shop");
        let mut secret = restored.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        let adopted = restored.getter("Copy").create(json!({"SecretId": secret.id()})).await;
        assert_eq!(adopted["password"], new["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_restored_database_gets_the_password_of_the_deleted_stack() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let old = stack.getter("Copy").create(json!({"Env": "prod"})).await;
        assert_success(&secret.delete().await);

        let restored = world.stack("shop");
        let mut secret = restored.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        let copy = restored.getter("Copy").create(json!({"SecretId": secret.id()})).await;
        assert_success(&copy);
        assert_eq!(copy["password"], old["password"]);
        assert!(world.items().await.iter().all(|item| !item.contains_key("ExpiresAt")));
    })
    .await;
}

#[tokio::test]
async fn another_stacks_name_is_off_limits_unless_it_is_shared() {
    scenario(async |world| {
        assert_success(&world.stack("shop").generator("DbSecret").create(json!({"Env": "prod"})).await);
        let blog = world.stack("blog");
        let foreign = json!({"Env": "prod", "StackName": "shop"});
        let free = json!({"Env": "prod", "StackName": "platform"});
        let refused = blog.generator("Thief").create(foreign.clone()).await;
        assert_failed(&refused, &["StackName", "SharedStackNames"]);
        assert!(!refused.reason.unwrap().contains("DbSecret"), "whose secret it is, is told to nobody from outside");
        assert_failed(&blog.generator("Squatter").create(free.clone()).await, &["StackName", "SharedStackNames"]);
        assert_failed(&blog.getter("Thief").create(foreign.clone()).await, &["StackName", "SharedStackNames"]);

        world.configure(Getter, &[("SHARED_STACK_NAMES", "platform,shop")]);
        assert_success(&blog.getter("Guest").create(foreign.clone()).await);
        world.configure(Generator, &[("SHARED_STACK_NAMES", "platform,shop")]);
        assert_success(&blog.generator("Guest").create(free).await);
        assert_failed(&blog.generator("Thief").create(foreign).await, &["DbSecret", "shop"]);
    })
    .await;
}

#[tokio::test]
async fn a_pair_keeps_to_its_envs() {
    scenario(async |world| {
        world.configure(Generator, &[("ALLOWED_ENVS", "dev,test")]);
        world.configure(Getter, &[("ALLOWED_ENVS", "dev,test")]);
        let stack = world.stack("shop");
        assert_success(&stack.generator("Dev").create(json!({"Env": "dev"})).await);
        assert_success(&stack.getter("Dev").create(json!({"Env": "dev"})).await);
        assert_failed(&stack.generator("Prod").create(json!({"Env": "prod"})).await, &["Env", "AllowedEnvs"]);
        assert_failed(&stack.getter("Prod").create(json!({"Env": "prod"})).await, &["Env", "AllowedEnvs"]);
    })
    .await;
}
