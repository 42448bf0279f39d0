//! What a verb takes over a bucket in the place of what it takes on the table.

use super::{
    BRING_BACK, CREATE_TABLE, DELETE_ITEM, DESCRIBE_CONTINUOUS_BACKUPS, DESCRIBE_TABLE, DESCRIBE_TIME_TO_LIVE,
    GET_ITEM, On, PUT_ITEM, QUERY, Right, SCAN, UPDATE_CONTINUOUS_BACKUPS, UPDATE_ITEM, UPDATE_TABLE,
    UPDATE_TIME_TO_LIVE,
};

/// Which part of a bucket an action is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The bucket itself.
    Bucket,
    /// States and values.
    Objects,
    /// Values alone.
    Values,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Bucket, Self::Objects, Self::Values];
}

type Action = (&'static str, Part);

/// Without it, what is not there is taken for what one may not see.
const LIST: Action = ("s3:ListBucket", Part::Bucket);
const GET: Action = ("s3:GetObject", Part::Objects);
const PUT: Action = ("s3:PutObject", Part::Objects);
const GET_HIDDEN: Action = (BRING_BACK.action, Part::Values);
/// A delete marker.
const HIDE: Action = ("s3:DeleteObject", Part::Values);
const LIST_VERSIONS: Action = ("s3:ListBucketVersions", Part::Bucket);
const ERASE: Action = ("s3:DeleteObjectVersion", Part::Values);

/// The actions for one on the table.
fn instead_of(right: Right) -> &'static [Action] {
    match right {
        QUERY => &[GET, LIST],
        SCAN => &[LIST, GET],
        GET_ITEM => &[GET, GET_HIDDEN, LIST],
        // Whoever writes hides first what somebody who was cut off has left in sight.
        PUT_ITEM => &[PUT, GET, HIDE, LIST],
        UPDATE_ITEM => &[PUT, HIDE, LIST],
        DELETE_ITEM => &[PUT, GET, HIDE, LIST_VERSIONS, ERASE],
        BRING_BACK => &[GET_HIDDEN],
        DESCRIBE_TABLE => &[("s3:GetBucketVersioning", Part::Bucket), ("s3:GetBucketPolicy", Part::Bucket)],
        DESCRIBE_TIME_TO_LIVE => &[("s3:GetLifecycleConfiguration", Part::Bucket)],
        DESCRIBE_CONTINUOUS_BACKUPS => &[("s3:GetBucketPublicAccessBlock", Part::Bucket)],
        CREATE_TABLE => &[("s3:CreateBucket", Part::Bucket), ("s3:GetEncryptionConfiguration", Part::Bucket)],
        UPDATE_TABLE => &[("s3:PutBucketVersioning", Part::Bucket), ("s3:PutBucketPolicy", Part::Bucket)],
        UPDATE_TIME_TO_LIVE => &[("s3:PutLifecycleConfiguration", Part::Bucket)],
        UPDATE_CONTINUOUS_BACKUPS => {
            &[("s3:PutBucketPublicAccessBlock", Part::Bucket), ("s3:PutEncryptionConfiguration", Part::Bucket)]
        }
        _ => &[],
    }
}

/// The actions on a part of the bucket that take the place of a verb's on the table, each once.
pub(crate) fn on(part: Part, rights: &[Right]) -> Vec<&'static str> {
    let of_the_store = rights.iter().filter(|right| matches!(right.on, On::Table | On::Hidden));
    let actions = of_the_store.flat_map(|right| instead_of(*right)).filter(|(_, other)| *other == part);
    let mut actions: Vec<_> = actions.map(|(action, _)| *action).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::RIGHTS;

    #[test]
    fn each_right_on_the_table_has_one_over_a_bucket() {
        for (verb, rights) in RIGHTS {
            for right in rights.iter().filter(|right| right.on == On::Table || right.on == On::Hidden) {
                assert!(!instead_of(*right).is_empty(), "{verb}: {right:?}");
            }
        }
    }
}
