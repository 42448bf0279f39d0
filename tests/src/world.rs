//! One scenario's world: an account, the functions, an endpoint for each one's responses, and at the end the questions
//! whether every request was answered well and whether anything leaked.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_function::fields::VERSION;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::Value;

use crate::{
    aws::{Account, Engine, Function, Item, Store},
    function::{Deployed, Ending},
    functions::Answers,
    iam::{self, Session},
    leaks::{Leaks, Place},
    ministack::REGION,
    resource::Stack,
    response_endpoint::ResponseEndpoint,
};

/// What is shorter may turn up by chance, or because it is no secret.
const SHORTEST_SECRET: usize = 8;

/// Runs a story on ministack, inside the leak test.
pub async fn scenario(story: impl AsyncFnOnce(&World)) {
    run(Account::new(Engine::Ministack).await, story).await;
}

/// Runs a story on the stricter KMS, inside the leak test.
pub async fn scenario_with_strict_kms(story: impl AsyncFnOnce(&World)) {
    run(Account::new(Engine::Roto).await, story).await;
}

/// Runs a story on ministack with the functions over a bucket, inside the leak test.
pub async fn scenario_over_s3(story: impl AsyncFnOnce(&World)) {
    run(Account::over_s3().await, story).await;
}

/// What a scenario works with.
#[derive(Debug)]
pub struct World {
    /// AWS, with full rights.
    pub account: Account,
    rigs: BTreeMap<Function, Rig>,
    notes: Mutex<Notes>,
    looking: tokio::sync::Mutex<()>,
}

/// A function and where its responses go.
#[derive(Debug)]
pub struct Rig {
    /// The function as Lambda runs it.
    pub function: Deployed,
    /// Where its response URLs point.
    pub endpoint: ResponseEndpoint,
}

#[derive(Debug, Default)]
struct Notes {
    leaks: Leaks,
    items: BTreeSet<String>,
    ciphertexts: BTreeSet<String>,
    heard: Vec<(Place, Vec<u8>)>,
    problems: Vec<String>,
}

