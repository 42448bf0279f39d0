//! A login, and what a password opens: a session, its end, its own change. For a name that nobody has, the same is done as
//! for a wrong password: the same calls and the same work.

use std::net::IpAddr;

use crate::attempts::{Subject, wait_for, window_left};
use crate::hash::{Cost, Hasher, Salt};
use crate::password::{NewPassword, Password};
use crate::ports::{CountTries, KeepSessions, Pepper, PortError, ReadAccount, ReplacePassword, Replaced};
use crate::record::{Record, mac_message};
use crate::session::{Session, SessionToken};
use crate::sign_up::new_record;
use crate::verdict::{Verdict, verdict};
use crate::{Fill, Seconds, UserName};

/// What comes of a login.
#[derive(Debug, PartialEq, Eq)]
pub enum LoggedIn {
    /// With a session.
    Yes(SessionToken),
    /// The password is right, but must be changed.
    MustChange,
    /// Name or password is wrong.
    No,
    /// After so many seconds.
    Wait(Seconds),
}

/// What comes of a change of password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Every session of the old one has ended.
    Yes,
    /// Name or password is wrong.
    No,
    /// After so many seconds.
    Wait(Seconds),
}

/// Everything that a login needs.
#[derive(Debug)]
pub struct LogIn<A, T, S, P> {
    /// Where accounts are read, and passwords replaced.
    pub accounts: A,
    /// Where tries are counted.
    pub tries: T,
    /// Where sessions are kept.
    pub sessions: S,
    /// What hashes are authenticated with.
    pub pepper: P,
    /// Random bytes.
    pub fill: Fill,
    /// For names that nobody has.
    pub decoy: Salt,
}

/// A password that was looked at.
enum Checked {
    Right(Record, Verdict),
    Wrong,
    Wait(Seconds),
}

impl<A, T, S, P> LogIn<A, T, S, P>
where
    A: ReadAccount + ReplacePassword,
    T: CountTries,
    S: KeepSessions,
    P: Pepper,
{
    /// Lets somebody in, or not.
    ///
    /// # Errors
    /// If a service does not answer.
    pub async fn run(
        &self,
        hasher: &Hasher,
        (user, password): (&UserName, &Password),
        source: IpAddr,
        now: Seconds,
    ) -> Result<LoggedIn, PortError> {
        match self.check(hasher, user, password, source, now).await? {
            Checked::Right(_, Verdict::MustChange) => Ok(LoggedIn::MustChange),
            Checked::Right(record, Verdict::LetIn { outdated }) => {
                if outdated {
                    self.write_anew(hasher, user, password, &record).await?;
                }
                let token = SessionToken::random(self.fill);
                self.sessions.open(&token.hash(), &Session::new(user.clone(), &record, now)).await?;
                Ok(LoggedIn::Yes(token))
            }
            Checked::Right(_, Verdict::Refused) | Checked::Wrong => Ok(LoggedIn::No),
            Checked::Wait(seconds) => Ok(LoggedIn::Wait(seconds)),
        }
    }

    /// Puts another password in the place of the one that is given; it takes no session, so that a password that must be
    /// changed can be.
    ///
    /// # Errors
    /// If a service does not answer.
    pub async fn change(
        &self,
        hasher: &Hasher,
        (user, old, new): (&UserName, &Password, &NewPassword),
        source: IpAddr,
        now: Seconds,
    ) -> Result<Changed, PortError> {
        match self.check(hasher, user, old, source, now).await? {
            Checked::Right(_, Verdict::Refused) | Checked::Wrong => Ok(Changed::No),
            Checked::Wait(seconds) => Ok(Changed::Wait(seconds)),
            Checked::Right(record, Verdict::LetIn { .. } | Verdict::MustChange) => {
                let fresh = new_record(hasher, &self.pepper, (user, new), Salt::random(self.fill), now).await?;
                let fresh = Record { generation: record.generation + 1, created_at: record.created_at, ..fresh };
                match self.accounts.replace(user, &record, &fresh).await? {
                    Replaced::Yes => Ok(Changed::Yes),
                    // The old password is no longer what it was a moment ago.
                    Replaced::No => Ok(Changed::No),
                }
            }
        }
    }

    /// Who is in with this token.
    ///
    /// # Errors
    /// If a service does not answer.
    pub async fn who(&self, token: &SessionToken, now: Seconds) -> Result<Option<UserName>, PortError> {
        let Some(session) = self.sessions.session(&token.hash()).await? else { return Ok(None) };
        let record = self.accounts.read(&session.user).await?;
        Ok(session.holds(record.as_ref(), now).then_some(session.user))
    }

    /// Ends a session, whoever has its token.
    ///
    /// # Errors
    /// If a service does not answer.
    pub async fn leave(&self, token: &SessionToken) -> Result<(), PortError> {
        self.sessions.close(&token.hash()).await
    }

    async fn check(
        &self,
        hasher: &Hasher,
        user: &UserName,
        password: &Password,
        source: IpAddr,
        now: Seconds,
    ) -> Result<Checked, PortError> {
        // The source first: one that may not try any more makes nobody wait.
        if !self.tries.try_source(&Subject::source(source, now), now).await? {
            return Ok(Checked::Wait(window_left(now)));
        }
        let name = Subject::name(user);
        if let Err(tries) = self.tries.try_name(&name, now).await? {
            return Ok(Checked::Wait(wait_for(tries, now).max(1)));
        }
        let record = self.accounts.read(user).await?;
        let newest = self.pepper.newest_key();
        let (cost, salt, key) = match &record {
            Some(record) => (record.cost, record.salt, record.key.as_str()),
            None => (Cost::CURRENT, self.decoy, newest),
        };
        let tag = hasher.tag(cost, &salt, password);
        let mac = self.pepper.mac(key, &mac_message(cost, &salt, &tag, user)).await?;
        match (verdict(record.as_ref(), &mac, newest), record) {
            (Verdict::Refused, _) | (_, None) => Ok(Checked::Wrong),
            (right, Some(record)) => {
                self.tries.forget(&name).await?;
                Ok(Checked::Right(record, right))
            }
        }
    }

    /// The same password, hashed as is done today, under the newest key.
    async fn write_anew(
        &self,
        hasher: &Hasher,
        user: &UserName,
        password: &Password,
        old: &Record,
    ) -> Result<(), PortError> {
        let (cost, salt, key) = (Cost::CURRENT, Salt::random(self.fill), self.pepper.newest_key());
        let tag = hasher.tag(cost, &salt, password);
        let mac = self.pepper.mac(key, &mac_message(cost, &salt, &tag, user)).await?;
        let new = Record { cost, salt, mac, key: key.to_owned(), ..old.clone() };
        // Where somebody was faster, what they wrote is as new.
        let (Replaced::Yes | Replaced::No) = self.accounts.replace(user, old, &new).await?;
        Ok(())
    }
}
