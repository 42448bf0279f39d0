//! Decrypted values kept in memory for direct invocations: bounded in age and size, off unless the deployment asks.
//!
//! What is kept is what KMS made of one exact record. The record itself is read from the table every time, so a rotation,
//! a rollback or a Delete is seen at once; only the call of KMS is saved. What is not seen until a value is too old: that
//! the key was disabled, or the right to use it taken away.
//!
//! No clock here: each call says what time it is. A function has no timer either while it is frozen, so a value that
//! is too old is erased with the next event, before anything else.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use secret_store::{InvalidName, Record, UnixTime};

/// What an entry takes besides its ciphertext and its plaintext: names, ids, context; generously.
const OVERHEAD_BYTES: usize = 2048;

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    max_age_seconds: u64,
    max_bytes: usize,
}

impl Limits {
    /// The longest age, in seconds: as long as a KMS key that was disabled by mistake or on purpose may still seem to work.
    pub const MAX_SECONDS: u64 = 3600;

    /// The largest size, in kilobytes: half of the memory of a 128 MB function.
    pub const MAX_KILOBYTES: usize = 65_536;

    /// Reads `CACHE_SECONDS` (0, the default, keeps nothing) and `CACHE_KILOBYTES` (4096 where unset).
    ///
    /// # Errors
    /// What is no whole number in its range.
    pub fn parse(seconds: Option<&str>, kilobytes: Option<&str>) -> Result<Self, InvalidName> {
        let seconds = seconds.map_or(Some(0), |text| text.parse().ok()).filter(|seconds| *seconds <= Self::MAX_SECONDS);
        let kilobytes = kilobytes.map_or(Some(4096), |text| text.parse().ok());
        let kilobytes = kilobytes.filter(|kilobytes| (1..=Self::MAX_KILOBYTES).contains(kilobytes));
        Ok(Self {
            max_age_seconds: seconds
                .ok_or(InvalidName { what: "CacheSeconds", rule: "a whole number from 0 to 3600" })?,
            max_bytes: kilobytes
                .ok_or(InvalidName { what: "CacheKilobytes", rule: "a whole number from 1 to 65536" })?
                * 1024,
        })
    }
}

impl Default for Limits {
    /// Nothing is kept.
    fn default() -> Self {
        Self { max_age_seconds: 0, max_bytes: 4096 * 1024 }
    }
}

/// Values, the one that was used last at the end.
pub(crate) struct Cache {
    limits: Limits,
    entries: Mutex<VecDeque<Entry>>,
}

struct Entry {
    record: Record,
    secret: SecretString,
    since: UnixTime,
}

impl Cache {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, entries: Mutex::default() }
    }

    /// What this very record decrypts to, if it is known. A record that differs in anything is another one.
    pub(crate) fn get(&self, record: &Record, now: UnixTime) -> Option<SecretString> {
        self.erase_expired(now);
        let mut entries = self.entries();
        let index = entries.iter().position(|entry| entry.record == *record)?;
        let entry = entries.remove(index)?;
        let secret = entry.secret.clone();
        entries.push_back(entry);
        Some(secret)
    }

    /// Keeps what KMS has just made of `record`; the values that were not used for longest make room.
    pub(crate) fn put(&self, record: &Record, secret: &SecretString, now: UnixTime) {
        self.erase_expired(now);
        let entry = Entry { record: record.clone(), secret: secret.clone(), since: now };
        if self.limits.max_age_seconds == 0 || entry.bytes() > self.limits.max_bytes {
            return;
        }
        let mut entries = self.entries();
        entries.retain(|other| other.record != *record);
        entries.push_back(entry);
        let mut bytes: usize = entries.iter().map(Entry::bytes).sum();
        while bytes > self.limits.max_bytes {
            bytes -= entries.pop_front().map_or(bytes, |entry| entry.bytes());
        }
    }

    /// Erases what is too old. So is what seems to come from the future: a clock that was set back must not make a value
    /// last.
    pub(crate) fn erase_expired(&self, now: UnixTime) {
        let fresh =
            |entry: &Entry| now.0.checked_sub(entry.since.0).is_some_and(|age| age < self.limits.max_age_seconds);
        self.entries().retain(fresh);
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        // A panic while the lock is held leaves whole entries.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        OVERHEAD_BYTES + self.record.ciphertext.bytes() + self.secret.expose_secret().len()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "cache/tests.rs"]
mod tests;
