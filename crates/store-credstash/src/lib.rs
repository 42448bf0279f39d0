//! credstash's table in DynamoDB and its data keys of KMS, for the command line alone: what is asked of them is what
//! credstash asks, call by call.
//!
//! Each right is a type of its own: [`Lister`] sees names, [`Reader`] items, [`Writer`] puts new ones, [`Eraser`] deletes
//! them, [`Founder`] makes the table. None of them decrypts. [`DataKeyMaker`] and [`DataKeyReader`] are the same of KMS.

mod attributes;
mod eraser;
mod founder;
mod keys;
mod lister;
mod reader;
mod writer;

pub use aws_session::CallFailed;
pub use eraser::Eraser;
pub use founder::{Founded, Founder};
pub use keys::{DataKeyMaker, DataKeyReader, NotDecrypted};
pub use lister::{Lister, Listing};
pub use reader::Reader;
pub use writer::{NotPut, Writer};

use aws_sdk_dynamodb::Client;
use aws_session::Session;

/// A table, as one of the types above may use it.
#[derive(Clone, Debug)]
struct Table {
    client: Client,
    name: String,
}

impl Table {
    fn connect(session: &Session, name: &str) -> Self {
        Self { client: Client::new(session.config()), name: name.to_owned() }
    }
}
