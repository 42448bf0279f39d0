//! [`Username`]: a name for the master user that every engine takes.

use rand::CryptoRng;
use secrecy::ExposeSecret;

use crate::builder::PolicyBuilder;
use crate::policy::Policy;
use crate::secret_text::Password;

/// Names that are reserved somewhere although they have a digit in them: of the reserved words of MySQL, MariaDB,
/// Redshift and Oracle, those that a generated name could be.
const RESERVED: [&str; 18] = [
    "aes128",
    "aes256",
    "bzip2",
    "delta32k",
    "float4",
    "float8",
    "int1",
    "int2",
    "int3",
    "int4",
    "int8",
    "mostly13",
    "mostly32",
    "mostly8",
    "nvarchar2",
    "text255",
    "text32k",
    "varchar2",
];

/// What names must not start with: Db2 ("Naming rules": IBM, SQL, SYS), and what engines and RDS call their own users.
const RESERVED_PREFIXES: [&str; 5] = ["ibm", "pg", "rds", "sql", "sys"];

/// Lowercase letters and digits, the first a letter. One is a digit, so that no word, and with it next to no reserved word,
/// can come out; the rest are drawn again.
#[derive(Clone, Debug)]
pub struct Username(Policy);

impl Username {
    /// The longest name that every engine takes (RDS API, CreateDBInstance, `MasterUsername`: 1 to 16 letters or
    /// numbers for MySQL, the first a letter; the other engines take longer ones).
    pub const MAX_LENGTH: usize = 16;

    /// The shortest: three characters of a password are too often those of a name.
    pub const MIN_LENGTH: usize = 4;

    /// A name of `length` characters; none outside [`Self::MIN_LENGTH`] to [`Self::MAX_LENGTH`].
    pub fn new(length: usize) -> Option<Self> {
        if !(Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&length) {
            return None;
        }
        let name = PolicyBuilder::default()
            .alphabet("abcdefghijklmnopqrstuvwxyz0123456789")
            .require("0123456789", 1)
            .length(length)
            .first_letter()
            .types_optional()
            .allow_weak();
        name.build().ok().map(Self)
    }

    /// The length of every name, in characters.
    pub(crate) fn length(&self) -> usize {
        self.0.length()
    }

    /// The entropy in bits, the few reserved names counted in.
    pub(crate) fn entropy_bits(&self) -> f64 {
        self.0.entropy_bits()
    }

    /// Draws a name.
    pub fn generate<R: CryptoRng + ?Sized>(&self, random: &mut R) -> Password {
        loop {
            let name = self.0.generate(random);
            if !is_reserved(name.expose_secret()) {
                return name;
            }
        }
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha12Rng;

    use super::*;

    #[test]
    fn every_length_gives_names_that_engines_take() {
        let mut random = ChaCha12Rng::seed_from_u64(11);
        for length in Username::MIN_LENGTH..=Username::MAX_LENGTH {
            let username = Username::new(length).unwrap();
            for _ in 0..2_000 {
                let name = username.generate(&mut random).into_secret();
                let name = name.expose_secret();
                assert_eq!(name.len(), length);
                assert!(name.starts_with(|first: char| first.is_ascii_lowercase()), "{name}");
                assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
                assert!(name.bytes().any(|byte| byte.is_ascii_digit()), "{name}");
                assert!(!is_reserved(name), "{name}");
            }
        }
        assert!(Username::new(3).is_none() && Username::new(17).is_none());
    }

    #[test]
    fn reserved_names_are_known() {
        for name in ["int4", "sys1", "rdsadmin2", "varchar2", "pg1"] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("int5") && !is_reserved("a1"));
    }
}
