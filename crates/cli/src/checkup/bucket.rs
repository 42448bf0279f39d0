//! The bucket: whether nothing in it can be lost or overwritten, and whether what is retired goes.

use secret_store::StoreName;
use secret_store::store::StoreError;

use super::Finding;
use crate::wanting::bucket;

/// Whether it is there, and keeps what is replaced or deleted: without it, nothing is brought back.
pub(crate) fn versions(name: &StoreName, keeps: Result<bool, StoreError>) -> Vec<Finding> {
    let there = Finding::ok("bucket", format!("{name} is there"));
    match keeps {
        Ok(true) => vec![there, Finding::ok("bucket versioning", "on")],
        Ok(false) => {
            let remedy = bucket::versions_command(name);
            vec![there, Finding::fault("bucket versioning", "off: no secret is made in it", remedy)]
        }
        Err(error @ StoreError::Missing { .. }) => {
            let finding = Finding::failed("bucket", error);
            vec![Finding { remedy: format!("{}, or check --store, --region and --profile", setup(name)), ..finding }]
        }
        Err(error) => vec![Finding::failed("bucket", error)],
    }
}

/// Whether S3 itself refuses what would overwrite without looking.
pub(crate) fn policy(name: &StoreName, refuses: Result<bool, StoreError>) -> Finding {
    const CHECK: &str = "bucket policy";
    match refuses {
        Ok(true) => Finding::ok(CHECK, "refuses to put an object without a condition"),
        Ok(false) => Finding::fault(CHECK, "lets whoever may write put an object over another one", setup(name)),
        Err(error) => Finding::failed(CHECK, error),
    }
}

/// Whether what is retired goes by itself. Without it nothing is lost, and nothing ever goes.
pub(crate) fn lifecycle(name: &StoreName, window: Result<Option<u64>, StoreError>) -> Finding {
    const CHECK: &str = "bucket lifecycle";
    match window {
        Ok(Some(days)) => Finding::ok(CHECK, format!("erases what has been retired for {days} days")),
        Ok(None) => Finding::warning(CHECK, "off: what is retired is never erased", setup(name)),
        Err(error) => Finding::failed(CHECK, error),
    }
}

/// Whether nobody can make anything in it public.
pub(crate) fn public_access(name: &StoreName, is_private: Result<bool, StoreError>) -> Finding {
    const CHECK: &str = "public access";
    match is_private {
        Ok(true) => Finding::ok(CHECK, "blocked"),
        Ok(false) => Finding::warning(
            CHECK,
            "not blocked; values are encrypted, and the names of secrets are not",
            bucket::privacy_command(name),
        ),
        Err(error) => Finding::failed(CHECK, error),
    }
}

/// What makes it, and leaves what else is in the bucket's documents.
fn setup(name: &StoreName) -> String {
    format!("cfn-secrets setup --store s3://{name}")
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;

    #[test]
    fn each_thing_that_a_bucket_lacks_is_told_by_itself() {
        let name: StoreName = "secrets".parse().unwrap();
        let standing = |findings: Vec<Finding>| findings.last().map(|finding| finding.standing);
        assert_eq!(standing(versions(&name, Ok(true))), Some(Standing::Ok));
        assert_eq!(standing(versions(&name, Ok(false))), Some(Standing::Fault));
        assert_eq!(policy(&name, Ok(true)).standing, Standing::Ok);
        assert_eq!(policy(&name, Ok(false)).standing, Standing::Fault);
        assert_eq!(lifecycle(&name, Ok(Some(30))).found, "erases what has been retired for 30 days");
        assert_eq!(lifecycle(&name, Ok(None)).standing, Standing::Warning);
        assert_eq!(public_access(&name, Ok(true)).standing, Standing::Ok);
        assert!(public_access(&name, Ok(false)).remedy.contains("--bucket secrets"));
    }
}
