//! What AWS answers in passing is waited for, whichever call of whichever request it hits; and what it says to the end is
//! told with what to do about it. Each answer is put in word for word.

use std::time::Duration;

use aws_sdk_kms::primitives::Blob;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{
    aws::Function::{self, Generator, Getter},
    faulty_wire::{Answer, FaultyWire},
    resource::{Resource, assert_failed, assert_success},
    response::{self, Status},
    together::all,
    world::{World, scenario, scenario_with_strict_kms},
};

/// What is asked of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Create(Content),
    Rotate(Content),
    RollBack,
    Delete,
    Read(Which),
}

/// What a new version holds, which decides how KMS is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Generated,
    Long,
    Encrypted,
}

/// How a version is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    ById,
    Current,
    Previous,
}

impl Asked {
    fn function(self) -> Function {
        if matches!(self, Self::Read(_)) { Getter } else { Generator }
    }

    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Create(Content::Generated) | Self::Rotate(Content::Generated) => {
                &["Query", "Encrypt", "TransactWriteItems"]
            }
            Self::Create(Content::Long) | Self::Rotate(Content::Long) => &["GenerateDataKey"],
            Self::Create(Content::Encrypted) | Self::Rotate(Content::Encrypted) => &["ReEncrypt"],
            Self::RollBack | Self::Delete => &["Query", "TransactWriteItems"],
            Self::Read(Which::ById | Which::Current) => &["GetItem", "Decrypt"],
            Self::Read(Which::Previous) => &["Query", "GetItem", "Decrypt"],
        }
    }

    /// A part of an env's name.
    fn name(self) -> String {
        format!("{self:?}").replace(['(', ')'], "-")
    }
}

/// A secret in the state that each request begins with, and what asks for it.
struct Story<'w> {
    world: &'w World,
    secret: Resource<'w>,
    getter: Resource<'w>,
    env: String,
}

impl<'w> Story<'w> {
    async fn begin(world: &'w World, asked: Asked, env: String) -> Self {
        let stack = world.stack("shop");
        let (secret, getter) = (stack.generator(&format!("Secret-{env}")), stack.getter("Copy"));
        let mut story = Self { world, secret, getter, env };
        if !matches!(asked, Asked::Create(_)) {
            assert_success(&story.ask(Asked::Create(Content::Generated)).await);
        }
        if matches!(asked, Asked::RollBack | Asked::Read(Which::Previous)) {
            assert_success(&story.ask(Asked::Rotate(Content::Generated)).await);
        }
        story
    }

    async fn ask(&mut self, asked: Asked) -> response::Answer {
        let template = match asked {
            Asked::Create(content) => self.template(content, "1").await,
            Asked::Rotate(content) => self.template(content, "2").await,
            _ => self.template(Content::Generated, "1").await,
        };
        let Self { secret, getter, env, .. } = self;
        match asked {
            Asked::Create(_) => secret.create(template).await,
            Asked::Rotate(_) | Asked::RollBack => secret.update(template).await,
            Asked::Delete => secret.delete().await,
            Asked::Read(Which::ById) => getter.create(json!({"SecretId": secret.id()})).await,
            Asked::Read(Which::Current) => getter.create(json!({"Env": env})).await,
            Asked::Read(Which::Previous) => getter.create(json!({"Env": env, "Stage": "previous"})).await,
        }
    }

    async fn template(&self, content: Content, trigger: &str) -> Value {
        let mut template = json!({"Env": self.env, "RotationTrigger": trigger});
        match content {
            Content::Generated => {}
            Content::Long => template["Value"] = json!("a long value ".repeat(400)),
            Content::Encrypted => template["EncryptedValue"] = json!(self.encrypted().await),
        }
        template
    }

    /// What a person encrypts for this secret.
    async fn encrypted(&self) -> String {
        let account = &self.world.account;
        let context = [("StackName", "shop"), ("Env", &*self.env), ("Name", "default")];
        let context = context.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let encrypt = account.kms.encrypt().key_id(&account.key_arn).plaintext(Blob::new("from outside"));
        let output = encrypt.set_encryption_context(Some(context.into())).send().await.unwrap();
        STANDARD.encode(output.ciphertext_blob.unwrap().into_inner())
    }
}

/// ministack does not know ReEncrypt.
async fn told(asked: Asked, story: impl AsyncFnOnce(&World)) {
    if asked.calls().contains(&"ReEncrypt") {
        scenario_with_strict_kms(story).await;
    } else {
        scenario(story).await;
    }
}

