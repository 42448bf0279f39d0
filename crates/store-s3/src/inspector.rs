//! The bucket as whoever looks after it may look: how it is set up, and none of what is in it.

use aws_session::Session;
use secret_store::StoreName;
use secret_store::store::StoreError;
use serde_json::Value;

use crate::bucket::Bucket;
use crate::keys::Prefix;
use crate::setup::PUBLIC_ACCESS;
use crate::xml;

/// The bucket for whoever looks whether it is as it should be.
#[derive(Clone, Debug)]
pub struct BucketInspector(Bucket);

impl BucketInspector {
    /// The buckets of a session's account and region; an address says which one.
    pub fn connect(session: &Session, prefix: Prefix) -> Self {
        Self(Bucket::new(session, prefix))
    }

    pub(crate) fn of(bucket: Bucket) -> Self {
        Self(bucket)
    }

    /// Whether it keeps what is replaced or deleted: `Enabled`. `s3:GetBucketVersioning`.
    ///
    /// # Errors
    /// Where there is no such bucket, or S3 does not say so, or not to this caller.
    pub async fn keeps_versions(&self, store: &StoreName) -> Result<bool, StoreError> {
        let told = self.0.setup(store, "versioning", "s3:GetBucketVersioning").await?;
        Ok(told.is_some_and(|told| xml::text(&told, "Status") == Some("Enabled")))
    }

    /// Whether its policy refuses to put an object without a condition, whoever asks. `s3:GetBucketPolicy`.
    ///
    /// # Errors
    /// Where there is no such bucket, or S3 does not say so, or not to this caller.
    pub async fn refuses_puts_without_condition(&self, store: &StoreName) -> Result<bool, StoreError> {
        let told = self.policy(store).await?;
        Ok(told.is_some_and(|policy| refuses_puts_without_condition(&policy, store)))
    }

    /// After how many days its lifecycle erases what was hidden; `None` where it never does. Of several rules the shortest
    /// counts, as in S3. `s3:GetLifecycleConfiguration`.
    ///
    /// # Errors
    /// Where there is no such bucket, or S3 does not say so, or not to this caller.
    pub async fn window(&self, store: &StoreName) -> Result<Option<u64>, StoreError> {
        Ok(self.lifecycle(store).await?.and_then(|lifecycle| window(&lifecycle)))
    }

    /// Whether nothing in it can be made public. `s3:GetBucketPublicAccessBlock`.
    ///
    /// # Errors
    /// Where there is no such bucket, or S3 does not say so, or not to this caller.
    pub async fn is_private(&self, store: &StoreName) -> Result<bool, StoreError> {
        let told = self.0.setup(store, "publicAccessBlock", "s3:GetBucketPublicAccessBlock").await?;
        Ok(told.is_some_and(|told| blocks_all(&told)))
    }

    /// All of it at once, for whoever mends it. The actions above, and `s3:GetEncryptionConfiguration`.
    ///
    /// # Errors
    /// Where there is no such bucket, or S3 does not say so, or not to this caller.
    pub async fn facts(&self, store: &StoreName) -> Result<BucketFacts, StoreError> {
        let keeps_versions = self.keeps_versions(store).await?;
        let encryption = self.0.setup(store, "encryption", "s3:GetEncryptionConfiguration").await?;
        Ok(BucketFacts {
            keeps_versions,
            policy: self.policy(store).await?,
            is_private: self.is_private(store).await?,
            is_encrypted: encryption.is_some_and(|told| xml::text(&told, "SSEAlgorithm").is_some()),
            lifecycle: self.lifecycle(store).await?,
        })
    }

    async fn policy(&self, store: &StoreName) -> Result<Option<String>, StoreError> {
        self.0.setup(store, "policy", "s3:GetBucketPolicy").await
    }

    async fn lifecycle(&self, store: &StoreName) -> Result<Option<String>, StoreError> {
        self.0.setup(store, "lifecycle", "s3:GetLifecycleConfiguration").await
    }
}

/// How a bucket is set up, with the documents that others may have put something into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketFacts {
    /// Whether it keeps what is replaced or deleted.
    pub keeps_versions: bool,
    /// In JSON.
    pub policy: Option<String>,
    /// Whether nothing in it can be made public.
    pub is_private: bool,
    /// Whether S3 encrypts what it keeps.
    pub is_encrypted: bool,
    /// In XML.
    pub lifecycle: Option<String>,
}

impl BucketFacts {
    /// Whether its policy refuses to put an object without a condition, whoever asks.
    pub fn refuses_puts_without_condition(&self, store: &StoreName) -> bool {
        self.policy.as_ref().is_some_and(|policy| refuses_puts_without_condition(policy, store))
    }

    /// After how many days its lifecycle erases what was hidden.
    pub fn window(&self) -> Option<u64> {
        window(self.lifecycle.as_ref()?)
    }
}

/// Whether nothing can be made public in any of the four ways.
pub(crate) fn blocks_all(public_access: &str) -> bool {
    PUBLIC_ACCESS.iter().all(|block| xml::text(public_access, block) == Some("true"))
}

