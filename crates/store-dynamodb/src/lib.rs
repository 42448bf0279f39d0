//! A DynamoDB table behind the store ports of `secret-store`: the only crate that names its SDK.
//!
//! [`TableWriter`] is all that a function which makes secrets holds, [`TableReader`] all that one which reads them does,
//! [`TableCollector`] to read very many at once, [`TableLister`] all that is needed to say which there are, [`TableReencrypter`] to put stored values under another key,
//! [`TableEraser`] to erase what has expired, [`TableInspector`] to see how a table is set up, [`TableMaker`] to make one.
//! Each offers just what its IAM policy allows. `docs/format.md` describes the items.

mod collector;
mod eraser;
mod inspector;
mod item;
mod limits;
mod lister;
mod maker;
mod neighbours;
mod reencrypt;
mod sort_key;
mod table;

pub use collector::{Collection, TableCollector};
pub use eraser::TableEraser;
pub use inspector::{Billing, TIME_TO_LIVE, TableFacts, TableInspector};
pub use limits::LIMITS;
pub use lister::TableLister;
pub use maker::TableMaker;
pub use neighbours::Neighbours;
pub use reencrypt::TableReencrypter;
pub use table::{TABLE, TableReader, TableWriter};
