//! An encrypted value, by the key itself or in an envelope.

/// An encrypted value. [`seal`](crate::seal) makes and opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ciphertext {
    /// By the key itself.
    Direct(Vec<u8>),
    /// For more than the key takes.
    Envelope {
        /// The value under the data key: nonce, ciphertext and tag of AES-256-GCM.
        sealed: Vec<u8>,
        /// The data key, encrypted by the key.
        data_key: Vec<u8>,
    },
}

impl Ciphertext {
    /// What the key itself encrypted: the value, or the data key of its envelope.
    pub fn by_the_key(&self) -> &[u8] {
        match self {
            Self::Direct(ciphertext) => ciphertext,
            Self::Envelope { data_key, .. } => data_key,
        }
    }

    /// The same with another one of these.
    #[must_use]
    pub fn reencrypted(&self, by_the_key: Vec<u8>) -> Self {
        match self {
            Self::Direct(_) => Self::Direct(by_the_key),
            Self::Envelope { sealed, .. } => Self::Envelope { sealed: sealed.clone(), data_key: by_the_key },
        }
    }

    /// What it takes, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Direct(ciphertext) => ciphertext.len(),
            Self::Envelope { sealed, data_key } => sealed.len() + data_key.len(),
        }
    }
}