pub(crate) fn window(lifecycle: &str) -> Option<u64> {
    let rules = xml::all(lifecycle, "Rule").filter(|rule| xml::text(rule, "Status") == Some("Enabled"));
    rules.filter_map(|rule| xml::text(rule, "NoncurrentDays")?.parse().ok()).min()
}

/// As the template's policy has it: whoever asks, an object of this bucket that comes with neither condition is refused. Another
/// spelling of the same is not recognized.
pub(crate) fn refuses_puts_without_condition(policy: &str, store: &StoreName) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let (all, one) = (policy["Statement"].as_array(), std::slice::from_ref(&policy["Statement"]));
    let all_objects = format!(":::{store}/*");
    all.map_or(one, Vec::as_slice).iter().any(|statement| {
        let everybody = [&statement["Principal"], &statement["Principal"]["AWS"]];
        let null = &statement["Condition"]["Null"];
        let conditions = statement["Condition"].as_object().map(serde_json::Map::len);
        statement["Effect"] == "Deny"
            && everybody.iter().any(|principal| has(principal, |name| name == "*"))
            && has(&statement["Action"], |action| matches!(action, "s3:PutObject" | "s3:Put*" | "s3:*"))
            && has(&statement["Resource"], |arn| arn.ends_with(&all_objects))
            && conditions == Some(1)
            && null.as_object().map(serde_json::Map::len) == Some(2)
            && ["s3:if-none-match", "s3:if-match"].iter().all(|key| has(&null[key], |value| value == "true"))
    })
}

/// Whether a text of a policy, or one of several, is such a one.
fn has(value: &Value, is_such: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).any(is_such),
        value => value.as_str().is_some_and(is_such),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> Value {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::secrets/*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Sid": "RefuseWithoutCondition", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
             "Resource": "arn:aws:s3:::secrets/*",
             "Condition": {"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}}},
        ]})
    }

    #[test]
    fn one_way_that_is_open_makes_a_bucket_no_private_one() {
        let all = crate::setup::public_access();
        assert!(blocks_all(&all) && !blocks_all(""));
        for block in PUBLIC_ACCESS {
            let [open, shut] = ["false", "true"].map(|value| format!("<{block}>{value}</{block}>"));
            assert!(!blocks_all(&all.replace(&shut, &open)) && !blocks_all(&all.replace(&shut, "")), "{block}");
        }
    }

    #[test]
    fn the_shortest_window_of_a_rule_that_is_on_counts() {
        let rule = |status: &str, days: u64| {
            format!("<Rule><Status>{status}</Status><NoncurrentDays>{days}</NoncurrentDays></Rule>")
        };
        let of =
            |rules: &[String]| window(&format!("<LifecycleConfiguration>{}</LifecycleConfiguration>", rules.concat()));
        assert_eq!(of(&[rule("Enabled", 45), rule("Enabled", 30), rule("Enabled", 60)]), Some(30));
        assert_eq!(of(&[rule("Disabled", 7), rule("Enabled", 45)]), Some(45));
        assert_eq!(of(&[rule("Disabled", 7), "<Rule><Status>Enabled</Status></Rule>".to_owned()]), None);
    }

    #[test]
    fn a_policy_refuses_whoever_names_no_condition() {
        let store: StoreName = "secrets".parse().unwrap();
        let refuses = |policy: &Value| refuses_puts_without_condition(&policy.to_string(), &store);
        assert!(refuses(&policy()));
        let mut other = policy();
        other["Statement"] = other["Statement"][1].take();
        assert!(refuses(&other), "one statement without a list");
        other["Statement"]["Principal"] = json!({"AWS": ["*"]});
        other["Statement"]["Action"] = json!(["s3:GetObject", "s3:PutObject"]);
        assert!(refuses(&other));
    }

    #[test]
    fn what_lets_somebody_or_something_through_does_not_count() {
        let store: StoreName = "secrets".parse().unwrap();
        for (pointer, value) in [
            ("Effect", json!("Allow")),
            ("Principal", json!({"AWS": "arn:aws:iam::123456789012:root"})),
            ("Action", json!("s3:GetObject")),
            ("Resource", json!("arn:aws:s3:::secrets/*/v/*")),
            ("Resource", json!("arn:aws:s3:::other/*")),
            ("Condition", json!({"Null": {"s3:if-none-match": "true"}})),
            ("Condition", json!({"Null": {"s3:if-none-match": "true", "s3:if-match": "false"}})),
            ("Condition", json!({"Null": {"s3:if-none-match": "true", "s3:if-match": "true", "aws:x": "true"}})),
        ] {
            let mut policy = policy();
            policy["Statement"][1][pointer] = value.clone();
            assert!(!refuses_puts_without_condition(&policy.to_string(), &store), "{pointer}: {value}");
        }
        let mut narrowed = policy();
        narrowed["Statement"][1]["Condition"]["ArnLike"] = json!({"aws:PrincipalArn": "arn:aws:iam::1:role/x"});
        assert!(!refuses_puts_without_condition(&narrowed.to_string(), &store));
        assert!(!refuses_puts_without_condition("", &store) && !refuses_puts_without_condition("{}", &store));
    }
}
