//! Whatever goes wrong between the functions and AWS, no value is lost, and every request is answered in time.

use std::time::Duration;

use serde_json::json;
use tests::{
    aws::Function::{self, Generator, Getter},
    microburst::{
        Call,
        Fault::{self, InternalError, Latency, ReplyGarbled, ReplyLost, Reset, Throttling},
        Faults,
        Often::{self, Always, Times},
    },
    resource::{Resource, Stack, assert_failed, assert_success},
    response::{Answer, Status},
    world::{World, scenario, text},
};

const ENCRYPT: Call = Call { service: "kms", operation: "Encrypt" };
const DECRYPT: Call = Call { service: "kms", operation: "Decrypt" };
const QUERY: Call = Call { service: "dynamodb", operation: "Query" };
const GET: Call = Call { service: "dynamodb", operation: "GetItem" };
const WRITE: Call = Call { service: "dynamodb", operation: "TransactWriteItems" };

/// A stack with one secret and what its database was last given.
struct Shop<'w> {
    world: &'w World,
    stack: Stack<'w>,
    secret: Resource<'w>,
    given: String,
}

impl<'w> Shop<'w> {
    /// A stack whose database has the first value.
    async fn open(world: &'w World, name: &str) -> Self {
        let stack = world.stack(name);
        let mut secret = stack.generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
        let given = read(&stack, secret.id()).await;
        Self { world, stack, secret, given }
    }

    /// The database's value can be read, by its id and by its address.
    async fn is_unharmed(&self) {
        Faults::stop(self.world, Getter).await;
        assert_eq!(read(&self.stack, self.secret.id()).await, self.given);
        let by_address = self.stack.getter("ByAddress").create(json!({"Env": "prod"})).await;
        assert_success(&by_address);
        assert_eq!(by_address["password"], self.given);
    }

    async fn rotate(&mut self, trigger: &str) -> Answer {
        self.secret.update(json!({"Env": "prod", "RotationTrigger": trigger})).await
    }

    /// The database is given the value of a rotation, and CloudFormation removes the one before.
    async fn take_over(&mut self, replaced: &str) {
        self.given = read(&self.stack, self.secret.id()).await;
        assert_success(&self.secret.delete_id(replaced).await);
    }

    async fn versions(&self) -> usize {
        let name = self.secret.id().split('/').nth(1).unwrap();
        let items = self.world.items().await;
        items.iter().filter(|item| item.contains_key("Ciphertext") && text(item, "StackName") == name).count()
    }
}

async fn read(stack: &Stack<'_>, id: &str) -> String {
    let answer = stack.getter("Copy").create(json!({"SecretId": id})).await;
    assert_success(&answer);
    answer["password"].to_owned()
}

/// The faults of one call of the generator, which are over and have happened when the story is told.
async fn during<T>(world: &World, call: Call, fault: Fault, often: Often, story: impl AsyncFnOnce() -> T) -> T {
    let faults = Faults::start(world, Generator, call, fault, often).await;
    end_soon(world, Generator, fault, often);
    let told = story().await;
    assert!(faults.fired().await > 0, "{fault:?} of {call:?} did not happen");
    Faults::stop(world, Generator).await;
    world.rig(Generator).function.set_time_limit(TIME_LIMIT);
    told
}

/// The template's `Timeout`.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What is never over is waited for until the deadline: here that is soon.
fn end_soon(world: &World, function: Function, fault: Fault, often: Often) {
    let limit = match (often, fault) {
        (Times(_), _) => TIME_LIMIT,
        // Room for one call, and long before the late one arrives after all.
        (Always, Latency(extra)) if extra > TIME_LIMIT / 2 => Duration::from_secs(8),
        (Always, Latency(_)) => TIME_LIMIT,
        (Always, _) => Duration::from_secs(6),
    };
    world.rig(function).function.set_time_limit(limit);
}

