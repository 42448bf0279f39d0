//! Each verb works over a bucket under exactly the policy that `cfn-secrets iam VERB` prints for it, and without one of the
//! actions on the bucket it fails. Those beside the bucket are tried over a table.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    bucket::{self, Fate, Wire},
    command::{Ran, home},
    iam::{Session, actions, without},
    ministack, random, together,
    world::{World, scenario_over_s3, scenario_with_strict_kms},
};

/// Verbs that change nothing, each with calls which together need everything on the bucket that its policy allows.
const READING: &[(&str, &[&[&str]])] = &[
    ("list", &[&[]]),
    ("get", &[&["shop/dev/gone@1"], &["shop/dev/none"]]),
    ("get-all", &[&[]]),
    ("history", &[&["shop/dev/none"]]),
    ("diff", &[&["shop/dev/kept", "shop/dev/gone@1"], &["shop/dev/kept", "shop/dev/none"]]),
    ("find", &[&["--by-value"]]),
    ("exec", &[&["shop/dev/gone@1", "--", "true"], &["shop/dev/none", "--", "true"]]),
    ("render", &[&[GONE], &[NONE]]),
    ("export", &[&["--recipient", RECIPIENT]]),
    ("doctor", &[&[]]),
];

/// The same of those that do.
const WRITING: &[(&str, &[&[&str]])] = &[
    ("generate", &[&[NEW], &["shop/dev/left"]]),
    ("put", &[&["shop/dev/left"]]),
    ("rotate", &[&["shop/dev/left"]]),
    ("retire", &[&["shop/dev/left"]]),
    ("restore", &[&["shop/dev/left@1"]]),
    ("prune", &[&["--yes"]]),
    ("reencrypt", &[&["--to", ANOTHER_KEY]]),
    ("import", &[&[VALUES, "--into", "shop/dev"]]),
];

/// Where an object lock forbids it, the lifecycle erases it one day: no failure.
const MAY_BE_FORBIDDEN: (&str, &str) = ("prune", "s3:DeleteObjectVersion");

/// Whose policy is tried where what it makes is.
const IN_ITS_OWN_STORY: [&str; 1] = ["setup"];

/// What those want to be told that ask.
const VALUE: &str = "a value that nobody has";

/// Stand for files with a template.
const GONE: &str = "{{ secret('shop/dev/gone@1') }}";
const NONE: &str = "{{ secret('shop/dev/none') }}";

/// Stands for a file with a new value of what was left in sight, and of a secret that is not there.
const VALUES: &str = "VALUES";

/// Whose key nobody has.
const RECIPIENT: &str = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

/// Stands for a secret that is not there yet.
const NEW: &str = "NEW";

/// Stands for a key under which nothing is.
const ANOTHER_KEY: &str = "ANOTHER_KEY";

/// A bucket on ministack, which enforces policies, and a KMS that knows ReEncrypt.
struct Clouds<'w> {
    world: &'w World,
    kms: &'w World,
    /// Whose values the one cloud holds and the other one opens: none that the scenario looks into.
    bucket: String,
    another_key: String,
    /// Of whoever may do everything: both clouds take it for their own.
    all: Session,
}

impl<'w> Clouds<'w> {
    async fn over(world: &'w World, kms: &'w World) -> Self {
        let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let all = world.session_of("administrator", &all).await;
        let bucket = format!("opened-elsewhere-{}", world.account.id);
        bucket::create(world.account.endpoint, &world.account.id, &bucket).await;
        Self { world, kms, bucket, another_key: kms.account.create_key().await, all }
    }
}

/// A place of its own in the bucket.
struct Place<'w> {
    clouds: &'w Clouds<'w>,
    prefix: String,
    wire: Wire,
}

impl<'w> Place<'w> {
    async fn new(clouds: &'w Clouds<'w>) -> Self {
        let wire = Wire::start(clouds.world.account.endpoint).await;
        Self { clouds, prefix: random::hex(8), wire }
    }

    /// A secret in use, one that is retired, one that was left in sight when it was retired, and one that has expired.
    async fn filled(clouds: &'w Clouds<'w>) -> Self {
        let place = Self::new(clouds).await;
        let (endpoint, account) = (clouds.world.account.endpoint, &clouds.world.account.id);
        let run = async |line: &[&str]| {
            let ran = place.run(line, None).await;
            assert_eq!(ran.code, Some(0), "{line:?}: {ran:?}");
        };
        for line in [["put", "shop/dev/old"], ["retire", "shop/dev/old"]] {
            run(&line).await;
        }
        bucket::expire(endpoint, account, &clouds.bucket, &place.prefix).await;
        for line in [["put", "shop/dev/kept"], ["put", "shop/dev/left"], ["put", "shop/dev/left"]] {
            run(&line).await;
        }
        run(&["retire", "shop/dev/left@1"]).await;
        bucket::unhide(endpoint, account, &clouds.bucket, &place.prefix).await;
        for line in [["put", "shop/dev/gone"], ["retire", "shop/dev/gone"]] {
            run(&line).await;
        }
        place
    }

    async fn policy(&self, verb: &str) -> Value {
        self.run(&["iam", verb, "--account", &self.clouds.world.account.id], None).await.json()
    }

