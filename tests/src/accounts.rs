//! The sign-up and login application: its two functions as Lambda runs them, each with its own role's rights, on tables and
//! a key of ministack, inside a leak test of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    aws::{Account, Engine, Item},
    function::{Deployed, Ending},
    http::percent_encode,
    iam::{self, Session},
    leaks::{Leaks, Place},
    ministack::REGION,
    paths, python,
    template::{self, Deployment},
    world::session_variables,
};

/// One of the two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Makes accounts.
    SignUp,
    /// Lets people in.
    LogIn,
}

impl Function {
    /// Both.
    pub const ALL: [Self; 2] = [Self::SignUp, Self::LogIn];

    fn binary(self) -> &'static str {
        match self {
            Self::SignUp => "accounts-signup",
            Self::LogIn => "accounts-login",
        }
    }

    /// The logical id of its role in the template.
    pub fn role(self) -> &'static str {
        match self {
            Self::SignUp => "SignupRole",
            Self::LogIn => "LoginRole",
        }
    }
}

/// The tables, as the template calls them, each with its key.
pub const TABLES: [(&str, &str); 3] = [("Accounts", "userid"), ("Tries", "Subject"), ("Sessions", "TokenHash")];

/// A deployed application.
#[derive(Debug)]
pub struct Application {
    /// AWS, with full rights.
    pub account: Account,
    /// The key of its passwords.
    pub key_arn: String,
    functions: BTreeMap<Function, Deployed>,
    is_example: bool,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// Allowed nowhere.
    secrets: Leaks,
    /// Allowed in answers alone: tokens, and what was typed as a name.
    told: Leaks,
    answers: Vec<Vec<u8>>,
    items: BTreeSet<String>,
}

/// Runs a story on an application, then looks for what was typed in everything that is left of it.
pub async fn application(story: impl AsyncFnOnce(&Application)) {
    let application = Application::new().await;
    story(&application).await;
    let problems = application.verdict().await;
    assert!(problems.is_empty(), "the story ended well, but:\n  {}", problems.join("\n  "));
}

/// Runs a story on the 2020 example in the application's place, which no leak test would pass.
pub async fn example(story: impl AsyncFnOnce(&Application)) {
    let mut application = Application::new().await;
    application.is_example = true;
    let program = paths::scratch().join("example-2020");
    let python = python::program("python");
    let tools = paths::repository().join("tests");
    let (tools, python) = (tools.display(), python.display());
    let handler = "tools.example_2020.${AWS_LAMBDA_FUNCTION_NAME#accounts-}";
    let script = format!("#!/bin/sh\nPYTHONPATH={tools} exec {python} -m awslambdaric \"{handler}\"\n");
    let unfinished = program.with_extension(std::process::id().to_string());
    std::fs::write(&unfinished, script).unwrap();
    std::fs::set_permissions(&unfinished, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::rename(&unfinished, &program).unwrap();
    for function in Function::ALL {
        let session = application.session(function, &[]).await;
        let deployed = application.function(function);
        deployed.configure(session_variables(&session));
        let region = ("AWS_DEFAULT_REGION".to_owned(), REGION.to_owned());
        deployed.configure([("EXAMPLE_KEY_ARN".to_owned(), application.account.key_arn.clone()), region]);
        deployed.replace(&program);
    }
    story(&application).await;
}

/// What a request heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The HTTP status.
    pub status: u64,
    /// The headers, by their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
    /// The cookie that was set.
    pub cookie: Option<String>,
}

impl Heard {
    /// Reads what the function gave to the API.
    pub fn of(event: &Value) -> Self {
        let headers = event["headers"].as_object().unwrap();
        let headers: HashMap<_, _> =
            headers.iter().map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned())).collect();
        let cookie = headers.get("set-cookie").cloned().or_else(|| Some(event["cookies"][0].as_str()?.to_owned()));
        let (status, body) = (event["statusCode"].as_u64().unwrap(), event["body"].as_str().unwrap().to_owned());
        Self { status, headers, body, cookie }
    }

    /// Status and body of an answer in JSON.
    pub fn json(&self) -> (u64, Value) {
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
        (self.status, serde_json::from_str(&self.body).unwrap())
    }

    /// The token of the session that it opened.
    pub fn token(&self) -> Option<String> {
        let value = self.cookie.as_ref()?.strip_prefix("__Host-session=")?.split(';').next()?;
        Some(value.to_owned()).filter(|value| !value.is_empty())
    }
}

