//! What is told of a value without telling the value: how hard it is to guess, and the public half of a key pair.

use std::fmt;
use std::str::FromStr;

/// Stored beside a version and answered with it. None of it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The entropy of what made the value; none for a value from outside, of which nobody knows it.
    pub entropy: Option<EntropyBits>,
    /// The public half, where the value is the private half of a key pair.
    pub public_key: Option<PublicKey>,
}

/// A public key in the two forms that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// A line of OpenSSH's `authorized_keys`, without a comment.
    pub openssh: String,
    /// PEM of SubjectPublicKeyInfo (RFC 5280).
    pub pem: String,
}

/// The entropy of a policy in bits, rounded down to hundredths: what is promised is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntropyBits(u32);

/// A text that is not a number of bits with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number of bits with two decimals")]
pub struct InvalidEntropy;

impl EntropyBits {
    /// So many bits, which the caller has computed. Below zero counts as zero.
    pub fn floor(bits: f64) -> Self {
        // The cast saturates; a policy of 4096 characters has fewer than 30 000 bits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        Self((bits * 100.0).floor() as u32)
    }
}

/// `190.53`
impl fmt::Display for EntropyBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Reads what a store gives back, which may write numbers without trailing zeros: `190.53`, `190.5` or `190`.
impl FromStr for EntropyBits {
    type Err = InvalidEntropy;

    fn from_str(text: &str) -> Result<Self, InvalidEntropy> {
        let (bits, hundredths) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if bits.is_empty() || !is_number(bits) || !is_number(hundredths) || hundredths.len() > 2 {
            return Err(InvalidEntropy);
        }
        format!("{bits}{hundredths:0<2}").parse().map(Self).map_err(|_| InvalidEntropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_rounded_down_and_survive_their_text() {
        for (bits, text) in [(190.539, "190.53"), (64.0, "64.00"), (0.0, "0.00"), (-1.0, "0.00"), (122.05, "122.05")] {
            let entropy = EntropyBits::floor(bits);
            assert_eq!(entropy.to_string(), text);
            assert_eq!(text.parse(), Ok(entropy));
        }
        assert_eq!("64".parse(), Ok(EntropyBits::floor(64.0)));
        assert_eq!("64.5".parse(), Ok(EntropyBits::floor(64.5)));
        for bad in ["", ".5", "-1", "1e3", "64.123", "99999999999"] {
            assert_eq!(bad.parse::<EntropyBits>(), Err(InvalidEntropy), "{bad}");
        }
    }
}
