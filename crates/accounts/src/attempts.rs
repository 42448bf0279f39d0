//! How often somebody may try: longer and longer waits for a name that was typed, and a bound for where it came from.
//!
//! Both count before anything is hashed, whether or not there is such an account: so neither tells who has one. There is
//! no lock: anybody could lock anybody out by it, for good.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::{Seconds, UserName};

/// After how many tries in a row the wait grows, and to what: the wait of a step holds until the tries of the next one.
/// The fewest tries first. A day has room for about a hundred tries before the last step, and for 24 a day after it.
pub const LADDER: [(u32, Seconds); 6] = [(0, 0), (5, 5), (8, 30), (10, 120), (12, 900), (100, 3600)];

/// The wait of the last step.
pub const LONGEST_WAIT: Seconds = LADDER[LADDER.len() - 1].1;

/// How long the tries for a name are remembered after the last one.
pub const TRIES_REMEMBERED: Seconds = 30 * 24 * 3600;

/// The most tries from one address in one [`WINDOW`].
pub const MAX_PER_SOURCE: u32 = 100;

/// The seconds after which the tries from an address count anew.
pub const WINDOW: Seconds = 900;

/// What tries are counted for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject(String);

impl Subject {
    /// A name, hashed: what is typed there may be a password by mistake.
    pub fn name(user: &UserName) -> Self {
        Self(format!("name#{}", hex(&Sha256::digest(user.as_str()))))
    }

    /// Where a request came from, as the gateway saw it and not as a header says: an IPv4 address, or the network that one
    /// customer has of IPv6.
    pub fn source(address: IpAddr, now: Seconds) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => address.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        };
        Self(format!("source#{network}#{}", now / WINDOW))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough of it to find it in a log, and too little to say which of many names it is, or which password, if one was
    /// typed in the name's place.
    pub fn brief(&self) -> &str {
        &self.0[..self.0.len().min("name#12345678".len())]
    }
}

/// The tries so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many in a row.
    pub count: u32,
    /// When the last one was.
    pub last_at: Seconds,
}

/// How long a try must wait after as many as these.
pub fn wait_after(count: u32) -> Seconds {
    LADDER.iter().rev().find(|(tries, _)| count >= *tries).map_or(0, |(_, wait)| *wait)
}

/// The seconds until the next try, 0 for at once.
pub fn wait_for(tries: Tries, now: Seconds) -> Seconds {
    (tries.last_at + wait_after(tries.count)).saturating_sub(now)
}

/// When the tries of a source count anew.
pub(crate) fn window_left(now: Seconds) -> Seconds {
    WINDOW - now % WINDOW
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_the_last_one_stays() {
        assert!(LADDER.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        let waits = [0, 4, 5, 7, 8, 10, 12, 99, 100, u32::MAX].map(wait_after);
        assert_eq!(waits, [0, 0, 5, 5, 30, 120, 900, 900, 3600, LONGEST_WAIT]);
        let tries = Tries { count: 12, last_at: 1000 };
        assert_eq!([1000, 1899, 1900, 5000].map(|now| wait_for(tries, now)), [900, 1, 0, 0]);
        // A clock that went backwards keeps nobody out for longer.
        assert!(wait_for(Tries { count: 1, last_at: 2000 }, 1000) <= 1000);
    }

    #[test]
    fn whoever_tries_without_a_pause_has_a_hundred_tries_in_a_day() {
        let (mut tries, mut now) = (Tries::default(), 0);
        while now < 24 * 3600 {
            tries = Tries { count: tries.count + 1, last_at: now };
            now += wait_for(tries, now);
        }
        assert!((95..=110).contains(&tries.count), "{}", tries.count);
    }

    #[test]
    fn a_customer_of_ipv6_is_one_source() {
        let source = |text: &str| Subject::source(text.parse().unwrap(), 1800);
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_eq!(source("192.0.2.1").as_str(), "source#192.0.2.1#2");
    }
}
