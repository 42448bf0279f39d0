//! [`KeyPair`]: a private key to keep and its public key to hand out.
//!
//! No private key is ever used here, only made and written down: what is published against the rsa crate, the timing of
//! its private operations (RUSTSEC-2023-0071), has nothing to observe.

use std::str::FromStr;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{KeypairBytes, spki};
use rand::CryptoRng;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use secrecy::SecretString;
use ssh_key::private::{Ed25519Keypair, KeypairData, RsaKeypair};
use zeroize::Zeroizing;

use crate::older_random::OlderRandom;

/// What a key pair is made of: its algorithm and its size, as KMS's `KeyPairSpec` names them.
///
/// The primes of an RSA key are found by trying: in the processor time of a small cloud machine 0.24 s on average (0.53 s
/// the slowest of 40) for 2048 bits, 1.0 s (3.4 s of 20) for 3072, 3.3 s (4.9 s of 10) for 4096. A Lambda function of
/// 128 MB has a fourteenth of a processor and 30 s: enough for 2048 bits; 3072 want a function of 512 MB, and 4096 are not
/// offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPairSpec {
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
    /// `ed25519`.
    Ed25519,
    /// `rsa`.
    Rsa,
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Rsa, Self::Ed25519];

    /// Its name in a template.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa => "rsa",
        }
    }
}

/// A name that is no algorithm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be rsa or ed25519")]
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

impl KeyPairSpec {
    /// The algorithm with so many `bits`, of which RSA has 2048 if none are given.
    pub const fn new(algorithm: KeyAlgorithm, bits: Option<usize>) -> Result<Self, UnknownKeySize> {
        match (algorithm, bits) {
            (KeyAlgorithm::Ed25519, None) => Ok(Self::Ed25519),
            (KeyAlgorithm::Rsa, None | Some(2048)) => Ok(Self::Rsa2048),
            (KeyAlgorithm::Rsa, Some(3072)) => Ok(Self::Rsa3072),
            (KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa, Some(_)) => Err(UnknownKeySize),
        }
    }

    /// The strength in bits: what is left to whoever wants to guess it (NIST SP 800-57 Part 1, table 2).
    pub const fn strength_bits(self) -> f64 {
        match self {
            Self::Ed25519 | Self::Rsa3072 => 128.0,
            Self::Rsa2048 => 112.0,
        }
    }

    /// The memory of a Lambda function, in MB, whose share of a processor finds one within 30 s.
    pub const fn memory_size(self) -> u32 {
        match self {
            Self::Ed25519 | Self::Rsa2048 => 128,
            Self::Rsa3072 => 512,
        }
    }

    /// What its owners read: OpenSSH reads an Ed25519 key in PKCS #8 only since version 9.6 (2023), all else reads RSA
    /// keys in it.
    pub const fn usual_format(self) -> PrivateKeyFormat {
        match self {
            Self::Ed25519 => PrivateKeyFormat::OpenSsh,
            Self::Rsa2048 | Self::Rsa3072 => PrivateKeyFormat::Pkcs8,
        }
    }
}

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKeyFormat {
    /// OpenSSH's own (its `PROTOCOL.key`), without a passphrase: `BEGIN OPENSSH PRIVATE KEY`.
    OpenSsh,
    /// PEM of PKCS #8 (RFC 5208, RFC 8410), not encrypted: `BEGIN PRIVATE KEY`.
    Pkcs8,
}

/// A key pair, each half in the form that its readers want. `Debug` shows nothing of the private half.
#[derive(Debug)]
pub struct KeyPair {
    /// The private key, as its [`PrivateKeyFormat`] says; ends with a line feed.
    pub private_key: SecretString,
    /// `Data.PublicKey`: a line for OpenSSH's `authorized_keys`, without a comment or a line feed.
    pub public_key: String,
    /// `Data.PublicKeyPem`: PEM of SubjectPublicKeyInfo (RFC 5280), `BEGIN PUBLIC KEY`.
    pub public_key_pem: String,
}

