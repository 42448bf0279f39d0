//! What AWS answers in passing is waited for, whichever call of whichever request it hits; and what it says to the end is
//! told with what to do about it. Each answer is put in word for word.

use std::{task::Poll, time::Duration};

use serde_json::{Value, json};
use tests::{
    aws::Function::{self, Generator, Getter},
    faulty_wire::{Answer, FaultyWire},
    resource::{Resource, assert_failed, assert_success},
    response::{self, Status},
    world::{World, scenario},
};

/// What is asked of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Create,
    CreateLong,
    Rotate,
    RollBack,
    Delete,
    ReadById,
    ReadCurrent,
    ReadPrevious,
}

impl Asked {
    fn function(self) -> Function {
        match self {
            Self::ReadById | Self::ReadCurrent | Self::ReadPrevious => Getter,
            _ => Generator,
        }
    }

    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Create | Self::Rotate => &["Query", "Encrypt", "TransactWriteItems"],
            Self::CreateLong => &["GenerateDataKey"],
            Self::RollBack | Self::Delete => &["Query", "TransactWriteItems"],
            Self::ReadById | Self::ReadCurrent => &["GetItem", "Decrypt"],
            Self::ReadPrevious => &["Query", "GetItem", "Decrypt"],
        }
    }
}

/// A secret in the state that each request begins with, and what asks for it.
struct Story<'w> {
    secret: Resource<'w>,
    getter: Resource<'w>,
    env: String,
}

fn properties(env: &str, trigger: &str) -> Value {
    json!({"Env": env, "RotationTrigger": trigger})
}

impl<'w> Story<'w> {
    async fn begin(world: &'w World, asked: Asked, env: String) -> Self {
        let stack = world.stack("shop");
        let mut secret = stack.generator(&format!("Secret-{env}"));
        if !matches!(asked, Asked::Create | Asked::CreateLong) {
            assert_success(&secret.create(properties(&env, "1")).await);
        }
        if matches!(asked, Asked::RollBack | Asked::ReadPrevious) {
            assert_success(&secret.update(properties(&env, "2")).await);
        }
        Self { secret, getter: stack.getter("Copy"), env }
    }

    async fn ask(&mut self, asked: Asked) -> response::Answer {
        let Self { secret, getter, env } = self;
        match asked {
            Asked::Create => secret.create(properties(env, "1")).await,
            Asked::CreateLong => secret.create(json!({"Env": env, "Value": "a long value ".repeat(400)})).await,
            Asked::Rotate => secret.update(properties(env, "2")).await,
            Asked::RollBack => secret.update(properties(env, "1")).await,
            Asked::Delete => secret.delete().await,
            Asked::ReadById => getter.create(json!({"SecretId": secret.id()})).await,
            Asked::ReadCurrent => getter.create(json!({"Env": env})).await,
            Asked::ReadPrevious => getter.create(json!({"Env": env, "Stage": "previous"})).await,
        }
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
    } else {
        answers.push(error("KMSInternalException").with_status(500));
        answers.push(error("DependencyTimeoutException").with_status(503));
    }
    if call == "TransactWriteItems" {
        answers.push(error("TransactionInProgressException"));
        for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"] {
            answers.push(Answer::cancelled(&["None", code]));
        }
    }
    answers
}

/// As often as the SDK tries by itself.
const TIMES: u32 = 2;

/// Stories that are told at the same time.
const TOLD_AT_ONCE: usize = 8;

async fn what_passes_is_not_noticed(requests: &[Asked]) {
    scenario(async |world| {
        for &asked in requests {
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
        }
    })
    .await;
}

