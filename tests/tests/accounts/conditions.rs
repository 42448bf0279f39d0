//! The conditions of the roles' rights and of the key's policy, over the requests that the functions really send and over
//! those that an attacker with a role would send. AWS's context of each request is made here: ministack lacks it where it
//! serves a request, and its evaluator is asked apart (`tests/tools/policy_decisions.py`).

use std::io::Write;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::accounts::{Application, Function, application, form, rest};
use tests::http::{self, Reply, Request, Server};
use tests::ministack::REGION;
use tests::python;
use tests::template::{self, Deployment};

use crate::contract::{GOOD, OTHER};

const ACCOUNT: &str = "123456789012";

/// A request as IAM sees it.
#[derive(Clone, Debug)]
struct Asked {
    function: Function,
    action: String,
    resource: String,
    context: Value,
}

/// The operation and the body of each request.
pub(crate) type Recorded = Arc<Mutex<Vec<(String, Value)>>>;

/// Lets a function reach AWS by a wire that keeps the body of each request.
pub(crate) async fn recorded(app: &Application, function: Function) -> (Server, Recorded) {
    let (kept, aws) = (Recorded::default(), app.account.endpoint);
    let notes = Arc::clone(&kept);
    let server = Server::start(move |request: Request| {
        if let Some(target) = request.headers.get("x-amz-target") {
            let body = serde_json::from_slice(&request.body).unwrap();
            notes.lock().unwrap().push((target.to_str().unwrap().to_owned(), body));
        }
        async move {
            let Ok((head, body)) = http::pass_on(aws, request).await else { return Reply::HangUp };
            Reply::new(head.status, body).with_header("content-type", "application/x-amz-json-1.0")
        }
    })
    .await;
    let endpoint = format!("http://{}", server.address());
    app.function(function).configure([("AWS_ENDPOINT_URL".to_owned(), endpoint)]);
    (server, kept)
}

