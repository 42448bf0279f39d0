//! `make bench`: the pair beside its peers in one run, interleaved, and what came out: a table, JSON, a plot.
//!
//! `bench [--rounds N] [--before FOLDER] [--only NAME]...`, from the root of the checkout, with everything built (`make bench` does).

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a program for the terminal that stops at the first surprise"
)]

mod bucket;
mod commands;
mod crowd;
mod lambda;
mod mocks;
mod plot;
mod report;
mod variants;

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commands::{BINARY, COMMANDS};
use crowd::Crowd;
use lambda::Instance;
use mocks::{Mocks, SECRET_ID};
use password::Policy;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use report::{Results, median};
use serde_json::json;
use variants::{Event, GENERATOR, GETTER, VARIANTS, Variant};

/// Under which circumstances a variant runs.
#[derive(Clone, Copy)]
struct Setting {
    name: &'static str,
    /// The memory size whose share of the CPU it gets.
    megabytes: Option<u64>,
    latency: Duration,
    connection: Duration,
}

/// As fast as this machine goes, and as a small function in a real region.
const NO_LIMIT: Setting =
    Setting { name: "no_limit", megabytes: None, latency: Duration::ZERO, connection: Duration::ZERO };
const SMALL: Setting = sized("128mb", 128);

/// For the plot.
const SIZES: [Setting; 4] = [SMALL, sized("256mb", 256), sized("512mb", 512), sized("1024mb", 1024)];

/// 5 ms for each call and 2 ms for each connection: about what KMS, DynamoDB and S3 take inside a region.
const fn sized(name: &'static str, megabytes: u64) -> Setting {
    Setting {
        name,
        megabytes: Some(megabytes),
        latency: Duration::from_millis(5),
        connection: Duration::from_millis(2),
    }
}

/// Longer than the pair keeps an unused connection.
const FREEZE: Duration = Duration::from_millis(2200);

fn main() {
    let Arguments { rounds, variants, with_commands, before } = Arguments::read();
    let target = PathBuf::from(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let target = fs::canonicalize(target).unwrap();
    let crowd = if with_commands { Crowd::of(&target) } else { Crowd::default() };
    let mocks = Mocks::start(crowd);
    prepare(&variants, &target, before.as_deref(), &mocks);
    let mut results = Results::default();
    if with_commands {
        let binary = target.join("bench/bin").join(BINARY);
        fs::copy(target.join("command").join(BINARY), &binary).unwrap();
        results.add(BINARY, "", vec![("binary_mb", megabytes(&binary))]);
        commands::run(rounds, &target, &mocks, &mut results);
        println!("{}", commands::report(&results));
    }
    if variants.is_empty() {
        return;
    }
    let mut settings = vec![NO_LIMIT];
    match lambda::can_limit() {
        Ok(()) => settings.extend(SIZES),
        Err(error) => eprintln!("!! SKIPPED: every CPU share, and the plot (no cgroup may be made here: {error})"),
    }
    let mut progress = Progress::new(settings.len() * (rounds + 1));
    for setting in &settings {
        // A round that is not counted fills the caches.
        for round in 0..=rounds {
            for variant in &variants {
                let measured = run(variant, *setting, &target, &mocks);
                if round > 0 {
                    results.add(variant.name, setting.name, measured);
                }
            }
            progress.step(setting.name);
        }
    }
    for _ in 0..rounds {
        for variant in variants.iter().filter(|variant| variant.is_of_the_pair()) {
            results.add(variant.name, "alone", started_alone(variant, &target, &mocks));
        }
    }
    // The getter alone: boto3 waits 60 s for each of its dead connections, longer than a function of this kind may run.
    for variant in variants.iter().filter(|variant| variant.name == GETTER) {
        for _ in 0..rounds.min(10) {
            results.add(variant.name, NO_LIMIT.name, frozen(variant, &target, &mocks));
        }
    }
    for variant in variants.iter().filter(|variant| variant.is_binary()) {
        results.add(variant.name, "", vec![("binary_mb", megabytes(&variant.program(&target)))]);
        results.add(variant.name, "", vec![("zip_mb", zipped(&variant.program(&target), &target))]);
    }
    results.add(GENERATOR, "", vec![("passwords_per_second", passwords_per_second())]);
    let folder = target.join("bench");
    fs::write(folder.join("summary.json"), results.summary()).unwrap();
    fs::write(folder.join("cold-start.svg"), plot::cold_start(&results)).unwrap();
    println!("{}", results.tables(rounds));
    println!("{}", results.targets());
    println!("written: {0}/summary.json, {0}/cold-start.svg", folder.display());
}

/// How many rounds, and of whom: everybody, unless some are named.
struct Arguments {
    rounds: usize,
    variants: Vec<Variant>,
    with_commands: bool,
    /// Where the functions of an earlier build are.
    before: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Self {
        let (mut rounds, mut only, mut before) = (10, Vec::new(), None);
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            match (name.as_str(), arguments.next()) {
                ("--rounds", Some(number)) => rounds = number.parse().unwrap(),
                ("--before", Some(folder)) => before = Some(PathBuf::from(folder)),
                ("--only", Some(name)) => only.push(name),
                _ => panic!("bench [--rounds N] [--before FOLDER] [--only NAME]..."),
            }
        }
        if let Some(unknown) =
            only.iter().find(|name| *name != COMMANDS && VARIANTS.iter().all(|variant| variant.name != *name))
        {
            panic!("{unknown} is none of {:?}", VARIANTS.map(|variant| variant.name));
        }
        let wanted = |name: &str| only.is_empty() || only.iter().any(|only| name == only);
        let there = |variant: &Variant| before.is_some() || !variant.is_of_before();
        Self {
            rounds,
            variants: VARIANTS.into_iter().filter(|variant| wanted(variant.name) && there(variant)).collect(),
            with_commands: wanted(COMMANDS),
            before,
        }
    }
}