impl World {
    /// A stack of this name with an id of its own; a second one of the same name is its successor.
    pub fn stack(&self, name: &str) -> Stack<'_> {
        Stack::new(self, name)
    }

    /// One of the functions.
    pub fn rig(&self, function: Function) -> &Rig {
        &self.rigs[&function]
    }

    /// Delivers an event and looks at what it left in the tables.
    pub async fn invoke(&self, function: Function, event: &[u8]) -> Ending {
        let ending = self.rig(function).function.invoke(event.to_vec()).await;
        self.look().await;
        ending
    }

    /// A direct invocation, and what it returned or the error it ended with.
    pub async fn invoke_directly(&self, function: Function, event: Value) -> Result<Value, String> {
        match self.invoke(function, event.to_string().as_bytes()).await {
            Ending::Returned(value) => {
                if function.answers() == Answers::WithSecrets {
                    let attributes = value.as_object().into_iter().flatten();
                    self.learn_attributes(attributes.map(|(name, value)| (name, value.as_str())));
                }
                Ok(value)
            }
            Ending::Failed(error) => Err(error["errorMessage"].as_str().unwrap_or_default().to_owned()),
            ending @ (Ending::Crashed | Ending::TimedOut) => panic!("{function:?}: {ending:?}"),
        }
    }

    /// Takes rights from a function's role.
    pub async fn deny(&self, function: Function, actions: &[&str]) {
        let session = self.account.session(function, actions).await;
        self.notes().learn_session(&session);
        self.rig(function).function.configure(session_variables(&session));
    }

    /// Sets environment variables of a function.
    pub fn configure(&self, function: Function, variables: &[(&str, &str)]) {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.rig(function).function.configure(variables);
    }

    /// Every item of the tables, head items and versions.
    pub async fn items(&self) -> Vec<Item> {
        self.account.items().await
    }

    /// The version items, by sort key.
    pub async fn versions(&self) -> BTreeMap<String, Item> {
        let versions = self.items().await.into_iter().filter(|item| item.contains_key("Ciphertext"));
        versions.map(|item| (text(&item, "Env"), item)).collect()
    }

    /// Stores an item past the generator; what its ciphertext hides is none of the pair's secrets.
    pub async fn tamper(&self, item: &Item) {
        self.notes().ciphertexts.insert(text(item, "Ciphertext"));
        self.account.put_item(item).await;
    }

    /// The plaintext of a version item, by its own context: what an operator does with the AWS CLI alone.
    pub async fn open(&self, item: &Item) -> Option<String> {
        let context: HashMap<String, String> = item["EncryptionContext"]
            .as_m()
            .ok()?
            .iter()
            .map(|(name, value)| (name.clone(), value.as_s().unwrap().clone()))
            .collect();
        let bytes = |name| STANDARD.decode(text(item, name)).ok();
        let plaintext = if item.contains_key("DataKey") {
            let associated = serde_json::to_vec(&context.iter().collect::<BTreeMap<_, _>>()).unwrap();
            let data_key = self.account.decrypt(bytes("DataKey")?, context).await?;
            open_envelope(&data_key, bytes("Ciphertext")?, &associated)?
        } else {
            self.account.decrypt(bytes("Ciphertext")?, context).await?
        };
        String::from_utf8(plaintext).ok()
    }

    /// Learns what a function handed out. What is too short to be told from chance is no secret by itself.
    pub(crate) fn learn_attributes<'a>(&self, attributes: impl Iterator<Item = (&'a String, Option<&'a str>)>) {
        for (name, value) in attributes {
            if name != VERSION
                && let Some(value) = value.filter(|value| value.len() >= SHORTEST_SECRET)
            {
                self.notes().leaks.learn_value(value);
            }
        }
    }

    /// Something that a command said, for the leak test.
    pub(crate) fn heard(&self, place: Place, evidence: Vec<u8>) {
        self.notes().heard.push((place, evidence));
    }

    /// A session with the rights of this policy alone.
    pub async fn session(&self, policy: &Value) -> Session {
        self.session_of("operator", policy).await
    }

    /// The same of another role.
    pub async fn session_of(&self, role: &str, policy: &Value) -> Session {
        let session = iam::assume_with(&self.account, role, policy).await;
        self.notes().learn_session(&session);
        session
    }

    async fn new(account: Account) -> Self {
        let mut notes = Notes::default();
        let mut rigs = BTreeMap::new();
        for function in Function::ALL {
            rigs.insert(*function, rig(&account, *function, &mut notes).await);
        }
        Self { account, rigs, notes: Mutex::new(notes), looking: tokio::sync::Mutex::default() }
    }

    /// Remembers every new item, and learns the secret inside it. Of a crowd, one looks at a time; the end of the story
    /// finds what is left.
    async fn look(&self) {
        let Ok(_looking) = self.looking.try_lock() else { return };
        for item in self.items().await {
            let printed = format!("{item:?}");
            if !self.notes().items.insert(printed) || !item.contains_key("Ciphertext") {
                continue;
            }
            if self.notes().ciphertexts.insert(text(&item, "Ciphertext")) {
                match self.open(&item).await {
                    Some(value) => self.notes().leaks.learn_value(&value),
                    None => self.notes().problems.push("a stored ciphertext that its own context does not open".into()),
                }
            }
        }
    }

    /// Stops the functions, then searches everything that was seen.
    async fn verdict(&self) -> Vec<String> {
        let mut evidence = Vec::new();
        let mut leaks = self.notes().leaks.clone();
        let mut problems = self.notes().problems.clone();
        for (&function, rig) in &self.rigs {
            let (output, heard) = rig.function.stop().await;
            evidence.push((Place::Output(function), output));
            evidence.extend(heard.into_iter().map(|body| (Place::RuntimeApi(function), body)));
            evidence.extend(rig.endpoint.bodies().into_iter().map(|body| (Place::Response(function), body)));
            for url in rig.endpoint.urls() {
                leaks.learn_credential(&url.signature);
            }
            problems.extend(rig.endpoint.violations().into_iter().map(|breach| format!("{function:?}: {breach}")));
        }
        evidence.extend(self.notes().heard.clone());
        evidence.extend(self.notes().items.iter().map(|item| (Place::StoredItem, item.clone().into_bytes())));
        problems.extend(evidence.iter().flat_map(|(place, text)| leaks.search(*place, text)));
        problems
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

impl Notes {
    fn learn_session(&mut self, session: &Session) {
        self.leaks.learn_credential(&session.secret_access_key);
        self.leaks.learn_credential(&session.session_token);
    }
}

/// What docs/format.md says of an envelope, in the words of the library that the TLS stack has anyway.
fn open_envelope(data_key: &[u8], sealed: Vec<u8>, associated: &[u8]) -> Option<Vec<u8>> {
    let (nonce, value) = sealed.split_first_chunk()?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, data_key).ok()?);
    let mut value = value.to_vec();
    let plaintext = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(associated), &mut value).ok()?;
    Some(plaintext.to_vec())
}

/// The text of a string attribute.
pub fn text(item: &Item, attribute: &str) -> String {
    item.get(attribute).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

async fn run(account: Account, story: impl AsyncFnOnce(&World)) {
    let world = World::new(account).await;
    story(&world).await;
    world.look().await;
    let problems = world.verdict().await;
    assert!(problems.is_empty(), "the story ended well, but:\n  {}", problems.join("\n  "));
}

async fn rig(account: &Account, function: Function, notes: &mut Notes) -> Rig {
    let session = account.session(function, &[]).await;
    notes.learn_session(&session);
    let mut environment = BTreeMap::from([
        ("AWS_REGION".to_owned(), REGION.to_owned()),
        ("AWS_ENDPOINT_URL".to_owned(), format!("http://{}", account.endpoint)),
        // The most that a user can turn on; the leak test reads all of it.
        ("LOG_LEVEL".to_owned(), "debug".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL".to_owned(), "TRACE".to_owned()),
        ("RUST_LOG".to_owned(), "trace".to_owned()),
    ]);
    environment.extend(session_variables(&session));
    environment.extend(account.variables(function));
    let binary = match account.store {
        Store::Table => function.binary(),
        Store::Bucket => function.binary_over_s3(),
    };
    let deployed = Deployed::new(binary, function.arn(&account.id), environment);
    Rig { function: deployed, endpoint: ResponseEndpoint::start().await }
}

/// A session, as its programs find it in their environment.
pub fn session_variables(session: &Session) -> [(String, String); 3] {
    [
        ("AWS_ACCESS_KEY_ID".to_owned(), session.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), session.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN".to_owned(), session.session_token.clone()),
    ]
}
