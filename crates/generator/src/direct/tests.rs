//! What a direct invocation says, makes and is refused.

use serde_json::{Value, json};

use crate::tests::{deployed, either, hold, without_tag};

fn event(properties: &Value) -> Value {
    let mut event = json!({"StackName": "shop", "Env": "prod", "ClientRequestToken": "once"});
    for (name, value) in properties.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[test]
fn an_event_makes_a_secret_or_says_what_is_wrong() {
    let of_stacks = |name: &str| {
        format!("FAILED: {name} is for resources of a stack: here a new ClientRequestToken makes a new value")
    };
    let token = "FAILED: property ClientRequestToken: must be 1 to 128 characters that you choose, and repeat when \
                 you try again";
    let rows = [
        (json!({}), "secrets/shop/prod/default@1".to_owned()),
        (json!({"Name": "db", "TableName": "mine"}), "mine/shop/prod/db@1".to_owned()),
        (json!({"Value": "v", "ClientRequestToken": "x".repeat(128)}), "secrets/shop/prod/default@1".to_owned()),
        (json!({"ClientRequestToken": "x".repeat(129)}), token.to_owned()),
        (json!({"ClientRequestToken": ""}), token.to_owned()),
        (json!({"ClientRequestToken": null}), "FAILED: property ClientRequestToken: must be a string".to_owned()),
        (json!({"RotationTrigger": "1"}), of_stacks("RotationTrigger")),
        (json!({"OnConflict": "adopt"}), of_stacks("OnConflict")),
        (json!({"RecoveryWindowInDays": 7}), of_stacks("RecoveryWindowInDays")),
        (
            json!({"Env": "a b"}),
            "FAILED: property Env: must be 1 to 64 letters, digits, '_', '.' or '-', not \"a b\"".to_owned(),
        ),
        (
            json!({"StackName": null}),
            "FAILED: property StackName is missing, and the StackId does not tell the stack's name: set StackName"
                .to_owned(),
        ),
    ];
    hold(rows, |properties| {
        let answer = deployed(&[]).invoked(&event(properties));
        either(answer.map(|answer| without_tag(answer["SecretId"].as_str().unwrap())))
    });
    let missing = deployed(&[]).invoked(&json!({"StackName": "shop", "Env": "prod"}));
    assert_eq!(missing.unwrap_err(), "property ClientRequestToken is missing");
    let swapped = deployed(&[]).invoked(&json!({"StackName": "shop", "Env": "prod", "Stage": "previous"}));
    assert!(swapped.unwrap_err().starts_with("this is the generator, which makes secrets, and Stage is "));
}

#[test]
fn a_token_makes_one_version() {
    let generator = deployed(&[]);
    let version = |token: &str| {
        generator.invoked(&event(&json!({"ClientRequestToken": token}))).unwrap()["Version"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!([version("a"), version("a"), version("b"), version("a")], ["1", "1", "2", "1"]);
}

#[test]
fn a_stacks_secret_is_not_an_invokers() {
    let generator = deployed(&[("ALLOWED_ENVS", "prod")]);
    generator.created("1", &json!({"Env": "prod"})).unwrap();
    let refused = generator.invoked(&event(&json!({}))).unwrap_err();
    assert!(refused.starts_with("the secret default of shop in Env prod (table secrets) belongs to "), "{refused}");
    let refused = generator.invoked(&event(&json!({"Env": "dev"}))).unwrap_err();
    assert!(refused.starts_with("this pair of functions does not serve Env dev"), "{refused}");
}

#[test]
fn terraform_may_say_what_it_is_about_and_a_destroy_makes_nothing() {
    let generator = deployed(&[]);
    let said = |action: Value| event(&json!({"tf": {"action": action, "prev_input": {"Value": "v"}}}));
    let made = generator.invoked(&said(json!("create"))).unwrap();
    assert_eq!(generator.invoked(&said(json!("update"))).unwrap(), made);
    assert_eq!(generator.invoked(&event(&json!({}))).unwrap(), made);
    // Whatever the event says besides: a destroy that is refused could never be done.
    let destroyed = [
        said(json!("delete")),
        json!({"tf": {"action": "delete", "prev_input": null}}),
        event(&json!({"ClientRequestToken": "another", "tf": {"action": "delete"}})),
        event(&json!({"Env": "dev", "tf": {"action": "delete"}})),
    ];
    for event in destroyed {
        assert_eq!(generator.invoked(&event).unwrap(), json!({}), "{event}");
    }
    assert_eq!(generator.stored().len(), 1);
    for wrong in [event(&json!({"tf": "delete"})), event(&json!({"tf": {}})), said(json!("read")), said(json!(null))] {
        let refused = generator.invoked(&wrong).unwrap_err();
        assert!(refused.contains("create, update or delete"), "{refused}");
    }
    assert_eq!(generator.stored().len(), 1);
}

#[test]
fn a_template_says_nothing_of_terraform() {
    let refused = deployed(&[]).created("1", &json!({"Env": "prod", "tf": {"action": "delete"}})).unwrap_err();
    assert!(refused.contains("property tf is unknown"), "{refused}");
}
