//! [`KeyPair`]: a private key to keep and its public key to hand out.
//!
//! No private key is ever used here, only made and written down: what is published against the rsa crate, the timing of
//! its private operations (RUSTSEC-2023-0071), has nothing to observe.

pub(crate) mod jwk;
pub(crate) mod spec;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{KeypairBytes, spki};
use rand::CryptoRng;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use sec1::EncodeEcPrivateKey;
use secrecy::SecretString;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair};
use zeroize::Zeroizing;

use crate::older_random::OlderRandom;
use spec::{KeyPairSpec, PrivateKeyFormat, UnknownKeyFormat};

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
            KeyPairSpec::EcdsaP256 => ecdsa_p256(format, random),
            KeyPairSpec::EcdsaP384 => ecdsa_p384(format, random),
            KeyPairSpec::Ed25519 => ed25519(format, random),
            KeyPairSpec::Rsa2048 => rsa(2048, format, random),
            KeyPairSpec::Rsa3072 => rsa(3072, format, random),
        }
    }
}

fn ecdsa_p256<R: CryptoRng + ?Sized>(format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let key = drawn(|| p256::SecretKey::random(&mut OlderRandom(random)), |key| key.to_bytes()[0]);
    let pair = EcdsaKeypair::NistP256 { public: key.public_key().into(), private: key.clone().into() };
    ecdsa(format, &key, pair, key.public_key().to_public_key_pem(LineEnding::LF)?)
}

fn ecdsa_p384<R: CryptoRng + ?Sized>(format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let key = drawn(|| p384::SecretKey::random(&mut OlderRandom(random)), |key| key.to_bytes()[0]);
    let pair = EcdsaKeypair::NistP384 { public: key.public_key().into(), private: key.clone().into() };
    ecdsa(format, &key, pair, key.public_key().to_public_key_pem(LineEnding::LF)?)
}

/// Draws until the first byte of the scalar is not 0. ssh-key 0.6 writes that byte where OpenSSH's format has no leading
/// zeros, and PuTTY then reads none of the key; one key in 256 is drawn again, which takes 0.006 bits.
fn drawn<K>(mut draw: impl FnMut() -> K, first_byte: impl Fn(&K) -> u8) -> K {
    loop {
        let key = draw();
        if first_byte(&key) != 0 {
            return key;
        }
    }
}

fn ecdsa(
    format: PrivateKeyFormat,
    key: &impl EncodePrivateKey,
    pair: EcdsaKeypair,
    public_key_pem: String,
) -> Result<KeyPair, KeyPairError> {
    let pem = match format {
        PrivateKeyFormat::Pkcs8 => Some(key.to_pkcs8_pem(LineEnding::LF)?),
        // The key's own method of this name leaves out which curve it is, without which OpenSSL does not read it.
        PrivateKeyFormat::Sec1 => Some(EncodeEcPrivateKey::to_sec1_pem(key, LineEnding::LF)?),
        PrivateKeyFormat::OpenSsh | PrivateKeyFormat::Pkcs1 => None,
    };
    write(format, pem, pair.into(), public_key_pem)
}

fn ed25519<R: CryptoRng + ?Sized>(format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill_bytes(&mut *seed);
    let key = SigningKey::from_bytes(&seed);
    let pem = match format {
        // Without the public key, which makes it version 2: OpenSSL 3.0 reads version 1 alone.
        PrivateKeyFormat::Pkcs8 => {
            Some(KeypairBytes { secret_key: *seed, public_key: None }.to_pkcs8_pem(LineEnding::LF)?)
        }
        PrivateKeyFormat::OpenSsh | PrivateKeyFormat::Pkcs1 | PrivateKeyFormat::Sec1 => None,
    };
    let public_key_pem = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
    write(format, pem, Ed25519Keypair::from(&key).into(), public_key_pem)
}

