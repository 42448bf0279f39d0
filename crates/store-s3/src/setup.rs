//! How a bucket is to be set up: the documents that the pair's template has, as S3 spells them. What else stands in a document
//! of the bucket's stays there.

use secret_store::StoreName;
use serde_json::{Value, json};

use crate::keys::Prefix;
use crate::xml;

/// By this name the rule of the lifecycle is known.
const RULE: &str = "erase-what-was-retired";

/// What is to be made public nowhere in it.
pub const PUBLIC_ACCESS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What the bucket refuses, whoever asks: what is not encrypted on its way, and an object that comes without a condition.
pub fn statements(partition: &str, store: &StoreName) -> [Value; 2] {
    let bucket = format!("arn:{partition}:s3:::{store}");
    let objects = format!("{bucket}/*");
    let deny = |sid: &str, action: &str, resource: Value, condition: Value| {
        json!({
            "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition,
        })
    };
    [
        deny("RefuseWithoutTls", "s3:*", json!([&bucket, &objects]), json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny(
            "RefuseWithoutCondition",
            "s3:PutObject",
            json!(objects),
            json!({"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}}),
        ),
    ]
}

/// The bucket's policy with these statements in it.
pub fn policy(existing: Option<&str>, partition: &str, store: &StoreName) -> String {
    let mut policy: Value = existing.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    if !policy.is_object() {
        policy = json!({"Version": "2012-10-17"});
    }
    let ours = statements(partition, store);
    let mut others = match policy["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    others.retain(|statement| ours.iter().all(|our| our["Sid"] != statement["Sid"]));
    others.extend(ours);
    policy["Statement"] = Value::Array(others);
    policy.to_string()
}

/// What is retired lies behind a delete marker, and is former from then on; so are the former states of a secret.
pub fn rule(days: u64, prefix: &Prefix) -> Value {
    json!({
        "ID": RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": prefix.to_string()},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        "Expiration": {"ExpiredObjectDeleteMarker": true},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    })
}

/// The bucket's lifecycle with this rule in it.
pub fn lifecycle(existing: Option<&str>, rule: &Value) -> String {
    let others = xml::all(existing.unwrap_or_default(), "Rule").filter(|rule| xml::text(rule, "ID") != Some(RULE));
    let others: String = others.map(|rule| format!("<Rule>{rule}</Rule>")).collect();
    format!("<LifecycleConfiguration>{others}{}</LifecycleConfiguration>", element("Rule", rule))
}

/// The same as a document.
pub fn public_access() -> String {
    let blocks: String = PUBLIC_ACCESS.iter().map(|block| element(block, &json!(true))).collect();
    format!("<PublicAccessBlockConfiguration>{blocks}</PublicAccessBlockConfiguration>")
}

/// Each value is encrypted by the pair's key before S3 sees it; this is for what is known of it.
pub fn encryption() -> Value {
    json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
}

pub(crate) fn encryption_xml() -> String {
    format!(
        "<ServerSideEncryptionConfiguration>{}</ServerSideEncryptionConfiguration>",
        element("Rule", &encryption()["Rules"][0])
    )
}

/// A value of a document, as an element of this name. There is nothing in it that XML spells otherwise.
fn element(name: &str, value: &Value) -> String {
    let inside = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| element(name, value)).collect(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    format!("<{name}>{inside}</{name}>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::{refuses_puts_without_condition, window};

    #[test]
    fn what_is_made_is_what_is_looked_for() {
        let store: StoreName = "secrets".parse().unwrap();
        for partition in ["aws", "aws-cn"] {
            let policy = policy(None, partition, &store);
            assert!(refuses_puts_without_condition(&policy, &store));
            // In the older language of policies, which is meant where none is named, some elements are unknown.
            assert!(policy.contains("\"Version\":\"2012-10-17\""), "{policy}");
        }
        assert_eq!(window(&lifecycle(None, &rule(45, &Prefix::default()))), Some(45));
    }

    #[test]
    fn what_else_is_there_stays_and_what_is_ours_is_mended() {
        let store: StoreName = "secrets".parse().unwrap();
        let audit = json!({"Sid": "Audit", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"},
                           "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secrets/*"});
        let mut narrowed = statements("aws", &store)[1].clone();
        narrowed["Condition"]["ArnLike"] = json!({"aws:PrincipalArn": "arn:aws:iam::1:role/x"});
        let before = json!({"Version": "2012-10-17", "Id": "own", "Statement": [&audit, narrowed]});
        let after = policy(Some(&before.to_string()), "aws", &store);
        assert!(refuses_puts_without_condition(&after, &store));
        let document: Value = serde_json::from_str(&after).unwrap();
        assert_eq!((&document["Id"], document["Statement"].as_array().unwrap().len()), (&json!("own"), 3));
        assert_eq!(document["Statement"][0], audit);
        assert_eq!(policy(Some(&after), "aws", &store), after, "once is as good as twice");
        let single = policy(Some(&json!({"Version": "2012-10-17", "Statement": audit}).to_string()), "aws", &store);
        assert_eq!(single.matches("Sid").count(), 3);

        let other = "<Rule><ID>logs</ID><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>";
        let off = "<Rule><ID>erase-what-was-retired</ID><Status>Disabled</Status></Rule>";
        let before = format!("<LifecycleConfiguration xmlns=\"x\">{other}{off}</LifecycleConfiguration>");
        let after = lifecycle(Some(&before), &rule(30, &"team/".parse().unwrap()));
        assert!(after.contains(other) && after.matches("<ID>").count() == 2, "{after}");
        assert!(after.contains("<Filter><Prefix>team/</Prefix></Filter>") && window(&after) == Some(30), "{after}");
    }
}
