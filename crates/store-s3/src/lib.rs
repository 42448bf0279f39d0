//! An S3 bucket behind the store ports of `secret-store`, asked by signed requests of our own: its SDK is larger than all else
//! that a function has.
//!
//! A secret is a folder. Each value is an object that is put once, under the condition that there is none; what is known of the
//! secret and of all its versions is one more object, put on condition that it is as it was read. **The value first, that
//! one last**: whoever is cut off between the two leaves a value that nothing names. `docs/format.md` describes the objects.
//!
//! [`BucketWriter`] is all that a function which makes secrets holds, [`BucketReader`] all that one which reads them does,
//! [`BucketLister`] to say which there are, [`BucketCollector`] to read very many at once, [`BucketReencrypter`] to put stored values under another key, [`BucketEraser`] to
//! erase what has expired, [`BucketInspector`] to look how the bucket is set up, [`BucketMaker`] to set it up. Each offers just
//! what its IAM policy allows.

mod bucket;
mod collector;
mod eraser;
mod hiding;
mod inspector;
mod item;
mod keys;
mod limits;
mod lister;
mod maker;
mod reader;
mod reencrypt;
pub mod setup;
mod state;
mod value;
mod writer;
mod xml;

pub use bucket::{BUCKET, Bucket};
pub use collector::{BucketCollector, Collected};
pub use eraser::BucketEraser;
pub use inspector::{BucketFacts, BucketInspector};
pub use keys::{InvalidPrefix, Place, Prefix};
pub use limits::LIMITS;
pub use lister::{BucketLister, Unnamed};
pub use maker::BucketMaker;
pub use reader::BucketReader;
pub use reencrypt::BucketReencrypter;
pub use writer::BucketWriter;
