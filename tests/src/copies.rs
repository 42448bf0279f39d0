//! What is published, with the eyes of whoever reads it there and with all rights: Parameter Store and Secrets Manager of
//! ministack or of moto. A rollback reads right in one where it is wrong in the other, so that the stories are told in both.

use std::net::SocketAddr;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::{
    aws::Function,
    faulty_wire::FaultyWire,
    functions::{PARAMETER_PREFIX, SECRET_PREFIX},
    http, ministack, moto, random,
    world::World,
};

/// The services, as the variables of their endpoints call them.
const SERVICES: [&str; 2] = ["SSM", "SECRETS_MANAGER"];

/// Who plays the services that are published in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Enforces IAM and knows of plain reads after a label was moved; forgets what a token was for.
    Ministack,
    /// Knows tokens and history.
    Moto,
}

impl Shelf {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ministack, Self::Moto];
}

/// Names of one story, and what stands under them.
#[derive(Debug)]
pub struct Copies {
    address: SocketAddr,
    access_key: String,
    /// The parameter's name.
    pub parameter: String,
    /// The secret's name.
    pub secret: String,
}

/// A version of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// What readers get.
    pub value: String,
    /// What the service calls it.
    pub version: String,
}

impl Copies {
    /// From now on the publisher publishes there.
    pub async fn on(world: &World, shelf: Shelf) -> Self {
        let copies = Self::of(world, shelf).await;
        let url = format!("http://{}", copies.address);
        let variables = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{service}"));
        world.configure(Function::Publisher, &variables.each_ref().map(|variable| (variable.as_str(), &*url)));
        copies
    }

    /// The same, by a wire that can be made faulty.
    pub async fn by_a_faulty_wire(world: &World, shelf: Shelf) -> (Self, FaultyWire) {
        let copies = Self::of(world, shelf).await;
        let wire = FaultyWire::towards(world, Function::Publisher, &SERVICES, copies.address).await;
        (copies, wire)
    }

    async fn of(world: &World, shelf: Shelf) -> Self {
        let (address, access_key) = match shelf {
            Shelf::Ministack => (world.account.endpoint, world.account.id.clone()),
            Shelf::Moto => (moto::address().await, "testing".to_owned()),
        };
        let story = random::hex(8);
        Self {
            address,
            access_key,
            parameter: format!("{PARAMETER_PREFIX}{story}/db"),
            secret: format!("{SECRET_PREFIX}{story}/db"),
        }
    }

    /// The same names with an ending of their own.
    #[must_use]
    pub fn called(&self, ending: &str) -> Self {
        let (parameter, secret) = (format!("{}-{ending}", self.parameter), format!("{}-{ending}", self.secret));
        Self { address: self.address, access_key: self.access_key.clone(), parameter, secret }
    }

    /// What readers of the parameter get.
    pub async fn in_parameter_store(&self) -> Option<Copy> {
        let got = self.ssm("GetParameter", json!({"Name": self.parameter, "WithDecryption": true})).await.ok()?;
        let found = &got["Parameter"];
        Some(Copy { value: found["Value"].as_str()?.to_owned(), version: found["Version"].to_string() })
    }

    /// What readers of the secret get. They name the stage: one of the engines gives another version where it is not named.
    pub async fn in_secrets_manager(&self) -> Option<Copy> {
        let got = self.secrets("GetSecretValue", json!({"SecretId": self.secret, "VersionStage": "AWSCURRENT"})).await;
        let got = got.ok()?;
        Some(Copy { value: got["SecretString"].as_str()?.to_owned(), version: got["VersionId"].as_str()?.to_owned() })
    }

    /// How many versions of the parameter there are.
    pub async fn parameter_versions(&self) -> usize {
        let history = self.ssm("GetParameterHistory", json!({"Name": self.parameter})).await;
        history.map_or(0, |history| history["Parameters"].as_array().unwrap().len())
    }

    /// What is told of the secret.
    pub async fn described(&self) -> Value {
        self.secrets("DescribeSecret", json!({"SecretId": self.secret})).await.unwrap()
    }

    /// The template's tags of the parameter and of the secret, as `KEY=VALUE`; none of what is not there.
    pub async fn tags(&self) -> [Vec<String>; 2] {
        let listed = json!({"ResourceType": "Parameter", "ResourceId": self.parameter});
        let listed = self.ssm("ListTagsForResource", listed).await.unwrap_or_default();
        let described = self.secrets("DescribeSecret", json!({"SecretId": self.secret})).await.unwrap_or_default();
        [&listed["TagList"], &described["Tags"]].map(|tags| {
            let tags = tags.as_array().into_iter().flatten();
            let pair = |tag: &Value| format!("{}={}", tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap());
            let mut pairs: Vec<_> = tags.map(pair).filter(|pair| !pair.starts_with("cfn-secrets:")).collect();
            pairs.sort();
            pairs
        })
    }

    /// A call of Parameter Store, or the code of its error.
    pub async fn ssm(&self, action: &str, body: Value) -> Result<Value, String> {
        self.call("ssm", &format!("AmazonSSM.{action}"), body).await
    }

    /// A call of Secrets Manager, or the code of its error.
    pub async fn secrets(&self, action: &str, body: Value) -> Result<Value, String> {
        self.call("secretsmanager", &format!("secretsmanager.{action}"), body).await
    }

    /// Somebody else writes a parameter over, without saying more than its value.
    pub async fn meddle_with_the_parameter(&self, value: &str) {
        let put = json!({"Name": self.parameter, "Value": value, "Overwrite": true});
        self.ssm("PutParameter", put).await.unwrap();
    }

    /// Somebody else gives a secret another value.
    pub async fn meddle_with_the_secret(&self, value: &str) {
        let token = random::uuid();
        let put = json!({"SecretId": self.secret, "SecretString": value, "ClientRequestToken": token});
        self.secrets("PutSecretValue", put).await.unwrap();
    }

    async fn call(&self, service: &str, target: &str, body: Value) -> Result<Value, String> {
        let credential =
            format!("Credential={}/20260101/{}/{service}/aws4_request", self.access_key, ministack::REGION);
        let authorization = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0");
        let headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target),
            ("Authorization", authorization.as_str()),
        ];
        let answer = http::exchange(self.address, "POST", "/", &headers, body.to_string()).await;
        let (head, text) = answer.unwrap();
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        match head.status {
            StatusCode::OK => Ok(said),
            _ => Err(said["__type"].as_str().unwrap_or(&text).to_owned()),
        }
    }
}
