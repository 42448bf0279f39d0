//! Roles: each function gets the rights of `template.yaml` and not one more. IAM and STS speak the query protocol,
//! a form per call, so no SDK is needed for the three calls made here.

use serde_json::{Value, json};

use crate::{
    aws::{Account, Function, MISSING_KEY_ID, OTHER_TABLE, Store},
    functions::{PARAMETER_PREFIX, SECRET_PREFIX},
    http::{self, percent_encode},
    ministack::REGION,
    template::{self, Deployment},
};

/// Temporary credentials of a role.
#[derive(Clone, Debug)]
pub struct Session {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: String,
}

/// Makes (or makes anew) the function's role without the denied actions, and assumes it.
pub(crate) async fn assume(account: &Account, function: Function, denied: &[&str]) -> Session {
    assume_with(account, &format!("{function:?}"), &policy(account, function, denied)).await
}

/// Makes (or makes anew) a role with this policy, and assumes it.
pub(crate) async fn assume_with(account: &Account, role: &str, policy: &Value) -> Session {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "sts:AssumeRole"},
    ]});
    // Fails when the role is there already, which is as good.
    let _ = call(
        account,
        "iam",
        &[("Action", "CreateRole"), ("RoleName", role), ("AssumeRolePolicyDocument", &trust.to_string())],
    )
    .await;
    let policy = policy.to_string();
    let put = [("Action", "PutRolePolicy"), ("RoleName", role), ("PolicyName", "rights"), ("PolicyDocument", &policy)];
    call(account, "iam", &put).await.unwrap();
    let arn = format!("arn:aws:iam::{}:role/{role}", account.id);
    let assume = [("Action", "AssumeRole"), ("RoleArn", &*arn), ("RoleSessionName", "under-test")];
    let answer = call(account, "sts", &assume).await.unwrap();
    Session {
        access_key_id: element(&answer, "AccessKeyId"),
        secret_access_key: element(&answer, "SecretAccessKey"),
        session_token: element(&answer, "SessionToken"),
    }
}

/// The actions that a policy allows.
pub fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap();
    statements.iter().flat_map(|statement| template::strings(&statement["Action"])).collect()
}

/// A policy without this action.
pub fn without(policy: &Value, taken: Option<&str>) -> Value {
    let mut policy = policy.clone();
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        let left = template::strings(&statement["Action"]);
        statement["Action"] = left.into_iter().filter(|action| Some(&**action) != taken).collect();
    }
    statements.retain(|statement| !statement["Action"].as_array().unwrap().is_empty());
    // A policy must have a statement.
    statements.push(json!({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}));
    policy
}

/// The rights of a function: its role's policy in `template.yaml`, deployed over this table and this key. The two
/// resources that do not exist stand for what a deployment may add.
///
/// Without its conditions, which ministack cannot evaluate: `tests/template/` holds them as text.
fn policy(account: &Account, function: Function, denied: &[&str]) -> Value {
    let other_table = format!("arn:aws:dynamodb:{REGION}:{}:table/{OTHER_TABLE}", account.id);
    let missing_key = format!("arn:aws:kms:{REGION}:{}:key/{MISSING_KEY_ID}", account.id);
    let store = match account.store {
        Store::Table => "dynamodb",
        Store::Bucket => "s3",
    };
    let parameters = [
        ("Store", store),
        ("ExistingTableName", &*account.table),
        ("ExistingKeyArn", &*account.key_arn),
        ("AdditionalTableArns", &*other_table),
        ("AdditionalKeyArns", &*missing_key),
        ("ParameterPrefixes", PARAMETER_PREFIX),
        ("SecretPrefixes", SECRET_PREFIX),
        ("PublishedKeyArns", &*missing_key),
    ];
    let deployment = Deployment::new(template::as_written(), REGION, &account.id, &parameters);
    let mut policy = deployment.role_policy(function);
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        statement.as_object_mut().unwrap().remove("Condition");
        let left = template::strings(&statement["Action"]);
        statement["Action"] = left.into_iter().filter(|action| !denied.contains(&&**action)).collect();
    }
    statements.retain(|statement| !statement["Action"].as_array().unwrap().is_empty());
    policy
}

/// A call of a service that takes forms, with all rights.
pub(crate) async fn call(account: &Account, service: &str, fields: &[(&str, &str)]) -> Result<String, String> {
    let version = match service {
        "iam" => "2010-05-08",
        "cloudformation" => "2010-05-15",
        _ => "2011-06-15",
    };
    let mut form = format!("Version={version}");
    for (name, value) in fields {
        form += &format!("&{name}={}", percent_encode(value));
    }
    // ministack looks up the key id and takes any signature.
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0",
        account.id
    );
    let headers = [("Authorization", &*authorization), ("Content-Type", "application/x-www-form-urlencoded")];
    let (head, body) = http::exchange(account.endpoint, "POST", "/", &headers, form).await.unwrap();
    if head.status.is_success() { Ok(body) } else { Err(body) }
}

pub(crate) fn element(xml: &str, name: &str) -> String {
    let start = xml.find(&format!("<{name}>")).unwrap() + name.len() + 2;
    let end = start + xml[start..].find("</").unwrap();
    xml[start..end].to_owned()
}
