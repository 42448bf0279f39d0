//! What `template.yaml` promises and no local engine can check: the conditions of the key's policy, rights that are
//! exactly the capability traits and the calls of the code, and a place for each parameter. Each check is seen to fail
//! on a planted fault.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::{Value, json};
use store_s3::{Prefix, setup};
use tests::{
    aws::Function,
    paths, python,
    template::{self, Deployment, strings},
};

const ACCOUNT: &str = "123456789012";

/// Every optional part asked for.
const ALL: &[(&str, &str)] = &[
    ("KeyAdministratorArn", "arn:aws:iam::123456789012:role/keys"),
    ("RolePath", "/team/"),
    ("ReaderArns", "arn:aws:iam::123456789012:role/reads"),
    ("WriterArns", "arn:aws:iam::123456789012:role/writes"),
    ("AllowedEnvs", "dev,prod"),
    ("SubnetIds", "subnet-1"),
    ("SecurityGroupIds", "sg-1"),
    ("ParameterPrefixes", "/shop/,/till/"),
    ("SecretPrefixes", "shop/"),
    ("PublishedKeyArns", "arn:aws:kms:eu-west-1:123456789012:key/copies"),
];

/// What the publisher needs to be there.
const PUBLISHING: &[(&str, &str)] = &[("ParameterPrefixes", "/shop/,/till/"), ("SecretPrefixes", "shop/")];

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

fn sid(statement: &Value) -> &str {
    statement["Sid"].as_str().unwrap()
}

