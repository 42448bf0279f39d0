//! The rights of each role are those of the capability traits and of the calls that its function makes.

use std::collections::{BTreeMap, BTreeSet};

use tests::aws::Function;
use tests::paths;
use tests::template::{self, Deployment, strings};

use super::{ACCOUNT, PUBLISHING};

/// The calls of the SDK, as the code writes them, and what IAM asks for each.
const CALLS: &[(&str, &[&str])] = &[
    (".get_item()", &["dynamodb:GetItem"]),
    (".query()", &["dynamodb:Query"]),
    (".put_item()", &["dynamodb:PutItem"]),
    (".update_item()", &["dynamodb:UpdateItem"]),
    (".delete_item()", &["dynamodb:DeleteItem"]),
    (".scan()", &["dynamodb:Scan"]),
    (".batch_get_item()", &["dynamodb:BatchGetItem"]),
    (".batch_write_item()", &["dynamodb:BatchWriteItem"]),
    (".describe_table()", &["dynamodb:DescribeTable"]),
    ("Put::builder()", &["dynamodb:PutItem"]),
    ("Update::builder()", &["dynamodb:UpdateItem"]),
    ("Delete::builder()", &["dynamodb:DeleteItem"]),
    ("ConditionCheck::builder()", &["dynamodb:ConditionCheckItem"]),
    (".encrypt()", &["kms:Encrypt"]),
    (".decrypt()", &["kms:Decrypt"]),
    (".generate_data_key()", &["kms:GenerateDataKey"]),
    (".re_encrypt()", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
    (".describe_key()", &["kms:DescribeKey"]),
    ("\"DescribeStacks\"", &["cloudformation:DescribeStacks"]),
    ("self.parameters.history(", &["ssm:GetParameterHistory"]),
    ("self.parameters.put(", &["ssm:PutParameter"]),
    ("self.parameters.tag(", &["ssm:AddTagsToResource"]),
    ("self.parameters.untag(", &["ssm:RemoveTagsFromResource"]),
    ("self.parameters.delete(", &["ssm:DeleteParameter"]),
    ("self.secrets.describe(", &["secretsmanager:DescribeSecret"]),
    ("self.secrets.create(", &["secretsmanager:CreateSecret"]),
    ("self.secrets.put(", &["secretsmanager:PutSecretValue"]),
    ("self.secrets.rekey(", &["secretsmanager:UpdateSecret"]),
    ("self.secrets.tag(", &["secretsmanager:TagResource"]),
    ("self.secrets.untag(", &["secretsmanager:UntagResource"]),
    ("self.secrets.restore(", &["secretsmanager:RestoreSecret"]),
    ("self.secrets.delete(", &["secretsmanager:DeleteSecret"]),
];

#[test]
fn roles_traits_and_calls_are_the_same_rights() {
    let of_traits = rights_of_traits();
    let of_calls = rights_of_calls();
    for &function in Function::ALL {
        let policy = Deployment::new(template::as_written(), "eu-west-1", ACCOUNT, PUBLISHING).role_policy(function);
        let granted = policy["Statement"].as_array().unwrap().iter().flat_map(|s| strings(&s["Action"]));
        let granted: BTreeSet<_> = granted.filter(|action| !action.starts_with("logs:")).collect();
        assert_eq!(granted, of_traits[&function], "the role of the {function:?} and its traits");
        assert_eq!(granted, of_calls[&function], "the role of the {function:?} and the calls of its code");
    }
}

/// The requests over a bucket are our own: what the documentation of the adapter says that it takes, the role has, and no more.
#[test]
fn over_a_bucket_roles_and_traits_are_the_same_rights() {
    let files = [(Function::Generator, "writer"), (Function::Getter, "reader"), (Function::Publisher, "reader")];
    for (function, file) in files {
        let source = source(&format!("crates/store-s3/src/{file}.rs"));
        let quoted = source.split('`').filter(|text| text.starts_with("s3:")).map(str::to_owned);
        let documented: BTreeSet<_> = quoted.collect();
        let policy = Deployment::new(template::as_written(), "eu-west-1", ACCOUNT, &[("Store", "s3")]);
        let policy = policy.role_policy(function);
        let granted = policy["Statement"].as_array().unwrap().iter().flat_map(|s| strings(&s["Action"]));
        let granted: BTreeSet<_> = granted.filter(|action| action.starts_with("s3:")).collect();
        assert_eq!(granted, documented, "{function:?}");
    }
}

/// An `impl TRAIT for TYPE` of an adapter.
struct Implementation {
    of: String,
    documentation: String,
    body: String,
}

/// The adapters, and in each the helpers outside of its `impl` blocks by the name that a body has of them.
const ADAPTERS: &[(&str, &[(&str, &str)])] = &[
    ("crates/keys-kms/src/key.rs", &[]),
    ("crates/stacks-cloudformation/src/state.rs", &[]),
    (
        "crates/store-dynamodb/src/table.rs",
        &[
            // The Query of a snapshot is made in `between`.
            ("snapshot(", "\npub(crate) fn between("),
            ("self.item(", "\n    async fn item("),
            ("Writes {", "\nimpl Writes<'_> {"),
        ],
    ),
    ("crates/targets-aws/src/publish/parameter.rs", &[]),
    (
        "crates/targets-aws/src/publish/secret.rs",
        &[("self.create(", "\n    async fn create("), ("self.keep_key(", "\n    async fn keep_key(")],
    ),
];

/// The capabilities that the adapters implement, each with its body and the helpers that it uses.
fn implementations() -> Vec<Implementation> {
    let mut found = Vec::new();
    for (file, helpers) in ADAPTERS {
        // Whom the services are asked through is no matter.
        let source = source(file).replace("\nimpl<S: Ask> ", "\nimpl ");
        let helpers: Vec<_> = helpers
            .iter()
            .map(|(name, start)| (name, source.split(start).nth(1).unwrap().split("\n}").next().unwrap()))
            .collect();
        let mut blocks = source.split("\nimpl ");
        let mut before = blocks.next().unwrap();
        for block in blocks {
            if let Some((_, implementation)) = block.lines().next().unwrap().split_once(" for ") {
                let mut body = block.split("\n}").next().unwrap().to_owned();
                let used: Vec<_> = helpers.iter().filter(|(name, _)| body.contains(**name)).collect();
                used.iter().for_each(|(_, helper)| body += helper);
                found.push(Implementation {
                    of: implementation.split([' ', '<']).next().unwrap().to_owned(),
                    documentation: before.rsplit("\n\n").next().unwrap().to_owned(),
                    body: body.split_whitespace().collect(),
                });
            }
            before = block;
        }
    }
    found
}

/// What `right` finds in the implementations of the types that a function's `main.rs` wires it to.
fn rights(right: impl Fn(&Implementation) -> Vec<String>) -> BTreeMap<Function, BTreeSet<String>> {
    let implementations = implementations();
    let of = |function: Function| {
        let main = source(&format!("crates/{}/src/main.rs", function.binary()));
        let wired = implementations.iter().filter(|found| main.contains(&format!("{}::connect(", found.of)));
        wired.flat_map(&right).collect()
    };
    Function::ALL.iter().map(|function| (*function, of(*function))).collect()
}

/// What the documentation of each capability says that it takes.
fn rights_of_traits() -> BTreeMap<Function, BTreeSet<String>> {
    rights(|found| actions(&found.documentation))
}

/// `` `dynamodb:PutItem`, `UpdateItem` and `DeleteItem`: ... ``: a name without a service has that of the one before.
fn actions(documentation: &str) -> Vec<String> {
    // A warm-up is none of the capabilities, and has no documentation of its own.
    let lines: Vec<_> = documentation.lines().take_while(|line| line.starts_with("///")).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let line = lines.join(" ");
    let end = line.find("`:").map_or(line.len(), |at| at + 1);
    let mut service = "";
    let quoted = line[..end].split('`').skip(1).step_by(2);
    quoted
        .map(|name| match name.split_once(':') {
            Some((named, _)) => {
                service = named;
                name.to_owned()
            }
            None => format!("{service}:{name}"),
        })
        .collect()
}

/// What the code asks of AWS.
fn rights_of_calls() -> BTreeMap<Function, BTreeSet<String>> {
    rights(|found| {
        let calls = CALLS.iter().filter(|(call, _)| found.body.contains(call));
        calls.flat_map(|(_, actions)| actions.iter().map(|action| (*action).to_owned())).collect()
    })
}

fn source(path: &str) -> String {
    std::fs::read_to_string(paths::repository().join(path)).unwrap()
}
