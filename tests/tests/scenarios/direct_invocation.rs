//! Generator and getter answer whoever may invoke them, without a stack; the publisher serves stacks alone.

use serde_json::json;
use tests::{
    aws::Function::{Generator, Getter, Publisher},
    resource::{assert_failed, assert_success},
    world::scenario,
};

#[tokio::test]
async fn a_secret_is_made_and_read_without_a_stack() {
    scenario(async |world| {
        let request =
            json!({"StackName": "shop", "Env": "prod", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        let made = world.invoke_directly(Generator, request.clone()).await.unwrap();
        assert_eq!(made["Version"], "1");
        assert!(made.get("password").is_none());

        let read = world.invoke_directly(Getter, json!({"StackName": "shop", "Env": "prod"})).await.unwrap();
        assert_eq!(read["password"].as_str().unwrap().len(), 32);
        let by_id = world.invoke_directly(Getter, json!({"SecretId": made["SecretId"]})).await.unwrap();
        assert_eq!(by_id["password"], read["password"]);

        // The same token is the same request; another one is a rotation.
        assert_eq!(world.invoke_directly(Generator, request.clone()).await.unwrap(), made);
        let mut next = request;
        next["ClientRequestToken"] = json!("fedcba9876543210fedcba9876543210");
        let rotated = world.invoke_directly(Generator, next).await.unwrap();
        assert_eq!(rotated["Version"], "2");
    })
    .await;
}

#[tokio::test]
async fn a_stacks_secret_is_read_directly_but_not_replaced() {
    scenario(async |world| {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let copy = stack.getter("DbPassword").create(json!({"Env": "prod"})).await;
        let read = world.invoke_directly(Getter, json!({"StackName": "shop", "Env": "prod"})).await.unwrap();
        assert_eq!(read["password"], copy["password"]);

        let before = world.items().await;
        let request =
            json!({"StackName": "shop", "Env": "prod", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        let refused = world.invoke_directly(Generator, request).await.unwrap_err();
        assert!(refused.contains("shop"), "{refused}");
        assert_eq!(world.items().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_stack_adopts_what_was_made_by_hand() {
    scenario(async |world| {
        let request =
            json!({"StackName": "shop", "Env": "prod", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        world.invoke_directly(Generator, request).await.unwrap();
        let made = world.invoke_directly(Getter, json!({"StackName": "shop", "Env": "prod"})).await.unwrap();

        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        assert_failed(&secret.create(json!({"Env": "prod"})).await, &["OnConflict", "adopt"]);
        assert_success(&secret.delete().await);
        assert_success(&secret.create(json!({"Env": "prod", "OnConflict": "adopt"})).await);
        let copy = stack.getter("DbPassword").create(json!({"SecretId": secret.id()})).await;
        assert_eq!(Some(&copy["password"]), made["password"].as_str());

        // Deleting it hands it back.
        assert_success(&secret.delete().await);
        let again = world.invoke_directly(Getter, json!({"StackName": "shop", "Env": "prod"})).await.unwrap();
        assert_eq!(again["password"], made["password"]);
    })
    .await;
}

#[tokio::test]
async fn the_publisher_serves_stacks_alone_and_is_in_no_destroys_way() {
    scenario(async |world| {
        let secret = json!({"SecretId": "secrets/shop/prod/default@1.00000000", "Parameter": {"Name": "/pub/db"}});
        for (more, words) in [
            (json!({}), "cfn-secrets copy"),
            (json!({"tf": {"action": "create", "prev_input": null}}), "cfn-secrets copy"),
            (json!({"tf": {"action": "update", "prev_input": {}}}), "cfn-secrets copy"),
            (json!({"tf": {"action": "replace"}}), "create, update or delete"),
        ] {
            let mut event = secret.clone();
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let error = world.invoke_directly(Publisher, event).await.unwrap_err();
            assert!(error.contains(words), "{more}: {error}");
        }
        let mut destroyed = secret;
        destroyed["tf"] = json!({"action": "delete", "prev_input": {}});
        assert_eq!(world.invoke_directly(Publisher, destroyed).await, Ok(json!({})));
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_said() {
    scenario(async |world| {
        for (function, event, word) in [
            (Generator, json!({"StackName": "shop", "Env": "prod"}), "ClientRequestToken"),
            (Generator, json!({"Env": "prod", "ClientRequestToken": "0123456789abcdef0123456789abcdef"}), "StackName"),
            (Getter, json!({"StackName": "shop"}), "Env"),
            (Getter, json!({"StackName": "shop", "Env": "prod"}), "shop"),
            (Getter, json!({"StackName": "shop", "Env": "prod", "Stge": "previous"}), "Stage"),
            (Getter, json!({}), "SecretId"),
            (Getter, json!([]), "object"),
            (Generator, json!("text"), "object"),
        ] {
            let error = world.invoke_directly(function, event.clone()).await.unwrap_err();
            assert!(error.contains(word), "{event}: {error}");
        }
    })
    .await;
}
