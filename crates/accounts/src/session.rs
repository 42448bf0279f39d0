//! A session: a random token that the browser keeps, and of which only a hash is stored. It ends at the server, with its
//! time, with its password, or when its user leaves.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::attempts::hex;
use crate::{Fill, Record, Seconds, UserName};

/// Bytes of a token: OWASP ASVS 5.0.0, 7.2.3.
pub const TOKEN_BYTES: usize = 16;

/// How long a session lasts, whatever happens in it.
pub const SESSION_SECONDS: Seconds = 8 * 3600;

/// What the browser keeps. It cannot be printed, and is erased when it is dropped.
#[derive(PartialEq, Eq)]
pub struct SessionToken([u8; TOKEN_BYTES]);

impl Drop for SessionToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SessionToken {
    /// A new one.
    pub fn random(fill: Fill) -> Self {
        let mut token = Self([0; TOKEN_BYTES]);
        fill(&mut token.0);
        token
    }

    /// Reads what a browser sent; nothing but a token has 22 characters of its alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?))
    }

    /// For the browser alone.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex(&self.derived(b"cfn-secrets/accounts/session/1\0")))
    }

    /// What a form of this session carries, and no other page can know.
    pub fn form_token(&self) -> FormToken {
        FormToken(URL_SAFE_NO_PAD.encode(&self.derived(b"cfn-secrets/accounts/form/1\0")[..TOKEN_BYTES]))
    }

    fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(purpose).chain_update(self.0).finalize().into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionToken").finish_non_exhaustive()
    }
}

/// The key that a session is stored under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash(String);

impl TokenHash {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What ties a form to its session.
pub struct FormToken(String);

impl FormToken {
    /// For the page of that session alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a form has it; in constant time.
    pub fn is(&self, sent: &str) -> bool {
        self.0.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormToken").finish_non_exhaustive()
    }
}

/// What is stored of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: UserName,
    /// Which password of theirs it was opened with.
    pub generation: u64,
    /// Since when there was their account: another one of the same name is somebody else's.
    pub account_created_at: Seconds,
    /// When it ends. Compared here: the table's time to live erases it hours later.
    pub expires_at: Seconds,
}

impl Session {
    /// One that begins now.
    pub fn new(user: UserName, record: &Record, now: Seconds) -> Self {
        let (generation, account_created_at) = (record.generation, record.created_at);
        Self { user, generation, account_created_at, expires_at: now + SESSION_SECONDS }
    }

    /// Whether its user is in, given what is stored of their account.
    pub fn holds(&self, record: Option<&Record>, now: Seconds) -> bool {
        let is_of = |record: &Record| {
            (record.generation, record.created_at) == (self.generation, self.account_created_at) && !record.must_change
        };
        now < self.expires_at && record.is_some_and(is_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_given_and_shown_nowhere() {
        let token = SessionToken::random(|bytes| bytes.fill(7));
        assert_eq!(SessionToken::parse(&token.expose()).as_ref(), Some(&token));
        assert!(!token.hash().as_str().contains(&token.expose()));
        assert!(!format!("{token:?} {:?}", token.form_token()).contains("BwcH"));
        for odd in ["", "BwcHBwcHBwcHBwcHBwcHBw==", "BwcHBwcHBwcHBwcHBwcHBx", "BwcH", &"B".repeat(4000)] {
            assert_eq!(SessionToken::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_form_is_of_its_session_alone() {
        let (one, two) = (SessionToken([1; 16]), SessionToken([2; 16]));
        assert!(one.form_token().is(one.form_token().expose()));
        assert!(!one.form_token().is(two.form_token().expose()));
        assert!(!one.form_token().is(&one.expose()) && !one.form_token().is(""));
    }
}
