//! What the Makefile asks of cargo for each function is there: packages, features, and the binary that is copied. Nothing is
//! compiled for it, so that a build which nobody runs for weeks is broken for a minute.

use std::{collections::BTreeSet, process::Command};

use cargo_metadata::{Metadata, MetadataCommand};
use tests::paths;

/// One call of cargo, and the binary that is taken of what it builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Build {
    packages: Vec<String>,
    features: Vec<String>,
    /// Where none is said, all that these features allow.
    bins: Vec<String>,
    taken: String,
}

impl Build {
    /// Of what `make --dry-run` prints.
    fn read(printed: &str) -> Self {
        let mut build = Self::default();
        let of = |word| printed.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}: {printed}"));
        let mut words = of("cargo ").split(' ');
        while let Some(word) = words.next() {
            let said = match word {
                "--package" => &mut build.packages,
                "--features" => &mut build.features,
                "--bin" => &mut build.bins,
                _ => continue,
            };
            said.push(words.next().unwrap().trim_matches('"').to_owned());
        }
        let copied = of("cp ").split(' ').nth(1).unwrap().trim_end_matches("/bootstrap");
        copied.rsplit('/').next().unwrap().clone_into(&mut build.taken);
        build
    }

    /// What is wrong with it, by cargo's own word for packages and features.
    fn fault(&self, metadata: &Metadata) -> Option<String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(paths::repository()).args(["tree", "--locked", "--offline", "--depth", "0"]);
        cargo.args(["--target", crate::graph::SHIPS_ON]);
        cargo.args(self.packages.iter().flat_map(|package| ["--package", package]));
        cargo.args(self.features.iter().flat_map(|feature| ["--features", feature]));
        let output = cargo.output().unwrap();
        if !output.status.success() {
            return Some(String::from_utf8(output.stderr).unwrap());
        }
        let built = self.built(metadata);
        let missing = self.bins.iter().chain([&self.taken]).find(|bin| !built.contains(bin.as_str()))?;
        Some(format!("{missing} is not built, but {built:?}"))
    }

    fn built<'a>(&self, metadata: &'a Metadata) -> BTreeSet<&'a str> {
        let packages = metadata.packages.iter().filter(|package| self.packages.contains(&package.name.to_string()));
        let bins = packages.flat_map(|package| package.targets.iter().filter(|target| target.is_bin()));
        let allowed = bins.filter(|bin| bin.required_features.iter().all(|feature| self.features.contains(feature)));
        let chosen = allowed.filter(|bin| self.bins.is_empty() || self.bins.contains(&bin.name));
        chosen.map(|bin| bin.name.as_str()).collect()
    }
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(paths::repository().join("Cargo.toml")).no_deps();
    command.other_options(["--locked", "--offline"].map(str::to_owned)).exec().unwrap()
}

/// What make would do for this function.
fn build(function: &str, store: &str, architecture: &str) -> Build {
    let mut make = Command::new("make");
    make.current_dir(paths::repository()).args(["--dry-run", "--no-print-directory", &format!("build-{function}")]);
    make.args([format!("STORE={store}"), format!("ARCHITECTURE={architecture}"), "ARTIFACTS_DIR=/nowhere".to_owned()]);
    // Whoever runs this by make has not asked for this one.
    let output = make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").output().unwrap();
    assert!(output.status.success(), "{function}: {}", String::from_utf8_lossy(&output.stderr));
    Build::read(&String::from_utf8(output.stdout).unwrap())
}

/// The functions that SAM has built by make.
fn functions(template: &str) -> Vec<String> {
    let text = std::fs::read_to_string(paths::repository().join(template)).unwrap();
    let mut function = "";
    let mut found = Vec::new();
    for line in text.lines() {
        match line
            .strip_prefix("  ")
            .filter(|line| !line.starts_with([' ', '#']))
            .and_then(|line| line.strip_suffix(':'))
        {
            Some(resource) => function = resource,
            None if line.trim() == "BuildMethod: makefile" => found.push(function.to_owned()),
            None => {}
        }
    }
    found
}

#[test]
fn what_make_asks_of_cargo_is_there() {
    let metadata = metadata();
    let pair = functions("template.yaml");
    assert_eq!(pair, ["GeneratorFunction", "GetterFunction", "PublisherFunction"]);
    for architecture in ["x86_64", "arm64"] {
        for function in pair.iter().chain(&functions("apps/accounts/template.yaml")) {
            for store in ["dynamodb", "s3"] {
                let build = build(function, store, architecture);
                assert_eq!(build.fault(&metadata), None, "{function}, {store}, {architecture}: {build:?}");
                // Those over a table are built without a word of a bucket.
                let is_over_s3 = store == "s3" && pair.contains(function);
                assert_eq!((!build.features.is_empty(), build.taken.ends_with("-s3")), (is_over_s3, is_over_s3));
            }
        }
    }
}

#[test]
fn what_is_not_there_is_found() {
    let metadata = metadata();
    let sound = build("GetterFunction", "s3", "x86_64");
    type Change = fn(&mut Build);
    let changes: [(&str, Change); 6] = [
        ("package", |build| build.packages.push("taker".to_owned())),
        ("feature", |build| build.features = vec!["bucket".to_owned()]),
        ("feature of a package, as cargo takes it for dependencies alone", |build| {
            build.features = vec!["getter/s3".to_owned()]
        }),
        ("feature that the binary needs", |build| build.features.clear()),
        ("binary", |build| build.bins.push("getter-s4".to_owned())),
        ("binary that is copied", |build| "getter".clone_into(&mut build.taken)),
    ];
    for (what, change) in changes {
        let mut faulty = sound.clone();
        change(&mut faulty);
        assert!(faulty.fault(&metadata).is_some(), "{what}: {faulty:?}");
    }
}
