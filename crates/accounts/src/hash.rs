//! Argon2id over one buffer for the life of the process: an allocation for each password outgrows a small function.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use crate::Fill;
use crate::password::Password;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// Bytes of what Argon2 gives.
pub const TAG_BYTES: usize = 32;

/// A set of parameters of Argon2id, version 0x13. Only these are ever carried out, whatever a record says: a set of
/// somebody else's choice could take all memory and hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// 12 MiB, three passes: for passwords from elsewhere; OWASP ASVS 5.0.0, appendix C, approves it.
    M12288T3,
    /// 19 MiB, two passes: for every new one. OWASP ASVS 5.0.0, appendix C; OWASP's password storage cheat sheet.
    M19456T2,
}

/// A set of parameters that is none of [`Cost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameters of the password's hash are none that is known here")]
pub struct UnknownCost;

impl Cost {
    /// What a new password is hashed with; a record with another one is written anew when its user logs in.
    pub const CURRENT: Self = Self::M19456T2;

    const ALL: [Self; 2] = [Self::M12288T3, Self::M19456T2];

    /// As PHC strings write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::M12288T3 => "$argon2id$v=19$m=12288,t=3,p=1",
            Self::M19456T2 => "$argon2id$v=19$m=19456,t=2,p=1",
        }
    }

    /// Reads [`Self::as_str`], and nothing else.
    ///
    /// # Errors
    /// For any other text.
    pub fn parse(text: &str) -> Result<Self, UnknownCost> {
        Self::ALL.into_iter().find(|cost| cost.as_str() == text).ok_or(UnknownCost)
    }

    const fn memory(self) -> u32 {
        match self {
            Self::M12288T3 => 12288,
            Self::M19456T2 => 19456,
        }
    }

    const fn params(self) -> Params {
        let passes = match self {
            Self::M12288T3 => 3,
            Self::M19456T2 => 2,
        };
        match Params::new(self.memory(), passes, 1, Some(TAG_BYTES)) {
            Ok(params) => params,
            Err(_) => panic!("each set is within Argon2's bounds"),
        }
    }
}

/// What makes two equal passwords different. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_BYTES]);

impl Salt {
    /// A new one.
    pub fn random(fill: Fill) -> Self {
        let mut bytes = [0; SALT_BYTES];
        fill(&mut bytes);
        Self(bytes)
    }
}

/// What Argon2 makes of a password. It is stored nowhere, but authenticated by a key that nobody can read.
pub struct Tag(pub(crate) [u8; TAG_BYTES]);

impl Drop for Tag {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tag").finish_non_exhaustive()
    }
}

/// The buffer, made by the first hash and used by one at a time: a start does not wait for it.
pub struct Hasher(Mutex<Vec<Block>>);

impl Hasher {
    /// With a buffer that has room for each of [`Cost`] once it is needed.
    pub fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The tag of a password.
    pub fn tag(&self, cost: Cost, salt: &Salt, password: &Password) -> Tag {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params());
        let mut tag = Tag([0; TAG_BYTES]);
        // Whatever a panic left in the buffer is overwritten.
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.is_empty() {
            let most = Cost::ALL.map(Cost::memory).into_iter().max().unwrap_or_default();
            *blocks = vec![Block::new(); most as usize];
        }
        let hashed = argon2.hash_password_into_with_memory(password.bytes(), &salt.0, &mut tag.0, &mut **blocks);
        match hashed {
            Ok(()) => tag,
            // The buffer is as large as the largest set wants it, salt and tag have lengths that Argon2 takes, and a
            // password has at most 1,024 bytes.
            Err(error) => unreachable!("Argon2 refused what fits: {error}"),
        }
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by argon2-cffi 25.1.0: low_level.hash_secret_raw(b"correct horse battery staple", bytes(range(16)), t, m, 1,
    /// 32, Type.ID).
    const PINNED: [(Cost, &str); 2] = [
        (Cost::M12288T3, "cc289b540179dbd6acf9270db19eac2ff1fd0f8888d346a3304a8bbd16906361"),
        (Cost::M19456T2, "818259b6310026a8e0dbac5d2e6927abcfdb07b32258fac4f61b18b80f929085"),
    ];

    #[test]
    fn it_is_the_argon2_of_everybody_else() {
        let hasher = Hasher::new();
        let password = Password::new("correct horse battery staple").unwrap();
        let salt = Salt(std::array::from_fn(|index| u8::try_from(index).unwrap()));
        for (cost, pinned) in PINNED {
            let bytes = hasher.tag(cost, &salt, &password).0;
            assert_eq!(bytes.map(|byte| format!("{byte:02x}")).concat(), pinned, "{cost:?}");
        }
    }

    #[test]
    fn only_the_known_sets_are_read() {
        for cost in Cost::ALL {
            assert_eq!(Cost::parse(cost.as_str()), Ok(cost));
        }
        for other in [
            "",
            "$argon2id$v=19$m=4294967295,t=2,p=1",
            "$argon2id$v=16$m=19456,t=2,p=1",
            "$argon2i$v=19$m=19456,t=2,p=1",
            "$argon2d$v=19$m=19456,t=2,p=1",
            "$argon2id$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$",
            &"9".repeat(400_000),
        ] {
            assert_eq!(Cost::parse(other), Err(UnknownCost));
        }
    }
}