/// What passes, of the services that say it.
fn passing(call: &str) -> Vec<Answer> {
    let error = |code| Answer::error(code, "Rate exceeded");
    let mut answers: Vec<Answer> = [
        "ThrottlingException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "RequestExpired",
        "AccessDeniedException",
    ]
    .map(error)
    .into();
    answers.push(error("ServiceUnavailable").with_status(503));
    if matches!(call, "Query" | "GetItem" | "TransactWriteItems") {
        answers.push(error("ProvisionedThroughputExceededException"));
        answers.push(error("InternalServerError").with_status(500));
    } else {
        answers.push(error("KMSInternalException").with_status(500));
        answers.push(error("KeyUnavailableException").with_status(500));
        answers.push(error("DependencyTimeoutException").with_status(503));
    }
    if call == "TransactWriteItems" {
        answers.push(error("TransactionInProgressException"));
        answers.push(error("IdempotentParameterMismatchException"));
        for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict", "DuplicateItem"] {
            answers.push(Answer::cancelled(&["None", code]));
            answers.push(Answer::cancelled(&[code, "None"]));
        }
    }
    answers
}

/// As often as the SDK tries by itself.
const TIMES: u32 = 2;

/// Stories that are told at the same time.
const TOLD_AT_ONCE: usize = 8;

async fn what_passes_is_not_noticed(asked: Asked) {
    told(asked, async |world| {
        let wire = FaultyWire::start(world, asked.function()).await;
        let tell = async |(env, call, answer): (String, &'static str, Answer)| {
            let mut story = Story::begin(world, asked, env.clone()).await;
            wire.put_in(call, &env, &answer, TIMES);
            let answered = story.ask(asked).await;
            assert_eq!(wire.clear(&env), TIMES, "{asked:?} {call} {answer:?}");
            assert_eq!(answered.status, Status::Success, "{asked:?} {call} {answer:?}: {:?}", answered.reason);
        };
        let rows = asked.calls().iter().flat_map(|call| passing(call).into_iter().map(|answer| (*call, answer)));
        let rows: Vec<_> = rows.enumerate().map(|(row, (call, answer))| (env(asked, row), call, answer)).collect();
        for rows in rows.chunks(TOLD_AT_ONCE) {
            all(rows.iter().cloned().map(tell)).await;
        }
    })
    .await;
}

/// An env of its own for each row; none begins like another.
fn env(asked: Asked, row: usize) -> String {
    format!("{}-{row:03}", asked.name())
}