/// A whole life of a secret in which each step meets the fault, and none is harmed by it.
async fn is_survived(world: &World, call: Call, fault: Fault, often: Often) {
    let name = format!("{}-{}", call.service, call.operation);
    let stack = world.stack(&name);
    let mut secret = stack.generator("DbSecret");
    let created =
        during(world, call, fault, often, async || secret.create(json!({"Env": "prod", "RotationTrigger": "1"})).await);
    assert_success(&created.await);
    let given = read(&stack, secret.id()).await;
    let mut shop = Shop { world, stack, secret, given };
    assert_eq!(shop.versions().await, 1);

    let first = shop.secret.id().to_owned();
    assert_success(&during(world, call, fault, often, async || shop.rotate("2").await).await);
    assert_eq!(shop.versions().await, 2);
    assert_eq!(read(&shop.stack, &first).await, shop.given);
    shop.take_over(&first).await;
    shop.is_unharmed().await;

    // A Delete never needs the key.
    if call.service == "dynamodb" {
        let deleted = during(world, call, fault, often, async || shop.secret.delete().await).await;
        if fault == ReplyGarbled && deleted.status == Status::Failed {
            assert_failed(&deleted, &["delete the stack again"]);
            assert_success(&shop.secret.delete().await);
        } else {
            assert_success(&deleted);
        }
        let deleted = shop.stack.getter("Copy").create(json!({"Env": "prod"})).await;
        assert_failed(&deleted, &["deleted"]);
    }
}

