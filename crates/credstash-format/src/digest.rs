//! The digests that an HMAC may be of, and what it comes to.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// What the HMAC is of. credstash writes SHA-256 unless it is told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, which credstash calls SHA.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256: also what an item without the attribute means.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// MD5.
    Md5,
}

/// A name of no digest that is read here. Items of credstash before 1.15 may say RIPEMD or WHIRLPOOL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the digest {0:?} is none of SHA, SHA224, SHA256, SHA384, SHA512, MD5")]
pub struct UnknownDigest(pub String);

impl Digest {
    /// All of them, in credstash's order.
    pub const ALL: [Self; 6] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512, Self::Md5];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
            Self::Md5 => "MD5",
        }
    }

    /// As it is read: in any case, because some writers use the lower one, and SHA1 for SHA, as rucredstash writes it.
    ///
    /// # Errors
    /// For any other name.
    pub fn of_stored(text: &str) -> Result<Self, UnknownDigest> {
        if text.eq_ignore_ascii_case("SHA1") {
            return Ok(Self::Sha1);
        }
        let found = Self::ALL.into_iter().find(|digest| digest.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownDigest(text.to_owned()))
    }

    /// How long an HMAC of it is.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
            Self::Md5 => 16,
        }
    }

    /// The HMAC of a text.
    pub(crate) fn hmac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        macro_rules! of {
            ($digest:ty) => {{
                // An HMAC takes a key of any length.
                let Ok(mut hmac) = Hmac::<$digest>::new_from_slice(key) else { unreachable!() };
                hmac.update(text);
                hmac.finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Sha1 => of!(Sha1),
            Self::Sha224 => of!(Sha224),
            Self::Sha256 => of!(Sha256),
            Self::Sha384 => of!(Sha384),
            Self::Sha512 => of!(Sha512),
            Self::Md5 => of!(Md5),
        }
    }

    /// Whether this is the HMAC of a text, found out in a time that does not depend on where they differ.
    pub(crate) fn verifies(self, key: &[u8], text: &[u8], expected: &[u8]) -> bool {
        macro_rules! of {
            ($digest:ty) => {{
                let Ok(mut hmac) = Hmac::<$digest>::new_from_slice(key) else { unreachable!() };
                hmac.update(text);
                hmac.verify_slice(expected).is_ok()
            }};
        }
        match self {
            Self::Sha1 => of!(Sha1),
            Self::Sha224 => of!(Sha224),
            Self::Sha256 => of!(Sha256),
            Self::Sha384 => of!(Sha384),
            Self::Sha512 => of!(Sha512),
            Self::Md5 => of!(Md5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_name_is_read_in_any_case_and_written_in_the_upper_one() {
        for digest in Digest::ALL {
            assert_eq!(Digest::of_stored(digest.as_str()), Ok(digest));
            assert_eq!(Digest::of_stored(&digest.as_str().to_lowercase()), Ok(digest));
            assert_eq!(digest.hmac(b"key", b"text").len(), digest.bytes());
        }
        assert_eq!(Digest::of_stored("sha1"), Ok(Digest::Sha1));
        for text in ["RIPEMD", "WHIRLPOOL", "SHA-256", "", "SHA256 "] {
            assert_eq!(Digest::of_stored(text), Err(UnknownDigest(text.to_owned())));
        }
    }
}
