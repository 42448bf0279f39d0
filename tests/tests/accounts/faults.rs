//! A login and a sign-up while AWS answers late, wrongly or not at all: what passes is waited for, what was done is not
//! called undone, and there is an answer before Lambda ends the function.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::accounts::{Application, Function, Heard, application, form, rest};
use tests::microburst::{Call, Fault, Faults, Often};

use crate::contract::{GOOD, OTHER};

const UPDATE: Call = Call { service: "dynamodb", operation: "UpdateItem" };
const PUT: Call = Call { service: "dynamodb", operation: "PutItem" };
const MAC: Call = Call { service: "kms", operation: "GenerateMac" };
const ACCOUNTS: &str = "TableName == 'Accounts'";

/// From now on a function meets a fault, if its calls are like this.
async fn faulty(
    app: &Application,
    function: Function,
    call: Call,
    body: Option<&str>,
    fault: Fault,
    often: Often,
) -> Faults {
    let faults = Faults::of(call, body, fault, often).await;
    let variables = faults.variables(&app.account.id).await;
    app.function(function).configure(variables.map(|(name, value)| (name.to_owned(), value)));
    faults
}

#[tokio::test]
async fn a_try_whose_answer_was_lost_does_not_wait_for_itself() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        app.log_in("margarete", OTHER).await;
        let items = app.items("Tries").await;
        let subjects = items.iter().map(|item| item["Subject"].as_s().unwrap());
        let [name] = subjects.filter(|subject| subject.starts_with("name#")).collect::<Vec<_>>()[..] else { panic!() };
        app.set("Tries", name, "Tries", AttributeValue::N("50".to_owned())).await;
        app.let_a_day_pass().await;
        let of_name = Some("starts_with(Key.Subject.S, 'name#')");
        let faults = faulty(app, Function::LogIn, UPDATE, of_name, Fault::ReplyLost, Often::Times(1)).await;
        assert_eq!(app.log_in("margarete", GOOD).await.json(), (200, json!({"status": "Login Success"})));
        assert_eq!(faults.fired().await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_written_is_not_called_undone_when_its_answer_was_lost() {
    application(async |app| {
        let faults = faulty(app, Function::SignUp, PUT, Some(ACCOUNTS), Fault::ReplyLost, Often::Times(1)).await;
        assert_eq!(app.sign_up("margarete", GOOD).await, (200, json!({"status": "Signup Success"})));
        assert_eq!(faults.fired().await, 1);
        let faults = faulty(app, Function::LogIn, UPDATE, Some(ACCOUNTS), Fault::ReplyLost, Often::Times(1)).await;
        app.learn(OTHER);
        let fields = [("uname", "margarete"), ("password", GOOD), ("new_password", OTHER)];
        let changed = app.send(Function::LogIn, &rest("/password", &form(&fields))).await;
        assert_eq!(changed.json(), (200, json!({"status": "Change Success"})));
        assert_eq!(faults.fired().await, 1);
        assert_eq!(app.log_in("margarete", OTHER).await.json(), (200, json!({"status": "Login Success"})));
    })
    .await;
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        for (call, fault) in [(UPDATE, Fault::Throttling), (MAC, Fault::InternalError)] {
            let faults = faulty(app, Function::LogIn, call, None, fault, Often::Times(5)).await;
            assert_eq!(app.log_in("margarete", GOOD).await.json(), (200, json!({"status": "Login Success"})));
            assert_eq!(faults.fired().await, 5);
        }
    })
    .await;
}

#[tokio::test]
async fn there_is_an_answer_before_lambda_ends_the_function() {
    const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";
    application(async |app| {
        app.sign_up("margarete", GOOD).await;
        let late = Fault::Latency(Duration::from_secs(60));
        for (function, path) in
            [(Function::SignUp, "/signup"), (Function::LogIn, "/login"), (Function::LogIn, "/password")]
        {
            let _faults = faulty(app, function, MAC, None, late, Often::Always).await;
            app.function(function).set_time_limit(Duration::from_secs(5));
            let heard = page(app, function, path, NONCE).await;
            assert_eq!((heard.status, heard.headers["retry-after"].as_str()), (503, "5"), "{path}");
            assert!(heard.body.contains("try again in a moment") && heard.body.contains("value=\"margarete\""));
            assert_eq!(heard.body.contains(NONCE), path == "/signup", "the same form is sent again");
        }
    })
    .await;
}

async fn page(app: &Application, function: Function, path: &str, nonce: &str) -> Heard {
    app.learn(OTHER);
    let fields = [("uname", "margarete"), ("password", GOOD), ("new_password", OTHER), ("nonce", nonce)];
    let mut event = rest(path, &form(&fields));
    event["headers"]["Accept"] = json!("text/html");
    app.send(function, &event).await
}
