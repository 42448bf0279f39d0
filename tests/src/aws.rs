//! One AWS account per scenario: a key, a table, a role for each function, and a look at all of it with full rights.

use std::{collections::HashMap, net::SocketAddr};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_kms::{config::Credentials, primitives::Blob};

pub use crate::functions::Function;
use crate::{
    bucket,
    functions::{PARAMETER_PREFIX, SECRET_PREFIX, Setting},
    iam::{self, Session},
    ministack, random, roto,
};

/// A table that the roles may use and that does not exist until a scenario makes it; `events/` names it.
pub const OTHER_TABLE: &str = "cfn-secrets";
/// The id of a KMS key that the roles may use and that never exists.
pub const MISSING_KEY_ID: &str = "00000000-0000-0000-0000-000000000000";

/// A stored item.
pub type Item = HashMap<String, AttributeValue>;

/// Which third-party engine plays AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Enforces IAM policies; takes changed ciphertexts.
    Ministack,
    /// Rejects changed ciphertexts; knows no policies.
    Roto,
}

/// Where an account keeps its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a table.
    Table,
    /// In a bucket; wherever a table is named here, it is that one.
    Bucket,
}

/// An account with its key and its table.
#[derive(Debug)]
pub struct Account {
    /// The account's number.
    pub id: String,
    /// Where all its services listen.
    pub endpoint: SocketAddr,
    /// The table that the functions are configured with.
    pub table: String,
    /// The key that those functions are configured with that make secrets.
    pub key_arn: String,
    /// DynamoDB with all rights.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// KMS with all rights.
    pub kms: aws_sdk_kms::Client,
    /// What the table is.
    pub store: Store,
    engine: Engine,
}

impl Account {
    /// An account that nobody else uses (on roto, which has only one: a table and a key that nobody else uses).
    pub async fn new(engine: Engine) -> Self {
        let (id, endpoint, table) = match engine {
            Engine::Ministack => (ministack::fresh_account(), ministack::address().await, "secrets".to_owned()),
            Engine::Roto => (roto::ACCOUNT.to_owned(), roto::address().await, format!("secrets-{}", random::hex(8))),
        };
        let kms = kms_client(root(&id), endpoint);
        let key = kms.create_key().send().await.unwrap();
        let key_arn = key.key_metadata().unwrap().arn().unwrap().to_owned();
        let dynamodb = dynamodb_client(root(&id), endpoint);
        let account = Self { id, endpoint, table, key_arn, dynamodb, kms, store: Store::Table, engine };
        account.create_table(&account.table).await;
        account
    }

    /// One on ministack whose secrets are in a bucket that nobody else uses: their names are all the world's.
    pub async fn over_s3() -> Self {
        let account = Self::new(Engine::Ministack).await;
        let table = format!("secrets-{}", account.id);
        bucket::create(account.endpoint, &account.id, &table).await;
        Self { table, store: Store::Bucket, ..account }
    }

    /// The variables that tell a function of its table and its key.
    pub fn variables(&self, function: Function) -> impl Iterator<Item = (String, String)> {
        let variables = function.settings().iter().map(|setting| match setting {
            Setting::TableName => ("TABLE_NAME", self.table.as_str()),
            Setting::KeyId => ("KMS_KEY_ID", self.key_arn.as_str()),
            Setting::ParameterPrefixes => ("PARAMETER_PREFIXES", PARAMETER_PREFIX),
            Setting::SecretPrefixes => ("SECRET_PREFIXES", SECRET_PREFIX),
        });
        variables.map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// Makes a table of the shape that `template.yaml` gives it.
    pub async fn create_table(&self, name: &str) {
        self.create_table_by(&self.dynamodb, name).await;
    }

    /// The same, in the region of this client.
    pub async fn create_table_by(&self, dynamodb: &aws_sdk_dynamodb::Client, name: &str) {
        let attribute = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        dynamodb
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute("StackName"))
            .attribute_definitions(attribute("Env"))
            .key_schema(key("StackName", KeyType::Hash))
            .key_schema(key("Env", KeyType::Range))
            .send()
            .await
            .unwrap();
    }

