//! The dependency graph, as `cargo metadata` resolves it: arrows among our crates point down, and third-party crates
//! stay inside their fences.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// Whom each of our crates may use, in its shipped code: pure crates nobody, adapters the ports, functions all below them.
const ARROWS: &[(&str, &[&str])] = &[
    ("password", &[]),
    ("secret-store", &[]),
    ("credstash-format", &[]),
    ("custom-resource", &[]),
    ("aws-session", &["secret-store"]),
    ("store-dynamodb", &["aws-session", "secret-store"]),
    ("store-s3", &["aws-session", "secret-store"]),
    ("store-credstash", &["aws-session", "credstash-format"]),
    ("keys-kms", &["aws-session", "secret-store"]),
    ("stacks-cloudformation", &["aws-session", "secret-store"]),
    ("functions-lambda", &["aws-session", "secret-store"]),
    ("targets-aws", &["aws-session", "secret-store"]),
    ("lambda-function", &["aws-session", "custom-resource", "secret-store"]),
    (
        "generator",
        &[
            "custom-resource",
            "keys-kms",
            "lambda-function",
            "password",
            "secret-store",
            "stacks-cloudformation",
            "store-dynamodb",
            "store-s3",
        ],
    ),
    ("getter", &["custom-resource", "keys-kms", "lambda-function", "secret-store", "store-dynamodb", "store-s3"]),
    (
        "publisher",
        &[
            "custom-resource",
            "keys-kms",
            "lambda-function",
            "secret-store",
            "store-dynamodb",
            "store-s3",
            "targets-aws",
        ],
    ),
    (
        "cli",
        &[
            "aws-session",
            "credstash-format",
            "custom-resource",
            "functions-lambda",
            "keys-kms",
            "password",
            "secret-store",
            "stacks-cloudformation",
            "store-credstash",
            "store-dynamodb",
            "store-s3",
            "targets-aws",
        ],
    ),
    ("accounts", &[]),
    // It brings its adapters along: no other function has these tables.
    ("accounts-api", &["accounts", "aws-session", "custom-resource"]),
];

/// Third-party crates (a trailing `*` stands for any ending) and the only crates of ours that may name them. The first
/// line that fits counts.
const FENCES: &[(&str, &[&str])] = &[
    ("aws-sdk-dynamodb", &["accounts-api", "store-credstash", "store-dynamodb"]),
    ("aws-sdk-kms", &["accounts-api", "keys-kms", "store-credstash"]),
    ("aws-sdk-cloudformation", &["stacks-cloudformation"]),
    ("aws-*", &["aws-session"]),
    ("reqwest", &["aws-session", "custom-resource"]),
    ("rustls", &["aws-session", "custom-resource"]),
    ("lambda_runtime", &["custom-resource", "accounts-api"]),
    ("tracing-subscriber", &["custom-resource"]),
    ("rand", &["password", "generator", "cli", "accounts-api"]),
    ("argon2", &["accounts"]),
    ("unicode-normalization", &["accounts", "cli"]),
    ("clap*", &["cli"]),
    ("indicatif", &["cli"]),
];

/// What no function may contain, however deep: a second TLS stack, AWS-LC with its slow cold start, or what only a person
/// at a terminal needs: the logins of their profiles, and the command line.
const BANNED: &[&str] = &[
    "aws-lc-*",
    "openssl",
    "openssl-sys",
    "native-tls",
    "hyper-tls",
    "s2n-*",
    "aws-sdk-sso*",
    "aws-sdk-signin",
    "aws-sdk-cloudformation",
    "clap*",
    "credstash-format",
    "indicatif",
    "store-credstash",
];

/// What is never shipped, and may use everything.
const UNSHIPPED: &[&str] = &["tests", "features", "bench"];

/// What they run on; the graph is the same for arm64.
pub(crate) const SHIPS_ON: &str = "x86_64-unknown-linux-gnu";

/// The functions of the pair, as they are shipped: built together and without anything else, as the Makefile does, because
/// cargo chooses the features of what they share for all that it builds.
const SHIPPED: &[&str] = &["generator", "getter", "publisher"];