    async fn run(&self, line: &[&str], policy: Option<&Value>) -> Ran {
        let Clouds { world, kms, bucket, another_key, all } = self.clouds;
        // Whoever looks at key and stacks uses no key.
        let others = if line.contains(&"doctor") { world } else { kms };
        let is_import = line.contains(&"import");
        let folder = home();
        let (values, template) = (folder.join("values.json"), folder.join("template"));
        std::fs::write(&values, json!({"left": random::hex(32), "new": random::hex(32)}).to_string()).unwrap();
        let new = format!("shop/dev/{}", random::hex(8));
        let line = line.iter().map(|argument| match *argument {
            NEW => &new,
            ANOTHER_KEY => another_key,
            VALUES => values.to_str().unwrap(),
            GONE | NONE => {
                std::fs::write(&template, argument).unwrap();
                template.to_str().unwrap()
            }
            argument => argument,
        });
        let store = format!("s3://{bucket}/{}", self.prefix);
        let named = ["--store", &store, "--key", &others.account.key_arn];
        let line: Vec<_> = named.into_iter().chain(line).collect();
        let s3 = format!("http://{}", self.wire.address());
        let command = others.command(&line).for_values().stdin(VALUE).env("AWS_ENDPOINT_URL_S3", &s3);
        match policy {
            Some(policy) => {
                let may_list = actions(policy).iter().any(|action| action == "s3:ListBucket");
                // Whoever has read all decides anew where somebody else was faster.
                let mut is_faster = is_import;
                self.wire.let_decide(move |asked| {
                    if is_faster && asked.method == "PUT" && asked.target.ends_with("/left/state.json") {
                        is_faster = false;
                        return Fate::Answer(409, "ConditionalRequestConflict");
                    }
                    if may_list { Fate::Pass } else { Fate::HideAbsence }
                });
                command.as_session(&world.session_of(&self.prefix, policy).await).run().await
            }
            None => {
                self.wire.let_decide(|_| Fate::Pass);
                command.as_session(all).run().await
            }
        }
    }
}

#[tokio::test]
async fn each_verb_needs_what_its_policy_says_and_no_more() {
    scenario_over_s3(async |world| {
        scenario_with_strict_kms(async |kms| {
            let clouds = Clouds::over(world, kms).await;
            // Each of those who may not waits a moment for a right that was granted just now: at the same time.
            let reading = async {
                let place = Place::filled(&clouds).await;
                for (verb, calls) in READING {
                    place.without_one_action(verb, calls).await;
                    place.with_all(verb, calls).await;
                }
            };
            let writing = WRITING.iter().map(async |(verb, calls)| {
                Place::filled(&clouds).await.without_one_action(verb, calls).await;
                Place::filled(&clouds).await.with_all(verb, calls).await;
            });
            tokio::join!(reading, together::all(writing));
        })
        .await;
    })
    .await;
}

impl Place<'_> {
    async fn without_one_action(&self, verb: &str, calls: &[&[&str]]) {
        let policy = self.policy(verb).await;
        let of_the_bucket = actions(&policy).into_iter().filter(|action| action.starts_with("s3:"));
        let mut of_the_bucket: Vec<_> = of_the_bucket.collect();
        // Whoever may hide what was left in sight does so, even where something else fails.
        of_the_bucket.sort_by_key(|action| action != "s3:DeleteObject");
        assert!(!of_the_bucket.is_empty(), "{verb} with {policy}");
        for taken in of_the_bucket.iter().filter(|taken| (verb, &***taken) != MAY_BE_FORBIDDEN) {
            let codes = self.codes(verb, calls, &without(&policy, Some(taken))).await;
            assert!(codes.iter().any(may_not), "{verb} without {taken}: {codes:?}");
        }
    }

    async fn with_all(&self, verb: &str, calls: &[&[&str]]) {
        let codes = self.codes(verb, calls, &self.policy(verb).await).await;
        assert!(!codes.iter().any(may_not), "{verb}: {codes:?}");
    }

    async fn codes(&self, verb: &str, calls: &[&[&str]], policy: &Value) -> Vec<Option<i32>> {
        let mut codes = Vec::new();
        for call in calls {
            codes.push(self.run(&[&[verb], *call].concat(), Some(policy)).await.code);
        }
        codes
    }
}

/// What it may not do, or may not look at, as `doctor` ends then. That something is not there, or is retired, is an answer.
fn may_not(code: &Option<i32>) -> bool {
    !matches!(code, Some(0 | 1))
}

/// Where a lock or a policy forbids it, what has expired stays hidden: for that, `prune` has its action.
#[tokio::test]
async fn who_prunes_erases_at_once_where_he_may() {
    scenario_over_s3(async |world| {
        scenario_with_strict_kms(async |kms| {
            let clouds = Clouds::over(world, kms).await;
            let (verb, action) = MAY_BE_FORBIDDEN;
            for (taken, are_left) in [(Some(action), true), (None, false)] {
                let place = Place::filled(&clouds).await;
                let policy = without(&place.policy(verb).await, taken);
                assert_eq!(place.run(&[verb, "--yes"], Some(&policy)).await.code, Some(0));
                let values = format!("versions&prefix={}/shop/dev/old/v/", place.prefix);
                let at = (world.account.endpoint, ministack::REGION);
                let told = bucket::told(at, &world.account.id, &clouds.bucket, &values).await;
                assert_eq!(told.contains("<VersionId>"), are_left, "{told}");
            }
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn every_verb_with_a_policy_is_here() {
    scenario_over_s3(async |world| {
        let unknown = world.command(&["iam", "no-such-verb"]).run().await;
        let (_, known) = unknown.stderr.rsplit_once("rights are ").unwrap();
        let known: Vec<_> = known.trim_end().split(", ").collect();
        let told = READING.iter().chain(WRITING).map(|(verb, _)| *verb).chain(IN_ITS_OWN_STORY);
        let (known, told) = (BTreeSet::from_iter(known), BTreeSet::from_iter(told));
        assert_eq!(known, told, "a verb without its line in READING or WRITING, or the other way round");
    })
    .await;
}