#[test]
fn the_template_keeps_its_promises() {
    let wrong = violations(template::as_written());
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn who_administers_the_key_replicates_it_where_a_replica_is_wanted() {
    let replicate = |given: &[(&str, &str)]| {
        let policy = Deployment::new(template::as_written(), "eu-west-1", ACCOUNT, given).key_policy();
        policy["Statement"].as_array().unwrap().iter().find(|statement| sid(statement) == "Replicate").cloned()
    };
    assert_eq!(replicate(&[]), None);
    let statement = replicate(&[("ReplicaRegion", "eu-central-1"), ("KeyAdministratorArn", ALL[0].1)]).unwrap();
    assert_eq!(statement["Principal"]["AWS"], ALL[0].1);
    assert_eq!(strings(&statement["Action"]), ["kms:ReplicateKey", "kms:UpdatePrimaryRegion"]);
}

#[test]
fn each_region_and_partition_of_aws_is_taken() {
    let regions = ["eu-west-1", "us-gov-east-1", "cn-northwest-1", "eusc-de-east-1", "us-isob-east-1", "mx-central-1"];
    let mut values = Vec::new();
    for name in ["ReplicaRegion", "SecondReplicaRegion", "ServedRegions"] {
        values.extend(regions.map(|region| (name, region.to_owned(), true)));
        let wrong = ["eu-west", "eu-west-1a", "EU-WEST-1", "eu", "*", "eu-west-1 "];
        values.extend(wrong.map(|region| (name, region.to_owned(), false)));
    }
    for (name, service, is_regional, resource) in [
        ("AdditionalTableArns", "dynamodb", true, "table/secrets"),
        ("AdditionalKeyArns", "kms", true, "key/mrk-1234"),
        ("ExistingKeyArn", "kms", true, "key/1234-5678"),
        ("KeyAdministratorArn", "iam", false, "role/team/keys"),
        ("ReaderArns", "iam", false, "role/team/*"),
        ("WriterArns", "iam", false, "user/someone"),
        ("PermissionsBoundaryArn", "iam", false, "policy/team/boundary"),
    ] {
        let arn = |partition: &str, region: &str, account: &str| {
            format!("arn:{partition}:{service}:{region}:{account}:{resource}")
        };
        let (right, wrong) = if is_regional { ("eu-west-1", "") } else { ("", "eu-west-1") };
        let partitions = ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"];
        values.extend(partitions.map(|partition| (name, arn(partition, right, ACCOUNT), true)));
        if is_regional {
            values.extend(regions.map(|region| (name, arn("aws", region, ACCOUNT), true)));
        }
        let refused = [arn("*", right, ACCOUNT), arn("aws", wrong, ACCOUNT), arn("aws", "*", ACCOUNT)];
        values.extend(refused.map(|arn| (name, arn, false)));
        values.push((name, arn("aws", right, "*"), false));
    }
    let patterns = &template::as_written()["Parameters"];
    let asked = values.iter().map(|(name, value, _)| json!([patterns[*name]["AllowedPattern"], value]));
    let taken = matched(&asked.collect());
    assert_eq!(taken.len(), values.len());
    for ((name, value, expected), taken) in values.iter().zip(taken) {
        assert_eq!(taken, *expected, "whether {name} takes {value}");
    }
}

#[test]
fn a_name_that_is_taken_fits_into_those_of_functions_and_exports() {
    const LAMBDA_NAME_CHARACTERS: usize = 64;
    let longest = "x".repeat(LAMBDA_NAME_CHARACTERS - "-generator".len());
    let pattern = &template::as_written()["Parameters"]["PairName"]["AllowedPattern"];
    let values = ["a", "a2-b", &longest, &format!("{longest}x"), "", "-a", "2a", "a b", "a_b", "a/b", "a*"];
    let pairs = values.map(|value| json!([pattern, value]));
    let taken = [true, true, true, false, false, false, false, false, false, false, false];
    assert_eq!(matched(&json!(pairs)), taken);
}

/// Of pairs of a pattern and a value: whether the one matches all of the other. As ministack and sam do, by Python.
fn matched(pairs: &Value) -> Vec<bool> {
    const SCRIPT: &str =
        "import json, re, sys; print(json.dumps([bool(re.fullmatch(*pair)) for pair in json.loads(sys.argv[1])]))";
    let python = Command::new(python::program("python")).args(["-c", SCRIPT, &pairs.to_string()]).output().unwrap();
    serde_json::from_slice(&python.stdout).unwrap()
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

#[test]
fn the_generator_asks_for_the_state_of_stacks_in_the_served_regions_alone() {
    let asked = |given: &[(&str, &str)]| {
        let policy =
            Deployment::new(template::as_written(), "eu-west-1", ACCOUNT, given).role_policy(Function::Generator);
        let statement = policy["Statement"].as_array().unwrap().iter().find(|s| sid(s) == "TellARollbackFromADeletion");
        let statement = statement.unwrap().clone();
        assert_eq!(strings(&statement["Action"]), ["cloudformation:DescribeStacks"]);
        assert_eq!(strings(&statement["Resource"]), ["arn:aws:cloudformation:*:123456789012:stack/*"]);
        statement["Condition"].clone()
    };
    let regions = |regions: Value| json!({"StringEquals": {"aws:RequestedRegion": regions}});
    assert_eq!(asked(&[]), regions(json!("eu-west-1")));
    let served = [("ServedRegions", "eu-west-3,us-east-1")];
    assert_eq!(asked(&served), regions(json!(["eu-west-1", "eu-west-3", "us-east-1"])));
}

/// An empty prefix is one of everything, and the pattern of a list's members cannot refuse it: an empty list is one of them.
#[test]
fn an_empty_prefix_among_others_is_refused() {
    let template = template::as_written();
    for (rule, parameter, prefixes) in
        [("PrefixesOfParameters", "ParameterPrefixes", "/shop/,"), ("PrefixesOfSecrets", "SecretPrefixes", "shop/,")]
    {
        let policy =
            Deployment::new(template, "eu-west-1", ACCOUNT, &[(parameter, prefixes)]).role_policy(Function::Publisher);
        let resources = policy["Statement"].as_array().unwrap().iter().flat_map(|s| strings(&s["Resource"]));
        let everything = |resource: &String| resource.ends_with("parameter*") || resource.ends_with("secret:*");
        assert_eq!(resources.filter(everything).count(), 1, "{parameter}");
        let rule = &template["Rules"][rule];
        let list = json!({"Ref": parameter});
        assert_eq!(rule["RuleCondition"], json!({"Fn::Not": [{"Fn::EachMemberEquals": [list, ""]}]}));
        assert_eq!(rule["Assertions"][0]["Assert"], json!({"Fn::Not": [{"Fn::Contains": [list, ""]}]}));
    }
}

#[test]
fn the_publisher_is_there_where_a_prefix_is_given_and_writes_below_it_alone() {
    let resources = ["PublisherFunction", "PublisherRole", "PublisherLogs"];
    let template = template::as_written();
    for resource in resources {
        assert_eq!(template["Resources"][resource]["Condition"], "HasPublisher", "{resource}");
    }
    let holds = |given| {
        let chosen = json!({"Fn::If": ["HasPublisher", "made", "not made"]});
        Deployment::new(template, "eu-west-1", ACCOUNT, given).resolve(&chosen) == "made"
    };
    assert!(!holds(&[]) && holds(&PUBLISHING[..1]) && holds(&PUBLISHING[1..]));
    let written = |given, sid_of: &str| {
        let policy = Deployment::new(template, "eu-west-1", ACCOUNT, given).role_policy(Function::Publisher);
        let found = policy["Statement"].as_array().unwrap().iter().find(|found| sid(found) == sid_of).cloned();
        found.map(|found| (strings(&found["Resource"]), found["Condition"].clone()))
    };
    let here = json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": ACCOUNT}});
    let parameters = ["arn:*:ssm:*:*:parameter/shop/*", "arn:*:ssm:*:*:parameter/till/*"].map(str::to_owned);
    assert_eq!(written(PUBLISHING, "PublishParameters"), Some((parameters.to_vec(), here.clone())));
    let secrets = vec!["arn:*:secretsmanager:*:*:secret:shop/*".to_owned()];
    assert_eq!(written(PUBLISHING, "PublishSecrets"), Some((secrets, here)));
    assert_eq!(written(&PUBLISHING[1..], "PublishParameters"), None);
    assert_eq!(written(&PUBLISHING[..1], "PublishSecrets"), None);
    assert_eq!(written(PUBLISHING, "EncryptCopies"), None);
    let (keys, condition) = written(ALL, "EncryptCopies").unwrap();
    assert_eq!(keys, ["arn:aws:kms:eu-west-1:123456789012:key/copies"]);
    let services = json!(["ssm.eu-west-1.amazonaws.com*", "secretsmanager.eu-west-1.amazonaws.com*"]);
    assert_eq!(condition, json!({"StringLike": {"kms:ViaService": services}}));
}
