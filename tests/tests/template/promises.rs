//! Everything that could be wrong with a template, and that it is not with ours.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use store_s3::{Prefix, setup};
use tests::aws::Function;
use tests::template::{self, Deployment, strings};

use super::{ACCOUNT, ALL, sid};

/// Who may use the key, for what, and whether what they use it on has a version: the statements beside `Administer`.
const USE: &[(&str, &str, &[&str], bool)] = &[
    ("Generate", "role/team/cfn-secrets/generator/*", &["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"], true),
    ("TakeOver", "role/team/cfn-secrets/generator/*", &["kms:ReEncryptFrom"], false),
    ("Get", "role/team/cfn-secrets/getter/*", &["kms:Decrypt"], true),
    ("Publish", "role/team/cfn-secrets/publisher/*", &["kms:Decrypt"], true),
    ("Read", "role/team/cfn-secrets/reader/*", &["kms:Decrypt"], true),
    ("ReadToo", "role/reads", &["kms:Decrypt"], true),
    ("Write", "role/team/cfn-secrets/writer/*", &["kms:Encrypt"], false),
    ("WriteToo", "role/writes", &["kms:Encrypt"], false),
];

/// Everything that is wrong with a template.
fn violations(template: &Value) -> Vec<String> {
    let mut wrong = key_policy(template);
    wrong.extend(roles(template));
    wrong.extend(contexts(template));
    wrong.extend(managed_policies(template));
    wrong.extend(parameters(template));
    wrong.extend(bounds(template));
    wrong.extend(functions(template));
    wrong.extend(bucket(template));
    wrong
}

/// What the bucket itself refuses, whoever asks, and how long it keeps what is retired; and that over a bucket no function has a
/// right on a table, nor the other way round.
fn bucket(template: &Value) -> Vec<String> {
    let given = [("Store", "s3"), ("RolePath", "/team/"), ("RecoveryWindowInDays", "45")];
    let deployment = Deployment::new(template, "eu-west-1", ACCOUNT, &given);
    let policy = deployment.resolve(&deployment.properties("SecretsBucketPolicy")["PolicyDocument"]);
    let refused = |sid: &str| {
        let mut found = policy["Statement"].as_array().unwrap().iter();
        found.find(|statement| statement["Sid"] == sid).cloned().unwrap_or_default()
    };
    let generator = format!("arn:aws:iam::{ACCOUNT}:role/team/cfn-secrets/generator/*");
    let mut wrong = Vec::new();
    // What `cfn-secrets setup` makes of a bucket is what the template makes.
    for statement in setup::statements("aws", &"secretsbucket".parse().unwrap()) {
        let of_template = refused(statement["Sid"].as_str().unwrap());
        let of_template = of_template.to_string().replace("SecretsBucket.Arn", "arn:aws:s3:::secretsbucket");
        if serde_json::from_str::<Value>(&of_template).unwrap() != statement {
            wrong.push(format!("the bucket's policy: {of_template}, not {statement}"));
        }
    }
    let statement = refused("RefuseToReplaceValues");
    let is_for_all = statement["Effect"] == "Deny" && statement["Principal"] == "*";
    let condition = json!({"Null": {"s3:if-none-match": "true"}, "ArnLike": {"aws:PrincipalArn": generator}});
    if !is_for_all || statement["Action"] != "s3:PutObject" || statement["Condition"] != condition {
        wrong.push(format!("the bucket's policy, RefuseToReplaceValues: {statement}"));
    }
    let properties = deployment.resolve(deployment.properties("SecretsBucket"));
    let rule = &properties["LifecycleConfiguration"]["Rules"][0];
    let expected = setup::rule(45, &Prefix::default());
    let is_as_expected = rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == "45"
        && rule["Id"] == expected["ID"]
        && rule["Status"] == expected["Status"]
        && rule["ExpiredObjectDeleteMarker"] == expected["Expiration"]["ExpiredObjectDeleteMarker"]
        && rule["AbortIncompleteMultipartUpload"] == expected["AbortIncompleteMultipartUpload"];
    if !is_as_expected {
        wrong.push(format!("the bucket does not keep what is retired as long as it says: {rule}, not {expected}"));
    }
    if setup::PUBLIC_ACCESS.iter().any(|block| properties["PublicAccessBlockConfiguration"][*block] != true) {
        wrong.push("the bucket can be made public".to_owned());
    }
    let encryption = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    let expected = &setup::encryption()["Rules"][0];
    if encryption["ServerSideEncryptionByDefault"] != expected["ApplyServerSideEncryptionByDefault"] {
        wrong.push(format!("the bucket is encrypted otherwise: {encryption}, not {expected}"));
    }
    if properties["VersioningConfiguration"]["Status"] != "Enabled" {
        wrong.push("the bucket keeps no versions".to_owned());
    }
    for &function in Function::ALL {
        for (store, others) in [("s3", "dynamodb:"), ("dynamodb", "s3:")] {
            let policy = Deployment::new(template, "eu-west-1", ACCOUNT, &[("Store", store)]).role_policy(function);
            let actions = policy["Statement"].as_array().unwrap().iter().flat_map(|s| strings(&s["Action"]));
            let foreign = actions.filter(|action| action.starts_with(others));
            wrong.extend(foreign.map(|action| format!("{function:?} over {store} may {action}")));
        }
    }
    wrong
}