/// The event of a REST API for a form, with its stage.
pub fn rest(path: &str, body: &str) -> Value {
    json!({
        "resource": path.trim_end_matches('/'), "path": path, "httpMethod": "POST",
        "headers": {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*", "Host": "api.example"},
        "requestContext": {"path": format!("/Prod{path}"), "stage": "Prod", "identity": {"sourceIp": "192.0.2.1"}},
        "body": body, "isBase64Encoded": false,
    })
}

/// The event of an HTTP API or a function URL for a form, whose body may be any bytes.
pub fn http(path: &str, body: &[u8]) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded", "accept": "*/*", "host": "api.example"},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": path, "sourceIp": "192.0.2.1"}},
        "body": STANDARD.encode(body), "isBase64Encoded": true,
    })
}

/// A form with these fields.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", percent_encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

impl Application {
    async fn new() -> Self {
        let account = Account::new(Engine::Ministack).await;
        for (table, key) in TABLES {
            create_table(&account, table, key).await;
        }
        let key_arn = create_hmac_key(&account).await;
        let mut application =
            Self { account, key_arn, functions: BTreeMap::new(), is_example: false, notes: Mutex::default() };
        for function in Function::ALL {
            let session = application.session(function, &[]).await;
            let deployed = application.deploy(function, &session);
            application.functions.insert(function, deployed);
        }
        application
    }

    fn deploy(&self, function: Function, session: &Session) -> Deployed {
        let mut environment = BTreeMap::from([
            ("AWS_REGION".to_owned(), REGION.to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), format!("http://{}", self.account.endpoint)),
            ("LOG_LEVEL".to_owned(), "debug".to_owned()),
            ("AWS_LAMBDA_LOG_LEVEL".to_owned(), "TRACE".to_owned()),
            ("RUST_LOG".to_owned(), "trace".to_owned()),
            ("KEY_ARN".to_owned(), self.key_arn.clone()),
        ]);
        for (table, _) in TABLES {
            environment.insert(format!("{}_TABLE", table.to_uppercase()), table.to_owned());
        }
        environment.extend(session_variables(session));
        let arn = format!("arn:aws:lambda:{REGION}:{}:function:{}", self.account.id, function.binary());
        Deployed::new(function.binary(), arn, environment)
    }

    /// A function.
    pub fn function(&self, function: Function) -> &Deployed {
        &self.functions[&function]
    }

    /// Credentials with the rights of a function's role, without the denied ones.
    pub async fn session(&self, function: Function, denied: &[(&str, &str)]) -> Session {
        let policy = if self.is_example { self.example_policy() } else { self.policy(function, denied) };
        let session = iam::assume_with(&self.account, function.role(), &policy).await;
        let mut notes = self.notes.lock().unwrap();
        notes.secrets.learn_credential(&session.secret_access_key);
        notes.secrets.learn_credential(&session.session_token);
        session
    }

    /// The policy of a function's role in the template, over these tables and this key. Denied are actions of a resource,
    /// which goes by its logical id.
    ///
    /// Without its conditions, for which ministack lacks the context: `tests/accounts/conditions.rs` has them.
    fn policy(&self, function: Function, denied: &[(&str, &str)]) -> Value {
        let deployment = Deployment::new(template::of_accounts(), REGION, &self.account.id, &[]);
        let mut policy = deployment.policy_of_role(function.role());
        let statements = policy["Statement"].as_array_mut().unwrap();
        for statement in statements.iter_mut() {
            statement.as_object_mut().unwrap().remove("Condition");
            let resource = template::strings(&statement["Resource"]).join(",");
            let is_denied = |action: &str| {
                denied.iter().any(|(other, name)| *other == action && resource.ends_with(&format!("/{name}")))
            };
            let left = template::strings(&statement["Action"]).into_iter().filter(|action| !is_denied(action));
            statement["Action"] = left.collect();
        }
        statements.retain(|statement| !statement["Action"].as_array().unwrap().is_empty());
        let key = format!("arn:aws:kms:{REGION}:{}:key/Key", self.account.id);
        serde_json::from_str(&policy.to_string().replace(&key, &self.key_arn)).unwrap()
    }

    /// What both functions of the example may do.
    fn example_policy(&self) -> Value {
        let tables = format!("arn:aws:dynamodb:{REGION}:{}:table/Accounts", self.account.id);
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": tables},
            {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": self.account.key_arn},
        ]})
    }

    /// Takes rights from a function's role.
    pub async fn deny(&self, function: Function, denied: &[(&str, &str)]) {
        let session = self.session(function, denied).await;
        self.function(function).configure(session_variables(&session));
    }

    /// Something that was typed as a password.
    pub fn learn(&self, password: &str) {
        if password.len() >= 8 {
            self.notes.lock().unwrap().secrets.learn_value(password);
        }
    }

    /// Delivers an event of an API; the function must return an answer.
    pub async fn send(&self, function: Function, event: &Value) -> Heard {
        self.send_raw(function, event.to_string().into_bytes()).await
    }

    /// The same with any bytes.
    pub async fn send_raw(&self, function: Function, event: Vec<u8>) -> Heard {
        let Ending::Returned(answer) = self.function(function).invoke(event).await else {
            panic!("the function failed");
        };
        let heard = Heard::of(&answer);
        let mut notes = self.notes.lock().unwrap();
        notes.answers.push(answer.to_string().into_bytes());
        if let Some(token) = heard.token() {
            notes.told.learn_credential(&token);
        }
        heard
    }

    /// A sign-up as curl sends it.
    pub async fn sign_up(&self, user: &str, password: &str) -> (u64, Value) {
        self.typed(user, password);
        self.send(Function::SignUp, &rest("/signup", &form(&[("uname", user), ("password", password)]))).await.json()
    }

    /// A login as curl sends it.
    pub async fn log_in(&self, user: &str, password: &str) -> Heard {
        self.typed(user, password);
        self.send(Function::LogIn, &rest("/login", &form(&[("uname", user), ("password", password)]))).await
    }

    fn typed(&self, user: &str, password: &str) {
        self.learn(password);
        if user.len() >= 8 {
            self.notes.lock().unwrap().told.learn_credential(user);
        }
    }

    /// Every item of a table.
    pub async fn items(&self, table: &str) -> Vec<Item> {
        let scan = self.account.dynamodb.scan().table_name(table).consistent_read(true).send().await.unwrap();
        scan.items.unwrap_or_default()
    }

    /// Sets attributes of an item past the functions.
    pub async fn set(&self, table: &str, key: &str, name: &str, value: AttributeValue) {
        let (_, key_name) = TABLES.iter().find(|(other, _)| *other == table).unwrap();
        let update = self.account.dynamodb.update_item().table_name(table);
        let update = update.key(*key_name, AttributeValue::S(key.to_owned())).update_expression("SET #name = :value");
        let update = update.expression_attribute_names("#name", name).expression_attribute_values(":value", value);
        update.send().await.unwrap();
    }

    /// Lets every wait be over, as if a day had passed.
    pub async fn let_a_day_pass(&self) {
        for item in self.items("Tries").await {
            let subject = item["Subject"].as_s().unwrap();
            if subject.starts_with("name#") {
                self.set("Tries", subject, "LastAt", AttributeValue::N("1".to_owned())).await;
            }
        }
    }

    /// Remembers what is stored now, for the leak test.
    pub async fn look(&self) {
        for (table, _) in TABLES {
            let printed: Vec<String> = self.items(table).await.iter().map(|item| format!("{item:?}")).collect();
            self.notes.lock().unwrap().items.extend(printed);
        }
    }

    async fn verdict(&self) -> Vec<String> {
        self.look().await;
        let mut outputs = Vec::new();
        for deployed in self.functions.values() {
            outputs.push(deployed.stop().await.0);
        }
        let notes = self.notes.lock().unwrap();
        let mut problems = Vec::new();
        for output in &outputs {
            problems.extend(notes.secrets.search(Place::Application("a log"), output));
            problems.extend(notes.told.search(Place::Application("a log"), output));
        }
        for answer in &notes.answers {
            problems.extend(notes.secrets.search(Place::Application("an answer"), answer));
        }
        for item in &notes.items {
            problems.extend(notes.secrets.search(Place::Application("an item"), item.as_bytes()));
        }
        problems
    }
}

/// Makes another key of the kind that passwords are authenticated with.
pub async fn create_hmac_key(account: &Account) -> String {
    let create = account.kms.create_key().key_spec(KeySpec::Hmac256).key_usage(KeyUsageType::GenerateVerifyMac);
    create.send().await.unwrap().key_metadata().unwrap().arn().unwrap().to_owned()
}

async fn create_table(account: &Account, name: &str, key: &str) {
    let attribute = AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S);
    let schema = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash);
    let create = account.dynamodb.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(attribute.build().unwrap()).key_schema(schema.build().unwrap());
    create.send().await.unwrap();
}
