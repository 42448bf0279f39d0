//! What a bucket lacks: itself, the policy by which it refuses to be overwritten, versions, privacy, encryption, a lifecycle.

use secret_store::StoreName;
use secret_store::plan::RecoveryWindow;
use secret_store::store::StoreError;
use serde_json::{Value, json};
use store_s3::{BucketFacts, BucketInspector, BucketMaker, setup};

use super::{Place, there};
use crate::failure::Failure;

/// One thing to make, with the document of the bucket's that it is put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Bucket,
    Policy(Option<String>),
    Versions,
    Privacy,
    Encryption,
    Lifecycle(Option<String>),
}

/// Buckets, looked at and made.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    pub(crate) inspector: BucketInspector,
    pub(crate) maker: BucketMaker,
}

impl Buckets {
    fn policy(&self, bucket: &StoreName, existing: Option<&str>) -> String {
        setup::policy(existing, aws_session::partition(self.maker.region()), bucket)
    }
}

impl Place for Buckets {
    type Step = Step;

    fn called(&self, name: &StoreName) -> String {
        format!("the bucket {name}")
    }

    fn flag(&self, name: &StoreName) -> String {
        format!("--store {}", address(name, &self.maker))
    }

    async fn missing(&self, name: &StoreName) -> Result<Vec<Step>, Failure> {
        match there(self.inspector.facts(name).await) {
            Ok(facts) => Ok(missing(name, facts)),
            Err(error @ StoreError::Denied { .. }) => Err(Failure::from(error).hint(format!(
                "or the name {name} is somebody else's: buckets of all accounts have their names from one space"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    fn step(step: &Step) -> &'static str {
        match step {
            Step::Bucket => "bucket",
            Step::Policy(_) => "bucket policy",
            Step::Versions => "bucket versioning",
            Step::Privacy => "public access",
            Step::Encryption => "bucket encryption",
            Step::Lifecycle(_) => "bucket lifecycle",
        }
    }

    fn warning(&self, name: &StoreName, steps: &[Step]) -> Option<String> {
        let changes = steps.iter().filter_map(|step| match step {
            Step::Policy(_) => Some("S3 will refuse to put any object into it without a condition".to_owned()),
            Step::Lifecycle(_) => {
                let below = match self.maker.prefix().to_string() {
                    prefix if prefix.is_empty() => String::new(),
                    prefix => format!(" below {prefix}"),
                };
                Some(format!("{} days after an object{below} is replaced or deleted it will be erased", window()))
            }
            Step::Bucket | Step::Versions | Step::Privacy | Step::Encryption => None,
        });
        let changes: Vec<_> = changes.collect();
        let is_there = !steps.contains(&Step::Bucket);
        (is_there && !changes.is_empty())
            .then(|| format!("the bucket {name} is there, whatever else is in it: {}", changes.join("; ")))
    }

    fn command(&self, bucket: &StoreName, step: &Step) -> String {
        let api =
            |command: &str, flag: &str, value: &str| format!("aws s3api {command} --bucket {bucket} {flag} {value}");
        match step {
            Step::Bucket => match self.maker.region() {
                "us-east-1" => format!("aws s3api create-bucket --bucket {bucket}"),
                region => {
                    api("create-bucket", "--create-bucket-configuration", &format!("LocationConstraint={region}"))
                }
            },
            Step::Policy(existing) => {
                api("put-bucket-policy", "--policy", &quoted(&self.policy(bucket, existing.as_deref())))
            }
            Step::Versions => versions_command(bucket),
            Step::Privacy => privacy_command(bucket),
            Step::Encryption => {
                let encryption = setup::encryption().to_string();
                api("put-bucket-encryption", "--server-side-encryption-configuration", &quoted(&encryption))
            }
            Step::Lifecycle(None) => {
                let rules = json!({"Rules": [rule(&self.maker)]}).to_string();
                api("put-bucket-lifecycle-configuration", "--lifecycle-configuration", &quoted(&rules))
            }
            // Another rule would be gone by that.
            Step::Lifecycle(Some(_)) => format!("cfn-secrets {} setup --apply --yes", self.flag(bucket)),
        }
    }

    async fn make(&self, bucket: &StoreName, step: &Step) -> Result<(), StoreError> {
        match step {
            Step::Bucket => self.maker.create(bucket).await,
            Step::Policy(existing) => self.maker.protect(bucket, &self.policy(bucket, existing.as_deref())).await,
            Step::Versions => self.maker.keep_versions(bucket).await,
            Step::Privacy => self.maker.make_private(bucket).await,
            Step::Encryption => self.maker.encrypt(bucket).await,
            Step::Lifecycle(existing) => self.maker.let_erase(bucket, existing.as_deref(), window()).await,
        }
    }

    async fn is_settled(&self, bucket: &StoreName, step: &Step) -> Result<bool, StoreError> {
        match step {
            Step::Bucket => Ok(there(self.inspector.keeps_versions(bucket).await)?.is_some()),
            _ => Ok(true),
        }
    }
}

fn missing(name: &StoreName, facts: Option<BucketFacts>) -> Vec<Step> {
    let (is_there, facts) = (facts.is_some(), facts.unwrap_or_default());
    let missing = [
        (!is_there, Step::Bucket),
        // First of all, so that nothing is ever overwritten in it.
        (!facts.refuses_puts_without_condition(name), Step::Policy(facts.policy.clone())),
        (!facts.keeps_versions, Step::Versions),
        (!facts.is_private, Step::Privacy),
        (!facts.is_encrypted, Step::Encryption),
        (facts.window().is_none(), Step::Lifecycle(facts.lifecycle)),
    ];
    missing.into_iter().filter(|(missing, _)| *missing).map(|(_, step)| step).collect()
}

/// In days: as the template has it where nobody says otherwise.
fn window() -> u64 {
    u64::from(RecoveryWindow::default().days())
}

fn rule(maker: &BucketMaker) -> Value {
    setup::rule(window(), maker.prefix())
}

fn address(bucket: &StoreName, maker: &BucketMaker) -> String {
    format!("s3://{}", format!("{bucket}/{}", maker.prefix()).trim_end_matches('/'))
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What lets a bucket keep what is replaced or deleted.
pub(crate) fn versions_command(bucket: &StoreName) -> String {
    format!("aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled")
}

/// What lets nothing in a bucket be made public.
pub(crate) fn privacy_command(bucket: &StoreName) -> String {
    let blocks = setup::PUBLIC_ACCESS.map(|block| format!("{block}=true")).join(",");
    format!("aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration {blocks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_made_again() {
        let name: StoreName = "secrets".parse().unwrap();
        let steps = |facts| missing(&name, facts).iter().map(Buckets::step).collect::<Vec<_>>();
        let all =
            ["bucket", "bucket policy", "bucket versioning", "public access", "bucket encryption", "bucket lifecycle"];
        assert_eq!(steps(None), all);
        assert_eq!(steps(Some(BucketFacts::default())), all[1..]);
        let rule = "<Rule><Status>Enabled</Status><NoncurrentDays>7</NoncurrentDays></Rule>";
        let sound = BucketFacts {
            keeps_versions: true,
            policy: Some(setup::policy(None, "aws", &name)),
            is_private: true,
            is_encrypted: true,
            lifecycle: Some(rule.to_owned()),
        };
        assert!(steps(Some(sound.clone())).is_empty());
        let open = json!({"Statement": []}).to_string();
        let facts = BucketFacts { policy: Some(open.clone()), ..sound };
        assert_eq!(missing(&name, Some(facts)), [Step::Policy(Some(open))]);
    }

    #[test]
    fn a_shell_takes_a_document_as_it_is() {
        assert_eq!(quoted(r#"{"Sid":"it's"}"#), r#"'{"Sid":"it'\''s"}'"#);
    }
}
