//! Very many secrets copied from store to store, all around, each leg killed at random moments and begun again: at the end every
//! value is what it was. A few here; `make copied` has five thousand.

use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{moto, random};

use crate::shop::Shop;

/// From where to where, in turn.
const LEGS: [(&str, &str); 4] = [
    ("credstash://", "table"),
    ("table", "ssm:/"),
    ("ssm:/", "secretsmanager:"),
    ("secretsmanager:", "credstash://again"),
];

/// A number that `make copied` raises.
fn count(variable: &str, without: u64) -> u64 {
    std::env::var(variable).map_or(without, |number| number.parse().unwrap())
}

/// Somewhere within this time.
fn moment(within: Duration) -> Duration {
    let part = u32::from_str_radix(&random::hex(6), 16).unwrap();
    within * part / 0x00ff_ffff
}

/// Begins it, and kills it some time later; says whether it was still running.
fn killed(shop: &Shop, arguments: &[&str], after: Duration) -> bool {
    let mut command = shop.command(arguments, None);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let was_running = child.try_wait().unwrap().is_none();
    // It may have come to its end since.
    let _ = child.kill();
    child.wait().unwrap();
    was_running
}

/// Runs it until it is done: a machine that has more to do than it can is told to go on.
async fn done(shop: &Shop, arguments: &[&str]) -> Duration {
    let mut said = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let ran = shop.run(arguments).await;
        match ran.code {
            Some(0) => return begun.elapsed(),
            Some(5 | 6) => said.push(ran.stderr),
            _ => panic!("{ran:?}"),
        }
    }
    panic!("not done after five tries: {said:#?}")
}

#[tokio::test]
async fn all_around_and_killed_on_the_way() {
    let (secrets, kills) = (count("COPIED_SECRETS", 20), count("COPIED_KILLS", 2));
    let shop = Shop::new().await;
    moto::create_table("again", moto::REGION).await;
    let all: BTreeMap<String, String> =
        (0..secrets).map(|number| (format!("shop/env-{}/s{number}", number % 7), random::hex(24))).collect();
    all.values().for_each(|value| shop.learn(value));
    let file = shop.file("all.json", &json!(all).to_string());
    let mut last = done(&shop, &["--store", "credstash://", "import", &file]).await;
    println!("{secrets} secrets imported in {last:?}");
    for (from, to) in LEGS {
        let copy = ["copy", "--from", from, "--to", to];
        let mut half_way = Vec::new();
        for _ in 0..kills {
            let mut within = last * 2;
            while !killed(&shop, &copy, moment(within)) {
                within = within * 2 / 3;
            }
            half_way.push(shop.run(&["--store", to, "list"]).await.done().stdout.lines().count());
        }
        last = done(&shop, &copy).await;
        println!("{from} -> {to}: killed when {half_way:?} were there, then {last:?} to the end");
        assert!(half_way.is_sorted(), "nothing goes away");
        assert_eq!(shop.all(to).await, all, "{to}");
        let again = shop.run(&[&copy[..], &["--output", "json"]].concat()).await.done();
        assert_eq!(again.json(), json!([]), "nothing is missing, so nothing is done");
    }
    // No value was stored twice.
    for (_, to) in LEGS {
        for name in all.keys().take(5) {
            let name = if to == "ssm:/" { format!("/{name}") } else { name.clone() };
            let history = shop.run(&["--store", to, "history", &name, "--output", "json"]).await.done();
            assert_eq!(history.json().as_array().unwrap().len(), 1, "{to} {name}");
        }
    }
}
