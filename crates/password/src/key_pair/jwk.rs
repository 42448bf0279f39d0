//! A public key as a JSON Web Key (RFC 7517; RFC 7518 §6 for RSA and ECDSA, RFC 8037 §2 for Ed25519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use ssh_key::public::{EcdsaPublicKey, KeyData};

/// A line that is none of the public keys that are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line of OpenSSH's authorized_keys with an RSA, Ed25519, P-256 or P-384 key")]
pub struct NotAPublicKey;

/// `Data.PublicKeyJwk`: the key of a line of OpenSSH's `authorized_keys`, named (`kid`) by its thumbprint (RFC 7638). It has
/// no member of a private key, for there is none here.
///
/// Made of that line and not beside it, so that it is there for each key that was ever stored.
pub fn public_key_jwk(openssh: &str) -> Result<String, NotAPublicKey> {
    let key = ssh_key::PublicKey::from_openssh(openssh).map_err(|_| NotAPublicKey)?;
    // What RFC 7638 hashes: the required members alone, in the order of their names, without a space.
    let required = match key.key_data() {
        KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) => ec("P-256", point.x(), point.y()),
        KeyData::Ecdsa(EcdsaPublicKey::NistP384(point)) => ec("P-384", point.x(), point.y()),
        KeyData::Ed25519(key) => Some(format!(r#""crv":"Ed25519","kty":"OKP","x":"{}""#, text(&key.0))),
        KeyData::Rsa(key) => key
            .e
            .as_positive_bytes()
            .zip(key.n.as_positive_bytes())
            .map(|(exponent, modulus)| format!(r#""e":"{}","kty":"RSA","n":"{}""#, text(exponent), text(modulus))),
        _ => None,
    };
    let required = required.ok_or(NotAPublicKey)?;
    let thumbprint = text(&Sha256::digest(format!("{{{required}}}")));
    Ok(format!(r#"{{{required},"kid":"{thumbprint}"}}"#))
}

/// Both coordinates, each of the curve's full length; a compressed point has one alone.
fn ec<T: AsRef<[u8]>>(curve: &str, x: Option<T>, y: Option<T>) -> Option<String> {
    let (x, y) = x.zip(y)?;
    Some(format!(r#""crv":"{curve}","kty":"EC","x":"{}","y":"{}""#, text(x.as_ref()), text(y.as_ref())))
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 §A.2 and §A.3: the key and its thumbprint.
    #[test]
    fn the_key_of_the_rfc_has_the_thumbprint_of_the_rfc() {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
        let expected = r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}"#;
        assert_eq!(public_key_jwk(line).unwrap(), expected);
        assert_eq!(public_key_jwk(&format!("{line} a comment\n")).unwrap(), expected);
    }

    #[test]
    fn what_is_no_such_key_is_refused() {
        let dsa_like = "ssh-dss AAAAB3NzaC1kc3M=";
        for line in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
            dsa_like,
        ] {
            assert_eq!(public_key_jwk(line), Err(NotAPublicKey), "{line}");
        }
    }
}
