//! The bucket: whether nothing in it can be lost or overwritten, and whether what is retired goes.

use secret_store::StoreName;
use secret_store::store::StoreError;

use super::Finding;

/// Whether it is there, and keeps what is replaced or deleted: without it, nothing is brought back.
pub(crate) fn versions(name: &StoreName, keeps: Result<bool, StoreError>) -> Vec<Finding> {
    let there = Finding::ok("bucket", format!("{name} is there"));
    match keeps {
        Ok(true) => vec![there, Finding::ok("bucket versioning", "on")],
        Ok(false) => {
            let remedy =
                format!("aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled");
            vec![there, Finding::fault("bucket versioning", "off: no secret is made in it", remedy)]
        }
        Err(error) => vec![Finding::failed("bucket", error)],
    }
}

/// Whether S3 itself refuses what would overwrite without looking.
pub(crate) fn policy(refuses: Result<bool, StoreError>) -> Finding {
    const CHECK: &str = "bucket policy";
    match refuses {
        Ok(true) => Finding::ok(CHECK, "refuses to put an object without a condition"),
        Ok(false) => Finding::fault(
            CHECK,
            "lets whoever may write put an object over another one",
            "aws s3api put-bucket-policy, with the statement RefuseWithoutCondition of the pair's template",
        ),
        Err(error) => Finding::failed(CHECK, error),
    }
}

/// Whether what is retired goes by itself. Without it nothing is lost, and nothing ever goes.
pub(crate) fn lifecycle(window: Result<Option<u64>, StoreError>) -> Finding {
    const CHECK: &str = "bucket lifecycle";
    match window {
        Ok(Some(days)) => Finding::ok(CHECK, format!("erases what has been retired for {days} days")),
        Ok(None) => Finding::warning(
            CHECK,
            "off: what is retired is never erased",
            "aws s3api put-bucket-lifecycle-configuration, with NoncurrentVersionExpiration",
        ),
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
            format!(
                "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration \
                 BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
            ),
        ),
        Err(error) => Finding::failed(CHECK, error),
    }
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
        assert_eq!(policy(Ok(true)).standing, Standing::Ok);
        assert_eq!(policy(Ok(false)).standing, Standing::Fault);
        assert_eq!(lifecycle(Ok(Some(30))).found, "erases what has been retired for 30 days");
        assert_eq!(lifecycle(Ok(None)).standing, Standing::Warning);
        assert_eq!(public_access(&name, Ok(true)).standing, Standing::Ok);
        assert!(public_access(&name, Ok(false)).remedy.contains("--bucket secrets"));
    }
}
