//! What `template.yaml` promises and no local engine can check: the conditions of the key's policy, rights that are
//! exactly the capability traits and the calls of the code, and a place for each parameter. Each check is seen to fail
//! on a planted fault.
//!
//! - [`promises`]: everything that could be wrong with a template, and the faults that are found;
//! - [`rights`]: the roles, beside what the code takes; `statements`: those that depend on a parameter;
//! - [`values`]: what the parameters take.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod promises;
mod rights;
mod statements;
mod values;

use serde_json::Value;

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

fn sid(statement: &Value) -> &str {
    statement["Sid"].as_str().unwrap()
}
