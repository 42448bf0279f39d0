//! KMS and DynamoDB behind the traits of `secret-store`: the only crate that names the AWS SDK.
//!
//! One type for each role of the template: [`GeneratorTable`] and [`EncryptionKey`] are all that the generator holds,
//! [`GetterTable`] and [`DecryptionKey`] all that the getter does. Each offers just what its IAM policy allows.

mod connect;
mod error;
mod http;
mod item;
mod key;
mod pre_connect;
mod table;

pub use connect::{AwsClients, connect};
pub use key::{DecryptionKey, EncryptionKey};
pub use pre_connect::{PreConnect, Reach, pre_connect};
pub use table::{GeneratorTable, GetterTable};