/// Administration without use, and use for these principals, on these contexts, and for nobody else.
fn key_policy(template: &Value) -> Vec<String> {
    let policy = Deployment::new(template, "eu-west-1", ACCOUNT, ALL).key_policy();
    let mut left: BTreeMap<_, _> = policy["Statement"].as_array().unwrap().iter().map(|s| (sid(s), s)).collect();
    let mut wrong = Vec::new();
    for (sid, principal, actions, has_version) in USE {
        let mut like = json!({"kms:EncryptionContext:StackName": "?*", "kms:EncryptionContext:Name": "?*"});
        like["kms:EncryptionContext:Env"] = json!(["dev", "prod"]);
        let principal = format!("arn:aws:iam::{ACCOUNT}:{principal}");
        let mut condition = json!({"ArnLike": {"aws:PrincipalArn": principal}});
        if *has_version {
            like["kms:EncryptionContext:Version"] = json!("?*");
        } else {
            condition["Null"] = json!({"kms:EncryptionContext:Version": "true"});
        }
        condition["StringLike"] = like;
        let Some(statement) = left.remove(*sid) else {
            wrong.push(format!("the key's policy has no {sid}"));
            continue;
        };
        let mut found = statement["Condition"].clone();
        if let [one] = &*strings(&found["ArnLike"]["aws:PrincipalArn"]) {
            found["ArnLike"]["aws:PrincipalArn"] = json!(one); // a list of one is one
        }
        if strings(&statement["Action"]) != *actions || found != condition {
            wrong.push(format!("the key's policy, {sid}: {statement}"));
        }
    }
    match left.remove("Administer") {
        None => wrong.push("nobody administers the key".to_owned()),
        Some(statement) => {
            let uses = ["kms:*", "Encrypt", "Decrypt", "DataKey", "CreateGrant", "GenerateMac", "Sign", "DeriveShared"];
            let actions = strings(&statement["Action"]);
            let used = actions.iter().filter(|action| uses.iter().any(|used| action.contains(used)));
            wrong.extend(used.map(|action| format!("who administers the key may use it: {action}")));
            if statement["Principal"]["AWS"] != "arn:aws:iam::123456789012:role/keys" {
                wrong.push("the key's administrator is not who was asked for".to_owned());
            }
        }
    }
    wrong.extend(left.keys().map(|sid| format!("the key's policy says more: {sid}")));
    wrong
}

/// No wildcard, except for what Lambda itself does in a VPC, which the function's own code may not.
fn roles(template: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for &function in Function::ALL {
        let policy = Deployment::new(template, "eu-west-1", ACCOUNT, ALL).role_policy(function);
        for statement in policy["Statement"].as_array().unwrap() {
            let is_lambdas = statement["Condition"] == json!({"Null": {"lambda:SourceFunctionArn": "true"}})
                && strings(&statement["Action"]).iter().all(|action| action.starts_with("ec2:"));
            let wild = strings(&statement["Resource"]).iter().any(|resource| resource == "*");
            if strings(&statement["Action"]).iter().any(|action| action.contains('*')) || (wild && !is_lambdas) {
                wrong.push(format!("{function:?}: {statement}"));
            }
        }
    }
    wrong
}

/// The functions' roles say what the key's policy says of them: an additional or existing key may leave all to IAM.
fn contexts(template: &Value) -> Vec<String> {
    let deployment = Deployment::new(template, "eu-west-1", ACCOUNT, ALL);
    let by_the_key = deployment.key_policy();
    let mut wrong = Vec::new();
    for (function, own, keys) in [
        (Function::Generator, "Encrypt", "Generate"),
        (Function::Generator, "TakeOver", "TakeOver"),
        (Function::Getter, "Decrypt", "Get"),
        (Function::Publisher, "Decrypt", "Publish"),
    ] {
        let by_the_role = deployment.role_policy(function);
        let [role, key] = [(&by_the_role, own), (&by_the_key, keys)]
            .map(|(policy, name)| policy["Statement"].as_array().unwrap().iter().find(|s| sid(s) == name));
        let (Some(role), Some(key)) = (role, key) else {
            wrong.push(format!("{function:?}: no {own} for {keys}"));
            continue;
        };
        let mut condition = key["Condition"].clone();
        condition.as_object_mut().unwrap().remove("ArnLike"); // it is the role's own
        if strings(&role["Action"]) != strings(&key["Action"]) || role["Condition"] != condition {
            wrong.push(format!("{function:?}: {role}"));
        }
    }
    wrong
}

