//! The source text: clock, environment and randomness enter in `main.rs`, which wires and does nothing else; the pure
//! crate of secrets names no service; and no file grows beyond what one sitting can read.

use std::path::{Path, PathBuf};

use tests::paths;

/// What the outside world is reached through.
const AMBIENT: &[&str] = &["std::env::", "env::var", "SystemTime::now", "Instant::now", "rand::rng(", "rand::random"];

/// Where that is allowed: the wiring, the one place that turns the system's clock into a parameter, and the one that
/// reads the environment for functions of other people, whose main is a single line; and what the two mains of one crate
/// share.
const WIRING: &[&str] = &[
    "/src/main.rs",
    "/src/over_s3/main.rs",
    "accounts-api/src/outside.rs",
    "custom-resource/src/clock.rs",
    "custom-resource/src/host/environment.rs",
];

/// Of these, what wires a function or the command line.
const WIRES: &[&str] = &["/src/main.rs", "/src/over_s3/main.rs"];

/// The longest `main.rs`, in lines: of a function, and of the command line, which sees more of the world.
const MAX_MAIN_LINES: usize = 25;
const MAX_CLI_MAIN_LINES: usize = 40;

/// What `secret-store` must not say, in whatever case and as part of whatever name: the adapters know services.
const SERVICES: &[&str] =
    &["dynamodb", "kms", "s3", "ssm", "table", "tables", "bucket", "getitem", "putitem", "transactwriteitems"];

/// The crate that others may use: its enums may grow. In all others a new variant must be met in every match.
const FOR_OTHERS: &str = "/custom-resource/";

/// The longest file, without its tests, in lines.
const MAX_LINES: usize = 500;

/// Everything that is wrong with one file of a shipped crate.
fn violations(path: &str, source: &str) -> Vec<String> {
    let code = before_tests(source);
    let mut wrong = Vec::new();
    if !WIRING.iter().any(|allowed| path.ends_with(allowed)) {
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            for ambient in AMBIENT.iter().filter(|ambient| line.contains(**ambient)) {
                wrong.push(format!("{path} reaches for {ambient}: take it as a parameter"));
            }
        }
    }
    let most = if path.contains("/cli/") { MAX_CLI_MAIN_LINES } else { MAX_MAIN_LINES };
    if WIRES.iter().any(|main| path.ends_with(main)) && source.lines().count() > most {
        wrong.push(format!("{path} has {} lines: it wires and does nothing else", source.lines().count()));
    }
    if path.contains("/secret-store/src/") && !plays_a_service(path) {
        for (number, line) in code.lines().enumerate() {
            let services = words(line).into_iter().filter(|word| SERVICES.contains(&word.as_str()));
            wrong.extend(services.map(|word| format!("{path}:{} names a service: {word}", number + 1)));
        }
    }
    if code.contains("#[non_exhaustive]") && !path.contains(FOR_OTHERS) {
        wrong.push(format!("{path} hides new variants from its matches: leave #[non_exhaustive] out"));
    }
    if code.lines().count() > MAX_LINES {
        wrong.push(format!("{path} has {} lines before its tests", code.lines().count()));
    }
    // A published crate begins with its README.
    let begins = ["//!", "#![doc = include_str!(\"../README.md\")]"].iter().any(|purpose| source.starts_with(purpose));
    if !begins && !is_test_module(path) {
        wrong.push(format!("{path} does not begin with its purpose"));
    }
    wrong
}

/// The shipped part of a file; its tests come last.
fn before_tests(source: &str) -> &str {
    source.split("\n#[cfg(test)]\nmod ").next().unwrap_or(source)
}

fn is_test_module(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The store and the key in memory stand in for services in tests.
fn plays_a_service(path: &str) -> bool {
    path.contains("/testing")
}

/// The words of a line in lower case: names fall apart at underscores and where a capital begins a word, except for a
/// property's name in backticks or quotes such as `TableName`, which users know.
fn words(line: &str) -> Vec<String> {
    let runs = line.split(|character: char| !character.is_ascii_alphanumeric()).filter(|run| *run != "TableName");
    runs.flat_map(|run| {
        let parts = camel_parts(run).into_iter().map(str::to_lowercase);
        parts.chain([run.to_lowercase()]).collect::<Vec<_>>()
    })
    .collect()
}

/// `MemoryTable` is `Memory` and `Table`.
fn camel_parts(run: &str) -> Vec<&str> {
    let bytes = run.as_bytes();
    let begins = |at: usize| at > 0 && bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
    let ends: Vec<usize> = (1..bytes.len()).filter(|at| begins(*at)).chain([bytes.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).map(|(start, end)| &run[start..end]).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_world_enters_in_main_and_files_stay_short() {
    let crates = paths::repository().join("crates");
    let mut found = Vec::new();
    for member in crates.read_dir().unwrap() {
        sources(&member.unwrap().path().join("src"), &mut found);
    }
    assert!(found.len() > 20, "the sources are found");
    let wrong: Vec<String> = found
        .iter()
        .filter(|path| !is_test_module(path.to_str().unwrap()))
        .flat_map(|path| violations(path.to_str().unwrap(), &std::fs::read_to_string(path).unwrap()))
        .collect();
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn each_planted_fault_is_found() {
    let fine = "//! A purpose.\n\nfn f() {}\n";
    assert!(violations("crates/x/src/lib.rs", fine).is_empty());
    for ambient in AMBIENT {
        let source = format!("{fine}fn g() {{ {ambient}; }}\n");
        assert!(!violations("crates/x/src/lib.rs", &source).is_empty(), "{ambient}");
        assert!(violations("crates/x/src/main.rs", &source).is_empty(), "{ambient}");
        let in_tests = format!("{fine}\n#[cfg(test)]\nmod tests {{ fn g() {{ {ambient}; }} }}\n");
        assert!(violations("crates/x/src/lib.rs", &in_tests).is_empty(), "{ambient}");
    }
    assert!(!violations("crates/x/src/main.rs", &format!("{fine}{}", "\n".repeat(MAX_MAIN_LINES))).is_empty());
    assert!(!violations("crates/cli/src/main.rs", &format!("{fine}{}", "\n".repeat(MAX_CLI_MAIN_LINES))).is_empty());
    for named in
        ["// a DynamoDB item", "Kms(Vec<u8>)", "const MAX_KMS_BYTES", "/// `kms:Encrypt`.", "struct MemoryTable"]
    {
        let source = format!("{fine}{named}\n");
        assert!(!violations("crates/secret-store/src/x.rs", &source).is_empty(), "{named}");
        assert!(violations("crates/store-x/src/x.rs", &source).is_empty(), "{named}");
    }
    let hiding = format!("{fine}#[non_exhaustive]\npub enum E {{}}\n");
    for ours in ["secret-store", "password"] {
        assert!(!violations(&format!("crates/{ours}/src/x.rs"), &hiding).is_empty(), "{ours}");
    }
    assert!(violations("crates/custom-resource/src/x.rs", &hiding).is_empty());
    for fine in ["/// `TableName`", "adoptable", "a suitable Store"] {
        assert!(violations("crates/secret-store/src/x.rs", &format!("//! A purpose.\n{fine}\n")).is_empty(), "{fine}");
    }
    assert!(!violations("crates/x/src/lib.rs", &fine.replace("//! A", "// A")).is_empty());
    assert!(!violations("crates/x/src/lib.rs", &format!("{fine}{}", "\n".repeat(MAX_LINES))).is_empty());
}
