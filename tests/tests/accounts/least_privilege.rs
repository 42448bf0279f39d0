//! Each right of the two roles is needed, and no other is there. Their conditions, for which ministack lacks the context,
//! are in `conditions.rs`.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use serde_json::json;
use tests::accounts::{Application, Function, application, form, rest};
use tests::ministack::REGION;
use tests::template::{self, Deployment};

use crate::contract::{GOOD, OTHER};

/// Which right, of which resource, is needed for which part of the story.
const NEEDED: &[(Function, &str, &str, Part)] = &[
    (Function::SignUp, "dynamodb:PutItem", "Accounts", Part::SignUp),
    (Function::SignUp, "dynamodb:UpdateItem", "Tries", Part::SignUp),
    (Function::SignUp, "kms:GenerateMac", "Key", Part::SignUp),
    (Function::LogIn, "dynamodb:GetItem", "Accounts", Part::LogIn),
    (Function::LogIn, "dynamodb:UpdateItem", "Accounts", Part::Change),
    (Function::LogIn, "dynamodb:UpdateItem", "Tries", Part::LogIn),
    (Function::LogIn, "dynamodb:PutItem", "Sessions", Part::LogIn),
    (Function::LogIn, "dynamodb:GetItem", "Sessions", Part::Account),
    (Function::LogIn, "dynamodb:DeleteItem", "Sessions", Part::LogOut),
    (Function::LogIn, "kms:GenerateMac", "Key", Part::LogIn),
];

/// A part of the story, which goes on from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    SignUp,
    LogIn,
    Account,
    LogOut,
    Change,
}

/// The part that does not end well, if one does not.
async fn fails_at(app: &Application) -> Option<Part> {
    if app.sign_up("margarete", GOOD).await.0 != 200 {
        return Some(Part::SignUp);
    }
    let Some(token) = app.log_in("margarete", GOOD).await.token() else { return Some(Part::LogIn) };
    let with_cookie = async |method: &str, path: &str, body: &str| {
        let mut event = rest(path, body);
        event["httpMethod"] = json!(method);
        event["headers"]["Cookie"] = json!(format!("__Host-session={token}"));
        app.send(Function::LogIn, &event).await
    };
    let account = with_cookie("GET", "/account", "").await;
    if account.status != 200 {
        return Some(Part::Account);
    }
    let form_token = account.json().1["form_token"].as_str().unwrap().to_owned();
    if with_cookie("POST", "/logout", &form(&[("form_token", &form_token)])).await.status != 200 {
        return Some(Part::LogOut);
    }
    app.learn(OTHER);
    let fields = [("uname", "margarete"), ("password", GOOD), ("new_password", OTHER)];
    (with_cookie("POST", "/password", &form(&fields)).await.status != 200).then_some(Part::Change)
}

#[tokio::test]
async fn every_right_is_needed() {
    application(async |app| assert_eq!(fails_at(app).await, None)).await;
    for (function, action, resource, part) in NEEDED {
        application(async |app| {
            let name = if *resource == "Key" { app.key_arn.rsplit('/').next().unwrap() } else { resource };
            let denied = if *resource == "Key" { "Key" } else { name };
            app.deny(*function, &[(action, denied)]).await;
            assert_eq!(fails_at(app).await, Some(*part), "without {action} of {resource} for {function:?}");
        })
        .await;
    }
}

#[test]
fn every_right_of_the_template_has_its_part() {
    let deployment = Deployment::new(template::of_accounts(), REGION, "123456789012", &[]);
    let mut granted = BTreeSet::new();
    for function in Function::ALL {
        for statement in deployment.policy_of_role(function.role())["Statement"].as_array().unwrap() {
            for resource in template::strings(&statement["Resource"]) {
                let name = resource.rsplit('/').next().unwrap().to_owned();
                let actions = template::strings(&statement["Action"]).into_iter();
                // Lambda itself uses them.
                let actions = actions.filter(|action| !action.starts_with("logs:"));
                granted.extend(actions.map(|action| (function, action, name.clone())));
            }
        }
    }
    let told = NEEDED.iter().map(|(function, action, name, _)| (*function, (*action).to_owned(), (*name).to_owned()));
    assert_eq!(granted, told.collect());
}

#[tokio::test]
async fn the_sign_up_cannot_read_and_the_login_cannot_create() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        let key = |name: &str, value: &str| Some([(name.to_owned(), AttributeValue::S(value.to_owned()))].into());
        let sign_up = app.session(Function::SignUp, &[]).await;
        let items = app.account.dynamodb_as(&sign_up);
        let account = || key("userid", "margarete");
        assert!(denied(items.get_item().table_name("Accounts").set_key(account()).send().await));
        assert!(denied(items.scan().table_name("Accounts").send().await));
        assert!(denied(items.delete_item().table_name("Accounts").set_key(account()).send().await));
        assert!(denied(items.update_item().table_name("Accounts").set_key(account()).send().await));
        assert!(denied(items.put_item().table_name("Sessions").set_item(key("TokenHash", "x")).send().await));
        let log_in = app.session(Function::LogIn, &[]).await;
        let items = app.account.dynamodb_as(&log_in);
        items.get_item().table_name("Accounts").set_key(account()).send().await.expect("these are the role's");
        assert!(denied(items.put_item().table_name("Accounts").set_item(key("userid", "x")).send().await));
        assert!(denied(items.delete_item().table_name("Accounts").set_key(account()).send().await));
        assert!(denied(items.scan().table_name("Accounts").send().await));
        assert!(denied(items.scan().table_name("Sessions").send().await));
        for session in [&sign_up, &log_in] {
            let kms = app.account.kms_as(session);
            let mac = || kms.generate_mac().mac_algorithm(MacAlgorithmSpec::HmacSha256).message(Blob::new("x"));
            mac().key_id(&app.key_arn).send().await.expect("these are the role's");
            let other = tests::accounts::create_hmac_key(&app.account).await;
            assert!(denied(mac().key_id(other).send().await));
            assert!(denied(kms.schedule_key_deletion().key_id(&app.key_arn).send().await));
            assert!(denied(kms.decrypt().ciphertext_blob(Blob::new("x")).key_id(&app.account.key_arn).send().await));
        }
    })
    .await;
}

/// What an update of the login's could make is no account: it lacks what only a sign-up writes.
#[tokio::test]
async fn an_item_that_only_the_login_could_write_is_no_account() {
    application(async |app| {
        app.sign_up("mallory", GOOD).await;
        let item = app.items("Accounts").await.remove(0);
        for name in ["Cost", "Salt", "Mac", "KeyArn", "Generation"] {
            app.set("Accounts", "margarete", name, item[name].clone()).await;
        }
        assert_eq!(app.log_in("margarete", GOOD).await.status, 503);
    })
    .await;
}

fn denied<T, E: ProvideErrorMetadata>(result: Result<T, E>) -> bool {
    matches!(result, Err(error) if matches!(error.code(), Some("AccessDeniedException" | "AccessDenied")))
}
