//! A sign-up: counted, hashed, stored unless there is such an account. It reads nothing.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::attempts::{Subject, window_left};
use crate::hash::{Cost, Hasher, Salt};
use crate::password::NewPassword;
use crate::ports::{CountTries, CreateAccount, Created, Pepper, PortError};
use crate::record::{Record, mac_message};
use crate::{Fill, Seconds, UserName};

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedUp {
    /// There is an account, and this is its password.
    Yes,
    /// Somebody else has the name.
    Taken,
    /// After so many seconds.
    Wait(Seconds),
}

/// Which form it is. The page has a new one each time, and the salt comes of it: so the same form with the same password
/// makes the same record, and a double click is one sign-up. With another password it is another sign-up, of a name that
/// is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A new one: for a page, or for a request that brings none, whose write may have to be sent twice all the same.
    pub fn random(fill: Fill) -> Self {
        let mut bytes = [0; 16];
        fill(&mut bytes);
        Self(bytes)
    }

    /// Reads what a form of ours has; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?))
    }

    /// For the page.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Another one for each form and each name, as random as the nonce.
    fn salt(self, user: &UserName) -> Salt {
        let digest = Sha256::new()
            .chain_update(b"cfn-secrets/accounts/nonce/1\0")
            .chain_update(self.0)
            .chain_update(user.as_str())
            .finalize();
        Salt(std::array::from_fn(|index| digest[index]))
    }
}

/// Everything that a sign-up needs.
#[derive(Debug)]
pub struct SignUp<A, T, P> {
    /// Where accounts are made.
    pub accounts: A,
    /// Where tries are counted.
    pub tries: T,
    /// What hashes are authenticated with.
    pub pepper: P,
    /// Random bytes.
    pub fill: Fill,
}

impl<A: CreateAccount, T: CountTries, P: Pepper> SignUp<A, T, P> {
    /// Carries one out.
    ///
    /// # Errors
    /// If a service does not answer.
    pub async fn run(
        &self,
        hasher: &Hasher,
        (user, password): (&UserName, &NewPassword),
        nonce: Nonce,
        source: IpAddr,
        now: Seconds,
    ) -> Result<SignedUp, PortError> {
        if !self.tries.try_source(&Subject::source(source, now), now).await? {
            return Ok(SignedUp::Wait(window_left(now)));
        }
        let record = new_record(hasher, &self.pepper, (user, password), nonce.salt(user), now).await?;
        match self.accounts.create(user, &record).await? {
            Created::Now => Ok(SignedUp::Yes),
            Created::Before => Ok(SignedUp::Taken),
        }
    }
}

/// What is to be stored of a new password, as that of a new account.
pub(crate) async fn new_record(
    hasher: &Hasher,
    pepper: &impl Pepper,
    (user, password): (&UserName, &NewPassword),
    salt: Salt,
    now: Seconds,
) -> Result<Record, PortError> {
    let (cost, key) = (Cost::CURRENT, pepper.newest_key());
    let tag = hasher.tag(cost, &salt, password.password());
    let mac = pepper.mac(key, &mac_message(cost, &salt, &tag, user)).await?;
    let key = key.to_owned();
    Ok(Record { cost, salt, mac, key, generation: 1, created_at: now, must_change: false })
}
