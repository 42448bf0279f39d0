//! An account on moto with a table of the pair's, one of credstash's and their keys; and commands that work on it, whose every word
//! is searched for the values that they were given.

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Mutex,
};

use cli::stores::capabilities::{self, Capabilities};
use serde_json::{Value, json};
use tests::{
    command,
    leaks::{Leaks, Place},
    moto,
};
use tokio::sync::MutexGuard;

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It did what it was to do.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// It said no, and said this.
    pub(crate) fn refused(self, code: i32, says: &str) -> Self {
        assert!(self.code == Some(code) && self.stderr.contains(says), "{says}: {self:?}");
        self
    }
}

/// The account.
pub(crate) struct Shop {
    pub(crate) folder: PathBuf,
    environment: BTreeMap<String, String>,
    leaks: Mutex<Leaks>,
    _alone: MutexGuard<'static, ()>,
}

/// A store, and how a secret is called there whose own name is `shop/prod/NAME`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) at: &'static str,
    beginning: &'static str,
    pub(crate) has: Capabilities,
}

impl Spot {
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}shop/prod/{name}", self.beginning)
    }
}

/// All of them.
pub(crate) const PLACES: [Spot; 4] = [
    Spot { at: "table", beginning: "", has: capabilities::TABLE },
    Spot { at: "credstash://", beginning: "", has: capabilities::CREDSTASH },
    Spot { at: "ssm:/", beginning: "/", has: capabilities::PARAMETERS },
    Spot { at: "secretsmanager:", beginning: "", has: capabilities::SECRETS },
];

pub(crate) const SSM: Spot = PLACES[2];
pub(crate) const SECRETS: Spot = PLACES[3];

impl Shop {
    pub(crate) async fn new() -> Self {
        let alone = moto::alone().await;
        moto::reset().await;
        for alias in ["alias/credstash", "alias/pair"] {
            moto::create_key(alias, moto::REGION).await;
        }
        moto::create_table("credential-store", moto::REGION).await;
        let table = json!({
            "TableName": "secrets",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "StackName", "KeyType": "HASH"}, {"AttributeName": "Env", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "StackName", "AttributeType": "S"},
                {"AttributeName": "Env", "AttributeType": "S"},
            ],
        });
        moto::dynamodb("CreateTable", table, moto::REGION).await;
        let folder = command::home();
        let environment = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", folder.to_str().unwrap().to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", moto::address().await)),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_REGION", moto::REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("CFN_SECRETS_TABLE", "secrets".to_owned()),
            ("CFN_SECRETS_KEY", "alias/pair".to_owned()),
            ("RUST_LOG", "trace".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Self { folder, environment, leaks: Mutex::default(), _alone: alone }
    }

    /// A value that nobody may say.
    pub(crate) fn learn(&self, value: &str) {
        self.leaks.lock().unwrap().learn_value(value);
    }

    /// The command, not yet begun.
    pub(crate) fn command(&self, arguments: &[&str], endpoint: Option<SocketAddr>) -> Command {
        let mut command = Command::new(command::binary());
        command.args(arguments).env_clear().envs(&self.environment).current_dir(&self.folder);
        if let Some(address) = endpoint {
            command.env("AWS_ENDPOINT_URL", format!("http://{address}"));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, with all that `--debug` tells.
    pub(crate) async fn run_by(
        &self,
        endpoint: Option<SocketAddr>,
        arguments: &[&str],
        stdin: &str,
        for_values: bool,
    ) -> Ran {
        // Before `--`, or behind all.
        let end = arguments.iter().position(|argument| *argument == "--").unwrap_or(arguments.len());
        let mut all = arguments.to_vec();
        all.insert(end, "--debug");
        let mut command = self.command(&all, endpoint);
        let stdin = stdin.to_owned();
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A command that does not read may have closed it.
            let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
            child.wait_with_output().unwrap()
        });
        let output = output.await.unwrap();
        let said = |place, text: &[u8]| {
            let leaked = self.leaks.lock().unwrap().search(place, text);
            assert!(leaked.is_empty(), "{arguments:?}: {leaked:?}");
        };
        said(Place::Arguments, arguments.join("\n").as_bytes());
        said(Place::Stderr, &output.stderr);
        if !for_values {
            said(Place::Stdout, &output.stdout);
        }
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// A command that prints no value.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_by(None, arguments, "", false).await
    }

    /// One that gets a value.
    pub(crate) async fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        self.run_by(None, arguments, stdin, false).await
    }

    /// One that prints values.
    pub(crate) async fn values(&self, arguments: &[&str]) -> Ran {
        self.run_by(None, arguments, "", true).await
    }

    /// Stores a value.
    pub(crate) async fn put(&self, place: &Spot, name: &str, value: &str, more: &[&str]) -> Ran {
        if value.len() >= 8 {
            self.learn(value);
        }
        let name = place.name(name);
        self.run_with(&[&["--store", place.at, "put", &*name, "--output", "json"], more].concat(), value).await
    }

    /// Reads one.
    pub(crate) async fn get(&self, place: &Spot, name: &str) -> Ran {
        self.values(&["--store", place.at, "get", &place.name(name)]).await
    }

    /// All values of a store, by their names.
    pub(crate) async fn all(&self, at: &str) -> BTreeMap<String, String> {
        let ran = self.values(&["--store", at, "get-all"]).await.done();
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// A file of its folder with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
