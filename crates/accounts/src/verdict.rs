//! Whether somebody is let in: a pure function of what is stored and of what the key made of the password that was typed.

use crate::hash::Cost;
use crate::record::{Mac, Record};

/// What comes of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    LetIn {
        /// It was hashed as is no longer done, or authenticated under a key that is no longer the newest.
        outdated: bool,
    },
    /// The password is right and known to others: it opens nothing but its own change.
    MustChange,
    /// The password is wrong, or there is no such account.
    Refused,
}

/// Decides over what is stored for the name that was typed, the MAC of the password that was typed, and the key that new
/// MACs are made with.
pub fn verdict(record: Option<&Record>, mac: &Mac, newest_key: &str) -> Verdict {
    match record {
        Some(record) if record.mac != *mac => Verdict::Refused,
        Some(record) if record.must_change => Verdict::MustChange,
        Some(record) => Verdict::LetIn { outdated: record.cost != Cost::CURRENT || record.key != newest_key },
        None => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Salt;

    #[test]
    fn only_the_right_password_of_an_account_opens_it() {
        let record = Record {
            cost: Cost::CURRENT,
            salt: Salt([0; 16]),
            mac: Mac([1; 32]),
            key: "new".to_owned(),
            generation: 1,
            created_at: 0,
            must_change: false,
        };
        let of = |record: &Record, mac| verdict(Some(record), &Mac([mac; 32]), "new");
        assert_eq!(of(&record, 1), Verdict::LetIn { outdated: false });
        assert_eq!(of(&Record { key: "old".to_owned(), ..record.clone() }, 1), Verdict::LetIn { outdated: true });
        assert_eq!(of(&Record { cost: Cost::M12288T3, ..record.clone() }, 1), Verdict::LetIn { outdated: true });
        assert_eq!(of(&Record { must_change: true, ..record.clone() }, 1), Verdict::MustChange);
        for wrong in [0, 2] {
            assert_eq!(of(&Record { must_change: true, ..record.clone() }, wrong), Verdict::Refused);
            assert_eq!(of(&record, wrong), Verdict::Refused);
            assert_eq!(verdict(None, &Mac([wrong; 32]), "new"), Verdict::Refused);
        }
    }
}
