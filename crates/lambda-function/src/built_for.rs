//! Which store a function was built for, and whether its stack means that one: the functions over a bucket are binaries of their
//! own, and either kind would look for its secrets where there are none.

/// A kind of store, as the template's parameter `Store` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuiltFor {
    /// `dynamodb`
    Table,
    /// `s3`
    Bucket,
}

/// The stack means another store than its function was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OtherStore {
    /// A bucket.
    #[error(
        "the stack has Store: s3, and this function was built for a DynamoDB table: `make build STORE=s3` builds those for a \
         bucket; deploy them, or Store=dynamodb, and until then nothing is made or read"
    )]
    Bucket,
    /// A table.
    #[error(
        "the stack has Store: dynamodb, and this function was built for an S3 bucket: `make build` builds those for a table; \
         deploy them, or Store=s3, and until then nothing is made or read"
    )]
    Table,
}

impl BuiltFor {
    /// Whether this is what the variable `STORE` says; a stack that does not say it is trusted.
    ///
    /// # Errors
    /// If it is the other one.
    pub(crate) fn check(self, store: Option<&str>) -> Result<(), OtherStore> {
        match (self, store) {
            (Self::Table, Some("s3")) => Err(OtherStore::Bucket),
            (Self::Bucket, Some("dynamodb")) => Err(OtherStore::Table),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_store_is_named_with_what_builds_for_it() {
        for (built_for, store) in [(BuiltFor::Table, "dynamodb"), (BuiltFor::Bucket, "s3")] {
            assert_eq!(built_for.check(Some(store)), Ok(()));
            assert_eq!(built_for.check(None), Ok(()));
        }
        let told = |built_for: BuiltFor, store| built_for.check(Some(store)).unwrap_err().to_string();
        assert!(told(BuiltFor::Table, "s3").contains("`make build STORE=s3`"));
        assert!(told(BuiltFor::Bucket, "dynamodb").contains("`make build`"));
    }
}
