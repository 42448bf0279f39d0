//! Sign-up and login without any I/O: what a form says, which passwords are good enough, when somebody may try again,
//! who is let in.
//!
//! [`SignUp`] and [`LogIn`] carry a request out over [ports] that name no service. The clock and the random source
//! are parameters; what is stored is a [`Record`] whose password nobody can compute back.

mod attempts;
mod blocklist;
mod form;
mod hash;
mod log_in;
mod password;
pub mod ports;
mod record;
mod session;
mod sign_up;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod user_name;
mod verdict;

pub use attempts::{
    LADDER, LONGEST_WAIT, MAX_PER_SOURCE, Subject, TRIES_REMEMBERED, Tries, WINDOW, wait_after, wait_for,
};
pub use form::{Field, Form, FormError};
pub use hash::{Cost, Hasher, SALT_BYTES, Salt, TAG_BYTES, Tag, UnknownCost};
pub use log_in::{Changed, LogIn, LoggedIn};
pub use password::{MAX_BYTES, MIN_CHARACTERS, NewPassword, Password, PasswordError, Weakness};
pub use record::{Mac, Record, mac_message};
pub use session::{FormToken, SESSION_SECONDS, Session, SessionToken, TOKEN_BYTES, TokenHash};
pub use sign_up::{Nonce, SignUp, SignedUp};
pub use user_name::{MAX_NAME_CHARACTERS, UserName, UserNameError};
pub use verdict::{Verdict, verdict};

/// Seconds since 1970 (UTC).
pub type Seconds = u64;

/// Fills a buffer with random bytes that nobody can guess.
pub type Fill = fn(&mut [u8]);
