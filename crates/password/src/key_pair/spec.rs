//! What a key pair is made of, and how its private half may be written: what `Kind`, `KeySize` and `KeyFormat` choose.

use std::str::FromStr;

/// What a key pair is made of: its algorithm and its size, as KMS's `KeyPairSpec` names them.
///
/// The primes of an RSA key are found by trying: in the processor time of a small cloud machine 0.24 s on average (0.53 s
/// the slowest of 40) for 2048 bits, 1.0 s (3.4 s of 20) for 3072, 3.3 s (4.9 s of 10) for 4096. A Lambda function of
/// 128 MB has a fourteenth of a processor and 30 s: enough for 2048 bits; 3072 want a function of 512 MB, and 4096 are not
/// offered. The others take some milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPairSpec {
    /// ECDSA over the curve of 256 bits (FIPS 186-5): `ES256` of JWTs.
    EcdsaP256,
    /// ECDSA over the curve of 384 bits: `ES384`.
    EcdsaP384,
    /// RFC 8032.
    Ed25519,
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
}

/// What the property `Kind` calls them, whatever their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// `ecdsa-p256`.
    EcdsaP256,
    /// `ecdsa-p384`.
    EcdsaP384,
    /// `ed25519`.
    Ed25519,
    /// `rsa`.
    Rsa,
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Rsa, Self::Ed25519, Self::EcdsaP256, Self::EcdsaP384];

    /// Its name in a template.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
            Self::Rsa => "rsa",
        }
    }
}

/// A name that is no algorithm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", KeyAlgorithm::ALL.map(KeyAlgorithm::name).join(", "))]
pub struct UnknownKeyAlgorithm;

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownKeyAlgorithm> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or(UnknownKeyAlgorithm)
    }
}

/// A size that the algorithm does not have here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("KeySize is 2048 or 3072, for rsa alone: change it, or leave it out")]
pub struct UnknownKeySize;

/// A format that this algorithm's private keys are not written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("KeyFormat is openssh or pkcs8, pkcs1 for rsa, sec1 for ecdsa-p256 and ecdsa-p384: change it, or leave it out")]
pub struct UnknownKeyFormat;

impl KeyPairSpec {
    /// The algorithm with so many `bits`, of which RSA has 2048 if none are given.
    pub const fn new(algorithm: KeyAlgorithm, bits: Option<usize>) -> Result<Self, UnknownKeySize> {
        match (algorithm, bits) {
            (KeyAlgorithm::EcdsaP256, None) => Ok(Self::EcdsaP256),
            (KeyAlgorithm::EcdsaP384, None) => Ok(Self::EcdsaP384),
            (KeyAlgorithm::Ed25519, None) => Ok(Self::Ed25519),
            (KeyAlgorithm::Rsa, None | Some(2048)) => Ok(Self::Rsa2048),
            (KeyAlgorithm::Rsa, Some(3072)) => Ok(Self::Rsa3072),
            (
                KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa,
                Some(_),
            ) => Err(UnknownKeySize),
        }
    }

    /// The strength in bits: what is left to whoever wants to guess it (NIST SP 800-57 Part 1, table 2).
    pub const fn strength_bits(self) -> f64 {
        match self {
            Self::EcdsaP384 => 192.0,
            Self::EcdsaP256 | Self::Ed25519 | Self::Rsa3072 => 128.0,
            Self::Rsa2048 => 112.0,
        }
    }

    /// The memory of a Lambda function, in MB, whose share of a processor finds one within 30 s.
    pub const fn memory_size(self) -> u32 {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 | Self::Ed25519 | Self::Rsa2048 => 128,
            Self::Rsa3072 => 512,
        }
    }

    /// `format`, or what its owners read: OpenSSH reads an Ed25519 key in PKCS #8 only since version 9.6 (2023), all else
    /// reads the other keys in it.
    pub const fn format(self, format: Option<PrivateKeyFormat>) -> Result<PrivateKeyFormat, UnknownKeyFormat> {
        match (self, format) {
            (Self::Ed25519, None) => Ok(PrivateKeyFormat::OpenSsh),
            (Self::EcdsaP256 | Self::EcdsaP384 | Self::Rsa2048 | Self::Rsa3072, None) => Ok(PrivateKeyFormat::Pkcs8),
            (_, Some(format @ (PrivateKeyFormat::OpenSsh | PrivateKeyFormat::Pkcs8)))
            | (Self::Rsa2048 | Self::Rsa3072, Some(format @ PrivateKeyFormat::Pkcs1))
            | (Self::EcdsaP256 | Self::EcdsaP384, Some(format @ PrivateKeyFormat::Sec1)) => Ok(format),
            (_, Some(PrivateKeyFormat::Pkcs1 | PrivateKeyFormat::Sec1)) => Err(UnknownKeyFormat),
        }
    }
}

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKeyFormat {
    /// OpenSSH's own (its `PROTOCOL.key`), without a passphrase: `BEGIN OPENSSH PRIVATE KEY`.
    OpenSsh,
    /// PEM of PKCS #1 (RFC 8017), RSA's own: `BEGIN RSA PRIVATE KEY`.
    Pkcs1,
    /// PEM of PKCS #8 (RFC 5208, RFC 8410), not encrypted: `BEGIN PRIVATE KEY`.
    Pkcs8,
    /// PEM of SEC 1 (RFC 5915), that of elliptic curves: `BEGIN EC PRIVATE KEY`.
    Sec1,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_read() {
        let spec = |name: &str, bits| KeyPairSpec::new(name.parse().unwrap(), bits);
        assert_eq!(spec("rsa", None), Ok(KeyPairSpec::Rsa2048));
        assert_eq!(spec("rsa", Some(3072)), Ok(KeyPairSpec::Rsa3072));
        assert_eq!(spec("rsa", Some(4096)), Err(UnknownKeySize));
        assert_eq!(spec("ecdsa-p384", None), Ok(KeyPairSpec::EcdsaP384));
        for name in ["ed25519", "ecdsa-p256", "ecdsa-p384"] {
            assert_eq!(spec(name, Some(256)), Err(UnknownKeySize));
        }
        assert_eq!("dsa".parse::<KeyAlgorithm>(), Err(UnknownKeyAlgorithm));
        assert_eq!(UnknownKeyAlgorithm.to_string(), "must be one of rsa, ed25519, ecdsa-p256, ecdsa-p384");
    }

    #[test]
    fn every_algorithm_has_its_formats_and_no_others() {
        use PrivateKeyFormat::{OpenSsh, Pkcs1, Pkcs8, Sec1};
        for (spec, usual, own) in [
            (KeyPairSpec::EcdsaP256, Pkcs8, Some(Sec1)),
            (KeyPairSpec::EcdsaP384, Pkcs8, Some(Sec1)),
            (KeyPairSpec::Ed25519, OpenSsh, None),
            (KeyPairSpec::Rsa2048, Pkcs8, Some(Pkcs1)),
            (KeyPairSpec::Rsa3072, Pkcs8, Some(Pkcs1)),
        ] {
            assert_eq!(spec.format(None), Ok(usual));
            for format in [OpenSsh, Pkcs1, Pkcs8, Sec1] {
                let taken = matches!(format, OpenSsh | Pkcs8) || own == Some(format);
                assert_eq!(
                    spec.format(Some(format)),
                    if taken { Ok(format) } else { Err(UnknownKeyFormat) },
                    "{spec:?}"
                );
            }
        }
    }
}
