//! Each verb works under exactly the policy that `cfn-secrets iam VERB` prints for it, and one action less fails it.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{
    iam::{actions, without},
    random,
    world::{World, scenario},
};

use crate::filled::filled;

/// Verbs, each with calls which together need everything that its policy allows.
const NEEDING_ALL: &[(&str, &[&[&str]])] = &[
    ("list", &[&["--orphans"]]),
    ("get", &[&["shop/prod"]]),
    ("get-all", &[&[]]),
    ("history", &[&["shop/prod"]]),
    ("diff", &[&["shop/prod", "shop/prod", "--all"]]),
    ("find", &[&["--by-value"]]),
    ("exec", &[&["shop/prod", "--", "true"]]),
    ("render", &[&["-"]]),
    ("generate", &[&["shop/dev/gone"]]),
    ("put", &[&["shop/dev/kept"], &["shop/dev/kept", "--from-file", LONG]]),
    ("rotate", &[&["shop/dev/kept"]]),
    ("retire", &[&["shop/dev/kept"]]),
    ("restore", &[&["shop/dev/gone@1"]]),
    ("prune", &[&["--yes"]]),
    ("reencrypt", &[&["--to", ANOTHER_KEY]]),
    ("export", &[&["--recipient", RECIPIENT]]),
    ("import", &[&[VALUES, "--into", "shop/dev"]]),
    ("doctor", &[&[]]),
];

/// What `rotate` needs for a stack that lives: its story tries them.
pub(crate) const OF_LIVING_STACKS: [&str; 3] =
    ["cloudformation:DescribeStacks", "cloudformation:GetTemplate", "cloudformation:UpdateStack"];

/// Whose policy is tried where what it makes is.
const IN_ITS_OWN_STORY: [&str; 1] = ["setup"];

/// What those want to be told that ask.
const STDIN: &str = "{{ secret('shop/prod') }}";

/// Stands for a file with a value that no key encrypts by itself.
const LONG: &str = "LONG";

/// Stands for a file with another value for a secret that is there, and one that no key encrypts by itself.
const VALUES: &str = "VALUES";

/// Whose key nobody has.
const RECIPIENT: &str = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

/// Under which nothing is.
const ANOTHER_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/another";

/// What ministack does not know, and what comes after it.
const NOT_HERE: &[&str] = &["kms:ReEncryptFrom", "kms:ReEncryptTo"];
const AFTER_THAT: (&str, &str) = ("reencrypt", "dynamodb:UpdateItem");

