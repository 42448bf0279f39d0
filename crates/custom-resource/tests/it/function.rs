//! The function that the tests run as a process of its own: its `Act` property says how it behaves, `FAIL_INIT` that it
//! never starts.

use std::path::Path;
use std::time::Duration;

use custom_resource::{
    Clock, Config, Context, Continuation, CreateRequest, CustomResource, DeleteRequest, Delivery, Error, LocalMode,
    LogLevel, NotYet, Outcome, PhysicalResourceId, Properties, Roots, UpdateRequest, logging, tls_config,
};

struct Function;

impl Function {
    async fn perform(&self, properties: &Properties, context: &Context) -> Result<Outcome, Error> {
        match properties.string("Act").unwrap_or_default() {
            "Fail" => return Err(Error::new("failed as told")),
            "Panic" => panic!("{}", properties.string("Password").unwrap_or_default()),
            "Exit" => std::process::exit(3),
            "ExitOnce" => exit_unless_marked(properties.string("Marker").unwrap_or_default()),
            "Overflow" => drop(endless(0)),
            "Block" => loop {
                std::thread::park();
            },
            "NotYet" if context.attempt() == 1 => return Err(NotYet::new("not yet", Duration::from_secs(1)).into()),
            "NeverEnd" => std::future::pending().await,
            _ => {}
        }
        let secret = properties.string("Password").unwrap_or_default().to_owned();
        Ok(Outcome::new(PhysicalResourceId::from_static("thing-1")).secret("password", secret))
    }
}

/// Ends the process the first time: what remembers it is outside.
fn exit_unless_marked(marker: &str) {
    if !Path::new(marker).exists() {
        let _ = std::fs::write(marker, "");
        std::process::exit(3);
    }
}

/// Fills the stack.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn endless(depth: u64) -> u64 {
    std::hint::black_box(endless(std::hint::black_box(depth + 1)) + depth)
}

impl CustomResource for Function {
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        self.perform(&request.properties, context).await
    }

    async fn update(&self, request: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        self.perform(&request.properties, context).await
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        self.perform(&request.properties, context).await.map(drop)
    }

    /// Into the file that the event names, for the test to send.
    async fn call_again(&self, continuation: Continuation, _: &Context) -> Result<(), Error> {
        let event: serde_json::Value =
            serde_json::from_str(&continuation.event()).map_err(|_| Error::new("no JSON"))?;
        let marker = event["ResourceProperties"]["Marker"].as_str().unwrap_or_default();
        std::fs::write(marker, continuation.event()).map_err(|error| Error::new("no file").with_source(error))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let variable = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "this is the program's main file")]
        std::env::var(name).ok()
    };
    assert!(variable("FAIL_INIT").is_none(), "told not to start");
    let (level, _) = LogLevel::from_env_value(variable("LOG_LEVEL").as_deref());
    logging::init(level, &["function"]);
    logging::redact_panics();
    let local = LocalMode::from_env_value(variable("AWS_SAM_LOCAL").as_deref());
    let roots = Roots::from_env(variable);
    let delivery = Delivery::with_tls(tls_config(&roots)?)?;
    custom_resource::run(Function, Config::new(Clock::system(), delivery, local)).await
}