const GENERATED: Content = Content::Generated;
const OTHERWISE: [Content; 2] = [Content::Long, Content::Encrypted];

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_create() {
    what_passes_is_not_noticed(Asked::Create(GENERATED)).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_an_update() {
    what_passes_is_not_noticed(Asked::Rotate(GENERATED)).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_rollback() {
    what_passes_is_not_noticed(Asked::RollBack).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_whatever_a_new_version_holds() {
    for content in OTHERWISE {
        what_passes_is_not_noticed(Asked::Create(content)).await;
        what_passes_is_not_noticed(Asked::Rotate(content)).await;
    }
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_delete() {
    what_passes_is_not_noticed(Asked::Delete).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_read() {
    for which in [Which::ById, Which::Current, Which::Previous] {
        what_passes_is_not_noticed(Asked::Read(which)).await;
    }
}

/// What is said to the end, and the words of the Reason.
fn to_the_end(call: &str) -> Vec<(Answer, &'static [&'static str])> {
    let error = |code| Answer::error(code, "as AWS says it");
    let denied = |why: &str| {
        let text =
            "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: x:Y on resource: arn:aws:x";
        Answer::error("AccessDeniedException", &format!("{text} {why}"))
    };
    let mut rows: Vec<(Answer, &'static [&'static str])> = vec![
        (error("ThrottlingException"), &["throttled"]),
        (error("ExpiredTokenException"), &["credentials"]),
        (error("UnrecognizedClientException"), &["credentials"]),
        (error("InvalidSignatureException"), &["the time of its request"]),
        (error("ValidationException"), &["refused the request"]),
        (error("InternalServerError").with_status(500), &["try again"]),
        (denied("with an explicit deny in a service control policy"), &["service control policy"]),
        (denied("because no permissions boundary allows the x:Y action"), &["permissions boundary"]),
        (denied("because no VPC endpoint policy allows the x:Y action"), &["VPC endpoint"]),
        (denied("because no identity-based policy allows the x:Y action"), &["role may not call"]),
    ];
    match call {
        "Query" | "GetItem" => {
            rows.push((error("ProvisionedThroughputExceededException"), &["throttled", "ReadCapacityUnits"]));
            let own_key = Answer::error("AccessDeniedException", "KMS key access denied error: arn:aws:kms:x");
            rows.push((own_key, &["the KMS key that the table itself is encrypted with"]));
        }
        "TransactWriteItems" => {
            rows.push((error("ProvisionedThroughputExceededException"), &["throttled", "WriteCapacityUnits"]));
            let cancelled = Answer::cancelled(&["None", "ProvisionedThroughputExceeded"]);
            rows.push((cancelled, &["throttled", "WriteCapacityUnits"]));
            rows.push((Answer::cancelled(&["ThrottlingError", "None"]), &["throttled"]));
            rows.push((Answer::cancelled(&["TransactionConflict", "None"]), &["several requests changed this secret"]));
            let rejected = Answer::cancelled(&["None", "ValidationError"]);
            rows.push((rejected.clone(), &["DynamoDB refused the request"]));
            let too_large = rejected.saying("Item size to update has exceeded the maximum allowed size");
            rows.push((too_large, &["an item of the DynamoDB table holds 409600 bytes"]));
        }
        _ => {
            rows.push((error("DisabledException"), &["disabled"]));
            rows.push((error("KMSInvalidStateException"), &["pending deletion"]));
            rows.push((error("NotFoundException"), &["KMS key", "does not exist"]));
        }
    }
    match call {
        "ReEncrypt" => rows.push((error("InvalidCiphertextException"), &["EncryptedValue was not encrypted for this"])),
        "Decrypt" => rows.push((error("InvalidCiphertextException"), &["does not decrypt"])),
        _ => {}
    }
    rows
}

async fn what_does_not_pass_is_told(asked: Asked) {
    told(asked, async |world| {
        let wire = FaultyWire::start(world, asked.function()).await;
        // Soon over, with room for the last call on a machine that has other things to do.
        world.rig(asked.function()).function.set_time_limit(Duration::from_secs(12));
        let tell = async |(env, call, answer, words): (String, &'static str, Answer, &[&str])| {
            let mut story = Story::begin(world, asked, env.clone()).await;
            wire.put_in(call, &env, &answer, u32::MAX);
            let failed = story.ask(asked).await;
            wire.clear(&env);
            assert_failed(&failed, words);
            let reason = failed.reason.as_deref().unwrap_or_default();
            assert!(!reason.contains("arn:"), "{reason}");
            assert_eq!(reason.contains("FORCE_DELETE_STACK"), asked == Asked::Delete, "{reason}");
            match asked {
                // CloudFormation removes what was not made, and the user tries again.
                Asked::Create(_) => assert_success(&story.ask(Asked::Delete).await),
                Asked::Delete => assert_success(&story.ask(Asked::Read(Which::Current)).await),
                _ => {}
            }
            assert_success(&story.ask(asked).await);
            if asked == Asked::Delete {
                assert_failed(&story.ask(Asked::Read(Which::Current)).await, &["deleted"]);
            }
        };
        let rows = asked.calls().iter().flat_map(|call| to_the_end(call).into_iter().map(|row| (*call, row)));
        let rows = rows.enumerate().map(|(row, (call, (answer, words)))| (env(asked, row), call, answer, words));
        for rows in rows.collect::<Vec<_>>().chunks(TOLD_AT_ONCE) {
            all(rows.iter().cloned().map(tell)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_create() {
    what_does_not_pass_is_told(Asked::Create(GENERATED)).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_an_update() {
    what_does_not_pass_is_told(Asked::Rotate(GENERATED)).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_rollback() {
    what_does_not_pass_is_told(Asked::RollBack).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_whatever_a_new_version_holds() {
    for content in OTHERWISE {
        what_does_not_pass_is_told(Asked::Create(content)).await;
        what_does_not_pass_is_told(Asked::Rotate(content)).await;
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_delete_which_never_succeeds_over_a_live_secret() {
    what_does_not_pass_is_told(Asked::Delete).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_read() {
    what_does_not_pass_is_told(Asked::Read(Which::Current)).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_read_by_id() {
    what_does_not_pass_is_told(Asked::Read(Which::ById)).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_read_of_the_previous_one() {
    what_does_not_pass_is_told(Asked::Read(Which::Previous)).await;
}