#[tokio::test]
async fn a_passing_fault_is_not_noticed() {
    scenario(async |world| {
        for call in [ENCRYPT, QUERY, WRITE] {
            is_survived(world, call, Throttling, Times(2)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_broken_connection_is_not_noticed() {
    scenario(async |world| {
        for call in [ENCRYPT, QUERY, WRITE] {
            is_survived(world, call, Reset, Times(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_failing_service_is_asked_again() {
    scenario(async |world| {
        for call in [ENCRYPT, QUERY, WRITE] {
            is_survived(world, call, InternalError, Times(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_service_is_waited_for() {
    scenario(async |world| {
        for call in [ENCRYPT, QUERY, WRITE] {
            is_survived(world, call, Latency(Duration::from_millis(300)), Always).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_reply_is_lost_was_made_once() {
    scenario(async |world| is_survived(world, WRITE, ReplyLost, Times(1)).await).await;
}

#[tokio::test]
async fn a_write_whose_reply_is_garbled_was_made_once() {
    scenario(async |world| is_survived(world, WRITE, ReplyGarbled, Times(1)).await).await;
}

#[tokio::test]
async fn an_outage_fails_in_time_and_takes_nothing_away() {
    scenario(async |world| {
        let mut shop = Shop::open(world, "shop").await;
        for (call, fault) in [
            (ENCRYPT, Throttling),
            (ENCRYPT, Reset),
            (QUERY, Throttling),
            (QUERY, Reset),
            (WRITE, Throttling),
            (WRITE, InternalError),
            (WRITE, Latency(Duration::from_secs(20))),
        ] {
            let before = world.items().await;
            let rotated = during(world, call, fault, Always, async || shop.rotate("2").await).await;
            assert_failed(&rotated, &["try again"]);
            assert_eq!(world.items().await, before);
            shop.is_unharmed().await;

            let mut another = world.stack("another").generator("DbSecret");
            let create = async || another.create(json!({"Env": "prod"})).await;
            assert_failed(&during(world, call, fault, Always, create).await, &["try again"]);
            assert_eq!(world.items().await, before);
            // CloudFormation removes what was not made, and the user tries again.
            assert_success(&another.delete().await);
        }
        let first = shop.secret.id().to_owned();
        assert_success(&shop.rotate("2").await);
        shop.take_over(&first).await;
        shop.is_unharmed().await;
    })
    .await;
}

#[tokio::test]
async fn a_create_that_is_cut_off_in_its_write_names_what_it_may_have_made() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        let faults = Faults::start(world, Generator, WRITE, Latency(Duration::from_secs(20)), Always).await;
        // Over before the call itself is given up.
        world.rig(Generator).function.set_time_limit(Duration::from_secs(3));
        let created = secret.create(json!({"Env": "prod"})).await;
        assert_failed(&created, &["did not finish within"]);
        assert!(faults.fired().await > 0 && secret.id().contains("/shop/prod/default@1."), "{}", secret.id());
        Faults::stop(world, Generator).await;
        world.rig(Generator).function.set_time_limit(TIME_LIMIT);
        assert_success(&secret.delete().await);
    })
    .await;
}

#[tokio::test]
async fn a_delete_during_an_outage_is_to_be_repeated() {
    scenario(async |world| {
        let mut shop = Shop::open(world, "shop").await;
        for (call, fault) in [(QUERY, Throttling), (QUERY, Reset), (WRITE, Throttling), (WRITE, InternalError)] {
            let deleted = during(world, call, fault, Always, async || shop.secret.delete().await).await;
            assert_failed(&deleted, &["delete the stack again"]);
            shop.is_unharmed().await;
        }
        assert_success(&shop.secret.delete().await);
        let deleted = shop.stack.getter("Copy").create(json!({"Env": "prod"})).await;
        assert_failed(&deleted, &["deleted"]);
    })
    .await;
}

/// Whether or not DynamoDB did what it was asked to, the user is told to try again and then has a secret: the value
/// that nobody was told of is in nobody's way.
#[tokio::test]
async fn writes_that_are_never_confirmed_lose_nothing() {
    scenario(async |world| {
        for fault in [ReplyLost, ReplyGarbled] {
            let mut shop = Shop::open(world, &format!("{fault:?}")).await;
            let first = shop.secret.id().to_owned();
            let rotated = during(world, WRITE, fault, Always, async || shop.rotate("2").await).await;
            if rotated.status == Status::Failed {
                assert_failed(&rotated, &["try again"]);
                assert_eq!(read(&shop.stack, &first).await, shop.given);
                // CloudFormation rolls back: the old trigger, the id that it has.
                assert_success(&shop.rotate("1").await);
                assert_eq!(shop.secret.id(), first);
                shop.is_unharmed().await;
                assert_success(&shop.rotate("2").await);
            }
            assert_ne!(shop.secret.id(), first);
            shop.take_over(&first).await;
            shop.is_unharmed().await;
            let deleted = during(world, WRITE, fault, Always, async || shop.secret.delete().await).await;
            if deleted.status == Status::Failed {
                assert_failed(&deleted, &["delete the stack again"]);
                assert_success(&shop.secret.delete().await);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_getter_gives_the_right_value_or_none() {
    scenario(async |world| {
        let shop = Shop::open(world, "shop").await;
        let by_id = json!({"SecretId": shop.secret.id()});
        for (call, properties) in [(GET, json!({"Env": "prod"})), (GET, by_id.clone()), (DECRYPT, by_id)] {
            for (fault, often) in [
                (Throttling, Times(2)),
                (Throttling, Always),
                (Reset, Times(1)),
                (InternalError, Times(1)),
                (ReplyLost, Times(1)),
                (ReplyGarbled, Times(1)),
                (ReplyGarbled, Always),
            ] {
                let faults = Faults::start(world, Getter, call, fault, often).await;
                end_soon(world, Getter, fault, often);
                let answer = shop.stack.getter("Copy").create(properties.clone()).await;
                assert!(faults.fired().await > 0, "{fault:?} of {call:?} did not happen");
                match answer.status {
                    Status::Success => assert_eq!(answer["password"], shop.given),
                    Status::Failed => {
                        assert!(often == Always || fault == ReplyGarbled, "{call:?} {fault:?}: {:?}", answer.reason);
                        assert_failed(&answer, &["try again"]);
                    }
                }
            }
        }
        shop.is_unharmed().await;
    })
    .await;
}
