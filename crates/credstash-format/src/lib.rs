//! What credstash stores, byte for byte: its item, versions, digests and contexts, sealed and opened. No I/O.
//!
//! An item of the table is one version of one credential. Its value is encrypted with AES in counter mode under half of a
//! data key and authenticated with an HMAC under the other half; KMS encrypts the data key, bound to an encryption
//! context that is stored nowhere. From the top down: [`Item`] is what is stored, [`seal()`] and [`open()`] are how a value
//! gets in and out, [`Version`], [`Digest`] and [`Context`] are its words.
//!
//! The format is that of credstash 1.17.1, with what its readers and writers of other languages make of it: an `hmac` that
//! is a string, a digest in lower case or none at all, half a data key.

mod context;
mod digest;
mod item;
mod seal;
mod version;

pub use context::{Context, InvalidPair};
pub use digest::{Digest, UnknownDigest};
pub use item::{Attribute, Attributes, Item, MalformedItem, Place};
pub use seal::{DATA_KEY_BYTES, DataKey, NotOpened, open, seal};
pub use version::{InvalidVersion, NoNextVersion, Version};