#[tokio::test]
async fn each_verb_needs_what_its_policy_says_and_no_more() {
    scenario(async |world| {
        filled(world).await;
        by_hand(world).await;
        let items = world.items().await;
        let reset = async || {
            for item in &items {
                world.account.put_item(item).await;
            }
        };
        for (verb, calls) in NEEDING_ALL {
            let policy = policy(world, verb).await;
            let all = actions(&policy);
            assert!(!all.is_empty(), "{verb}");
            let codes = async |taken: Option<&str>| {
                let mut codes = Vec::new();
                for arguments in *calls {
                    reset().await;
                    codes.push(code_with(world, &[&[*verb], *arguments].concat(), &policy, taken).await);
                }
                codes
            };
            // A value that nobody has is looked for in all of them.
            let done = if *verb == "find" { 1 } else { 0 };
            // What it may not look at is a row among others.
            let refused = if *verb == "doctor" { 5 } else { 4 };
            if *verb != AFTER_THAT.0 {
                let codes = codes(None).await;
                assert!(codes.iter().all(|code| *code == Some(done)), "{verb} with {policy}: {codes:?}");
            }
            let here = |action: &&String| {
                let here = !NOT_HERE.contains(&&***action) && (*verb, &***action) != AFTER_THAT;
                here && !(*verb == "rotate" && OF_LIVING_STACKS.contains(&&***action))
            };
            for action in all.iter().filter(here) {
                let codes = codes(Some(action)).await;
                assert!(codes.contains(&Some(refused)), "{verb} without {action}: {codes:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_names_no_table_may_ask_the_pairs_stack_for_it() {
    scenario(async |world| {
        filled(world).await;
        let history = |arguments: &[&str]| world.command(arguments).without("CFN_SECRETS_TABLE");
        let policy = history(&["iam", "history"]).run().await.json();
        assert_eq!(actions(&policy), ["dynamodb:Query", "cloudformation:DescribeStacks"]);
        for (taken, code) in [(None, 0), (Some("cloudformation:DescribeStacks"), 4)] {
            let session = world.session(&without(&policy, taken)).await;
            let ran = history(&["history", "shop/prod"]).as_session(&session).run().await;
            assert_eq!(ran.code, Some(code), "{ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_looks_whether_a_value_is_another_reads_it_as_well() {
    scenario(async |world| {
        let stored = world.command(&["put", "shop/dev/kept", "--key", &world.account.key_arn]);
        assert_eq!(stored.stdin(random::hex(32)).run().await.code, Some(0));
        let mut policy = policy(world, "put").await;
        let skip =
            async |policy: &Value| code_with(world, &["put", "shop/dev/kept", "--skip-unchanged"], policy, None).await;
        assert_eq!(skip(&policy).await, Some(4));
        let read = self::policy(world, "get").await["Statement"].as_array().unwrap().clone();
        policy["Statement"].as_array_mut().unwrap().extend(read);
        assert_eq!(skip(&policy).await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn every_verb_with_a_policy_is_here() {
    scenario(async |world| {
        let unknown = world.command(&["iam", "no-such-verb"]).run().await;
        let (_, known) = unknown.stderr.rsplit_once("rights are ").unwrap();
        let known: Vec<_> = known.trim_end().split(", ").collect();
        let told: Vec<_> = NEEDING_ALL.iter().map(|(verb, _)| *verb).chain(IN_ITS_OWN_STORY).collect();
        assert_eq!(known, told, "a verb without its line in NEEDING_ALL, or the other way round");
    })
    .await;
}

/// Two secrets by hand, `shop/dev/kept` in use and `shop/dev/gone` retired, each of which had a version of a stack that lives
/// and has something else by now; and one version that has expired.
async fn by_hand(world: &World) {
    let lives = world.account.create_stack("lives", &[]).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let (past, future) = (1_700_000_000, 99_000_000_000);
    for name in ["kept", "gone", "old"] {
        for _ in 0..2 {
            let stored = world.command(&["put", &format!("shop/dev/{name}"), "--key", &world.account.key_arn]);
            assert_eq!(stored.stdin(random::hex(32)).run().await.code, Some(0));
        }
        for mut item in world.items().await {
            let sort_key = tests::world::text(&item, "Env");
            let version = sort_key.strip_prefix(&format!("dev/{name}")).map(|rest| rest.trim_start_matches(['#', '0']));
            let mut retire = |until: u64| {
                item.insert("RetiredAt".to_owned(), number(past));
                item.insert("ExpiresAt".to_owned(), number(until));
            };
            match (version, name) {
                (Some("1"), "old") => retire(past),
                (Some("1"), "gone") => retire(future),
                (Some("2"), "kept" | "gone") => {
                    retire(future);
                    item.insert("StackId".to_owned(), text(&lives));
                    item.insert("LogicalResourceId".to_owned(), text("Db"));
                }
                (Some(""), "gone") => retire(future),
                (Some(""), "kept") => drop(item.insert("CurrentVersion".to_owned(), number(1))),
                _ => continue,
            }
            if name != "old" {
                item.remove("SupersededAt");
            }
            world.account.put_item(&item).await;
        }
    }
}

pub(crate) async fn policy(world: &World, verb: &str) -> Value {
    let (table, key) = (&*world.account.table, &*world.account.key_arn);
    world.command(&["iam", verb, "--table", table, "--key", key, "--account", &world.account.id]).run().await.json()
}

async fn code_with(world: &World, arguments: &[&str], policy: &Value, taken: Option<&str>) -> Option<i32> {
    let session = world.session(&without(policy, taken)).await;
    let folder = tests::command::home();
    let (long, values) = (folder.join("value"), folder.join("values.json"));
    std::fs::write(&long, random::hex(5000)).unwrap();
    std::fs::write(&values, json!({"kept": random::hex(32), "long": random::hex(5000)}).to_string()).unwrap();
    let placed = |argument: &&str| match *argument {
        LONG => long.to_str().unwrap().to_owned(),
        VALUES => values.to_str().unwrap().to_owned(),
        argument => argument.to_owned(),
    };
    let arguments: Vec<String> = arguments.iter().map(placed).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let command = world.command(&arguments).env("CFN_SECRETS_KEY", &world.account.key_arn);
    command.for_values().stdin(STDIN).as_session(&session).run().await.code
}
