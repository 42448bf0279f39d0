//! Very many secrets copied from store to store, all around, each leg killed at random moments and begun again: at the end every
//! value is what it was. A few here; `make copied` has five thousand. On ministack, which looks at one item where moto looks at
//! all of them; what it lacks, history and sizes, matters to no copy.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    command,
    command::Ran,
    ministack, random,
    world::{World, scenario},
};

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
fn killed(world: &World, arguments: &[&str], after: Duration) -> bool {
    let mut command = Command::new(command::binary());
    command.args(arguments).env_clear().envs(world.command_environment());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let was_running = child.try_wait().unwrap().is_none();
    // It may have come to its end since.
    let _ = child.kill();
    child.wait().unwrap();
    was_running
}

/// How long nobody looks, after a look: an engine that is asked all the time does little else.
const PAUSES_FOR_ONE_LOOK: u32 = 5;

/// Begins it, and kills it as soon as so many are there, where it has not ended by then.
async fn killed_at(world: &World, arguments: &[&str], to: &str, enough: usize) {
    let mut command = Command::new(command::binary());
    command.args(arguments).env_clear().envs(world.command_environment());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        let looking = Instant::now();
        if there(world, to).await >= enough {
            break;
        }
        tokio::time::sleep(looking.elapsed() * PAUSES_FOR_ONE_LOOK).await;
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// How many secrets a store has.
async fn there(world: &World, at: &str) -> usize {
    well(world, &["--store", at, "list"]).await.text().lines().count()
}

/// Runs it until it is done: a machine that has more to do than it can is told to go on.
async fn done(world: &World, arguments: &[&str]) -> Duration {
    let mut said = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let ran = world.command(arguments).run().await;
        match ran.code {
            Some(0) => return begun.elapsed(),
            Some(5 | 6) => said.push(ran.stderr),
            _ => panic!("{ran:?}"),
        }
    }
    panic!("not done after five tries: {said:#?}")
}

/// A command that does what it is to do.
async fn well(world: &World, arguments: &[&str]) -> Ran {
    let ran = world.command(arguments).for_values().run().await;
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran
}

/// How many versions a secret has.
async fn versions(world: &World, at: &str, name: &str) -> usize {
    let name = if at == "ssm:/" { format!("/{name}") } else { name.to_owned() };
    let history = well(world, &["--store", at, "history", &name, "--output", "json"]).await;
    history.json().as_array().unwrap().len()
}

#[tokio::test]
async fn all_around_and_killed_on_the_way() {
    let (secrets, kills) = (count("COPIED_SECRETS", 20), count("COPIED_KILLS", 2));
    scenario(async |world| {
        for table in ["credential-store", "again"] {
            well(world, &["credstash", "-r", ministack::REGION, "-t", table, "setup"]).await;
        }
        let key = &*world.account.key_arn;
        let all: BTreeMap<String, String> =
            (0..secrets).map(|number| (format!("shop/env-{}/s{number}", number % 7), random::hex(24))).collect();
        let file = command::home().join("all.json");
        std::fs::write(&file, json!(all).to_string()).unwrap();
        let import = ["--store", "credstash://", "import", file.to_str().unwrap(), "--key", key];
        let mut last = done(world, &import).await;
        println!("{secrets} secrets imported in {last:?}");
        for (from, to) in LEGS {
            let mut copy = vec!["copy", "--from", from, "--to", to];
            if to == "table" || to.starts_with("credstash") {
                copy.extend(["--key", key]);
            }
            let mut half_way = Vec::new();
            for number in 0..kills {
                // On the way, and at any moment.
                if number % 2 == 1 {
                    let mut within = last;
                    while there(world, to).await < all.len() && !killed(world, &copy, moment(within)) {
                        within = within * 2 / 3;
                    }
                } else {
                    let enough = all.len() * usize::try_from(number + 1).unwrap() / usize::try_from(kills + 1).unwrap();
                    killed_at(world, &copy, to, enough).await;
                }
                half_way.push(there(world, to).await);
            }
            last = done(world, &copy).await;
            println!("{from} -> {to}: killed when {half_way:?} were there, then {last:?} to the end");
            assert!(half_way.is_sorted(), "nothing goes away");
            let there: BTreeMap<String, String> =
                serde_json::from_slice(&well(world, &["--store", to, "get-all"]).await.stdout).unwrap();
            assert!(there == all, "{to}: {} of {} are as they were", there.len(), all.len());
            copy.extend(["--output", "json"]);
            assert_eq!(
                well(world, &copy).await.json(),
                Value::Array(Vec::new()),
                "nothing is missing, nothing is done"
            );
        }
        for (_, to) in LEGS {
            for name in all.keys().take(5) {
                assert_eq!(versions(world, to, name).await, 1, "no value was stored twice: {to} {name}");
            }
        }
    })
    .await;
}