fn rsa<R: CryptoRng + ?Sized>(bits: usize, format: PrivateKeyFormat, random: &mut R) -> Result<KeyPair, KeyPairError> {
    let key = RsaPrivateKey::new(&mut OlderRandom(random), bits)?;
    let pem = match format {
        PrivateKeyFormat::Pkcs1 => Some(key.to_pkcs1_pem(LineEnding::LF)?),
        PrivateKeyFormat::Pkcs8 => Some(key.to_pkcs8_pem(LineEnding::LF)?),
        PrivateKeyFormat::OpenSsh | PrivateKeyFormat::Sec1 => None,
    };
    let public_key_pem = key.to_public_key().to_public_key_pem(LineEnding::LF)?;
    write(format, pem, RsaKeypair::try_from(&key)?.into(), public_key_pem)
}

/// `pem` is the private key in `format`, if that is one of the algorithm's; OpenSSH's has no other maker.
fn write(
    format: PrivateKeyFormat,
    pem: Option<Zeroizing<String>>,
    open_ssh: KeypairData,
    public_key_pem: String,
) -> Result<KeyPair, KeyPairError> {
    let open_ssh = ssh_key::PrivateKey::new(open_ssh, "")?;
    let private_key = match (format, pem) {
        (PrivateKeyFormat::OpenSsh, _) => open_ssh.to_openssh(LineEnding::LF)?,
        (_, Some(pem)) => pem,
        (_, None) => return Err(UnknownKeyFormat.into()),
    };
    let public_key = open_ssh.public_key().to_openssh()?;
    Ok(KeyPair { private_key: SecretString::from(private_key.as_str()), public_key, public_key_pem })
}

/// A key that could not be made or written, for a reason that only its library knows.
#[derive(Debug, thiserror::Error)]
#[error("the key pair could not be made")]
pub enum KeyPairError {
    /// Not the algorithm's.
    Format(#[from] UnknownKeyFormat),
    /// OpenSSH's format.
    OpenSsh(#[from] ssh_key::Error),
    /// PKCS #1.
    Pkcs1(#[from] rsa::pkcs1::Error),
    /// PKCS #8.
    Pkcs8(#[from] rsa::pkcs8::Error),
    /// RSA itself.
    Rsa(#[from] rsa::Error),
    /// SEC 1.
    Sec1(#[from] sec1::Error),
    /// SubjectPublicKeyInfo.
    Spki(#[from] spki::Error),
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    fn made(spec: KeyPairSpec, format: PrivateKeyFormat) -> Result<KeyPair, KeyPairError> {
        KeyPair::generate(spec, format, &mut ChaCha12Rng::seed_from_u64(1))
    }

    #[test]
    fn debug_output_shows_nothing_of_the_private_key() {
        let pair = made(KeyPairSpec::Ed25519, PrivateKeyFormat::OpenSsh).unwrap();
        assert!(!format!("{pair:?}").contains("PRIVATE"));
        assert!(pair.public_key.starts_with("ssh-ed25519 AAAA"));
    }

    /// RFC 8410 §10.3: its first example, up to where the key itself begins.
    #[test]
    fn an_ed25519_key_in_pkcs8_is_of_the_version_that_all_read() {
        let pair = made(KeyPairSpec::Ed25519, PrivateKeyFormat::Pkcs8).unwrap();
        let text = pair.private_key.expose_secret();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"));
    }

    #[test]
    fn a_format_of_another_algorithm_is_refused() {
        for (spec, format) in [
            (KeyPairSpec::Ed25519, PrivateKeyFormat::Pkcs1),
            (KeyPairSpec::EcdsaP256, PrivateKeyFormat::Pkcs1),
            (KeyPairSpec::EcdsaP384, PrivateKeyFormat::Pkcs1),
            (KeyPairSpec::Ed25519, PrivateKeyFormat::Sec1),
        ] {
            assert!(matches!(made(spec, format), Err(KeyPairError::Format(_))), "{spec:?} {format:?}");
        }
    }
}
