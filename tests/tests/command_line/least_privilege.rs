//! Each verb works under exactly the policy that `cfn-secrets iam VERB` prints for it, and one action less fails it.

use serde_json::{Value, json};
use tests::{
    template,
    world::{World, scenario},
};

use crate::filled::filled;

/// Verbs, each with arguments for which it needs everything that its policy allows.
const NEEDING_ALL: &[&[&str]] = &[
    &["list", "--orphans"],
    &["get", "shop/prod"],
    &["get-all"],
    &["history", "shop/prod"],
    &["diff", "shop/prod", "shop/prod", "--all"],
    &["find", "--by-value"],
    &["exec", "shop/prod", "--", "true"],
    &["render", "-"],
];

/// What those want to be told that ask.
const STDIN: &str = "{{ secret('shop/prod') }}";

#[tokio::test]
async fn each_verb_needs_what_its_policy_says_and_no_more() {
    scenario(async |world| {
        filled(world).await;
        for arguments in NEEDING_ALL {
            let policy = policy(world, arguments[0]).await;
            let all = actions(&policy);
            assert!(!all.is_empty(), "{arguments:?}");
            let code = code_with(world, arguments, &policy, None).await;
            // A value that nobody has is looked for in all of them.
            let done = if arguments[0] == "find" { 1 } else { 0 };
            assert_eq!(code, Some(done), "{arguments:?} with {policy}");
            for action in &all {
                let code = code_with(world, arguments, &policy, Some(action)).await;
                assert_eq!(code, Some(4), "{arguments:?} without {action}");
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
async fn every_verb_with_a_policy_is_here() {
    scenario(async |world| {
        let unknown = world.command(&["iam", "no-such-verb"]).run().await;
        let (_, known) = unknown.stderr.rsplit_once("rights are ").unwrap();
        let known: Vec<_> = known.trim_end().split(", ").collect();
        let told: Vec<_> = NEEDING_ALL.iter().map(|arguments| arguments[0]).collect();
        assert_eq!(known, told, "a verb without its line in NEEDING_ALL, or the other way round");
    })
    .await;
}

async fn policy(world: &World, verb: &str) -> Value {
    let (table, key) = (&*world.account.table, &*world.account.key_arn);
    world.command(&["iam", verb, "--table", table, "--key", key, "--account", &world.account.id]).run().await.json()
}

fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap();
    statements.iter().flat_map(|statement| template::strings(&statement["Action"])).collect()
}

async fn code_with(world: &World, arguments: &[&str], policy: &Value, taken: Option<&str>) -> Option<i32> {
    let session = world.session(&without(policy, taken)).await;
    world.command(arguments).for_values().stdin(STDIN).as_session(&session).run().await.code
}

fn without(policy: &Value, taken: Option<&str>) -> Value {
    let mut policy = policy.clone();
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        let left = template::strings(&statement["Action"]);
        statement["Action"] = left.into_iter().filter(|action| Some(&**action) != taken).collect();
    }
    statements.retain(|statement| !statement["Action"].as_array().unwrap().is_empty());
    // A policy must have a statement.
    statements.push(json!({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}));
    policy
}