impl KeyPair {
    /// Makes a key pair.
    pub fn generate<R: CryptoRng + ?Sized>(
        spec: KeyPairSpec,
        format: PrivateKeyFormat,
        random: &mut R,
    ) -> Result<Self, KeyPairError> {
        match spec {
            KeyPairSpec::Ed25519 => ed25519(format, random),
            KeyPairSpec::Rsa2048 => rsa(2048, format, random),
            KeyPairSpec::Rsa3072 => rsa(3072, format, random),
        }
    }
}

fn ed25519<R: CryptoRng + ?Sized>(format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill_bytes(&mut *seed);
    let key = SigningKey::from_bytes(&seed);
    // Without the public key, which makes it version 2: OpenSSL 3.0 reads version 1 alone.
    let pkcs8 = KeypairBytes { secret_key: *seed, public_key: None };
    let public_key_pem = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
    write(format, &pkcs8, KeypairData::from(Ed25519Keypair::from(&key)), public_key_pem)
}

fn rsa<R: CryptoRng + ?Sized>(bits: usize, format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let key = RsaPrivateKey::new(&mut OlderRandom(random), bits)?;
    let public_key_pem = key.to_public_key().to_public_key_pem(LineEnding::LF)?;
    write(format, &key, KeypairData::from(RsaKeypair::try_from(&key)?), public_key_pem)
}

fn write(
    format: PrivateKeyFormat,
    pkcs8: &impl EncodePrivateKey,
    open_ssh: KeypairData,
    public_key_pem: String,
) -> Result<KeyPair, KeyPairError> {
    let open_ssh = ssh_key::PrivateKey::new(open_ssh, "")?;
    let private_key = match format {
        PrivateKeyFormat::OpenSsh => open_ssh.to_openssh(LineEnding::LF)?,
        PrivateKeyFormat::Pkcs8 => pkcs8.to_pkcs8_pem(LineEnding::LF)?,
    };
    let public_key = open_ssh.public_key().to_openssh()?;
    Ok(KeyPair { private_key: SecretString::from(private_key.as_str()), public_key, public_key_pem })
}

/// A key that could not be made or written, for a reason that only its library knows.
#[derive(Debug, thiserror::Error)]
#[error("the key pair could not be made")]
pub enum KeyPairError {
    /// OpenSSH's format.
    OpenSsh(#[from] ssh_key::Error),
    /// PKCS #8.
    Pkcs8(#[from] rsa::pkcs8::Error),
    /// RSA itself.
    Rsa(#[from] rsa::Error),
    /// SubjectPublicKeyInfo.
    Spki(#[from] spki::Error),
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn names_and_sizes_are_read() {
        let spec = |name: &str, bits| KeyPairSpec::new(name.parse().unwrap(), bits);
        assert_eq!(spec("rsa", None), Ok(KeyPairSpec::Rsa2048));
        assert_eq!(spec("rsa", Some(3072)), Ok(KeyPairSpec::Rsa3072));
        assert_eq!(spec("rsa", Some(4096)), Err(UnknownKeySize));
        assert_eq!(spec("ed25519", None), Ok(KeyPairSpec::Ed25519));
        assert_eq!(spec("ed25519", Some(256)), Err(UnknownKeySize));
        assert_eq!("dsa".parse::<KeyAlgorithm>(), Err(UnknownKeyAlgorithm));
    }

    #[test]
    fn debug_output_shows_nothing_of_the_private_key() {
        let random = &mut ChaCha12Rng::seed_from_u64(1);
        let pair = KeyPair::generate(KeyPairSpec::Ed25519, PrivateKeyFormat::OpenSsh, random).unwrap();
        assert!(!format!("{pair:?}").contains("PRIVATE"));
        assert!(pair.public_key.starts_with("ssh-ed25519 AAAA"));
    }

    /// RFC 8410 §10.3: its first example, up to where the key itself begins.
    #[test]
    fn an_ed25519_key_in_pkcs8_is_of_the_version_that_all_read() {
        let random = &mut ChaCha12Rng::seed_from_u64(1);
        let pair = KeyPair::generate(KeyPairSpec::Ed25519, PrivateKeyFormat::Pkcs8, random).unwrap();
        let text = pair.private_key.expose_secret();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"));
    }
}
