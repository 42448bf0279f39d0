//! What the parameters take: each region and partition of AWS, and names that fit.

use std::process::Command;

use serde_json::{Value, json};
use tests::{python, template};

use super::ACCOUNT;

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
