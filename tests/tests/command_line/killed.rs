//! `import` and `export`, killed at random moments, and `import` after some of its writes: nothing is lost, doubled, or left in
//! a file. A few moments here; `make killed` has twenty.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use age::{secrecy::ExposeSecret as _, x25519};
use serde_json::Value;
use tests::{
    command, random,
    world::{World, scenario},
};

/// A number that `make killed` raises.
fn count(variable: &str, without: u64) -> u64 {
    std::env::var(variable).map_or(without, |number| number.parse().unwrap())
}

/// How long a command ran, its exit code, and what it said. It may be killed on the way.
fn run(world: &World, arguments: &[&str], kill_after: Option<Duration>) -> (Duration, Option<i32>, String) {
    let mut command = Command::new(command::binary());
    command.args(arguments).env_clear().envs(world.command_environment());
    command.env("CFN_SECRETS_KEY", &world.account.key_arn).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    if let Some(moment) = kill_after {
        std::thread::sleep(moment);
        // It may have come to its end before.
        let _ = child.kill();
    }
    let ended = child.wait_with_output().unwrap();
    (begun.elapsed(), ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

/// Runs it and kills it as soon as this is so.
async fn run_until(world: &World, arguments: &[&str], enough: impl AsyncFn() -> bool) {
    let mut command = Command::new(command::binary());
    command.args(arguments).env_clear().envs(world.command_environment());
    command.env("CFN_SECRETS_KEY", &world.account.key_arn).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while child.try_wait().unwrap().is_none() && !enough().await {}
    let _ = child.kill();
    child.wait().unwrap();
}

/// Runs it until it is done: a machine that has more to do than it can is told to go on.
fn done(world: &World, arguments: &[&str]) -> Duration {
    let mut said = Vec::new();
    for _ in 0..5 {
        let (took, code, last) = run(world, arguments, None);
        match code {
            Some(0) => return took,
            Some(5 | 6) => said.push((took, last)),
            _ => panic!("{code:?}: {last}"),
        }
    }
    panic!("not done after five tries: {said:#?}")
}

/// Somewhere within this time.
fn moment(within: Duration) -> Duration {
    let part = u32::from_str_radix(&random::hex(6), 16).unwrap();
    within * part / 0x00ff_ffff
}

/// How many versions one env has.
async fn versions(world: &World, env: &str) -> u64 {
    world.versions().await.into_keys().filter(|key| key.starts_with(&format!("{env}/"))).count() as u64
}

/// The value of each secret of one env.
async fn values(world: &World, env: &str) -> BTreeMap<String, Value> {
    let ran = world.command(&["get-all", "--stack", "app", "--env", env]).for_values().run().await;
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[tokio::test]
async fn at_any_moment() {
    let (secrets, moments) = (count("KILLED_SECRETS", 20), count("KILLED_MOMENTS", 4));
    scenario(async |world| {
        let folder = command::home();
        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let key = x25519::Identity::generate();
        std::fs::write(file("key"), key.to_string().expose_secret()).unwrap();
        let all: BTreeMap<String, Value> =
            (0..secrets).map(|number| (format!("s{number}"), random::hex(24).into())).collect();
        std::fs::write(file("all.json"), serde_json::to_vec(&all).unwrap()).unwrap();
        done(world, &["import", &file("all.json"), "--into", "app/source"]);

        let (archive, recipient) = (file("archive"), key.to_public().to_string());
        let export = ["export", "--env", "source", "--recipient", &recipient, "-o", &archive];
        let whole = done(world, &export);
        let mut ended = 0;
        for number in 0..moments {
            // Half of them where there is none yet.
            if number % 2 == 0 {
                std::fs::remove_file(&archive).unwrap();
            }
            ended += u64::from(run(world, &export, Some(moment(whole))).1.is_some());
            if let Ok(bytes) = std::fs::read(&archive) {
                let text = age::decrypt(&key, &bytes).expect("the archive is whole, or is not there");
                assert_eq!(text.split(|byte| *byte == b'\n').count() as u64, secrets + 2);
            }
            done(world, &export);
            let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert!(files.len() <= 4 && !files.iter().any(|name| name.to_string_lossy().contains("tmp")), "{files:?}");
        }
        let exports_that_ended = ended;

        let key = file("key");
        let whole = done(world, &["import", &archive, "--identity", &key, "--into", "app/whole"]);
        let (mut ended, mut half_way) = (0, 0);
        for number in 0..moments {
            let env = format!("killed-{number}");
            let place = format!("app/{env}");
            let import = ["import", "--debug", &*archive, "--identity", &*key, "--into", &*place];
            if number % 2 == 0 {
                ended += u64::from(run(world, &import, Some(moment(whole))).1.is_some());
            } else {
                run_until(world, &import, async || versions(world, &env).await > secrets / moments * number).await;
            }
            half_way += u64::from((1..secrets).contains(&versions(world, &env).await));
            done(world, &import);
            assert_eq!((versions(world, &env).await, &values(world, &env).await), (secrets, &all), "{env}");
        }
        println!(
            "{secrets} secrets, {moments} moments: {exports_that_ended} exports and {ended} imports ended before they were killed, \
             {half_way} imports were killed half-way; an import takes {whole:?}"
        );
        assert!(moments < 20 || half_way > 0, "no moment was within the writing");
    })
    .await;
}