/// What IAM learns of a request: for DynamoDB every attribute that it names, wherever it does (Amazon DynamoDB developer
/// guide, "Using IAM policy conditions for fine-grained access control"), for KMS the algorithm.
fn as_iam_sees_it(function: Function, target: &str, body: &Value) -> Asked {
    let (service, operation) = target.rsplit_once('.').unwrap();
    if service == "TrentService" {
        let context = json!({"kms:MacAlgorithm": body["MacAlgorithm"]});
        return asked(function, "kms:GenerateMac", &format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/Key"), context);
    }
    let mut attributes: Vec<String> = ["Item", "Key"]
        .into_iter()
        .filter_map(|part| body[part].as_object())
        .flat_map(|part| part.keys().cloned())
        .collect();
    for expression in ["UpdateExpression", "ConditionExpression"] {
        let text = body[expression].as_str().unwrap_or_default();
        let words = text.split(|character: char| !(character.is_alphanumeric() || ":_".contains(character)));
        let names = words.filter(|word| word.starts_with(|first: char| first.is_alphabetic()));
        let grammar = ["SET", "ADD", "REMOVE", "AND", "OR", "attribute_not_exists"];
        attributes.extend(names.filter(|word| !grammar.contains(word)).map(str::to_owned));
    }
    assert!(body["ExpressionAttributeNames"].is_null(), "names that stand for others are not read here");
    attributes.sort();
    attributes.dedup();
    let mut context = json!({"dynamodb:Attributes": attributes});
    if let Some(values) = body["ReturnValues"].as_str() {
        context["dynamodb:ReturnValues"] = json!(values);
    }
    let table = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{}", body["TableName"].as_str().unwrap());
    asked(function, &format!("dynamodb:{operation}"), &table, context)
}

fn asked(function: Function, action: &str, resource: &str, context: Value) -> Asked {
    Asked { function, action: action.to_owned(), resource: resource.to_owned(), context }
}

/// What IAM says to each, asked by the function's own role or by another one that has the same policy.
fn allowed(requests: &[Asked], role: Option<&str>) -> Vec<bool> {
    let deployment = Deployment::new(template::of_accounts(), REGION, ACCOUNT, &[]);
    let questions: Vec<Value> = requests
        .iter()
        .map(|asked| {
            let own = if asked.function == Function::SignUp { "cfn-secrets/signup/x" } else { "cfn-secrets/login/x" };
            let mut question = json!({
                "policy": deployment.policy_of_role(asked.function.role()),
                "principal": format!("arn:aws:iam::{ACCOUNT}:role/{}", role.unwrap_or(own)),
                "action": asked.action, "resource": asked.resource, "context": asked.context,
            });
            if asked.action.starts_with("kms:") {
                question["keyPolicy"] = deployment.key_policy();
            }
            question
        })
        .collect();
    decisions(&questions)
}

fn decisions(questions: &[Value]) -> Vec<bool> {
    let mut tool = python::tool("policy_decisions").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    tool.stdin.take().unwrap().write_all(json!(questions).to_string().as_bytes()).unwrap();
    serde_json::from_slice(&tool.wait_with_output().unwrap().stdout).unwrap()
}

#[tokio::test]
async fn what_the_functions_ask_is_allowed_with_every_condition() {
    application(async |app| {
        let (_sign_up, of_sign_up) = recorded(app, Function::SignUp).await;
        let (_log_in, of_log_in) = recorded(app, Function::LogIn).await;
        app.sign_up("margarete", GOOD).await;
        let token = app.log_in("margarete", GOOD).await.token().unwrap();
        let with_cookie = async |method: &str, path: &str, body: &str| {
            let mut event = rest(path, body);
            event["httpMethod"] = json!(method);
            event["headers"]["Cookie"] = json!(format!("__Host-session={token}"));
            app.send(Function::LogIn, &event).await
        };
        let account = with_cookie("GET", "/account", "").await.json().1;
        with_cookie("POST", "/logout", &form(&[("form_token", account["form_token"].as_str().unwrap())])).await;
        app.learn(OTHER);
        let fields = [("uname", "margarete"), ("password", GOOD), ("new_password", OTHER)];
        assert_eq!(with_cookie("POST", "/password", &form(&fields)).await.status, 200);

        let mut requests = Vec::new();
        for (function, kept) in [(Function::SignUp, of_sign_up), (Function::LogIn, of_log_in)] {
            let kept = kept.lock().unwrap();
            requests.extend(kept.iter().map(|(target, body)| as_iam_sees_it(function, target, body)));
        }
        assert!(requests.len() >= 15, "{requests:?}");
        let refused: Vec<_> = requests.iter().zip(allowed(&requests, None)).filter(|(_, allowed)| !allowed).collect();
        assert!(refused.is_empty(), "{refused:?}");
        let of_key: Vec<_> = requests.iter().filter(|asked| asked.action.starts_with("kms:")).cloned().collect();
        let others = allowed(&of_key, Some("somebody-else"));
        assert!(!others.is_empty() && others.iter().all(|allowed| !allowed), "the key's policy names the two roles");
    })
    .await;
}

#[test]
fn what_a_stolen_role_would_ask_is_not() {
    let accounts = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Accounts");
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/Key");
    let update = |attributes: &[&str]| {
        asked(Function::LogIn, "dynamodb:UpdateItem", &accounts, json!({"dynamodb:Attributes": attributes}))
    };
    let returning = |function, action: &str| {
        let context = json!({"dynamodb:Attributes": ["userid", "Mac"], "dynamodb:ReturnValues": "ALL_OLD"});
        asked(function, action, &accounts, context)
    };
    let mac = |algorithm: &str| asked(Function::LogIn, "kms:GenerateMac", &key, json!({"kms:MacAlgorithm": algorithm}));
    let requests = [
        update(&["userid", "Mac"]),
        mac("HMAC_SHA_256"),
        update(&["userid", "CreatedAt"]),
        update(&["userid", "Mac", "Salt", "Cost", "KeyArn", "Generation", "CreatedAt"]),
        asked(Function::LogIn, "dynamodb:UpdateItem", &accounts, json!({})),
        returning(Function::LogIn, "dynamodb:UpdateItem"),
        returning(Function::SignUp, "dynamodb:PutItem"),
        mac("HMAC_SHA_512"),
    ];
    assert_eq!(allowed(&requests, None), [true, true, false, false, false, false, false, false]);
}

#[test]
fn an_administrator_of_the_key_cannot_use_it_nor_a_function_administer_it() {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/Key");
    let everything = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let administrator = format!("arn:aws:iam::{ACCOUNT}:role/security");
    let function = format!("arn:aws:iam::{ACCOUNT}:role/cfn-secrets/login/x");
    let parameters = [("KeyAdministratorArn", administrator.as_str())];
    let deployment = Deployment::new(template::of_accounts(), REGION, ACCOUNT, &parameters);
    let questions: Vec<Value> = [
        (&administrator, "kms:ScheduleKeyDeletion"),
        (&administrator, "kms:GenerateMac"),
        (&administrator, "kms:VerifyMac"),
        (&administrator, "kms:CreateGrant"),
        (&function, "kms:GenerateMac"),
        (&function, "kms:VerifyMac"),
        (&function, "kms:ScheduleKeyDeletion"),
        (&function, "kms:PutKeyPolicy"),
        (&function, "kms:CreateGrant"),
    ]
    .into_iter()
    .map(|(principal, action)| {
        json!({
            "policy": everything, "keyPolicy": deployment.key_policy(), "principal": principal, "action": action,
            "resource": key, "context": {"kms:MacAlgorithm": "HMAC_SHA_256"},
        })
    })
    .collect();
    assert_eq!(decisions(&questions), [true, false, false, false, true, false, false, false, false]);
}
