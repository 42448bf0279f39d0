//! KMS behind the key ports of `secret-store`: the only crate that names its SDK.
//!
//! [`EncryptionKey`] is all that a function which makes secrets holds, [`DecryptionKey`] all that one which reads them
//! does, [`ReencryptionKeys`] all that one who changes a stored value's key does. Each offers just what its IAM policy
//! allows.

mod key;
mod reencrypt;
mod region;

pub use key::{DecryptionKey, EncryptionKey, KEY, MAX_PLAINTEXT_BYTES};
pub use reencrypt::ReencryptionKeys;
