//! KMS behind the key ports of `secret-store`: the only crate that names its SDK.
//!
//! [`EncryptionKey`] is all that a function which makes secrets holds, [`DecryptionKey`] all that one which reads them
//! does. Each offers just what its IAM policy allows.

mod key;
mod region;

pub use key::{DecryptionKey, EncryptionKey, KEY, MAX_PLAINTEXT_BYTES};