/// What the two functions of every pair must not contain beside [`BANNED`]: what only the publisher needs.
const PUBLISHER_ONLY: &[&str] = &["publisher", "targets-aws"];

/// Those of the sign-up and login application, built by themselves.
const APPLICATION: &[&str] = &["accounts-api"];

/// What the pair must not contain beside [`BANNED`]: what only the application needs, and the other store.
const APPLICATION_ONLY: &[&str] =
    &["accounts", "accounts-api", "argon2", "blake2", "store-s3", "unicode-normalization"];

/// The resolved graph, by crate name: whom it uses in normal and build dependencies.
#[derive(Clone, Debug, Default)]
struct Graph {
    ours: BTreeSet<String>,
    uses: BTreeMap<String, BTreeSet<String>>,
    /// The same of what is shipped: features of the command line are none of the functions'.
    ships: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn of_this_workspace() -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(tests::paths::repository().join("Cargo.toml"))
            // Of what ships: crates for other systems were perhaps never downloaded.
            .other_options(["--locked", "--offline", "--filter-platform", SHIPS_ON].map(str::to_owned))
            .exec()
            .unwrap();
        let shipped = [SHIPPED, APPLICATION].map(crate::features::shipped);
        Self::from_metadata(&metadata).with_what_ships(&shipped.into_iter().flatten().collect())
    }

    fn with_what_ships(mut self, shipped: &BTreeSet<String>) -> Self {
        let kept = |uses: &BTreeSet<String>| uses.intersection(shipped).cloned().collect();
        let users = self.uses.iter().filter(|(name, _)| shipped.contains(*name));
        self.ships = users.map(|(name, uses)| (name.clone(), kept(uses))).collect();
        self
    }

    fn from_metadata(metadata: &Metadata) -> Self {
        let name = |id: &PackageId| metadata[id].name.to_string();
        let ours = metadata.workspace_members.iter().map(&name).collect();
        let mut uses = BTreeMap::<_, BTreeSet<_>>::new();
        for node in &metadata.resolve.as_ref().unwrap().nodes {
            let shipped = node
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development));
            uses.entry(name(&node.id)).or_default().extend(shipped.map(|dependency| name(&dependency.pkg)));
        }
        Self { ours, uses, ships: BTreeMap::new() }
    }

    fn plant(&mut self, from: &str, to: &str) {
        for uses in [&mut self.uses, &mut self.ships] {
            uses.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    fn uses(&self, name: &str) -> impl Iterator<Item = &str> {
        self.uses.get(name).into_iter().flatten().map(String::as_str)
    }

    /// A shipped crate and everything below it.
    fn shipped_with(&self, name: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![name.to_owned()];
        while let Some(next) = waiting.pop() {
            if seen.insert(next.clone()) {
                waiting.extend(self.ships.get(&next).into_iter().flatten().cloned());
            }
        }
        seen
    }
}

/// The members of the workspace.
pub(crate) fn members() -> BTreeSet<String> {
    Graph::of_this_workspace().ours
}

/// Everything that is wrong with the graph.
fn violations(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for ours in graph.ours.iter().filter(|name| !UNSHIPPED.contains(&name.as_str())) {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == ours) else {
            wrong.push(format!("{ours} has no place in the architecture: give it one in ARROWS"));
            continue;
        };
        for used in graph.uses(ours) {
            if graph.ours.contains(used) {
                if !allowed.contains(&used) {
                    wrong.push(format!("{ours} must not use {used}"));
                }
                continue;
            }
            let fence = FENCES.iter().find(|(pattern, _)| matches(pattern, used));
            if let Some((fenced, _)) = fence.filter(|(_, inside)| !inside.contains(&&**ours)) {
                wrong.push(format!("{ours} must not use {used}: {fenced} has a fence"));
            }
        }
    }
    for binary in SHIPPED.iter().chain(APPLICATION) {
        let inside = graph.shipped_with(binary);
        let others = inside.iter().filter(|name| SHIPPED.contains(binary) && APPLICATION_ONLY.contains(&name.as_str()));
        wrong.extend(others.map(|name| format!("{binary} must not contain {name}")));
        let others = inside.iter().filter(|name| *binary != "publisher" && PUBLISHER_ONLY.contains(&name.as_str()));
        wrong.extend(others.map(|name| format!("{binary} must not contain {name}")));
        let banned = inside.iter().filter(|name| BANNED.iter().any(|pattern| matches(pattern, name)));
        let unshipped = inside.iter().filter(|name| UNSHIPPED.contains(&name.as_str()));
        wrong.extend(unshipped.map(|name| format!("{binary} must not contain {name}")));
        wrong.extend(banned.map(|name| format!("{binary} must not contain {name}")));
    }
    wrong
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[test]
fn imports_point_down_and_third_party_crates_stay_in_their_fences() {
    let graph = Graph::of_this_workspace();
    for (name, _) in ARROWS {
        assert!(graph.ours.contains(*name), "{name} is not in the workspace any more");
    }
    assert!(graph.shipped_with("generator").contains("ring"), "the graph is read to its depth");
    assert!(graph.uses["aws-config"].contains("aws-sdk-sso"), "the command line has it");
    let wrong = violations(&graph);
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn each_planted_fault_is_found() {
    let graph = Graph::of_this_workspace();
    for (from, to) in [
        ("password", "secret-store"),
        ("secret-store", "password"),
        ("secret-store", "aws-session"),
        ("secret-store", "store-dynamodb"),
        ("custom-resource", "secret-store"),
        ("aws-session", "custom-resource"),
        ("aws-session", "keys-kms"),
        ("store-dynamodb", "keys-kms"),
        ("store-dynamodb", "lambda-function"),
        ("keys-kms", "store-dynamodb"),
        ("lambda-function", "store-dynamodb"),
        ("lambda-function", "password"),
        ("getter", "password"),
        ("getter", "generator"),
        ("generator", "aws-session"),
        ("generator", "tests"),
        ("password", "bench"),
        ("secret-store", "aws-sdk-kms"),
        ("aws-session", "aws-sdk-dynamodb"),
        ("store-dynamodb", "aws-sdk-kms"),
        ("store-dynamodb", "aws-smithy-types"),
        ("keys-kms", "aws-sdk-dynamodb"),
        ("keys-kms", "aws-config"),
        ("generator", "aws-config"),
        ("custom-resource", "aws-smithy-http-client"),
        ("secret-store", "reqwest"),
        ("getter", "rustls"),
        ("generator", "lambda_runtime"),
        ("lambda-function", "tracing-subscriber"),
        ("secret-store", "rand"),
        ("reqwest", "native-tls"),
        ("rustls", "aws-lc-rs"),
        ("aws-config", "openssl-sys"),
        ("aws-config", "aws-sdk-ssooidc"),
        ("custom-resource", "clap_builder"),
        ("lambda-function", "clap"),
        ("cli", "aws-sdk-kms"),
        ("cli", "aws-config"),
        ("cli", "lambda-function"),
        ("stacks-cloudformation", "store-dynamodb"),
        ("functions-lambda", "aws-sdk-lambda"),
        ("generator", "functions-lambda"),
        ("accounts", "secret-store"),
        ("accounts-api", "store-dynamodb"),
        ("getter", "accounts"),
        ("custom-resource", "argon2"),
        ("aws-session", "unicode-normalization"),
        ("store-dynamodb", "credstash-format"),
        ("generator", "credstash-format"),
        ("getter", "store-credstash"),
        ("store-s3", "store-dynamodb"),
        ("lambda-function", "store-s3"),
        ("keys-kms", "store-s3"),
        ("store-s3", "reqwest"),
        ("getter", "targets-aws"),
        ("generator", "targets-aws"),
        ("publisher", "getter"),
        ("publisher", "password"),
    ] {
        let mut faulty = graph.clone();
        faulty.plant(from, to);
        let wrong = violations(&faulty);
        assert!(wrong.iter().any(|text| text.contains(to)), "{from} -> {to}: {wrong:?}");
    }
    let mut newcomer = graph;
    newcomer.ours.insert("newcomer".to_owned());
    assert_eq!(violations(&newcomer).len(), 1);
}
