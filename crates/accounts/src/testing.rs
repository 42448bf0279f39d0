//! Tables and a key in memory, which note each call.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::ports::{
    CountTries, CreateAccount, Created, KeepSessions, Pepper, PortError, ReadAccount, ReplacePassword, Replaced,
};
use crate::{MAX_PER_SOURCE, Mac, Record, Seconds, Session, Subject, TokenHash, Tries, UserName, wait_for};

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) accounts: RefCell<BTreeMap<String, Record>>,
    pub(crate) tries: RefCell<BTreeMap<Subject, Tries>>,
    pub(crate) sessions: RefCell<BTreeMap<TokenHash, Session>>,
    pub(crate) calls: RefCell<Vec<&'static str>>,
    pub(crate) newest_key: &'static str,
}

impl World {
    fn note(&self, call: &'static str) {
        self.calls.borrow_mut().push(call);
    }
}

impl CreateAccount for &World {
    async fn create(&self, user: &UserName, record: &Record) -> Result<Created, PortError> {
        self.note("create");
        let mut accounts = self.accounts.borrow_mut();
        if accounts.get(user.as_str()).is_some_and(|its| its.mac != record.mac) {
            return Ok(Created::Before);
        }
        accounts.insert(user.as_str().to_owned(), record.clone());
        Ok(Created::Now)
    }
}

impl ReadAccount for &World {
    async fn read(&self, user: &UserName) -> Result<Option<Record>, PortError> {
        self.note("read");
        Ok(self.accounts.borrow().get(user.as_str()).cloned())
    }
}

impl ReplacePassword for &World {
    async fn replace(&self, user: &UserName, old: &Record, new: &Record) -> Result<Replaced, PortError> {
        self.note("replace");
        match self.accounts.borrow_mut().get_mut(user.as_str()) {
            Some(record) if record == old => {
                *record = new.clone();
                Ok(Replaced::Yes)
            }
            _ => Ok(Replaced::No),
        }
    }
}

impl CountTries for &World {
    async fn try_name(&self, name: &Subject, now: Seconds) -> Result<Result<(), Tries>, PortError> {
        self.note("try_name");
        let mut all = self.tries.borrow_mut();
        let tries = all.entry(name.clone()).or_default();
        if wait_for(*tries, now) > 0 {
            return Ok(Err(*tries));
        }
        *tries = Tries { count: tries.count + 1, last_at: now };
        Ok(Ok(()))
    }

    async fn try_source(&self, source: &Subject, now: Seconds) -> Result<bool, PortError> {
        self.note("try_source");
        let mut all = self.tries.borrow_mut();
        let tries = all.entry(source.clone()).or_default();
        *tries = Tries { count: tries.count + 1, last_at: now };
        Ok(tries.count <= MAX_PER_SOURCE)
    }

    async fn forget(&self, name: &Subject) -> Result<(), PortError> {
        self.note("forget");
        self.tries.borrow_mut().remove(name);
        Ok(())
    }
}

impl KeepSessions for &World {
    async fn open(&self, token: &TokenHash, session: &Session) -> Result<(), PortError> {
        self.note("open");
        self.sessions.borrow_mut().insert(token.clone(), session.clone());
        Ok(())
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<Session>, PortError> {
        Ok(self.sessions.borrow().get(token).cloned())
    }

    async fn close(&self, token: &TokenHash) -> Result<(), PortError> {
        self.sessions.borrow_mut().remove(token);
        Ok(())
    }
}

impl Pepper for &World {
    fn newest_key(&self) -> &str {
        self.newest_key
    }

    async fn mac(&self, key: &str, message: &[u8]) -> Result<Mac, PortError> {
        self.note("mac");
        Ok(Mac(Sha256::new().chain_update(key).chain_update(message).finalize().into()))
    }
}