/// Readers decrypt, writers encrypt without a version: in the one env of their tag, and in none without it, or in all.
fn managed_policies(template: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (policy, action, is_one_env) in [
        ("ReaderPolicy", "kms:Decrypt", true),
        ("WriterPolicy", "kms:Encrypt", true),
        ("AllEnvsReaderPolicy", "kms:Decrypt", false),
        ("AllEnvsWriterPolicy", "kms:Encrypt", false),
    ] {
        let mut like = json!({"kms:EncryptionContext:StackName": "?*", "kms:EncryptionContext:Name": "?*"});
        like["kms:EncryptionContext:Env"] = json!(["dev", "prod"]);
        let mut condition = json!({});
        if action == "kms:Encrypt" {
            condition["Null"]["kms:EncryptionContext:Version"] = json!("true");
        } else {
            like["kms:EncryptionContext:Version"] = json!("?*");
        }
        if is_one_env {
            condition["StringEquals"] = json!({"kms:EncryptionContext:Env": "${aws:PrincipalTag/cfn-secrets-env}"});
            condition["Null"]["aws:PrincipalTag/cfn-secrets-env"] = json!("false");
        }
        condition["StringLike"] = like;
        let document = Deployment::new(template, "eu-west-1", ACCOUNT, ALL).managed_policy(policy);
        let statements = document["Statement"].as_array().unwrap();
        let of_the_key: Vec<_> = statements.iter().filter(|statement| statement["Action"] == action).collect();
        let conditions: Vec<_> = of_the_key.iter().map(|statement| &statement["Condition"]).collect();
        if conditions != [&condition] {
            wrong.push(format!("{policy}: {conditions:?}"));
        }
        let others = statements.iter().filter(|statement| statement["Action"] != action);
        let others: BTreeSet<_> = others.flat_map(|statement| strings(&statement["Action"])).collect();
        if others.iter().any(|other| other != "dynamodb:GetItem" && other != "dynamodb:Query") {
            wrong.push(format!("{policy} allows {others:?}"));
        }
    }
    wrong
}

/// Every parameter is described, bounded and shown in a group.
fn parameters(template: &Value) -> Vec<String> {
    let groups = &template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let shown: Vec<_> = groups.as_array().unwrap().iter().flat_map(|group| strings(&group["Parameters"])).collect();
    let mut wrong = Vec::new();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        let bounds = ["AllowedPattern", "AllowedValues", "MinValue"];
        if !parameter["Description"].is_string() || !bounds.iter().any(|bound| parameter.get(*bound).is_some()) {
            wrong.push(format!("{name} has no description or takes anything"));
        }
        if shown.iter().filter(|shown| *shown == name).count() != 1 {
            wrong.push(format!("{name} is not in one group"));
        }
    }
    wrong
}

/// What bounds a pair reaches both of its functions: a bound that one of them has alone is none.
fn bounds(template: &Value) -> Vec<String> {
    let given = [
        ("ALLOWED_ENVS", "AllowedEnvs", "dev,prod"),
        ("SHARED_STACK_NAMES", "SharedStackNames", "shop,till"),
        ("SERVED_ACCOUNTS", "ServedAccounts", "111111111111,222222222222"),
        ("SERVED_REGIONS", "ServedRegions", "eu-central-1,eusc-de-east-1"),
    ];
    let bounded: Vec<_> = given.iter().map(|(_, parameter, value)| (*parameter, *value)).collect();
    let mut wrong = Vec::new();
    for &function in Function::ALL {
        let variables =
            &template["Resources"][format!("{function:?}Function")]["Properties"]["Environment"]["Variables"];
        let unbound = Deployment::new(template, "eu-west-1", ACCOUNT, &[]).resolve(variables);
        let bound = Deployment::new(template, "eu-west-1", ACCOUNT, &bounded).resolve(variables);
        for (variable, parameter, value) in given {
            if bound[variable] != value || unbound.get(variable).is_some() {
                wrong.push(format!("{function:?}: {variable} is not {parameter}"));
            }
        }
        if unbound["ACCOUNT_ID"] != ACCOUNT {
            wrong.push(format!("{function:?} does not know its account, and so would serve all"));
        }
    }
    wrong
}