    /// Another key of the account, which the roles may not use.
    pub async fn create_key(&self) -> String {
        let key = self.kms.create_key().send().await.unwrap();
        key.key_metadata().unwrap().arn().unwrap().to_owned()
    }

    /// A session of the function's role with the rights of the template, without the actions denied here.
    pub async fn session(&self, function: Function, denied: &[&str]) -> Session {
        match self.engine {
            Engine::Ministack => iam::assume(self, function, denied).await,
            Engine::Roto => Session {
                access_key_id: format!("AKIA{}", random::hex(16).to_uppercase()),
                secret_access_key: random::hex(40),
                session_token: random::hex(64),
            },
        }
    }

    /// DynamoDB with the rights of a session alone.
    pub fn dynamodb_as(&self, session: &Session) -> aws_sdk_dynamodb::Client {
        dynamodb_client(credentials(session), self.endpoint)
    }

    /// KMS with the rights of a session alone.
    pub fn kms_as(&self, session: &Session) -> aws_sdk_kms::Client {
        kms_client(credentials(session), self.endpoint)
    }

    /// Everything in the scenario's tables, as far as they exist.
    pub async fn items(&self) -> Vec<Item> {
        if self.store == Store::Bucket {
            return bucket::items(self.endpoint, &self.id, &self.table).await;
        }
        let mut items = Vec::new();
        let tables = self.dynamodb.list_tables().send().await.unwrap();
        for table in tables.table_names() {
            if *table == self.table || table == OTHER_TABLE {
                items.extend(self.scan(table).await);
            }
        }
        items
    }

    /// Puts an item as it is, past the generator.
    pub async fn put_item(&self, item: &Item) {
        self.dynamodb.put_item().table_name(&self.table).set_item(Some(item.clone())).send().await.unwrap();
    }

    /// Erases an item, as DynamoDB's time to live does.
    pub async fn delete_item(&self, item: &Item) {
        let delete = self.dynamodb.delete_item().table_name(&self.table);
        let delete = delete.key("StackName", item["StackName"].clone()).key("Env", item["Env"].clone());
        delete.send().await.unwrap();
    }

    /// Takes the table away.
    pub async fn delete_table(&self) {
        self.dynamodb.delete_table().table_name(&self.table).send().await.unwrap();
    }

    /// Disables the key.
    pub async fn disable_key(&self) {
        self.kms.disable_key().key_id(&self.key_arn).send().await.unwrap();
    }

    /// What KMS makes of a ciphertext under this context.
    pub async fn decrypt(&self, ciphertext: Vec<u8>, context: HashMap<String, String>) -> Option<Vec<u8>> {
        let decrypt = self.kms.decrypt().ciphertext_blob(Blob::new(ciphertext));
        let plaintext = decrypt.set_encryption_context(Some(context)).send().await.ok()?.plaintext?;
        Some(plaintext.into_inner())
    }

    async fn scan(&self, table: &str) -> Vec<Item> {
        let scan = self.dynamodb.scan().table_name(table).consistent_read(true).send().await.unwrap();
        scan.items.unwrap_or_default()
    }
}

fn root(account: &str) -> Credentials {
    Credentials::new(account, "root", None, None, "harness")
}

fn credentials(session: &Session) -> Credentials {
    let token = Some(session.session_token.clone());
    Credentials::new(&session.access_key_id, &session.secret_access_key, token, None, "harness")
}

fn kms_client(credentials: Credentials, endpoint: SocketAddr) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::Config::builder()
            .behavior_version(aws_sdk_kms::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_kms::config::Region::new(ministack::REGION))
            .endpoint_url(format!("http://{endpoint}"))
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build(),
    )
}

fn dynamodb_client(credentials: Credentials, endpoint: SocketAddr) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_dynamodb::config::Region::new(ministack::REGION))
            .endpoint_url(format!("http://{endpoint}"))
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build(),
    )
}
