//! The source text: clock, environment and randomness enter in `main.rs`, and no file grows beyond what one sitting
//! can read.

use std::path::{Path, PathBuf};

use tests::paths;

/// What the outside world is reached through.
const AMBIENT: &[&str] = &["std::env::", "env::var", "SystemTime::now", "Instant::now", "rand::rng(", "rand::random"];

/// Where that is allowed: the wiring, the one place that turns the system's clock into a parameter, and the one that
/// reads the environment for functions of other people, whose main is a single line.
const WIRING: &[&str] = &["/src/main.rs", "custom-resource/src/clock.rs", "custom-resource/src/host/environment.rs"];

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
    if code.lines().count() > MAX_LINES {
        wrong.push(format!("{path} has {} lines before its tests", code.lines().count()));
    }
    if !source.starts_with("//!") && !is_test_module(path) {
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
    assert!(!violations("crates/x/src/lib.rs", &fine.replace("//! A", "// A")).is_empty());
    assert!(!violations("crates/x/src/lib.rs", &format!("{fine}{}", "\n".repeat(MAX_LINES))).is_empty());
}