/// A name that stays, a time-out that fits into CloudFormation's patience, the version of the workspace.
fn functions(template: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for &function in Function::ALL {
        let name = &template["Resources"][format!("{function:?}Function")]["Properties"]["FunctionName"];
        for (given, pair) in [(&[][..], "cfn-secrets"), (&[("PairName", "secrets")][..], "secrets")] {
            let expected = format!("{pair}-{}", function.binary());
            if Deployment::new(template, "eu-west-1", ACCOUNT, given).resolve(name) != json!(expected) {
                wrong.push(format!("the {function:?} has another name than {expected}, or one after each deployment"));
            }
        }
    }
    if template.to_string().contains("AWS::StackName") {
        wrong.push("something has its name of the stack's, which StackSets choose anew in each account".to_owned());
    }
    let globals = &template["Globals"]["Function"];
    let attempts = json!({"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 2});
    if globals["Timeout"] != 30 || globals["EventInvokeConfig"] != attempts {
        wrong.push("an attempt can outlive its listener".to_owned());
    }
    if template["Resources"]["GeneratorFunction"]["Properties"]["Timeout"] != 180 {
        wrong.push("a small table's turn does not come in time, or the examples' ServiceTimeout before it".to_owned());
    }
    if template["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"] != env!("CARGO_PKG_VERSION") {
        wrong.push("SemanticVersion is not that of Cargo.toml".to_owned());
    }
    wrong
}

#[test]
fn the_template_keeps_its_promises() {
    let wrong = violations(template::as_written());
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn each_planted_fault_is_found() {
    let key = "/Resources/Key/Properties/KeyPolicy/Statement";
    let role = "/Resources/GetterRole/Properties/Policies/0/PolicyDocument/Statement";
    let reader = "/Resources/ReaderPolicy/Properties/PolicyDocument/Statement";
    let bucket = "/Resources/SecretsBucketPolicy/Properties/PolicyDocument/Statement";
    for (place, fault) in [
        (format!("{key}/0/Action/0"), json!("kms:Decrypt")),
        (format!("{key}/2/Condition/StringLike/kms:EncryptionContext:Version"), json!("*")),
        (format!("{key}/2/Condition/ArnLike/aws:PrincipalArn"), json!("*")),
        (format!("{key}/3/Condition/Null"), json!({})),
        (format!("{key}/3/Action"), json!("kms:*")),
        (format!("{key}/0/Sid"), json!("More")),
        (format!("{role}/0/Fn::If/2/Action/0"), json!("dynamodb:*")),
        (format!("{role}/0/Fn::If/2/Resource"), json!("*")),
        (format!("{role}/0/Fn::If/1"), json!({"Action": "dynamodb:GetItem", "Resource": "x"})),
        (format!("{bucket}/0/Action"), json!("s3:GetObject")),
        (format!("{bucket}/1/Condition/Null/s3:if-match"), json!("false")),
        (format!("{bucket}/1/Principal"), json!({"AWS": "*"})),
        (format!("{bucket}/2/Condition/Null"), json!({})),
        ("/Resources/SecretsBucket/Properties/VersioningConfiguration/Status".to_owned(), json!("Suspended")),
        ("/Resources/SecretsBucket/Properties/LifecycleConfiguration/Rules/0/Status".to_owned(), json!("Disabled")),
        (format!("{role}/1/Condition/StringLike/kms:EncryptionContext:Version"), json!("*")),
        (format!("{role}/3/Fn::If/1/Condition"), json!({})),
        (format!("{reader}/0/Fn::If/2/Action/0"), json!("dynamodb:PutItem")),
        (format!("{reader}/1/Condition/Null"), json!({})),
        (format!("{reader}/1/Condition/StringEquals"), json!({})),
        ("/Parameters/RolePath/AllowedPattern".to_owned(), Value::Null),
        ("/Metadata/AWS::CloudFormation::Interface/ParameterGroups/0/Parameters/0".to_owned(), json!("Other")),
        ("/Resources/GetterFunction/Properties/FunctionName".to_owned(), Value::Null),
        ("/Resources/KeyAlias/Properties/AliasName/Fn::Sub".to_owned(), json!("alias/${AWS::StackName}")),
        ("/Resources/GetterFunction/Properties/Environment/Variables/SERVED_REGIONS".to_owned(), Value::Null),
        ("/Globals/Function/Timeout".to_owned(), json!(60)),
        ("/Resources/GeneratorFunction/Properties/Timeout".to_owned(), json!(30)),
        ("/Metadata/AWS::ServerlessRepo::Application/SemanticVersion".to_owned(), json!("9.9.9")),
    ] {
        let mut template = template::as_written().clone();
        let (parent, field) = place.rsplit_once('/').unwrap();
        match template.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")) {
            Value::Object(fields) if fault.is_null() => drop(fields.remove(field).unwrap()),
            Value::Array(items) => items[field.parse::<usize>().unwrap()] = fault,
            found => *found.get_mut(field).unwrap_or_else(|| panic!("{place}")) = fault,
        }
        assert!(!violations(&template).is_empty(), "not found: {place}");
    }
}
