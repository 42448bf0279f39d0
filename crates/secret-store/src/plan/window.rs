//! How long what was deleted can be restored.

use crate::record::UnixTime;

/// How long a retired secret can be restored: the property `RecoveryWindowInDays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecoveryWindow {
    days: u16,
}

impl RecoveryWindow {
    /// The longest window, in days.
    pub const MAX_DAYS: u16 = 365;

    /// A window of 0 (erase at once) to 365 days.
    pub fn from_days(days: u64) -> Option<Self> {
        let days = u16::try_from(days).ok()?;
        (days <= Self::MAX_DAYS).then_some(Self { days })
    }

    /// How long it is.
    pub fn days(self) -> u16 {
        self.days
    }

    /// When something retired now may be erased; `None` for at once.
    pub(super) fn end(self, now: UnixTime) -> Option<UnixTime> {
        (self.days > 0).then(|| UnixTime(now.0 + u64::from(self.days) * 24 * 60 * 60))
    }
}

impl Default for RecoveryWindow {
    /// 30 days: the longest that AWS Secrets Manager offers (`DeleteSecret`, RecoveryWindowInDays).
    fn default() -> Self {
        Self { days: 30 }
    }
}
