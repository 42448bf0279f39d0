//! What a version is at present, in the words of the [decisions](crate::plan): what a list of secrets says of each.

use crate::record::{Cause, Head, UnixTime, VersionItem};

/// What a version is to its secret. Told by the stored items alone, so that whoever lists them sees what a decision sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// What a reader gets that names no version.
    Current,
    /// Not current, and yet its owner's: CloudFormation may still want it.
    InUse,
    /// Set aside for good: its owner deleted it, or never heard of it.
    Superseded,
    /// Set aside, but a template keeps it, or an update that may still be taken back.
    Retained,
    /// Out of use, and erased some time after this.
    Retired {
        /// Its time to live.
        until: UnixTime,
    },
}

impl State {
    /// The state of a version under this head.
    pub fn of(item: &VersionItem, head: Option<&Head>) -> Self {
        match (item.retired, item.superseded) {
            (Some(retirement), _) => Self::Retired { until: retirement.expires_at },
            (None, Some(superseded)) => match superseded.cause {
                Cause::Deleted => Self::Superseded,
                Cause::Retained => Self::Retained,
            },
            (None, None) => {
                let is_current = |head: &Head| head.current == item.version && head.retired.is_none();
                if head.is_some_and(is_current) { Self::Current } else { Self::InUse }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Version;
    use crate::owner::Owner;
    use crate::record::{KeyArn, RequestToken, Retirement, Trigger};

    fn version(number: u64) -> VersionItem {
        VersionItem {
            version: Version::new(number).unwrap(),
            owner: Owner::Manual,
            token: RequestToken::manual("once"),
            trigger: Trigger::External,
            adopted_from: Vec::new(),
            moved_from: None,
            superseded: None,
            retired: None,
            key_arn: KeyArn("arn".to_owned()),
            created_at: UnixTime(1),
            description: crate::Description::default(),
        }
    }

    #[test]
    fn each_state_is_told_by_what_is_stored() {
        let head = Head { current: version(2).version, as_of: UnixTime(1), retired: None, revision: 1 };
        let retirement = Retirement { at: UnixTime(2), expires_at: UnixTime(9) };
        let out_of_use = Head { retired: Some(retirement), ..head.clone() };
        let retired = VersionItem { retired: Some(retirement), ..version(2).set_aside(UnixTime(2), Cause::Retained) };
        let retired = VersionItem { retired: Some(retirement), ..retired };
        for (item, head, expected) in [
            (version(2), Some(&head), State::Current),
            (version(1), Some(&head), State::InUse),
            (version(2), Some(&out_of_use), State::InUse),
            (version(2), None, State::InUse),
            (version(1).set_aside(UnixTime(2), Cause::Deleted), Some(&head), State::Superseded),
            (version(1).set_aside(UnixTime(2), Cause::Retained), Some(&head), State::Retained),
            (retired, Some(&head), State::Retired { until: UnixTime(9) }),
        ] {
            assert_eq!(State::of(&item, head), expected);
        }
    }
}
