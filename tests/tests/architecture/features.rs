//! One set of features: the tests of one crate build third-party code as the tests of all crates do, so that going from
//! `-p` to `--workspace` and back compiles nothing anew.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use tests::paths;

/// Who says what: each package, and each set of features that it is built with (a build script's may differ).
type Built = BTreeMap<String, BTreeSet<String>>;

/// What `cargo test` with this selection builds.
fn built(selection: &[&str]) -> Built {
    tree(selection, "normal,build,dev")
}

/// What is built of these packages alone, without any tests: the names.
pub(crate) fn shipped(packages: &[&str]) -> BTreeSet<String> {
    let selection: Vec<_> = packages.iter().flat_map(|package| ["--package", package]).collect();
    let built = tree(&selection, "normal,build");
    built.keys().filter_map(|package| package.split(' ').next()).map(str::to_owned).collect()
}

fn tree(selection: &[&str], edges: &str) -> Built {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(paths::repository()).arg("tree").args(selection);
    cargo.args(["--locked", "--offline", "--target", crate::graph::SHIPS_ON, "--edges", edges]);
    cargo.args(["--prefix", "none", "--format", "{p}|{f}"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read(&String::from_utf8(output.stdout).unwrap())
}

fn read(tree: &str) -> Built {
    let mut built = Built::new();
    // What stands a second time in the tree is marked, and its dependencies left out: with them it has a gigabyte.
    let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    for (package, features) in lines.filter_map(|line| line.split_once('|')) {
        let package = package.split(" (").next().unwrap_or(package);
        built.entry(package.to_owned()).or_default().insert(features.to_owned());
    }
    built
}

/// What one crate's tests build otherwise than the tests of all.
fn differences(one: &Built, all: &Built) -> Vec<String> {
    let others = one.iter().filter(|(package, features)| !all.get(*package).is_some_and(|all| features.is_subset(all)));
    others.map(|(package, features)| format!("{package}: {features:?}, not {:?}", all.get(package))).collect()
}

#[test]
fn the_tests_of_one_crate_build_what_the_tests_of_all_do() {
    let all = built(&["--workspace"]);
    let members: Vec<_> = crate::graph::members().into_iter().filter(|name| name != "features").collect();
    assert!(members.len() > 8, "the members are found");
    for member in members {
        let wrong = differences(&built(&["--package", &member]), &all);
        let advice = "name the features in tests/features/Cargo.toml, or in the crate's dev-dependencies";
        assert!(wrong.is_empty(), "{member} by itself ({advice}):\n  {}", wrong.join("\n  "));
    }
}

#[test]
fn another_set_of_features_is_found() {
    let all = read("ring v0.17.14|alloc,default (*)\nring v0.17.14|alloc\nsyn v3.0.0 (proc-macro)|full (*)\n");
    assert!(differences(&read("ring v0.17.14|alloc\nsyn v3.0.0|full"), &all).is_empty());
    assert_eq!(differences(&read("ring v0.17.14|std"), &all).len(), 1);
    assert_eq!(differences(&read("serde v1.0.0|std"), &all).len(), 1);
}
