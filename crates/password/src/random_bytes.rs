//! [`RandomBytes`]: a key for a machine, written as text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::secret_text::Password;

/// How bytes become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648 §4, with padding: 44 characters for 32 bytes.
    Base64,
    /// RFC 4648 §5, without padding: 43 characters for 32 bytes, none of which a URL escapes.
    Base64Url,
    /// Lowercase hexadecimal digits: 64 for 32 bytes.
    Hex,
}

/// A number of random bytes and how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomBytes {
    encoding: Encoding,
    bytes: usize,
    leading_hyphen: LeadingHyphen,
}

/// Whether the text may begin with one, which in base64url stands for 62: a program that is given such a text as an
/// argument of its own takes it for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeadingHyphen {
    Allowed,
    Never,
}

/// The six bits that base64url writes as a hyphen.
const HYPHEN: u8 = 62;

impl RandomBytes {
    /// 256 bits, the size of an AES-256 or HMAC-SHA-256 key.
    pub const DEFAULT_BYTES: usize = 32;
    /// 4096 hexadecimal digits: as long as the longest password.
    pub const MAX_BYTES: usize = 2048;

    /// `bytes` must be between 1 and [`Self::MAX_BYTES`].
    pub(crate) const fn new(encoding: Encoding, bytes: usize, leading_hyphen: LeadingHyphen) -> Self {
        debug_assert!(1 <= bytes && bytes <= Self::MAX_BYTES);
        Self { encoding, bytes, leading_hyphen }
    }

    /// Draws all bytes anew where the text would begin with a hyphen, so that those left stay equally likely.
    fn draw<R: CryptoRng + ?Sized>(self, random: &mut R) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; self.bytes]);
        loop {
            random.fill_bytes(&mut bytes);
            if !(self.never_begins_with_hyphen() && bytes[0] >> 2 == HYPHEN) {
                return bytes;
            }
        }
    }

    const fn never_begins_with_hyphen(self) -> bool {
        matches!((self.encoding, self.leading_hyphen), (Encoding::Base64Url, LeadingHyphen::Never))
    }

    pub(crate) fn generate<R: CryptoRng + ?Sized>(self, random: &mut R) -> Password {
        let bytes = self.draw(random);
        Password::new(match self.encoding {
            Encoding::Base64 => STANDARD.encode(&*bytes),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(&*bytes),
            Encoding::Hex => hex(&bytes),
        })
    }

    /// The length of the text.
    pub(crate) const fn text_bytes(self) -> usize {
        match self.encoding {
            Encoding::Base64 => 4 * self.bytes.div_ceil(3),
            Encoding::Base64Url => (4 * self.bytes).div_ceil(3),
            Encoding::Hex => 2 * self.bytes,
        }
    }

    /// The bits of the bytes, whatever their text may begin with: what a size is chosen by.
    pub(crate) fn bits_of_bytes(self) -> f64 {
        8.0 * self.bytes as f64
    }

    pub(crate) fn entropy_bits(self) -> f64 {
        let left_out: f64 = if self.never_begins_with_hyphen() { 63.0 / 64.0 } else { 1.0 };
        self.bits_of_bytes() + left_out.log2()
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit));
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;
    use secrecy::ExposeSecret;

    use super::*;

    fn text(encoding: Encoding, bytes: usize) -> String {
        let recipe = RandomBytes::new(encoding, bytes, LeadingHyphen::Never);
        recipe.generate(&mut ChaCha12Rng::seed_from_u64(3)).expose_secret().to_owned()
    }

    #[test]
    fn base64url_begins_with_each_character_alike_but_the_hyphen() {
        for (leading_hyphen, others) in [(LeadingHyphen::Never, 63), (LeadingHyphen::Allowed, 64)] {
            let recipe = RandomBytes::new(Encoding::Base64Url, 3, leading_hyphen);
            assert!((recipe.entropy_bits() - (f64::from(others).log2() + 18.0)).abs() < 1e-12);
            let mut random = ChaCha12Rng::seed_from_u64(3);
            let mut seen = BTreeMap::<char, u32>::new();
            for _ in 0..others * 1000 {
                *seen.entry(recipe.generate(&mut random).expose_secret().chars().next().unwrap()).or_default() += 1;
            }
            assert_eq!((seen.len(), seen.contains_key(&'-')), (others as usize, others == 64));
            assert!(seen.values().all(|count| (850..1150).contains(count)), "{seen:?}");
        }
    }

    #[test]
    fn every_encoding_writes_the_same_bytes() {
        for count in (1..=40).chain([2048]) {
            let bytes = STANDARD.decode(text(Encoding::Base64, count)).unwrap();
            assert_eq!(bytes.len(), count);
            assert_eq!(URL_SAFE_NO_PAD.decode(text(Encoding::Base64Url, count)).unwrap(), bytes);
            let expected: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(text(Encoding::Hex, count), expected);
        }
    }
}