/// An env of its own for each row; none begins like another.
fn env(asked: Asked, row: usize) -> String {
    format!("{asked:?}-{row:03}")
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_create() {
    what_passes_is_not_noticed(&[Asked::Create, Asked::CreateLong]).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_an_update_and_its_rollback() {
    what_passes_is_not_noticed(&[Asked::Rotate, Asked::RollBack]).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_delete() {
    what_passes_is_not_noticed(&[Asked::Delete]).await;
}

#[tokio::test]
async fn what_passes_is_not_noticed_by_a_read() {
    what_passes_is_not_noticed(&[Asked::ReadById, Asked::ReadCurrent, Asked::ReadPrevious]).await;
}

/// What is said to the end, and the words of the Reason.
fn to_the_end(call: &str) -> Vec<(Answer, &'static [&'static str])> {
    let denied = |why: &str| {
        let text =
            "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: x:Y on resource: arn:aws:x";
        Answer::error("AccessDeniedException", &format!("{text} {why}"))
    };
    let mut rows: Vec<(Answer, &'static [&'static str])> = vec![
        (Answer::error("ThrottlingException", "Rate exceeded"), &["throttled"]),
        (Answer::error("ExpiredTokenException", "expired"), &["credentials"]),
        (denied("with an explicit deny in a service control policy"), &["service control policy"]),
        (denied("because no permissions boundary allows the x:Y action"), &["permissions boundary"]),
        (denied("because no VPC endpoint policy allows the x:Y action"), &["VPC endpoint"]),
    ];
    match call {
        "Query" | "GetItem" => {
            let provisioned = Answer::error("ProvisionedThroughputExceededException", "exceeded");
            rows.push((provisioned, &["throttled", "ReadCapacityUnits"]));
            let own_key = Answer::error("AccessDeniedException", "KMS key access denied error: arn:aws:kms:x");
            rows.push((own_key, &["the KMS key that the table itself is encrypted with"]));
        }
        "TransactWriteItems" => {
            let provisioned = Answer::error("ProvisionedThroughputExceededException", "exceeded");
            rows.push((provisioned, &["throttled", "WriteCapacityUnits"]));
            let cancelled = Answer::cancelled(&["None", "ProvisionedThroughputExceeded"]);
            rows.push((cancelled, &["throttled", "WriteCapacityUnits"]));
            rows.push((Answer::cancelled(&["TransactionConflict", "None"]), &["several requests changed this secret"]));
            rows.push((Answer::error("ValidationException", "too large"), &["DynamoDB refused the request"]));
        }
        _ => {}
    }
    rows
}

async fn what_does_not_pass_is_told(asked: Asked) {
    scenario(async |world| {
        let wire = FaultyWire::start(world, asked.function()).await;
        world.rig(asked.function()).function.set_time_limit(Duration::from_secs(6));
        let tell = async |(env, call, answer, words): (String, &'static str, Answer, &[&str])| {
            let mut story = Story::begin(world, asked, env.clone()).await;
            wire.put_in(call, &env, &answer, u32::MAX);
            let failed = story.ask(asked).await;
            wire.clear(&env);
            assert_failed(&failed, words);
            let reason = failed.reason.as_deref().unwrap_or_default();
            assert!(!reason.contains("arn:"), "{reason}");
            assert_eq!(reason.contains("FORCE_DELETE_STACK"), asked == Asked::Delete, "{reason}");
            if asked == Asked::Delete {
                assert_success(&story.ask(Asked::ReadCurrent).await);
                assert_success(&story.ask(asked).await);
                assert_failed(&story.ask(Asked::ReadCurrent).await, &["deleted"]);
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
    what_does_not_pass_is_told(Asked::Create).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_delete_which_never_succeeds_over_a_live_secret() {
    what_does_not_pass_is_told(Asked::Delete).await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_to_a_read() {
    what_does_not_pass_is_told(Asked::ReadCurrent).await;
}

/// The outputs of futures that run at the same time.
async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                done.push(output);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn sixty_four_writers_to_one_secret_all_have_an_answer() {
    const WRITERS: usize = 64;
    scenario(async |world| {
        // For a machine that has other things to do; 25 simulated seconds are enough, as the generator's own test shows.
        world.rig(Generator).function.set_time_limit(Duration::from_secs(150));
        let write = async |number: usize| {
            let token = format!("writer-{number}-0123456789abcdef0123456789");
            let event = json!({"StackName": "hand", "Env": "prod", "ClientRequestToken": token});
            let answer = world.invoke_directly(Generator, event).await.unwrap();
            answer["Version"].as_str().unwrap().parse::<usize>().unwrap()
        };
        let mut versions = all((0..WRITERS).map(write)).await;
        versions.sort_unstable();
        assert!(versions.into_iter().eq(1..=WRITERS));
        assert_eq!(world.versions().await.len(), WRITERS);
    })
    .await;
}
