//! Statements and rules that depend on a parameter.

use serde_json::{Value, json};
use tests::aws::Function;
use tests::template::{self, Deployment, strings};

use super::{ACCOUNT, ALL, PUBLISHING, sid};

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
