//! microburst: a proxy between a function and ministack that throttles, breaks connections and garbles answers, in the
//! words of each AWS protocol.
//!
//! One proxy serves all scenarios of a test binary. Its rules match the app id that the SDK puts into each request's
//! user agent, and every set of faults has an app id of its own; so nobody meets the faults of somebody else.

use std::{net::SocketAddr, process::Command, time::Duration};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{aws::Function, http, ministack, python, random, server_process::ServerProcess, world::World};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service is asked too much, and does nothing.
    Throttling,
    /// The service fails inside, and does nothing.
    InternalError,
    /// The connection is reset before the service hears anything.
    Reset,
    /// The service does what it is asked to, and the connection breaks before it can say so.
    ReplyLost,
    /// The service does what it is asked to, and a byte of its answer is wrong.
    ReplyGarbled,
    /// The call takes this much longer.
    Latency(Duration),
}

/// How many calls have the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    /// The next ones, so many.
    Times(u32),
    /// All of them.
    Always,
}

/// A call that a function makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// `dynamodb` or `kms`.
    pub service: &'static str,
    /// The operation's name in the API reference.
    pub operation: &'static str,
}

/// The faults of one call of one function, for as long as nothing else is asked for.
#[derive(Debug)]
pub struct Faults {
    app_id: String,
}

impl Faults {
    /// From now on this function's calls have this fault, and no other; the function starts anew, with all rights: a
    /// proxy changes the host that a request is signed for, and ministack checks every signature but the root's.
    pub async fn start(world: &World, function: Function, call: Call, fault: Fault, often: Often) -> Self {
        let faults = Self::of(call, None, fault, often).await;
        let variables = faults.variables(&world.account.id).await;
        world.configure(function, &variables.each_ref().map(|(name, value)| (*name, value.as_str())));
        faults
    }

    /// These faults, of the calls whose body a JMESPath expression is true of, for whoever has [`Self::variables`].
    pub async fn of(call: Call, body: Option<&str>, fault: Fault, often: Often) -> Self {
        let app_id = random::hex(32);
        let mut rule = rule(&app_id, call, fault, often);
        if let Some(body) = body {
            rule["body"] = json!(body);
        }
        add_rule(rule).await;
        Self { app_id }
    }

    /// The environment of a function that meets them.
    pub async fn variables(&self, account_id: &str) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", address().await)),
            ("AWS_SDK_UA_APP_ID", self.app_id.clone()),
            ("AWS_ACCESS_KEY_ID", account_id.to_owned()),
            ("AWS_SESSION_TOKEN", String::new()),
        ]
    }

    /// How many calls had the fault so far.
    pub async fn fired(&self) -> u64 {
        let (_, rules) = control("GET", "").await;
        let rules: Vec<Value> = serde_json::from_str(&rules).unwrap();
        let rule = rules.iter().find(|rule| rule["headers"][USER_AGENT] == self.app_id).expect("rules stay");
        rule["fired_count"].as_u64().unwrap()
    }

    /// From now on this function's calls go to ministack without a detour, with the rights of its role; the function
    /// starts anew.
    pub async fn stop(world: &World, function: Function) {
        world.configure(function, &[("AWS_ENDPOINT_URL", &format!("http://{}", world.account.endpoint))]);
        world.deny(function, &[]).await;
    }
}

/// The SDK's own header, with the app id among other things.
const USER_AGENT: &str = "x-amz-user-agent";

fn rule(app_id: &str, call: Call, fault: Fault, often: Often) -> Value {
    let mut rule = match fault {
        Fault::Throttling => json!({"error": {"code": "ThrottlingException"}}),
        Fault::InternalError if call.service == "kms" => {
            json!({"error": {"code": "KMSInternalException", "status": 500}})
        }
        Fault::InternalError => json!({"error": {"code": "InternalServerError", "status": 500}}),
        Fault::Reset => json!({"reset": true}),
        Fault::ReplyLost => json!({"response": {"abort_bytes": 0}}),
        Fault::ReplyGarbled => json!({"response": {"corrupt_bytes": 1}}),
        Fault::Latency(extra) => json!({"latency": extra.as_millis()}),
    };
    rule["service"] = json!(call.service);
    rule["operation"] = json!(call.operation);
    rule["headers"] = json!({USER_AGENT: app_id});
    if let Often::Times(times) = often {
        rule["times"] = json!(times);
    }
    rule
}

async fn add_rule(rule: Value) {
    let (status, answer) = control("PATCH", &json!([rule]).to_string()).await;
    assert_eq!(status, 200, "microburst: {answer}");
}

async fn control(method: &str, body: &str) -> (u16, String) {
    let headers = [("Content-Type", "application/json")];
    let answer = http::exchange(address().await, method, "/_microburst/rules", &headers, body.to_owned()).await;
    let (head, body) = answer.unwrap();
    (head.status.as_u16(), body)
}

/// The address of this process's microburst, started on first use.
async fn address() -> SocketAddr {
    static SERVER: OnceCell<ServerProcess> = OnceCell::const_new();
    let server = SERVER.get_or_init(|| async {
        let upstream = format!("http://{}", ministack::address().await);
        let server = ServerProcess::start("microburst", "/_microburst/health", |port| command(port, &upstream)).await;
        for service in ["dynamodb", "kms"] {
            warm_up(server.address(), service).await;
        }
        server
    });
    server.await.address()
}

/// The first request of a service makes microburst read the service's model, for longer than a function waits.
async fn warm_up(address: SocketAddr, service: &str) {
    let credential =
        format!("AWS4-HMAC-SHA256 Credential=warmup/20260101/{}/{service}/aws4_request", ministack::REGION);
    let target = if service == "kms" { "TrentService.ListKeys" } else { "DynamoDB_20120810.ListTables" };
    let headers =
        [("Authorization", &*credential), ("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.0")];
    http::exchange(address, "POST", "/", &headers, "{}").await.unwrap();
}

fn command(port: u16, upstream: &str) -> Command {
    let mut command = Command::new(python::program("microburst"));
    command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--upstream", upstream]);
    command
}