/// The roots that clients trust, as many as on a real machine, the only one that the pair needs, and a copy of each binary.
fn prepare(variants: &[Variant], target: &Path, before: Option<&Path>, mocks: &Mocks) {
    fs::create_dir_all(target.join("bench/bin")).unwrap();
    let roots = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    if roots.is_empty() {
        eprintln!("!! this machine has no root certificates: reading them costs less here than in Lambda");
    }
    fs::write(target.join("bench/roots.pem"), roots + &mocks.root).unwrap();
    fs::write(target.join("bench/root.pem"), &mocks.root).unwrap();
    for variant in variants {
        if let Some(built) = variant.built(&target.join("release"), before) {
            fs::copy(built, variant.program(target)).unwrap();
        }
    }
}

/// One process, from exec to its last event.
fn run(variant: &Variant, setting: Setting, target: &Path, mocks: &Mocks) -> Vec<(&'static str, f64)> {
    mocks.shared.set_latency(setting.latency, setting.connection);
    let event = event(variant, mocks);
    let instance = Instance::start(&mut variant.command(target, mocks), setting.megabytes);
    let init_cpu = instance.cpu();
    mocks.shared.take_calls();
    let cold = instance.invoke(&event);
    check(variant, mocks);
    let cold_cpu = instance.cpu();
    let events = if variant.slow && setting.megabytes.is_some() { 3 } else { 30 };
    let mut warm = Vec::new();
    for _ in 0..events {
        warm.push(ms(instance.invoke(&event)));
        check(variant, mocks);
    }
    let warm_cpu = ms(instance.cpu() - cold_cpu) / f64::from(events);
    vec![
        ("init_ms", ms(instance.init)),
        ("init_cpu_ms", ms(init_cpu)),
        ("cold_invoke_ms", ms(cold)),
        ("cold_start_ms", ms(instance.init + cold)),
        ("cold_cpu_ms", ms(cold_cpu)),
        ("warm_p50_ms", median(&warm)),
        ("warm_cpu_ms", warm_cpu),
        ("max_rss_mb", instance.max_rss_mb()),
    ]
}

/// From exec to the first question for an event, as Lambda starts it where no variable names certificates, but without a
/// connection: what is its own.
fn started_alone(variant: &Variant, target: &Path, mocks: &Mocks) -> Vec<(&'static str, f64)> {
    let mut command = variant.command(target, mocks);
    command.env_remove("SSL_CERT_FILE").env_remove("AWS_CA_BUNDLE").env("PRE_CONNECT", "false");
    let instance = Instance::start(&mut command, None);
    vec![("init_ms", ms(instance.init)), ("init_cpu_ms", ms(instance.cpu()))]
}

/// A warm event, and one after a freeze in which the connections died without a word.
fn frozen(variant: &Variant, target: &Path, mocks: &Mocks) -> Vec<(&'static str, f64)> {
    mocks.shared.set_latency(Duration::ZERO, Duration::ZERO);
    let event = event(variant, mocks);
    let instance = Instance::start(&mut variant.command(target, mocks), None);
    let warm: Vec<f64> = (0..10).map(|_| ms(instance.invoke(&event))).collect();
    instance.freeze(FREEZE, || mocks.shared.fall_silent());
    let after = ms(instance.invoke(&event));
    vec![("frozen_ms", after), ("frozen_to_warm", after / median(&warm))]
}

/// Each event costs the calls that it must, and no more.
fn check(variant: &Variant, mocks: &Mocks) {
    let (calls, good) = mocks.shared.take_calls();
    assert!(good, "{}: an answer that is no SUCCESS", variant.name);
    assert_eq!(
        calls, variant.calls,
        "{}: calls of KMS, DynamoDB, the response endpoint and Parameter Store",
        variant.name
    );
}

fn event(variant: &Variant, mocks: &Mocks) -> String {
    let stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/11111111-2222-3333-4444-555555555555";
    let (path, signature) = (stack.replace(':', "%3A"), "0".repeat(64));
    let properties = match variant.event {
        Event::Generate => json!({"ServiceToken": "arn", "Env": "prod"}),
        Event::Read => json!({"ServiceToken": "arn", "SecretId": SECRET_ID}),
        Event::Publish => {
            json!({"ServiceToken": "arn", "SecretId": SECRET_ID, "Parameter": {"Name": "/shop/prod/db"}})
        }
        Event::ReadByAddress => json!({"ServiceToken": "arn", "Env": "prod"}),
    };
    json!({
        "RequestType": "Create",
        "ResponseURL": format!(
            "https://localhost:{}/{path}%7CDb%7C1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={}&X-Amz-Expires=7200\
             &X-Amz-SignedHeaders=host&X-Amz-Signature={signature}",
            mocks.s3,
            today()
        ),
        "StackId": stack,
        "RequestId": "55555555-6666-7777-8888-999999999999",
        "ResourceType": "Custom::Secret",
        "LogicalResourceId": "Db",
        "ResourceProperties": properties,
    })
    .to_string()
}

/// The time now, as `date` writes it.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let date =
        std::process::Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%Y%m%dT%H%M%SZ"]).output();
    String::from_utf8(date.unwrap().stdout).unwrap().trim_end().to_owned()
}

/// Default passwords from the system's own source, as the generator draws them, on one core.
fn passwords_per_second() -> f64 {
    let (policy, mut rng) = (Policy::default(), UnwrapErr(SysRng));
    let mut rates = Vec::new();
    for _ in 0..9 {
        let (started, mut made) = (Instant::now(), 0_u32);
        while started.elapsed() < Duration::from_millis(200) {
            for _ in 0..1000 {
                std::hint::black_box(policy.generate(&mut rng));
            }
            made += 1000;
        }
        rates.push(f64::from(made) / started.elapsed().as_secs_f64());
    }
    median(&rates)
}

fn megabytes(file: &Path) -> f64 {
    fs::metadata(file).unwrap().len() as f64 / 1e6
}

/// The size of the archive that Lambda is given.
fn zipped(program: &Path, target: &Path) -> f64 {
    let zip = target.join("bench").join("bootstrap.zip");
    let script = "import sys, zipfile\n\
                  z = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED, compresslevel=9)\n\
                  z.write(sys.argv[1], 'bootstrap'); z.close()";
    let python = target.join("bench/venv/bin/python");
    let status = std::process::Command::new(python).args(["-c", script]).arg(program).arg(&zip).status();
    assert!(status.unwrap().success());
    megabytes(&zip)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// One line that fills up.
struct Progress {
    done: usize,
    of: usize,
    started: Instant,
}

impl Progress {
    fn new(of: usize) -> Self {
        Self { done: 0, of, started: Instant::now() }
    }

    fn step(&mut self, what: &str) {
        self.done += 1;
        let seconds = self.started.elapsed().as_secs();
        let left = seconds * (self.of - self.done) as u64 / self.done as u64;
        let bar = "#".repeat(40 * self.done / self.of);
        let line = format!("[{bar:<40}] {}/{} {what}, {seconds} s, at most some {left} s more ", self.done, self.of);
        if std::io::stderr().is_terminal() {
            eprint!("\r{line}{}", if self.done == self.of { "\n" } else { "" });
        } else if self.done.is_multiple_of(10) || self.done == self.of {
            eprintln!("{line}");
        }
        let _ = std::io::stderr().flush();
    }
}
